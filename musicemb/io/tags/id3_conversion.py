"""What mutagen does for ID3 tags: makes new ones of older ones, and gives a second opinion."""

from __future__ import annotations

import struct
from collections.abc import Collection
from io import BytesIO
from typing import BinaryIO

from musicemb.io.tags.fields import NotWritable
from musicemb.io.tags.id3 import NEW_PADDING, UNSYNCHRONISED, synchronise


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
    except (MutagenError, ValueError, TypeError, struct.error) as error:
        raise NotWritable("its ID3v2.2 tag is damaged") from error
    if tag.unknown_frames or len(tag.values()) != _count_old_frames(head) or dict(again) != dict(tag):
        raise NotWritable("its ID3v2.2 tag holds frames that ID3v2.3 has no place for")
    return out.getvalue()


def from_version_1(v1: bytes) -> bytes:
    """An ID3v2.3 tag that says what an ID3v1 tag says, its genre left out.

    A player that finds an ID3v2 tag may look no further: a tag with only a genre in it would hide
    artist and title.

    Parameters
    ----------
    v1 : bytes
        128 bytes.

    Returns
    -------
    bytes
        b"" where it says nothing.
    """
    from mutagen.id3 import ID3, ParseID3v1

    out, tag = BytesIO(), ID3()
    for frame in (ParseID3v1(v1, v2_version=3) or {}).values():
        if frame.FrameID != "TCON":
            tag.add(frame)
    if not tag:
        return b""
    tag.save(out, v1=0, v2_version=3, padding=lambda info: NEW_PADDING)
    return out.getvalue()


def readers_view(file: BinaryIO, left_out: Collection[str]) -> dict[str, object]:
    """The frames of a file's ID3v2 tag as mutagen understands them.

    Parameters
    ----------
    file : binary file
    left_out : collection of str
        Keys not asked for.

    Returns
    -------
    dict of str to frame
        Empty where there is no tag.
    """
    from mutagen import MutagenError
    from mutagen.id3 import ID3

    tag = ID3()
    file.seek(0)
    try:
        tag.load(file, translate=False, load_v1=False)
    except MutagenError:
        return {}
    return {key: frame for key, frame in tag.items() if key.upper() not in left_out}


def _count_old_frames(head: bytes) -> int:
    body, position, count = head[10:], 0, 0
    if head[5] & UNSYNCHRONISED:
        body = synchronise(body)
    while position + 6 <= len(body) and body[position]:
        position += 6 + int.from_bytes(body[position + 3 : position + 6], "big")
        count += 1
    return count
