"""Edits Vorbis comments as bytes, and the header of a FLAC file that holds them.

Comments that are not ours stay byte for byte, in their order, text that is not valid UTF-8 included;
so do all other blocks of a FLAC header.
"""

from __future__ import annotations

import shutil
import struct
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from musicemb.io.tags.fields import (
    LARGEST_TAG,
    MOST_PARTS,
    VORBIS_VALUES,
    Damaged,
    EditOptions,
    Fields,
    NotWritable,
    TagContents,
    TagFormat,
    Writer,
)
from musicemb.io.tags.id3 import read_id3
from musicemb.io.tags.reading.around import tags_around
from musicemb.io.tags.reading.comments import read_flac_comments
from musicemb.io.tags.reading.texts import FoundTag

_COMMENT, _PADDING = 4, 1
_LONGEST_BLOCK = (1 << 24) - 1


@dataclass(frozen=True)
class Comments:
    """A Vorbis comment (xiph.org, "Ogg Vorbis I format specification: comment field")."""

    vendor: bytes = b""
    entries: tuple[bytes, ...] = ()
    """ "KEY=value" each."""
    tail: bytes = b""
    """What follows the comments in their packet or block: framing bit, padding."""

    def values(self, key: str) -> list[str]:
        """Values of a key.

        Parameters
        ----------
        key : str
            Its case does not matter.

        Returns
        -------
        list of str
        """
        found = (entry.partition(b"=") for entry in self.entries if b"=" in entry)
        return [value.decode("utf-8", "replace") for name, _, value in found if name.upper() == key.encode().upper()]

    def without(self, keys: Sequence[str]) -> tuple[bytes, ...]:
        """All entries of other keys.

        Parameters
        ----------
        keys : sequence of str

        Returns
        -------
        tuple of bytes
        """
        gone = {key.upper().encode() for key in keys}
        return tuple(entry for entry in self.entries if entry.partition(b"=")[0].upper() not in gone)

    def replaced(self, fields: Mapping[str, Sequence[str]]) -> Comments:
        """The comments with some keys set, all else as it was.

        Parameters
        ----------
        fields : mapping
            Key to values; no values take a key away.

        Returns
        -------
        Comments
        """
        new = {key.upper().encode(): [f"{key}={value}".encode() for value in fields[key]] for key in fields}
        entries: list[bytes] = []
        for entry in self.entries:
            name = entry.partition(b"=")[0].upper()
            if name not in new:
                entries.append(entry)
            else:
                entries.extend(new[name])
                new[name] = []
        entries.extend(entry for group in new.values() for entry in group)
        return Comments(self.vendor, tuple(entries), self.tail)

    def packed(self) -> bytes:
        """As bytes, `tail` left out."""
        parts = [struct.pack("<I", len(self.vendor)), self.vendor, struct.pack("<I", len(self.entries))]
        for entry in self.entries:
            parts += [struct.pack("<I", len(entry)), entry]
        return b"".join(parts)


def parse_comments(data: bytes) -> Comments:
    """Cut the bytes of a Vorbis comment into entries.

    Parameters
    ----------
    data : bytes

    Returns
    -------
    Comments

    Raises
    ------
    NotWritable
        Where the lengths do not fit the data.
    """
    position = 0

    def take() -> bytes:
        nonlocal position
        if position + 4 > len(data):
            raise Damaged("its Vorbis comments are damaged")
        start = position + 4
        position = start + struct.unpack_from("<I", data, position)[0]
        if position > len(data):
            raise Damaged("its Vorbis comments are damaged")
        return data[start:position]

    vendor = take()
    if position + 4 > len(data):
        raise Damaged("its Vorbis comments are damaged")
    (count,) = struct.unpack_from("<I", data, position)
    position += 4
    if position + 4 * count > len(data):
        raise Damaged("its Vorbis comments are damaged")
    if count > MOST_PARTS:
        raise NotWritable(f"it holds more than {MOST_PARTS:,} Vorbis comments")
    return Comments(vendor, tuple(take() for _ in range(count)), data[position:])


def comment_fields(comments: Comments | None, names: Sequence[str]) -> dict[str, list[str]]:
    """Values of some keys.

    Parameters
    ----------
    comments : Comments or None
    names : sequence of str

    Returns
    -------
    dict of str to list of str
        Absent keys are left out.
    """
    found = {name: comments.values(name) for name in names} if comments else {}
    return {name: values for name, values in found.items() if values}


def other_comments(comments: Comments | None, names: Sequence[str]) -> Hashable:
    """The vendor and the entries of all other keys.

    Parameters
    ----------
    comments : Comments or None
    names : sequence of str

    Returns
    -------
    hashable
    """
    return (comments.vendor, comments.without(names)) if comments else (b"", ())


# ---------------------------------------------------------------------------------------- FLAC


