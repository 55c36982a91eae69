"""Uses mutagen to convert old ID3 tags, and to verify edits."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Collection, Hashable
from io import BytesIO
from typing import Any

from musicemb.io.tags.fields import Damaged, NotWritable
from musicemb.io.tags.id3 import NEW_PADDING, UNSYNCHRONISED, Id3Tag, to_syncsafe
from musicemb.io.tags.reading.id3_texts import synchronise, version_1_text

_LARGEST_VIEWED = 1 << 23
"""Bytes of a frame: a picture beyond it is compared by its bytes alone."""


def upgrade_tag(head: bytes) -> bytes:
    """An ID3v2.2 tag as ID3v2.3 (by mutagen: every frame gets another name and header).

    Parameters
    ----------
    head : bytes
        The tag.

    Returns
    -------
    bytes

    Raises
    ------
    NotWritable
        Where a frame would be lost.
    """
    from mutagen import MutagenError
    from mutagen.id3 import ID3

    try:
        tag = ID3()
        tag.load(BytesIO(head), translate=False, load_v1=False)
        out = BytesIO()
        tag.save(out, v1=0, v2_version=3, v23_sep=None, padding=lambda info: NEW_PADDING)
        again = ID3()
        again.load(BytesIO(out.getvalue()), translate=False, load_v1=False)
    except (MutagenError, ValueError, TypeError, LookupError, AttributeError, struct.error) as error:
        raise Damaged("its ID3v2.2 tag is damaged") from error
    if tag.unknown_frames or len(tag.values()) != _count_old_frames(head) or dict(again) != dict(tag):
        raise NotWritable("its ID3v2.2 tag holds frames that ID3v2.3 does not have")
    return out.getvalue()


def from_version_1(v1: bytes) -> bytes:
    """An ID3v2.3 tag that says what an ID3v1 tag says, its genre left out.

    A player that finds an ID3v2 tag may look no further: a tag with only a genre in it would hide
    artist, title and comment.

    Parameters
    ----------
    v1 : bytes
        128 bytes.

    Returns
    -------
    bytes
        b"" where it says nothing.
    """

    def text(start: int, end: int) -> str:
        return version_1_text(v1[start:end]).rstrip(" ")

    def coded(value: str, head: bytes = b"") -> bytes:
        try:
            return b"\0" + head + value.encode("latin-1")
        except UnicodeEncodeError:  # 2.3 wants a byte order mark before each text
            mark = b"\xff\xfe"
            return b"\1" + (head[:3] + mark + b"\0\0" if head else b"") + mark + value.encode("utf-16-le")

    has_number = not v1[125] and v1[126]
    comment = text(97, 125 if has_number else 127)
    number = str(v1[126]) if has_number else ""
    frames = [
        (name, coded(value))
        for name, value in (
            (b"TIT2", text(3, 33)),
            (b"TPE1", text(33, 63)),
            (b"TALB", text(63, 93)),
            (b"TYER", text(93, 97)),
            (b"TRCK", number),
        )
        if value
    ]
    if comment:
        frames.append((b"COMM", coded(comment, b"eng\0")))
    body = b"".join(name + struct.pack(">IH", len(content), 0) + content for name, content in frames)
    return b"ID3\3\0\0" + to_syncsafe(len(body) + NEW_PADDING) + body + bytes(NEW_PADDING) if body else b""


def readers_view(head: bytes, tag: Id3Tag, left_out: Collection[str]) -> Hashable:
    """The frames of an ID3v2 tag as mutagen understands them: a second opinion on what an edit leaves.

    Parameters
    ----------
    head : bytes
        The tag.
    tag : Id3Tag
        The same, cut into frames.
    left_out : collection of str
        Keys not asked for.

    Returns
    -------
    hashable
        None where mutagen cannot be asked: it would unpack what is compressed, however large it gets, and hold what
        is large four times.
    """
    from mutagen.id3 import ID3

    if any(frame.packed or len(frame.raw) > _LARGEST_VIEWED for frame in tag.frames):
        return None
    read = ID3()
    try:
        read.load(BytesIO(head), translate=False, load_v1=False)
        return frozenset((key, _tell(frame)) for key, frame in read.items() if key.upper() not in left_out)
    except (MemoryError, OSError):
        raise
    except Exception:  # chapters and the like that it stumbles over: their bytes are compared in any case
        return None


def _tell(frame: Any) -> str:
    data = getattr(frame, "data", None)
    if isinstance(data, bytes):
        return f"{frame.FrameID} {hashlib.sha256(data).hexdigest()}"
    return repr(frame)


def _count_old_frames(head: bytes) -> int:
    body, position, count = head[10:], 0, 0
    if head[5] & UNSYNCHRONISED:
        body = synchronise(body)
    while position + 6 <= len(body) and body[position]:
        position += 6 + int.from_bytes(body[position + 3 : position + 6], "big")
        count += 1
    return count
