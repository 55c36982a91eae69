"""What a file is, told by its bytes, and where its parts lie."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
import tag_bytes as made
from hypothesis import given
from hypothesis import strategies as st

from musicemb.io.audio.containers import (
    Part,
    asf_objects,
    id3v2_length,
    identify,
    mp4_boxes,
    name_impostor,
    riff_chunks,
    skip_id3v2,
    unreadable,
)

TAG = made.tag(made.frame(b"TIT2", b"\0T"))


@pytest.mark.parametrize(
    ("suffix", "container"),
    [
        ("mp3", "mpeg"),
        ("aac", "adts"),
        ("flac", "flac"),
        ("ogg", "ogg"),
        ("opus", "ogg"),
        ("m4a", "mp4"),
        ("wav", "riff"),
        ("aiff", "aiff"),
        ("wma", "asf"),
    ],
)
def test_a_file_is_told_by_its_bytes(originals: Callable[[str], Path], suffix: str, container: str) -> None:
    data = originals(suffix).read_bytes()
    assert identify(io.BytesIO(data)) == container
    assert identify(io.BytesIO(TAG + data)) == container, "tags in front do not matter"
    assert identify(io.BytesIO(b"junk" + data)) == "unknown"


@given(st.binary(max_size=40))
def test_no_bytes_are_too_odd(content: bytes) -> None:
    assert identify(io.BytesIO(content)) in (
        "mpeg", "adts", "flac", "ogg", "mp4", "riff", "aiff", "asf", "unknown"
    )  # fmt: skip
    assert isinstance(name_impostor(io.BytesIO(content)), str)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"%PDF-1.4", "a PDF"),
        (b"<?xml version='1.0'?><a/>", "an XML text"),
        (b"[playlist]\nFile1=a.mp3\n", "a playlist"),
        (b"\xef\xbb\xbf <HTML><body>" + b"words " * 40, "an HTML page"),
        ("Größe ".encode() * 2000, "text"),
        (b"SQLite format 3\0", "a database"),
        (bytes(10), "nothing but zeros"),
        (b"\xff\xfb\x90\x64" + bytes(range(256)), ""),
    ],
)
def test_what_holds_no_audio_is_named(content: bytes, words: str) -> None:
    assert name_impostor(io.BytesIO(content)) == words


def test_tags_in_front_are_passed_over_however_many_there_are() -> None:
    assert skip_id3v2(io.BytesIO(b"audio")) == 0
    assert skip_id3v2(io.BytesIO(TAG + TAG + b"audio")) == 2 * len(TAG)
    assert skip_id3v2(io.BytesIO(b"junk" + TAG + b"audio"), 4) == 4 + len(TAG)


@given(st.integers(0, (1 << 28) - 1), st.booleans())
def test_the_length_of_a_tag_is_told_by_its_header_or_footer(size: int, footer: bool) -> None:
    rest = bytes((4, 0, 0x10 * footer)) + made.sizes(size)
    assert id3v2_length(b"ID3" + rest) == id3v2_length(b"3DI" + rest) == 10 + size + 10 * footer


@pytest.mark.parametrize("header", [b"", b"ID3", b"TAG" + bytes(7), b"ID3\xff" + bytes(6), b"ID3\4\0\0\x80\0\0\0"])
def test_what_is_no_tag_has_no_length(header: bytes) -> None:
    assert id3v2_length(header) == 0


def test_chunks_say_where_they_lie_and_how_much_of_them_is_there() -> None:
    chunks = b"fmt " + struct.pack("<I", 3) + b"abc\0" + b"data" + struct.pack("<I", 100) + b"half"
    assert list(riff_chunks(io.BytesIO(b"RIFF\0\0\0\0WAVE" + chunks), 0)) == [
        Part(b"fmt ", 20, 3, 3),
        Part(b"data", 32, 100, 4),
    ]
    form = b"FORM\0\0\0\0AIFF" + b"SSND" + struct.pack(">I", 4) + b"next"
    assert list(riff_chunks(io.BytesIO(b"junk" + form), 4)) == [Part(b"SSND", 24, 4, 4)]


def test_boxes_may_be_wide_or_reach_to_the_end() -> None:
    boxes = struct.pack(">I4s", 12, b"ftyp") + b"M4A " + struct.pack(">I4sQ", 1, b"moov", 18) + b"ab"
    boxes += struct.pack(">I4s", 0, b"mdat") + b"audio and so on"
    assert list(mp4_boxes(io.BytesIO(boxes))) == [
        Part(b"ftyp", 8, 4, 4),
        Part(b"moov", 28, 2, 2),
        Part(b"mdat", 38, 15, 15),
    ]


def test_objects_of_wma_are_found(originals: Callable[[str], Path]) -> None:
    path = originals("wma")
    with path.open("rb") as file:
        parts = list(asf_objects(file))
    assert [len(part.name) for part in parts] == [16] * len(parts)
    assert len(parts) >= 2
    assert parts[0].offset == 24
    assert parts[-1].offset + parts[-1].present <= path.stat().st_size


@given(st.binary(max_size=200))
def test_parts_of_junk_lie_within_it(content: bytes) -> None:
    for parts in (
        riff_chunks(io.BytesIO(content), 0),
        mp4_boxes(io.BytesIO(content)),
        asf_objects(io.BytesIO(content)),
    ):
        for part in parts:
            assert 0 <= part.present <= part.told
            assert part.present == 0 or part.offset + part.present <= len(content)


def test_what_the_system_refuses_is_one_line_and_may_pass() -> None:
    gone = unreadable(Path("/m/a.mp3"), FileNotFoundError(2, "No such file or directory"))
    assert (gone.reason, gone.transient) == ("no longer exists", True)
    refused = unreadable(Path("/m/a.mp3"), PermissionError(13, "Permission denied"))
    assert (refused.reason, refused.transient) == ("cannot be read: permission denied", True)
