"""Atoms of MP4 files, one after the other and one in the other."""

from __future__ import annotations

from io import BytesIO

import pytest

from musicemb.io.audio.mp4_atoms import Atom, DamagedAtoms, atoms, child, meta_body


def atom(name: bytes, body: bytes = b"") -> bytes:
    """An atom with the usual header of eight bytes."""
    return (8 + len(body)).to_bytes(4, "big") + name + body


def walked(data: bytes, *, top: bool = False) -> list[Atom]:
    return list(atoms(BytesIO(data), 0, len(data), top=top))


def test_atoms_follow_each_other() -> None:
    assert walked(atom(b"ftyp", b"M4A ") + atom(b"free")) == [Atom(b"ftyp", 0, 8, 12), Atom(b"free", 12, 20, 20)]


def test_a_size_of_64_bits() -> None:
    data = b"\0\0\0\1mdat" + (20).to_bytes(8, "big") + b"abcd"
    assert walked(data + atom(b"free")) == [Atom(b"mdat", 0, 16, 20), Atom(b"free", 20, 28, 28)]


def test_the_last_atom_of_a_file_may_have_no_size() -> None:
    data = atom(b"ftyp") + b"\0\0\0\0mdat" + bytes(100)
    assert walked(data, top=True)[1] == Atom(b"mdat", 8, 16, len(data), is_open=True)
    with pytest.raises(DamagedAtoms):
        walked(data)


def test_zeros_end_a_list() -> None:
    assert [one.name for one in walked(atom(b"name") + bytes(8))] == [b"name"]
    with pytest.raises(DamagedAtoms):
        walked(atom(b"name") + bytes(72))


@pytest.mark.parametrize("size", [7, 13, 1 << 31])
def test_a_size_that_does_not_fit(size: int) -> None:
    with pytest.raises(DamagedAtoms):
        walked(size.to_bytes(4, "big") + b"moov" + bytes(4))


def test_the_first_child_of_a_name() -> None:
    file = BytesIO(atom(b"moov", atom(b"trak", b"1") + atom(b"udta", b"22") + atom(b"udta", b"333")))
    (moov,) = atoms(file, 0, len(file.getvalue()))
    assert child(file, moov, b"udta") == Atom(b"udta", 17, 25, 27)
    assert child(file, moov, b"meta") is None


@pytest.mark.parametrize(("version", "body"), [(b"", 8), (bytes(4), 12)], ids=["QuickTime", "ISO"])
def test_the_content_of_meta_begins_behind_its_version(version: bytes, body: int) -> None:
    file = BytesIO(atom(b"meta", version + atom(b"hdlr", bytes(12))))
    (meta,) = atoms(file, 0, len(file.getvalue()))
    assert meta_body(file, meta) == body
