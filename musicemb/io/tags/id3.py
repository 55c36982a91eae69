"""Edits an ID3v2 tag as bytes: every frame that is not ours stays byte for byte where it was.

mutagen writes a tag anew from what it understood of it: frames it cannot hold are dropped, doubled
ones collapse, text changes its encoding. Here frames are cut out and put in; nothing else moves.
ID3v2.3 and ID3v2.4 (id3.org, "ID3 tag version 2.3.0" and "2.4.0 - Main Structure"), whole-tag
unsynchronisation of 2.3 included. What cannot be kept exactly is refused with a reason.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from musicemb.io.audio.containers import id3v2_length
from musicemb.io.tags.fields import LARGEST_TAG, MOST_PARTS, Damaged, NotWritable
from musicemb.io.tags.reading.id3_texts import decode_texts, synchronise

NEW_PADDING = 1024
"""Bytes of padding in a tag that had to grow, so that the next program need not move the audio."""

_FRAME_ID = re.compile(rb"[A-Z][A-Z0-9]{3}")
UNSYNCHRONISED, _EXTENDED, _FOOTER = 0x80, 0x40, 0x10


@dataclass(frozen=True)
class Frame:
    """One frame as it stands in the tag (unsynchronisation of the whole tag undone)."""

    name: str
    raw: bytes
    """With its header of ten bytes."""
    packed: bool = False
    """True where its text is compressed, encrypted or in a group: it is not looked into."""
    unsynchronised: bool = False
    with_length: bool = False
    """True where four bytes of length stand before the text (2.4)."""

    @property
    def key(self) -> str:
        """Frame id; of a TXXX frame with its description, upper case."""
        if self.name != "TXXX" or self.packed:
            return self.name
        values = self.texts()
        return f"TXXX:{values[0].upper() if values else ''}"

    def texts(self) -> list[str]:
        """Values of a text frame; a TXXX frame's first one is its description."""
        body = self.raw[10:]
        if self.packed:
            raise NotWritable("its genre frame is compressed or encrypted")
        if self.with_length:
            body = body[4:]
        if self.unsynchronised:
            body = synchronise(body)
        return decode_texts(body)


@dataclass(frozen=True)
class Id3Tag:
    """An ID3v2 tag, cut into frames."""

    major: int
    """3 or 4."""
    revision: int
    flags: int
    frames: tuple[Frame, ...]
    size: int
    """Bytes in the file, header and padding included."""
    plain_sizes: bool = False
    """True for a 2.4 tag whose frame sizes are plain integers (a known fault of old iTunes)."""


def read_id3(file: BinaryIO) -> bytes:
    """The first ID3v2 tag at the front of a file, behind which the file then stands.

    Parameters
    ----------
    file : binary file, seekable

    Returns
    -------
    bytes
        b"" for none.

    Raises
    ------
    NotWritable
        Where it is cut off or too large.
    """
    file.seek(0)
    size = id3v2_length(file.read(10))
    if size > LARGEST_TAG:
        raise NotWritable(f"its ID3 tag is larger than {LARGEST_TAG >> 20} MB")
    file.seek(0)
    head = file.read(size)
    if len(head) < size:
        raise Damaged("its ID3 tag is cut off")
    return head


def parse(head: bytes) -> Id3Tag:
    """Cut a tag into frames.

    Parameters
    ----------
    head : bytes
        The tag, header and padding included.

    Returns
    -------
    Id3Tag

    Raises
    ------
    NotWritable
        For a tag that could not be put together again exactly as it is.
    """
    if len(head) < 10 or head[:3] != b"ID3":
        raise Damaged("its ID3 tag is damaged")
    major, revision, flags = head[3], head[4], head[5]
    if major not in (3, 4):
        raise NotWritable(f"its tag is ID3v2.{major}, which cannot be written as it is")
    if flags & _EXTENDED or (major == 4 and flags & _FOOTER):
        raise NotWritable("its ID3 tag has an extended header or a footer")
    body = head[10:]
    if major == 3 and flags & UNSYNCHRONISED:
        plain = synchronise(body)
        if _unsynchronise(plain.rstrip(b"\0")).rstrip(b"\0") != body.rstrip(b"\0"):
            raise NotWritable("its ID3 tag is unsynchronised in a way that could not be preserved")
        body = plain
    everywhere = major == 4 and bool(flags & UNSYNCHRONISED)
    frames = _walk(body, major, plain=major == 3, unsynchronised=everywhere)
    plain_sizes = False
    if frames is None and major == 4:
        frames, plain_sizes = _walk(body, major, plain=True, unsynchronised=everywhere), True
    if frames is None:
        raise Damaged("its ID3 tag is damaged")
    return Id3Tag(major, revision, flags, frames, len(head), plain_sizes)


