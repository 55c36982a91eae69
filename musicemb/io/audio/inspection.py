"""Inspects the bytes of an audio file before decoding, and explains why decoding failed."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from musicemb.errors import AudioError
from musicemb.io.audio.containers import (
    Container,
    identify,
    mp4_boxes,
    name_impostor,
    riff_chunks,
    skip_id3v2,
)
from musicemb.io.audio.tail_tags import tail_tags

_PROTECTED = (b"drms", b"enca", b"aavd", bytes.fromhex("fb b3 11 22 23 bd d2 11 b4 b7 00 a0 c9 55 fc 6e"))
"""Marks of copy protection: MP4's encrypted audio boxes, ASF's encryption object."""
_TAIL = 1 << 16
"""Bytes at the end in which the last Ogg page begins: no page is longer."""
_LARGEST_HEADERS = 1 << 26
_MOST_COMMENTS = 20_000
_WHOLE_READ = 1 << 20


@dataclass(frozen=True)
class Inspection:
    """The result of inspecting a file before decoding."""

    container: Container
    size: int
    """Bytes behind ID3v2 tags."""
    mtime_ns: int
    ffmpeg_first: bool = False
    goes_on: bool = False
    """True where more follows behind the first stream, which libsndfile would not read."""
    exact: bool = True
    """False where the length that a decoder promises is an estimate."""
    share: float = 1.0
    """How much of the sound data that the header promises is there (WAV, AIFF)."""


def look_at(path: Path) -> Inspection:
    """Inspect a file before anything is decoded.

    Parameters
    ----------
    path : Path

    Returns
    -------
    Inspection

    Raises
    ------
    AudioError
        Where it can be no audio file at all: a folder, a device, no bytes.
    """
    try:
        status = path.stat()
    except ValueError:
        raise AudioError(path, "has an invalid file name") from None
    if stat.S_ISDIR(status.st_mode):
        raise AudioError(path, "is a folder")
    if not stat.S_ISREG(status.st_mode):
        raise AudioError(path, "is not a regular file")
    if status.st_size == 0:
        raise AudioError(path, "is empty")
    with path.open("rb") as file:
        container = identify(file)
        start = skip_id3v2(file)
        size = status.st_size - start
        if size <= 0:
            raise AudioError(path, "holds a tag but no audio")
        opus, unknown_length, goes_on, exact, share = False, False, False, True, 1.0
        if container == "ogg":
            file.seek(start)
            opus = b"OpusHead" in file.read(64)
            goes_on = _is_chained(file, status.st_size)
            if reason := _why_too_much(file, start):
                raise AudioError(path, reason)
        elif container == "flac":
            file.seek(start)
            unknown_length = _flac_samples(file.read(26)) == 0  # a saved stream: libsndfile loses its end
        elif container == "mpeg":
            told = _told_bytes(file, start)
            exact = told is not None
            tags = sum(tag.end - tag.start for tag in tail_tags(file, start))
            goes_on = told is not None and told < 0.9 * (size - tags)
        elif container in ("riff", "aiff"):
            sound = [chunk for chunk in riff_chunks(file, start) if chunk.name in (b"data", b"SSND")]
            share = sum(chunk.present for chunk in sound) / max(1, sum(chunk.told for chunk in sound))
    return Inspection(container, size, status.st_mtime_ns, opus or unknown_length, goes_on, exact, share)


def _is_chained(file: BinaryIO, size: int) -> bool:
    """Whether an Ogg file's last page belongs to another stream than its first."""
    file.seek(0)
    first = file.read(18)
    file.seek(max(0, size - _TAIL))
    tail = file.read(_TAIL)
    last = tail.rfind(b"OggS\0")
    return last >= 0 and len(tail) >= last + 18 and tail[last + 14 : last + 18] != first[14:18]


def _why_too_much(file: BinaryIO, start: int) -> str:
    """Why the second packet of an Ogg file, its comments, is no food for a decoder; "" where it is.

    FFmpeg holds it three times, and takes time by the square of how many comments there are.
    """
    offset, ended = start, 0
    while ended < 2:
        if offset - start > _LARGEST_HEADERS:
            return f"has a tag larger than {_LARGEST_HEADERS >> 20} MB, more than a decoder may hold"
        file.seek(offset)
        header = file.read(27)
        if len(header) < 27 or not header.startswith(b"OggS"):
            return ""
        lacing = file.read(header[26])
        body = file.read(16)
        for magic in (b"OpusTags", b"\x03vorbis"):
            if body.startswith(magic):
                vendor = int.from_bytes(body[len(magic) : len(magic) + 4], "little")
                file.seek(len(magic) + 4 + vendor - len(body), os.SEEK_CUR)
                if int.from_bytes(file.read(4), "little") > _MOST_COMMENTS:
                    return f"has a tag of more than {_MOST_COMMENTS:,} comments, or a damaged one"
        ended += sum(value < 255 for value in lacing)
        offset += 27 + len(lacing) + sum(lacing)
    return ""


def _flac_samples(head: bytes) -> int:
    """Samples per channel according to FLAC's STREAMINFO; 0 if the encoder did not know."""
    return int.from_bytes(head[21:26], "big") & (1 << 36) - 1 if len(head) >= 26 else 0


def _told_bytes(file: BinaryIO, start: int) -> int | None:
    """Length of the MPEG stream according to its Xing header; None without such a header."""
    file.seek(start)
    frame = file.read(64)
    at = max(frame.find(b"Xing"), frame.find(b"Info"))
    if at < 0:
        return None
    flags = int.from_bytes(frame[at + 4 : at + 8], "big")
    if flags & 3 != 3:
        return None
    return int.from_bytes(frame[at + 12 : at + 16], "big")


def why_nothing(path: Path, look: Inspection, words: str) -> str:
    """Why no decoder got anything out of a file, in a few words.

    Parameters
    ----------
    path : Path
    look : Inspection
        From before.
    words : str
        What a decoder said; "" where none did.

    Returns
    -------
    str
    """
    with path.open("rb") as file:
        if is_protected(file, look):
            return "is copy-protected"
        if look.container == "unknown":
            impostor = name_impostor(file)
            if impostor:
                return f"is not audio: {impostor}"
            return words or "is not audio, or is too damaged to be decoded"
        if look.container == "mp4" and all(box.name != b"moov" for box in mp4_boxes(file)):
            return "is incomplete: its index is missing"
    return words or "is damaged: nothing can be decoded"


def is_protected(file: BinaryIO, look: Inspection) -> bool:
    """Whether a file is encrypted for the devices of one buyer.

    Parameters
    ----------
    file : binary file, seekable
    look : Inspection

    Returns
    -------
    bool
    """
    if look.container not in ("mp4", "asf"):
        return False
    file.seek(0)
    ends = file.read(_WHOLE_READ)
    file.seek(max(0, look.size - _WHOLE_READ))
    ends += file.read(_WHOLE_READ)
    return any(mark in ends for mark in _PROTECTED)


def check_readable(path: Path, look: Inspection) -> None:
    """Damage, or a disk or network that fails? Decoders do not tell.

    Parameters
    ----------
    path : Path
    look : Inspection

    Raises
    ------
    OSError
        Where the file cannot be read to its end.
    AudioError
        Transient, where it changed since `look`.
    """
    with path.open("rb") as file:
        while file.read(_WHOLE_READ):
            pass
        if os.fstat(file.fileno()).st_mtime_ns != look.mtime_ns:
            raise AudioError(path, "changed while it was read", transient=True)
