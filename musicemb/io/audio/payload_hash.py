"""Hashes the audio of a file and leaves its tags out.

Any edit of tags or pictures leaves the hash as it is; any changed byte of audio alters it. So a
retagged or moved file is known again, and copies of a track are found, without decoding.

What counts as audio:

=============  ==================================================================================
MP3, AAC       bytes between ID3v2 (or APE) at the front and ID3v1, APE, Lyrics3, ID3v2 at the end
FLAC           frames behind the metadata blocks
OGG, Opus      packets behind the headers (see `io.audio.ogg_packets`)
MP4            content of the mdat boxes
WAV, AIFF      content of the data (SSND) chunk
WMA            the data object
anything else  as MP3: what is left of the file without those tags
=============  ==================================================================================

A file of broken structure is hashed whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import blake2b
from pathlib import Path
from typing import BinaryIO

from musicemb.errors import AudioError
from musicemb.io.audio.containers import (
    Container,
    asf_objects,
    identify,
    mp4_boxes,
    riff_chunks,
    skip_id3v2,
    unreadable,
)
from musicemb.io.audio.ogg_packets import ogg_digest
from musicemb.io.audio.tail_tags import is_ape, tail_tags
from musicemb.io.silent_drives import progress
from musicemb.settings.files import open_regular

Span = tuple[int, int]
"""(offset, length) in bytes."""

_BLOCK = 1 << 20
_DIGEST = 16
"""Bytes: 128 bits, so that two tracks never meet by chance."""
_ASF_DATA = bytes.fromhex("3626b2758e66cf11a6d900aa0062ce6c")


def payload_hash(path: Path) -> str:
    """Hash of a file's audio payload.

    Parameters
    ----------
    path : Path
        The content decides how it is read, not the suffix. Read in blocks: memory stays small.

    Returns
    -------
    str
        32 hex digits (BLAKE2b, 128 bits).

    Raises
    ------
    AudioError
        Where the system cannot read the file (`transient`).
    """
    if "\0" in str(path):
        raise AudioError(path, "has an invalid file name")
    try:
        with open_regular(path) as file:
            return _hash(file)
    except OSError as error:
        raise unreadable(path, error) from None


def _hash(file: BinaryIO) -> str:
    container = identify(file)
    digest = blake2b(digest_size=_DIGEST)
    if container == "ogg":
        packets = ogg_digest(file)
        if packets:
            digest.update(b"ogg\0" + packets)
            return digest.hexdigest()
    else:
        spans = [span for span in _SPANS[container](file) if span[1] > 0]
        if spans:
            digest.update(_PREFIX.get(container, container.encode()) + b"\0")
            for span in spans:
                _feed(digest, file, span)
            return digest.hexdigest()
    digest.update(b"file\0")
    _feed(digest, file, (0, file.seek(0, 2)))
    return digest.hexdigest()


def _feed(digest: blake2b, file: BinaryIO, span: Span) -> None:
    offset, left = span
    file.seek(offset)
    while left > 0 and (block := file.read(min(left, _BLOCK))):
        digest.update(block)
        left -= len(block)
        progress()


# ------------------------------------------------------------------- where the audio lies


def _stream_spans(file: BinaryIO) -> Iterator[Span]:
    start = skip_id3v2(file)
    file.seek(start)
    front = file.read(32)
    if is_ape(front, header=True):
        start = skip_id3v2(file, start + 32 + int.from_bytes(front[12:16], "little"))
    yield start, _end_of_audio(file, start) - start


def _flac_spans(file: BinaryIO) -> Iterator[Span]:
    offset = skip_id3v2(file) + 4
    last = False
    while not last:
        file.seek(offset)
        header = file.read(4)
        if len(header) < 4:
            return
        last = bool(header[0] & 0x80)
        offset += 4 + int.from_bytes(header[1:], "big")
    file.seek(offset)
    sync = file.read(2)
    if len(sync) == 2 and sync[0] == 0xFF and sync[1] & 0xFC == 0xF8:  # else a block lied about its length
        yield offset, _end_of_audio(file, offset) - offset


def _mp4_spans(file: BinaryIO) -> Iterator[Span]:
    return ((box.offset, box.present) for box in mp4_boxes(file) if box.name == b"mdat")


def _riff_spans(file: BinaryIO) -> Iterator[Span]:
    chunks = riff_chunks(file, skip_id3v2(file))
    return ((chunk.offset, chunk.present) for chunk in chunks if chunk.name in (b"data", b"SSND"))


def _asf_spans(file: BinaryIO) -> Iterator[Span]:
    return ((part.offset, part.present) for part in asf_objects(file) if part.name == _ASF_DATA)


_SPANS: dict[Container, Callable[[BinaryIO], Iterator[Span]]] = {
    "mpeg": _stream_spans,
    "adts": _stream_spans,
    "unknown": _stream_spans,
    "flac": _flac_spans,
    "mp4": _mp4_spans,
    "riff": _riff_spans,
    "aiff": _riff_spans,
    "asf": _asf_spans,
}
_PREFIX: dict[Container, bytes] = {"adts": b"mpeg", "unknown": b"mpeg"}
"""Read in one way, so hashed under one name: a tag at the front may hide or show what follows."""


def _end_of_audio(file: BinaryIO, start: int) -> int:
    """Where the tags at the end begin."""
    return min((tag.start for tag in tail_tags(file, start)), default=file.seek(0, 2))
