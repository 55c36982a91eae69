"""Finds the positions of tags and chunk offsets in an MP4 file, and the parts that an edit must not change."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Hashable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO, NamedTuple

from musicemb.io.audio.mp4_atoms import Atom, atoms, meta_body
from musicemb.io.tags.fields import MOST_PARTS, Damaged, NotWritable
from musicemb.io.tags.reading.mp4_texts import item_key
from musicemb.io.tags.replacing.splicing import digest

PADDING = (b"free", b"skip")
OFFSETS = {b"stco": 4, b"co64": 8}
"""Tables of chunk offsets, and how wide their numbers are."""
_PARENTS = (b"trak", b"mdia", b"minf", b"stbl")
_LARGEST_TABLE = 1 << 23
"""Bytes of one table of chunk offsets; ten hours of music fill a hundredth of that."""
_FOREIGN_KINDS = (b"mdta", b"ID32")


class Item(NamedTuple):
    """One atom of the list of tags."""

    key: str
    atom: Atom


@dataclass(frozen=True)
class Tree:
    """Where the tags of a file lie, or would lie."""

    top: tuple[Atom, ...]
    moov: Atom
    udta: Atom | None = None
    meta: Atom | None = None
    inside: tuple[Atom, ...] = ()
    """Atoms in `meta`."""
    items: tuple[Item, ...] = ()

    @property
    def ilst(self) -> Atom | None:
        """The list of tags."""
        return next((atom for atom in self.inside if atom.name == b"ilst"), None)

    @property
    def parents(self) -> tuple[Atom, ...]:
        """The atoms around the list, the outermost first, and itself."""
        return tuple(atom for atom in (self.moov, self.udta, self.meta, self.ilst) if atom)


def locate(file: BinaryIO) -> Tree:
    """Where the tags of a file lie.

    Parameters
    ----------
    file : binary file, seekable

    Returns
    -------
    Tree

    Raises
    ------
    NotWritable
        For a file whose structure would not surely survive a write.
    DamagedAtoms
    """
    top = tuple(atoms(file, 0, file.seek(0, 2), top=True))
    names = [atom.name for atom in top]
    if b"moof" in names:
        raise NotWritable("its MP4 file is fragmented")
    if names.count(b"moov") != 1:
        raise Damaged("its MP4 file has no index, or two")
    moov = next(atom for atom in top if atom.name == b"moov")
    below = list(atoms(file, moov.body, moov.end))
    if any(atom.name == b"mvex" for atom in below):
        raise NotWritable("its MP4 file is fragmented")
    if any(atom.name == b"cmov" for atom in below):
        raise NotWritable("its MP4 index is compressed")
    places: list[tuple[Atom, Atom | None]] = []
    for udta in (atom for atom in below if atom.name == b"udta"):
        metas: list[Atom | None] = [atom for atom in atoms(file, udta.body, udta.end) if atom.name == b"meta"]
        places += [(udta, meta) for meta in metas or [None]]
    if len(places) > 1:
        raise NotWritable("its MP4 file holds several places for tags, and players differ in which they read")
    if not places:
        return Tree(top, moov)
    udta, meta = places[0]
    if meta is None:
        return Tree(top, moov, udta)
    inside = tuple(atoms(file, meta_body(file, meta), meta.end))
    lists = [atom for atom in inside if atom.name == b"ilst"]
    if len(lists) > 1:
        raise NotWritable("its MP4 file holds two lists of tags")
    handler = next((atom for atom in inside if atom.name == b"hdlr"), None)
    if handler is not None:
        file.seek(handler.body + 8)
    if (handler is not None and file.read(4) in _FOREIGN_KINDS) or any(atom.name == b"keys" for atom in inside):
        raise NotWritable("its MP4 tags are of another kind than iTunes'")
    listed = [atom for each in lists for atom in islice(atoms(file, each.body, each.end), MOST_PARTS + 1)]
    if len(listed) > MOST_PARTS:
        raise NotWritable(f"its MP4 file holds more than {MOST_PARTS:,} tags")
    items = tuple(Item(item_key(file, atom), atom) for atom in listed)
    return Tree(top, moov, udta, meta, inside, items)


def count_offsets(file: BinaryIO, table: Atom) -> int:
    """How many numbers a table of chunk offsets holds.

    Parameters
    ----------
    file : binary file, seekable
    table : Atom

    Returns
    -------
    int

    Raises
    ------
    NotWritable
        Where they do not fit their atom, or are too many.
    """
    file.seek(table.body + 4)
    count = int.from_bytes(file.read(4), "big")
    if not 0 <= count * OFFSETS[table.name] <= table.end - table.body - 8:
        raise Damaged("its MP4 structure is damaged")
    if count * OFFSETS[table.name] > _LARGEST_TABLE:
        raise NotWritable(f"its MP4 tables are larger than {_LARGEST_TABLE >> 20} MB")
    return count


def offset_tables(file: BinaryIO, tree: Tree) -> Iterator[Atom]:
    """Atoms that tell places in the file.

    Parameters
    ----------
    file : binary file, seekable
    tree : Tree

    Yields
    ------
    Atom
        Tables of chunk offsets ("stco", "co64"), and others ("saio", "iloc").
    """
    for atom in tree.top:
        if atom.name == b"meta":
            yield from _item_tables(file, atom)
    yield from _tables_below(file, tree.moov, _PARENTS)


def _tables_below(file: BinaryIO, parent: Atom, path: tuple[bytes, ...]) -> Iterator[Atom]:
    for atom in atoms(file, parent.body, parent.end):
        if atom.name == b"meta":
            yield from _item_tables(file, atom)
        elif path and atom.name == path[0]:
            yield from _tables_below(file, atom, path[1:])
        elif not path and atom.name in (*OFFSETS, b"saio"):
            yield atom
        elif atom.name == b"udta" and len(path) >= len(_PARENTS) - 1:
            yield from (each for meta in atoms(file, atom.body, atom.end) for each in _item_tables(file, meta))


def _item_tables(file: BinaryIO, meta: Atom) -> Iterator[Atom]:
    if meta.name == b"meta":
        yield from (atom for atom in atoms(file, meta_body(file, meta), meta.end) if atom.name == b"iloc")


def rest_of(file: BinaryIO, tree: Tree, ours: Collection[str]) -> Hashable:
    """Everything that an edit must leave as it is; chunk offsets are counted from the media they lie in.

    Parameters
    ----------
    file : binary file, seekable
    tree : Tree
    ours : collection of str
        Keys of the items that an edit may change.

    Returns
    -------
    hashable
    """
    media = [(atom.body, atom.end) for atom in tree.top if atom.name == b"mdat"]
    found: list[Hashable] = []
    for atom in tree.top:
        if atom.name not in (b"moov", *PADDING):
            found.append((atom.name, b"" if atom.name == b"mdat" else digest(file, atom.start, atom.end)))

    def walk(parent: Atom, path: tuple[bytes, ...]) -> None:
        for atom in atoms(file, parent.body, parent.end):
            if path and atom.name == path[0]:
                found.append(atom.name)
                walk(atom, path[1:])
            elif not path and atom.name in OFFSETS:
                found.append((atom.name, digest(file, atom.body, atom.body + 8), _places(file, atom, media)))
            elif atom == tree.udta:
                found.extend(_rest_of_user_data(file, tree, ours))
            elif atom.name not in PADDING:
                found.append((atom.name, digest(file, atom.start, atom.end)))

    walk(tree.moov, _PARENTS)
    return tuple(found)


def _places(file: BinaryIO, table: Atom, media: Sequence[tuple[int, int]]) -> Hashable:
    import numpy as np

    width, count = OFFSETS[table.name], count_offsets(file, table)
    file.seek(table.body + 8)
    told = np.frombuffer(file.read(count * width), dtype=f">u{width}").astype(np.int64)
    extra = digest(file, table.body + 8 + count * width, table.end)
    starts, ends = np.array(media, np.int64).reshape(-1, 2).T
    number = np.searchsorted(starts, told, "right") - 1
    inside = (number >= 0) & (told < ends[number]) if len(media) else np.zeros(count, bool)
    number = np.where(inside, number, -1)
    places = np.where(inside, told - starts[number], told) if len(media) else told
    return hashlib.blake2b(number.tobytes() + places.tobytes()).digest(), extra


def _rest_of_user_data(file: BinaryIO, tree: Tree, ours: Collection[str]) -> Iterator[Hashable]:
    assert tree.udta
    last = tree.udta.body
    for atom in atoms(file, tree.udta.body, tree.udta.end):
        last = atom.end
        if atom != tree.meta and atom.name not in PADDING:
            yield atom.name, digest(file, atom.start, atom.end)
    if last < tree.udta.end:
        yield digest(file, last, tree.udta.end)
    others = [atom for atom in tree.inside if atom.name not in (b"ilst", b"hdlr", *PADDING)]
    items = [item.atom for item in tree.items if item.key not in ours]
    if tree.meta and (others or items):
        first = min(atom.start for atom in tree.inside)
        yield digest(file, tree.meta.body, first)
        others += [atom for atom in tree.inside if atom.name == b"hdlr"]
    for atom in (*others, *items):
        yield atom.name, digest(file, atom.start, atom.end)
