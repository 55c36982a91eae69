"""Edits the list of tags in an MP4 (M4A) file as bytes: every atom that is not ours stays byte for byte.

Padding gives way where there is some; where the audio moves, the tables of chunk offsets follow. What
cannot be kept exactly is refused with a reason.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from musicemb.io.audio.mp4_atoms import Atom, DamagedAtoms, atoms
from musicemb.io.tags.fields import (
    MP4_VALUES,
    Damaged,
    EditOptions,
    Fields,
    NotWritable,
    TagContents,
    TagFormat,
    Writer,
)
from musicemb.io.tags.mp4_tree import OFFSETS, PADDING, Tree, count_offsets, locate, offset_tables, rest_of
from musicemb.io.tags.reading.around import tags_around
from musicemb.io.tags.reading.mp4_texts import GENRE, PREFIX, TEMPO, item_texts, read_mp4
from musicemb.io.tags.reading.texts import FoundTag
from musicemb.io.tags.replacing.splicing import Splice, copy_with

_HANDLER = struct.pack(">I4s8s8s9s", 33, b"hdlr", bytes(8), b"mdirappl", bytes(9))
_LONGEST_PADDING = 1 << 24


def _examine(file: BinaryIO, options: EditOptions) -> tuple[TagContents, Writer]:
    try:
        tree = locate(file)
        fields = _fields(file, tree)
        rest = rest_of(file, tree, MP4.all_names)
    except DamagedAtoms as error:
        raise Damaged("its MP4 structure is damaged") from error

    def write(target: BinaryIO, fields: Fields, drop_empty: bool) -> None:
        try:
            edits = _edits(file, tree, fields, drop_empty=drop_empty)
        except DamagedAtoms as error:
            raise Damaged("its MP4 structure is damaged") from error
        copy_with(file, target, edits)

    return TagContents(MP4, fields, rest, bare=not tree.items, empty=not tree.items), write


def _fields(file: BinaryIO, tree: Tree) -> dict[str, list[str]]:
    fields: dict[str, list[str]] = {}
    for item in tree.items:
        if item.key in MP4.all_names:
            fields.setdefault(item.key, []).extend(item_texts(file, item.atom))
    return {name: values for name, values in fields.items() if values}


# ---------------------------------------------------------------------------------------- writing


def _edits(file: BinaryIO, tree: Tree, fields: Fields, *, drop_empty: bool) -> list[Splice]:
    """All that changes in the file."""
    edits = _item_edits(tree, fields)
    kept = len(tree.items) - sum(1 for edit in edits if edit.end > edit.start and not edit.data)
    added = b"".join(edit.data for edit in edits if edit.start == edit.end)
    if tree.ilst is None:
        edits, parents = _make_list(tree, added), tree.parents
    elif drop_empty and not kept and not added:
        edits, parents = _drop_list(tree)
    else:
        edits, parents = _pad(file, tree, edits)
    grown = sum(edit.growth for edit in edits)
    if grown:
        edits += _shift(file, tree, grown)
    return edits + [splice for atom, by in _growth(parents, edits) if (splice := _resize(atom, by))]


def _growth(parents: Sequence[Atom], edits: Sequence[Splice]) -> list[tuple[Atom, int]]:
    """How much longer each of some atoms gets by edits inside of it."""
    return [
        (atom, sum(edit.growth for edit in edits if atom.body <= edit.start and edit.end <= atom.end))
        for atom in parents
    ]


def _item_edits(tree: Tree, fields: Fields) -> list[Splice]:
    edits = []
    unset = {name: list(values) for name, values in fields.items() if values}
    for item in tree.items:
        if item.key in fields:
            values = unset.pop(item.key, [])
            edits.append(Splice(item.atom.start, item.atom.end, _item(item.key, values)))
    end = tree.ilst.end if tree.ilst else 0
    edits += [Splice(end, end, _item(name, values)) for name, values in unset.items()]
    return edits


def _make_list(tree: Tree, added: bytes) -> list[Splice]:
    """A list of tags in a file that has none, as high as its atoms go."""
    if not added:
        return []
    new = _atom(b"ilst", added)
    if tree.meta is not None:
        handler = b"" if any(atom.name == b"hdlr" for atom in tree.inside) else _HANDLER
        return [Splice(tree.meta.end, tree.meta.end, handler + new)]
    new = _atom(b"meta", bytes(4) + _HANDLER + new)
    if tree.udta is not None:
        return [Splice(tree.udta.body, tree.udta.body, new)]
    return [Splice(tree.moov.end, tree.moov.end, _atom(b"udta", new))]


def _drop_list(tree: Tree) -> tuple[list[Splice], tuple[Atom, ...]]:
    """Take away a list that got empty, with the atoms that stand only for it."""
    assert tree.ilst and tree.meta and tree.udta
    gone, parents = tree.ilst, [tree.moov, tree.udta, tree.meta]
    if all(atom.name in (b"hdlr", b"ilst", *PADDING) for atom in tree.inside):
        gone, parents = tree.meta, [tree.moov, tree.udta]
        if (tree.meta.start, tree.meta.end) == (tree.udta.body, tree.udta.end):
            gone, parents = tree.udta, [tree.moov]
    return [Splice(gone.start, gone.end, b"")], tuple(parents)


def _pad(file: BinaryIO, tree: Tree, edits: list[Splice]) -> tuple[list[Splice], tuple[Atom, ...]]:
    """Let padding take what the list gives, and give what it takes."""
    grown = sum(edit.growth for edit in edits)
    ilst, meta, udta = tree.ilst, tree.meta, tree.udta
    assert ilst and meta and udta
    levels = (
        tree.inside,
        tuple(atoms(file, udta.body, udta.end)),
        tuple(atoms(file, tree.moov.body, tree.moov.end)),
        tree.top,
    )
    for holder, level in zip((ilst, meta, udta, tree.moov), levels, strict=True):
        at = level.index(holder)
        for free in level[at + 1 : at + 2] + level[max(0, at - 1) : at] * (holder is ilst):
            size = free.end - free.start - grown
            usable = free.name in PADDING and free.body == free.start + 8 and not free.is_open
            if grown and usable and (size == 0 or 8 <= size <= _LONGEST_PADDING):
                data = _atom(free.name, bytes(size - 8)) if size else b""
                return [*edits, Splice(free.start, free.end, data)], tree.parents
    return edits, tree.parents


def _shift(file: BinaryIO, tree: Tree, grown: int) -> list[Splice]:
    """The tables of chunk offsets, where the audio behind the index moves."""
    import numpy as np

    if not any(atom.name not in PADDING and atom.start >= tree.moov.end for atom in tree.top):
        return []
    edits = []
    for table in offset_tables(file, tree):
        if table.name not in OFFSETS:
            raise NotWritable("its MP4 file holds tables that a longer tag would make invalid")
        width, count = OFFSETS[table.name], count_offsets(file, table)
        file.seek(table.body + 8)
        old = np.frombuffer(file.read(count * width), dtype=f">u{width}").astype(np.int64)
        if bool(((old >= tree.moov.start) & (old < tree.moov.end)).any()):
            raise Damaged("its MP4 structure is damaged")
        new = np.where(old >= tree.moov.end, old + grown, old)
        if count and int(new.max()) >> (8 * width - (width == 8)):
            raise NotWritable("its MP4 file is too long for its tables")
        if (new != old).any():
            edits.append(Splice(table.body + 8, table.body + 8 + count * width, new.astype(f">u{width}").tobytes()))
    return edits


# ------------------------------------------------------------------------------------------ atoms


def _item(key: str, values: Sequence[str]) -> bytes:
    """An item of the list; b"" without values."""
    if not values:
        return b""
    data = b"".join(_atom(b"data", _value(key, value)) for value in values)
    if not key.startswith("----:"):
        return _atom(key.encode("latin-1"), data)
    _, mean, name = key.split(":", 2)
    parts = [_atom(kind, bytes(4) + text.encode()) for kind, text in ((b"mean", mean), (b"name", name))]
    return _atom(b"----", b"".join(parts) + data)


def _value(key: str, value: str) -> bytes:
    """Text, or the whole number of two bytes that a tempo is."""
    if key != TEMPO:
        return struct.pack(">II", 1, 0) + value.encode()
    try:
        return struct.pack(">IIH", 21, 0, int(value))
    except (ValueError, struct.error) as error:
        raise NotWritable("its tempo cannot be written as it was") from error


def _atom(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", len(content) + 8, name) + content


def _resize(atom: Atom, by: int) -> Splice | None:
    """The new size of an atom in its header."""
    if not by or atom.is_open:
        return None
    size = atom.end - atom.start + by
    if atom.body - atom.start == 16:
        return Splice(atom.start + 8, atom.start + 16, size.to_bytes(8, "big"))
    if size >> 32:
        raise NotWritable("its MP4 index is too large")
    return Splice(atom.start, atom.start + 4, size.to_bytes(4, "big"))


def _read(file: BinaryIO) -> Iterator[FoundTag]:
    yield from read_mp4(file)
    yield from tags_around(file)


MP4 = TagFormat("mp4", _read, GENRE, PREFIX, _examine, MP4_VALUES)
