"""Edits the comments at the head of an OGG Vorbis or Opus stream; its pages are read and written by mutagen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

from musicemb.io.tags.fields import (
    LARGEST_TAG,
    MOST_PARTS,
    OPUS_VALUES,
    VORBIS_VALUES,
    Damaged,
    EditOptions,
    Fields,
    NotWritable,
    TagContents,
    TagFormat,
    Writer,
)
from musicemb.io.tags.reading.around import tags_around
from musicemb.io.tags.reading.comments import read_ogg_comments
from musicemb.io.tags.reading.texts import FoundTag
from musicemb.io.tags.replacing.splicing import copy_with
from musicemb.io.tags.vorbis import Comments, comment_fields, other_comments, parse_comments

_SEGMENTS_PER_PAGE = 255


@dataclass(frozen=True)
class OggHead:
    """The comment header of an OGG Vorbis or Opus stream."""

    magic: bytes
    """b"\\x03vorbis" or b"OpusTags"."""
    comments: Comments
    setup: tuple[bytes, ...]
    """Packets that share pages with the comments (Vorbis: its setup header)."""
    pages: tuple[object, ...]
    """The pages (mutagen's) that hold all of that."""


def read_ogg_head(file: BinaryIO) -> OggHead:
    """Read the comments of the first stream of an OGG file.

    Parameters
    ----------
    file : binary file
        At its start.

    Returns
    -------
    OggHead

    Raises
    ------
    NotWritable
        For a stream that is neither Vorbis nor Opus.
    """
    from mutagen.ogg import OggPage, error

    try:
        first = OggPage(file)
        start = first.packets[0] if first.packets else b""
        magic = b"\x03vorbis" if start[:7] == b"\x01vorbis" else b"OpusTags" if start[:8] == b"OpusHead" else b""
        if not magic:
            raise NotWritable("its OGG stream is neither Vorbis nor Opus")
        pages: list[Any] = []
        # Comments begin on the second page; the page on which the headers end holds no audio.
        wanted, ended = 2 if magic == b"\x03vorbis" else 1, 0
        while ended < wanted:
            page = OggPage(file)
            if page.serial == first.serial:
                pages.append(page)
                ended += len(page.packets) - (not page.complete)
            if file.tell() > LARGEST_TAG:
                raise NotWritable(f"its OGG headers are larger than {LARGEST_TAG >> 20} MB")
            if len(pages) > MOST_PARTS:
                raise NotWritable(f"its OGG headers take more than {MOST_PARTS:,} pages")
        packets = OggPage.to_packets(pages)
        if len(packets) != wanted or not packets[0].startswith(magic):
            raise Damaged("its OGG headers are damaged")
    except (EOFError, error, ValueError, IndexError, TypeError, AttributeError) as problem:
        raise Damaged("its OGG headers are damaged") from problem
    comments = parse_comments(packets[0][len(magic) :])
    return OggHead(magic, comments, tuple(packets[1:]), tuple(pages))


def replace_ogg_head(file: BinaryIO, head: OggHead, fields: Mapping[str, Sequence[str]]) -> None:
    """Set some comments in an OGG file, which is changed in place: give it a copy.

    Parameters
    ----------
    file : binary file
        Open for reading and writing.
    head : OggHead
        As `read_ogg_head` found it there.
    fields : mapping
        Key to values; no values take a comment away.
    """
    from mutagen.ogg import OggPage

    old = list(head.pages)
    new = head.comments.replaced(fields)
    keep = 1 if head.magic == b"\x03vorbis" else 0  # the framing bit
    tail, grown = new.tail, len(new.packed()) - len(head.comments.packed())
    if len(tail) >= keep and not tail[keep:].strip(b"\0"):  # only padding: it takes what the comments give, and gives
        tail = tail[:keep] + bytes(max(0, len(tail) - keep - grown))
    packets = [head.magic + new.packed() + tail, *head.setup]
    OggPage.replace(file, old, _paged(packets, len(old)))


def _paged(packets: Sequence[bytes], count: int) -> list[Any]:
    """Packets cut into pages: as many as before if they can hold it, else all later pages get new numbers."""
    from mutagen.ogg import OggPage

    # What a page holds is counted in segments of 255 bytes; a shorter one ends a packet.
    segments = [
        (number, packet[start : start + 255])
        for number, packet in enumerate(packets)
        for start in range(0, len(packet) + 1, 255)
    ]
    count = max(count, -(-len(segments) // _SEGMENTS_PER_PAGE))
    pages = []
    for page_number in range(count):
        first, end = (len(segments) * (page_number + i) // count for i in (0, 1))
        held = segments[first:end]
        page = OggPage()
        numbers = sorted({number for number, _ in held})
        page.packets = [b"".join(data for n, data in held if n == number) for number in numbers]
        page.continued = first > 0 and len(segments[first - 1][1]) == 255
        page.complete = len(held[-1][1]) < 255
        page.position = 0 if any(len(data) < 255 for _, data in held) else -1
        pages.append(page)
    return pages


def _examine(file: BinaryIO, options: EditOptions) -> tuple[TagContents, Writer]:
    file.seek(0)
    head = read_ogg_head(file)
    kind = OPUS if head.magic == b"OpusTags" else OGG
    padding = head.comments.tail.rstrip(b"\0")
    rest = (head.magic, head.setup, padding, other_comments(head.comments, kind.all_names))

    def write(target: BinaryIO, fields: Fields, drop_empty: bool) -> None:
        copy_with(file, target, ())
        target.flush()
        target.seek(0)
        replace_ogg_head(target, head, fields)

    fields = comment_fields(head.comments, kind.all_names)
    return TagContents(kind, fields, rest, empty=not head.comments.entries), write


def _read(file: BinaryIO) -> Iterator[FoundTag]:
    yield FoundTag("Vorbis", read_ogg_comments(file), written=True)
    yield from tags_around(file)


OGG = TagFormat("ogg", _read, "GENRE", "", _examine, VORBIS_VALUES)
OPUS = TagFormat("ogg", _read, "GENRE", "", _examine, OPUS_VALUES)
"""The same with other fields for loudness."""
