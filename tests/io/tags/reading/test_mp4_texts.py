"""Lists of tags in MP4 files, wherever they stand."""

from __future__ import annotations

from io import BytesIO

import pytest

from musicemb.io.audio.mp4_atoms import atoms
from musicemb.io.tags.reading.mp4_texts import GENRE, item_key, item_texts, read_mp4


def atom(name: bytes, *parts: bytes) -> bytes:
    """An atom around others."""
    body = b"".join(parts)
    return (8 + len(body)).to_bytes(4, "big") + name + body


def data(value: bytes, kind: int = 1) -> bytes:
    """The value of an item."""
    return atom(b"data", kind.to_bytes(4, "big"), bytes(4), value)


def free_form(name: bytes, value: bytes) -> bytes:
    """An item with a name of its own."""
    return atom(b"----", atom(b"mean", bytes(4), b"com.apple.iTunes"), atom(b"name", bytes(4), name), data(value))


def meta(*parts: bytes) -> bytes:
    """A meta atom with its version."""
    return atom(b"meta", bytes(4), atom(b"hdlr", bytes(12)), *parts)


ITEMS = (
    atom(b"\xa9gen", data(b"Polka"), data(b"Ska")),
    atom(b"\xa9nam", data("Jóga".encode("utf-16-be"), 2)),
    free_form(b"MUSICEMB_GENRE", b"Ska"),
    atom(b"cpil", data(b"\1", 21)),
)
TEXTS = {"genre": ["Polka", "Ska"], "title": ["Jóga"], "MUSICEMB_GENRE": ["Ska"]}


@pytest.mark.parametrize(
    ("item", "key", "texts"),
    [
        (atom(b"\xa9ART", data(b"Somebody")), "\xa9ART", ["Somebody"]),
        (atom(b"gnre", data(b"\0\x12", 0)), GENRE, ["Rock"]),
        (free_form(b"MOOD", b"calm"), "----:com.apple.iTunes:MOOD", ["calm"]),
        (atom(b"----", b"\0\0\0\4mean"), "----", []),
        (atom(b"\xa9nam", atom(b"data", bytes(4))), "\xa9nam", []),
    ],
    ids=["text", "genre by number", "free form", "damaged", "cut off"],
)
def test_keys_and_values_of_items(item: bytes, key: str, texts: list[str]) -> None:
    file = BytesIO(item)
    (found,) = atoms(file, 0, len(item))
    assert (item_key(file, found), item_texts(file, found)) == (key, texts)


def test_the_list_that_is_written_comes_first() -> None:
    other = meta(atom(b"ilst", atom(b"\xa9gen", data(b"Other"))))
    moov = atom(b"moov", atom(b"trak", atom(b"udta", other)), atom(b"udta", meta(atom(b"ilst", *ITEMS))))
    found = read_mp4(BytesIO(atom(b"ftyp", b"M4A ") + other + moov))
    assert [(tag.name, tag.written) for tag in found] == [
        ("MP4", True),
        ("MP4 tag beside its index", False),
        ("MP4 track's", False),
    ]
    assert [tag.texts for tag in found] == [TEXTS, {"genre": ["Other"]}, {"genre": ["Other"]}]


def test_quicktime_and_3gpp_in_the_user_data() -> None:
    user = atom(
        b"udta",
        atom(b"\xa9nam", b"\0\7\x15\xc7", b"A title"),
        atom(b"gnre", bytes(4), b"\x15\xc7", b"Polka\0"),
        atom(b"perf", bytes(4), b"\x15\xc7", "Somebody".encode("utf-16")),
    )
    (tag,) = read_mp4(BytesIO(atom(b"moov", user)))
    assert (tag.name, tag.written) == ("QuickTime", False)
    assert tag.texts == {"title": ["A title"], "genre": ["Polka"], "artist": ["Somebody"]}


@pytest.mark.parametrize("prefix", [b"com.apple.quicktime.", b""], ids=["Apple", "FFmpeg"])
def test_items_numbered_by_a_table_of_keys(prefix: bytes) -> None:
    names = (prefix + b"title", prefix + b"genre")
    keys = atom(b"keys", bytes(4), b"\0\0\0\2", *(atom(b"mdta", name) for name in names))
    items = atom(
        b"ilst", atom(b"\0\0\0\2", data(b"Polka")), atom(b"\0\0\0\1", data(b"A")), atom(b"\0\0\0\3", data(b"?"))
    )
    (tag,) = read_mp4(BytesIO(atom(b"moov", meta(keys, items))))
    assert (tag.name, tag.texts) == ("QuickTime", {"title": ["A"], "genre": ["Polka"]})


def test_what_stands_before_a_damage_is_read() -> None:
    moov = atom(b"moov", atom(b"udta", meta(atom(b"ilst", *ITEMS[:1]))), b"\0\0\0\3free")
    assert [tag.texts for tag in read_mp4(BytesIO(moov + b"\xff" * 20))] == [{"genre": ["Polka", "Ska"]}]


def test_a_tag_in_a_file_that_is_cut_off_is_read() -> None:
    cover = atom(b"covr", data(bytes(5_000), 13))
    moov = atom(b"moov", atom(b"udta", meta(atom(b"ilst", *ITEMS, cover))))
    assert [tag.texts for tag in read_mp4(BytesIO(moov[:-2_000]))] == [TEXTS]


def test_thousands_of_tags_are_not_all_kept() -> None:
    one = atom(b"udta", meta(atom(b"ilst", *ITEMS[:1])))
    assert len(read_mp4(BytesIO(atom(b"moov", one * 1_000)))) == 100
