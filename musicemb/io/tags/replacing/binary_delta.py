"""Binary deltas, which restore the old version of a file and are small enough for the journal.

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
_MOST_UNPACKED = 16 * LONGEST
"""Bytes of a delta's pieces and literals once unpacked; a damaged one could claim any number."""
_MOST_GONE = 1 << 28
"""Bytes by which the old file may be longer than the new one: more than any tag that is written."""
_STRIDE = 1024 * 1024
_SEEN = 32 * _STRIDE


def make_delta(old: Path, new: Path) -> str | None:
    """The delta that restores `old` from `new`.

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
        matched = _match(before, after, start, end)
        if matched is None:
            return None
        copies, literals = matched
        pieces = [(0, start), *copies, (len(after) - end, end)]
    content = json.dumps([piece for piece in pieces if piece[1]]).encode("ascii") + b"\n" + literals
    if len(content) > _MOST_UNPACKED:
        return None
    packed = base64.b64encode(zlib.compress(content, 9)).decode("ascii")
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
    pieces, literals = _unpack(delta)
    if sum(length for _, length in pieces) > new.seek(0, 2) + _MOST_GONE:
        raise ValueError("the delta is damaged")
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


def _unpack(delta: str) -> tuple[list[tuple[int, int]], bytes]:
    """Pieces of the old file and its literal bytes; a catalogue may come from anywhere, so nothing is believed."""
    if len(delta) > LONGEST:
        raise ValueError("the delta is damaged")
    unpacker = zlib.decompressobj()
    try:
        content = unpacker.decompress(base64.b64decode(delta), _MOST_UNPACKED + 1)
        header, _, literals = content.partition(b"\n")
        pieces = json.loads(header)
    except (zlib.error, RecursionError) as error:
        raise ValueError("the delta is damaged") from error
    whole = unpacker.eof and len(content) <= _MOST_UNPACKED and isinstance(pieces, list)
    if not whole or not all(_is_piece(piece) for piece in pieces):
        raise ValueError("the delta is damaged")
    return [(start, length) for start, length in pieces], literals


def _is_piece(piece: object) -> bool:
    """Whether a value of JSON is a start (-1: literal bytes) and a length."""
    return isinstance(piece, list) and len(piece) == 2 and all(type(each) is int for each in piece) and piece[1] > 0


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


def _match(old: mmap.mmap, new: mmap.mmap, start: int, end: int) -> tuple[list[tuple[int, int]], bytes] | None:
    """Pieces of `old` as (start in `new`, length), or (-1, length) for literal bytes; None for too many.

    The first `start` and the last `end` bytes are the same in both and left out.
    """
    old_end, new_end = len(old) - end, len(new) - end
    block = max(_BLOCK, (new_end - start) // _MOST_BLOCKS)
    places: dict[int, int] = {}  # by the hash of a block: the blocks themselves would be as much as the file
    for at in range(start, new_end - block + 1, block):
        places.setdefault(hash(new[at : at + block]), at)
        if at // _SEEN > (at - block) // _SEEN:
            _forget(new)
    pieces: list[tuple[int, int]] = []
    literals = bytearray()
    position = pending = start
    while position + block <= old_end:
        if position - pending + len(literals) > _MOST_LITERALS:
            return None
        data = old[position : position + block]
        place = places.get(hash(data))
        if place is None or new[place : place + block] != data:
            position += 1
            continue
        back = 0
        while back < position - pending and back < place - start and old[position - back - 1] == new[place - back - 1]:
            back += 1
        length = _common_start(old, new, position, place, min(old_end - position, new_end - place))
        if position - back > pending:
            pieces.append((-1, position - back - pending))
            literals += old[pending : position - back]
        pieces.append((place - back, length + back))
        position = pending = position + length
    if old_end - pending + len(literals) > _MOST_LITERALS:
        return None
    if pending < old_end:
        pieces.append((-1, old_end - pending))
        literals += old[pending:old_end]
    return pieces, bytes(literals)


def _common_start(
    one: mmap.mmap, other: mmap.mmap, begin: int = 0, other_begin: int = 0, most: int | None = None
) -> int:
    """Bytes that agree from two places on, `most` at most."""
    shared, stride = 0, _BLOCK
    longest = min(len(one) - begin, len(other) - other_begin) if most is None else most
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


def _forget(*files: mmap.mmap) -> None:
    """Keep no more pages of long files than are looked at: they count as this process's memory."""
    for file in files:
        if hasattr(mmap, "MADV_DONTNEED"):
            file.madvise(mmap.MADV_DONTNEED)