@dataclass(frozen=True)
class FlacHead:
    """The metadata of a FLAC file before its audio frames."""

    prefix: bytes
    """What stands before "fLaC" (an ID3v2 tag), as it is."""
    blocks: tuple[tuple[int, bytes], ...]
    """Type and content of each metadata block."""
    size: int
    """Bytes, prefix and "fLaC" included."""

    @property
    def comments(self) -> Comments | None:
        """The Vorbis comments; None where there is no such block."""
        found = [data for kind, data in self.blocks if kind == _COMMENT]
        if len(found) > 1:
            raise NotWritable("it holds two blocks of Vorbis comments")
        return parse_comments(found[0]) if found else None

    @property
    def others(self) -> tuple[tuple[int, bytes], ...]:
        """All blocks but comments and padding."""
        return tuple((kind, data) for kind, data in self.blocks if kind not in (_COMMENT, _PADDING))


def read_flac_head(file: BinaryIO, prefix: bytes) -> FlacHead:
    """Read the metadata blocks of a FLAC file.

    Parameters
    ----------
    file : binary file
        Standing behind `prefix`.
    prefix : bytes
        What was before.

    Returns
    -------
    FlacHead

    Raises
    ------
    NotWritable
        Where it is damaged.
    """
    if file.read(4) != b"fLaC":
        raise Damaged("its FLAC header is damaged")
    blocks: list[tuple[int, bytes]] = []
    size, last = len(prefix) + 4, False
    while not last:
        header = file.read(4)
        length = int.from_bytes(header[1:], "big")
        if size + length > LARGEST_TAG:
            raise NotWritable(f"its FLAC header is larger than {LARGEST_TAG >> 20} MB")
        if len(blocks) == MOST_PARTS:
            raise NotWritable(f"its FLAC header holds more than {MOST_PARTS:,} blocks")
        data = file.read(length) if len(header) == 4 else b""
        if len(header) < 4 or len(data) < length:
            raise Damaged("its FLAC header is damaged")
        last = header[0] >= 0x80
        blocks.append((header[0] & 0x7F, data))
        size += 4 + length
    return FlacHead(prefix, tuple(blocks), size)


def build_flac_head(head: FlacHead, fields: Mapping[str, Sequence[str]], *, drop_empty: bool = False) -> bytes:
    """The header with some comments set, all else as it was.

    Parameters
    ----------
    head : FlacHead
    fields : mapping
        Key to values; no values take a comment away.
    drop_empty : bool
        Leave the block of comments out where none is left.

    Returns
    -------
    bytes
        As long as it was where its padding allows.
    """
    old = head.comments
    new = (old or Comments()).replaced(fields)
    data = new.packed() + new.tail
    blocks = list(head.blocks)
    if old is None:
        blocks.insert(1, (_COMMENT, data))
    else:
        blocks = [(kind, data if kind == _COMMENT else content) for kind, content in blocks]
    if drop_empty and not new.entries:
        blocks = [block for block in blocks if block[0] != _COMMENT]
    if len(data) > _LONGEST_BLOCK:
        raise NotWritable("its Vorbis comments are too long")
    grown = _flac_size(blocks) - _flac_size(head.blocks)
    for number, (kind, content) in enumerate(blocks):
        room = len(content) - grown
        if kind == _PADDING and 0 <= room <= _LONGEST_BLOCK:
            blocks[number] = (_PADDING, bytes(room))
            break
    parts = [head.prefix, b"fLaC"]
    for number, (kind, content) in enumerate(blocks):
        last = 0x80 if number == len(blocks) - 1 else 0
        parts += [bytes((kind | last,)), len(content).to_bytes(3, "big"), content]
    return b"".join(parts)


def _flac_size(blocks: Sequence[tuple[int, bytes]]) -> int:
    return sum(4 + len(content) for _, content in blocks)


def _examine(file: BinaryIO, options: EditOptions) -> tuple[TagContents, Writer]:
    head = read_flac_head(file, read_id3(file))
    comments = head.comments
    rest = (head.prefix, head.others, other_comments(comments, FLAC.all_names))

    def write(target: BinaryIO, fields: Fields, drop_empty: bool) -> None:
        target.write(build_flac_head(head, fields, drop_empty=drop_empty))
        file.seek(head.size)
        shutil.copyfileobj(file, target)

    fields = comment_fields(comments, FLAC.all_names)
    empty = comments is None or not comments.entries
    return TagContents(FLAC, fields, rest, bare=comments is None, empty=empty), write


def _read(file: BinaryIO) -> Iterator[FoundTag]:
    for texts in read_flac_comments(file):
        yield FoundTag("Vorbis", texts, written=True)
    yield from tags_around(file)


FLAC = TagFormat("flac", _read, "GENRE", "", _examine, VORBIS_VALUES)
