"""Remembers how a file differed before a write, small enough for the journal.

A delta rebuilds the old file from the new one: copies of what both hold, and the bytes that only the
old one had. It knows nothing of formats, and the result is checked by its hash.
"""

from __future__ import annotations

import base64
import hashlib
import json
import mmap
import tempfile
import zlib
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

LONGEST = 256 * 1024
"""Characters of a delta that is worth keeping in the journal."""

_BLOCK = 64
"""Bytes that must agree before a copy is made; more where the part that differs is so wide that there
would be more than `_MOST_BLOCKS` of them."""
_MOST_BLOCKS = 1 << 18
_MOST_LITERALS = 4 * LONGEST
"""Bytes that only the old file has, beyond which no delta is short enough."""
_STRIDE = 1024 * 1024
_SEEN = 32 * _STRIDE


def make_delta(old: Path, new: Path) -> str | None:
    """What it takes to make `old` of `new`.

    Parameters
    ----------
    old, new : Path
        Files, not empty.

    Returns
    -------
    str or None
        Text for the journal; None where it would be longer than `LONGEST`.
    """
    with (
        old.open("rb") as old_file,
        new.open("rb") as new_file,
        mmap.mmap(old_file.fileno(), 0, access=mmap.ACCESS_READ) as before,
        mmap.mmap(new_file.fileno(), 0, access=mmap.ACCESS_READ) as after,
    ):
        start = _common_start(before, after)
        end = _common_end(before, after, min(len(before), len(after)) - start)
        with memoryview(before) as old_view, memoryview(after) as new_view:
            old_part, new_part = old_view[start : len(before) - end], new_view[start : len(after) - end]
            try:
                matched = _match(old_part, new_part, start)
            finally:
                old_part.release()
                new_part.release()
        if matched is None:
            return None
        copies, literals = matched
        pieces = [(0, start), *copies, (len(after) - end, end)]
    header = json.dumps([piece for piece in pieces if piece[1]]).encode("ascii")
    packed = base64.b64encode(zlib.compress(header + b"\n" + literals, 9)).decode("ascii")
    return packed if len(packed) <= LONGEST else None


def apply_delta(new: BinaryIO, delta: str, target: BinaryIO) -> None:
    """Write the old file.

    Parameters
    ----------
    new : binary file
        The new file, whose hash the caller has checked.
    delta : str
        As `make_delta` gave it.
    target : binary file
        Receives the old file; the caller checks its hash.

    Raises
    ------
    ValueError
        The delta is damaged.
    """
    try:
        header, _, literals = zlib.decompress(base64.b64decode(delta)).partition(b"\n")
        pieces = json.loads(header)
    except zlib.error as error:
        raise ValueError("the delta is damaged") from error
    position = 0
    for start, length in pieces:
        if start < 0:
            target.write(literals[position : position + length])
            position += length
            continue
        new.seek(start)
        while length > 0:
            data = new.read(min(length, _STRIDE))
            if not data:
                raise ValueError("the file is shorter than it was")
            target.write(data)
            length -= len(data)


def apply_deltas(new: BinaryIO, deltas: Sequence[str], target: BinaryIO) -> None:
    """Go back by several deltas, one after the other.

    Parameters
    ----------
    new : binary file
    deltas : sequence of str
        At least one.
    target : binary file
        Receives the oldest file; the caller checks its hash.

    Raises
    ------
    ValueError
        A delta is damaged.
    """
    with ExitStack() as stack:
        source = new
        for delta in deltas[:-1]:
            between = stack.enter_context(tempfile.TemporaryFile())
            apply_delta(source, delta, between)
            source = between
        apply_delta(source, deltas[-1], target)


def way_back(start: str, notes: Sequence[Mapping[str, str]], wanted: Sequence[str]) -> tuple[str, list[str]] | None:
    """How to come from one version of a file to another by way of edits.

    Parameters
    ----------
    start : str
        Hash of the version.
    notes : sequence of mapping
        Of edits: "old" and "new" are hashes, "delta" makes the old version of the new one.
    wanted : sequence of str
        Hashes of versions, the best first.

    Returns
    -------
    hash : str
        Of the best version that can be reached; with `deltas`, None in place of both where none can.
    deltas : list of str
        For `apply_deltas`; empty where it is the version itself.
    """
    ways: dict[str, list[str]] = {start: []}
    waiting = deque([start])
    while waiting:
        now = waiting.popleft()
        for note in notes:
            if note.get("new") == now and "delta" in note and note.get("old", now) not in ways:
                ways[note["old"]] = [*ways[now], note["delta"]]
                waiting.append(note["old"])
    best = next((version for version in wanted if version in ways), None)
    return None if best is None else (best, ways[best])


def file_hash(path: Path) -> str:
    """SHA-256 of a whole file.

    Parameters
    ----------
    path : Path

    Returns
    -------
    str
        Hex.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _match(old: memoryview, new: memoryview, offset: int) -> tuple[list[tuple[int, int]], bytes] | None:
    """Pieces of `old` as (start in the new file, length), or (-1, length) for literal bytes; None for too many."""
    block = max(_BLOCK, len(new) // _MOST_BLOCKS)
    places: dict[bytes, int] = {}
    for start in range(0, len(new) - block + 1, block):
        places.setdefault(bytes(new[start : start + block]), start)
    pieces: list[tuple[int, int]] = []
    literals = bytearray()
    position = pending = 0
    while position + block <= len(old):
        if position - pending + len(literals) > _MOST_LITERALS:
            return None
        place = places.get(bytes(old[position : position + block]))
        if place is None:
            position += 1
            continue
        back = 0
        while back < position - pending and back < place and old[position - back - 1] == new[place - back - 1]:
            back += 1
        length = _common_start(old, new, position, place)
        if position - back > pending:
            pieces.append((-1, position - back - pending))
            literals += old[pending : position - back]
        pieces.append((offset + place - back, length + back))
        position = pending = position + length
    if len(old) - pending + len(literals) > _MOST_LITERALS:
        return None
    if pending < len(old):
        pieces.append((-1, len(old) - pending))
        literals += old[pending:]
    return pieces, bytes(literals)


def _common_start(
    one: memoryview | mmap.mmap, other: memoryview | mmap.mmap, begin: int = 0, other_begin: int = 0
) -> int:
    """Bytes that agree from two places on."""
    shared, stride = 0, _BLOCK
    longest = min(len(one) - begin, len(other) - other_begin)
    while stride:
        end = min(shared + stride, longest)
        if one[begin + shared : begin + end] == other[other_begin + shared : other_begin + end]:
            if end == longest:
                return longest
            if end // _SEEN > shared // _SEEN:
                _forget(one, other)
            shared, stride = end, min(2 * stride, _STRIDE)
        else:
            stride //= 2
    return shared


def _common_end(one: mmap.mmap, other: mmap.mmap, longest: int) -> int:
    """Bytes that both end with, `longest` at most."""
    shared, stride = 0, _STRIDE
    while stride:
        end = min(shared + stride, longest)
        if one[len(one) - end : len(one) - shared] == other[len(other) - end : len(other) - shared]:
            if end == longest:
                return longest
            if end // _SEEN > shared // _SEEN:
                _forget(one, other)
            shared = end
        else:
            stride //= 2
    return shared


def _forget(*files: memoryview | mmap.mmap) -> None:
    """Keep no more pages of long files than are looked at: they count as this process's memory."""
    for file in files:
        if isinstance(file, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
            file.madvise(mmap.MADV_DONTNEED)
