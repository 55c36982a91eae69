"""Copies a file with some of its bytes replaced; only a few blocks are in memory."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import BinaryIO, NamedTuple

_BLOCK = 1 << 20


class Splice(NamedTuple):
    """Bytes `start` to `end` of a file give way to `data`."""

    start: int
    end: int
    data: bytes

    @property
    def growth(self) -> int:
        """Bytes by which the file gets longer."""
        return len(self.data) - (self.end - self.start)


def copy_with(source: BinaryIO, target: BinaryIO, splices: Sequence[Splice]) -> None:
    """Copy a file with some of its bytes replaced.

    Parameters
    ----------
    source : binary file, seekable
    target : binary file
        Written from where it stands.
    splices : sequence of Splice
        None may reach into another; those at one place follow each other as given.

    Raises
    ------
    ValueError
        Where two of them overlap.
    """
    position = 0
    for splice in sorted(splices, key=lambda each: each[:2]):
        if splice.start < position:
            raise ValueError("edits of a file overlap")
        _copy(source, target, position, splice.start)
        target.write(splice.data)
        position = splice.end
    _copy(source, target, position, source.seek(0, 2))


def digest(file: BinaryIO, start: int, end: int) -> bytes:
    """A hash of some bytes of a file.

    Parameters
    ----------
    file : binary file, seekable
    start, end : int

    Returns
    -------
    bytes
    """
    found = blake2b(digest_size=20)
    file.seek(start)
    while start < end and (block := file.read(min(_BLOCK, end - start))):
        found.update(block)
        start += len(block)
    return found.digest()


def _copy(source: BinaryIO, target: BinaryIO, start: int, end: int) -> None:
    source.seek(start)
    while start < end:
        block = source.read(min(_BLOCK, end - start))
        if not block:
            raise OSError(None, "the file got shorter while it was read")
        target.write(block)
        start += len(block)
