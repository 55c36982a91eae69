"""Walks the atoms (boxes) of an MP4 file at any depth; never deeper than it is asked to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

_MOST = 200_000
"""More atoms than this in one place is junk, or an attack."""


class DamagedAtoms(Exception):
    """Atoms do not fit the one that holds them."""


class Atom(NamedTuple):
    """One atom and where it lies, in bytes from the start of the file."""

    name: bytes
    start: int
    """Of its header."""
    body: int
    """Of its content."""
    end: int
    is_open: bool = False
    """True where its header says "to the end of the file" instead of a size."""


def atoms(file: BinaryIO, start: int, end: int, *, top: bool = False, cut: bool = False) -> Iterator[Atom]:
    """The atoms between two places, one after the other.

    Parameters
    ----------
    file : binary file, seekable
    start, end : int
        Bytes.
    top : bool
        True at the level of the file, where the last atom may have no size.
    cut : bool
        True: of one that reaches beyond `end`, what there is of it.

    Yields
    ------
    Atom
        Zeros that end a list (QuickTime's user data) are left out.

    Raises
    ------
    DamagedAtoms
        Where an atom reaches beyond `end` (unless `cut`), or something else than an atom stands there.
    """
    position = start
    for _ in range(_MOST):
        if position + 8 > end:
            return
        file.seek(position)
        header = file.read(16)
        size, name, body = int.from_bytes(header[:4], "big"), header[4:8], position + 8
        is_open = False
        if size == 1:
            size, body = int.from_bytes(header[8:16], "big"), position + 16
        elif size == 0 and top and any(name):
            size, is_open = end - position, True
        elif size == 0:
            file.seek(position)
            if end - position > 64 or file.read(end - position).strip(b"\0"):
                raise DamagedAtoms
            return
        if cut:
            size = min(size, end - position)
        if size < body - position or position + size > end:
            raise DamagedAtoms
        yield Atom(name, position, body, position + size, is_open)
        position += size
    raise DamagedAtoms


def child(file: BinaryIO, parent: Atom, name: bytes) -> Atom | None:
    """The first atom of a name right below another.

    Parameters
    ----------
    file : binary file, seekable
    parent : Atom
    name : bytes
        Four bytes.

    Returns
    -------
    Atom or None
    """
    return next((atom for atom in atoms(file, parent.body, parent.end) if atom.name == name), None)


def meta_body(file: BinaryIO, meta: Atom) -> int:
    """Where the atoms inside a "meta" atom begin.

    Parameters
    ----------
    file : binary file, seekable
    meta : Atom

    Returns
    -------
    int
        Behind its version and flags; where QuickTime left these out, at once.
    """
    file.seek(meta.body)
    head = file.read(min(12, meta.end - meta.body))
    return meta.body if head[4:8] in (b"hdlr", b"ilst", b"mhdr", b"keys", b"free") else meta.body + 4