def build(tag: Id3Tag | None, fields: Mapping[str, Sequence[str]], *, drop_empty: bool = False) -> bytes:
    """The tag with some fields set, all else as it was.

    Parameters
    ----------
    tag : Id3Tag or None
        None: a new ID3v2.3 tag.
    fields : mapping
        Frame key ("TCON", "TXXX:MUSICEMB_GENRE") to values; no values take the frame away.
        Several values are parted by NUL, also in ID3v2.3: any other sign may be part of a word.
    drop_empty : bool
        Give b"" where no frame is left.

    Returns
    -------
    bytes
        As long as the tag was where its padding allows.
    """
    tag = tag or Id3Tag(3, 0, 0, (), 0)
    unset = {key: list(values) for key, values in fields.items() if values}
    pieces: list[bytes] = []
    for frame in tag.frames:
        if frame.key not in fields:
            pieces.append(frame.raw)
        elif frame.key in unset:
            pieces.append(_text_frame(frame.key, unset.pop(frame.key), tag))
    added = [_text_frame(key, values, tag) for key, values in unset.items()]
    # FFmpeg loses its place behind the first frame in which a byte had to be put.
    unsynchronised = tag.major == 3 and tag.flags & UNSYNCHRONISED
    pieces = [*added, *pieces] if unsynchronised else [*pieces, *added]
    if not pieces and drop_empty:
        return b""
    body = b"".join(pieces)
    if unsynchronised:
        body = _unsynchronise(body)
    room = tag.size - 10 - len(body)
    body += bytes(room if room >= 0 else NEW_PADDING)
    if len(body) >= 1 << 28:
        raise NotWritable("its ID3 tag is too large")
    return b"ID3" + bytes((tag.major, tag.revision, tag.flags)) + to_syncsafe(len(body)) + body


def _walk(body: bytes, major: int, *, plain: bool, unsynchronised: bool) -> tuple[Frame, ...] | None:
    """Frames of a tag's body; None unless they and zero padding fill it exactly."""
    frames: list[Frame] = []
    position = 0
    while position < len(body):
        if not body[position]:
            return tuple(frames) if not body[position:].strip(b"\0") else None
        header = body[position : position + 10]
        if len(header) < 10 or not _FRAME_ID.fullmatch(header[:4]):
            return None
        if not plain and max(header[4:8]) > 0x7F:
            return None
        size = int.from_bytes(header[4:8], "big") if plain else _from_syncsafe(header[4:8])
        end = position + 10 + size
        if end > len(body):
            return None
        if len(frames) == MOST_PARTS:
            raise NotWritable(f"its ID3 tag holds more than {MOST_PARTS:,} frames")
        name, raw, flags = header[:4].decode("ascii"), body[position:end], header[9]
        if major == 3:
            frames.append(Frame(name, raw, packed=bool(flags & 0xE0)))
        else:
            unsynced = bool(flags & 0x02) or unsynchronised
            frames.append(Frame(name, raw, bool(flags & 0x4C), unsynced, bool(flags & 0x01)))
        position = end
    return tuple(frames)


def _text_frame(key: str, values: Sequence[str], tag: Id3Tag) -> bytes:
    name, _, description = key.partition(":")
    texts = [description, *values] if name == "TXXX" else list(values)
    if all(text.isascii() for text in texts):
        body = b"\0" + b"\0".join(text.encode("ascii") for text in texts)
    elif tag.major == 4:
        body = b"\3" + b"\0".join(text.encode("utf-8") for text in texts)
    else:  # 2.3 knows no UTF-8, and wants a byte order mark before each text
        body = b"\1" + b"\0\0".join(b"\xff\xfe" + text.encode("utf-16-le") for text in texts)
    plain = tag.major == 3 or tag.plain_sizes
    size = struct.pack(">I", len(body)) if plain else to_syncsafe(len(body))
    return name.encode("ascii") + size + b"\0\0" + body


def _unsynchronise(data: bytes) -> bytes:
    data = re.sub(rb"\xff(?=[\0\xe0-\xff])", b"\xff\0", data)
    return data + b"\0" if data.endswith(b"\xff") else data


def _from_syncsafe(data: bytes) -> int:
    return data[0] << 21 | data[1] << 14 | data[2] << 7 | data[3]


def to_syncsafe(number: int) -> bytes:
    """A size as ID3v2 writes it: four bytes, seven bits each.

    Parameters
    ----------
    number : int

    Returns
    -------
    bytes
    """
    return bytes((number >> shift) & 0x7F for shift in (21, 14, 7, 0))
