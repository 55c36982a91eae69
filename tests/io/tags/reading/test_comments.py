"""Vorbis comments, alone, in FLAC blocks and in Ogg packets."""

from __future__ import annotations

import struct
from io import BytesIO

import pytest

from musicemb.io.tags.reading.comments import read_comments, read_flac_comments, read_ogg_comments


def comment(*entries: bytes) -> bytes:
    """A Vorbis comment by an unnamed vendor."""
    body = b"".join(struct.pack("<I", len(entry)) + entry for entry in entries)
    return struct.pack("<II", 0, len(entries)) + body


def page(serial: int, flags: int, packet: bytes, *, ends: bool = True) -> bytes:
    """An Ogg page with one packet, or the beginning of one."""
    lacing = bytes([255] * (len(packet) // 255)) + (bytes([len(packet) % 255]) if ends else b"")
    return (
        b"OggS\0"
        + bytes([flags])
        + bytes(8)
        + struct.pack("<III", serial, 0, 0)
        + bytes([len(lacing)])
        + lacing
        + packet
    )


POLKA = comment(b"genre=Polka", b"GENRE=Ska", b"TITLE=J\xc3\xb3ga", b"no equals sign", b"COMMENT=x")
TEXTS = {"genre": ["Polka", "Ska"], "title": ["Jóga"]}


def test_keys_are_told_apart_by_their_letters_alone() -> None:
    assert read_comments(BytesIO(POLKA), len(POLKA)) == TEXTS


@pytest.mark.parametrize("end", [0, 3, 8, 10])
def test_a_comment_that_is_cut_off_says_nothing(end: int) -> None:
    assert read_comments(BytesIO(POLKA[:end]), end) == {}


def test_what_stands_before_a_cut_is_read() -> None:
    end = len(comment(b"genre=Polka"))
    assert read_comments(BytesIO(POLKA[: end + 3]), end + 3) == {"genre": ["Polka"]}


def test_flac_blocks_are_read_one_by_one() -> None:
    blocks = [(0, bytes(34)), (4, POLKA), (1, bytes(20)), (4 | 0x80, comment(b"ARTIST=Somebody"))]
    file = b"fLaC" + b"".join(bytes([kind]) + len(body).to_bytes(3, "big") + body for kind, body in blocks)
    assert read_flac_comments(BytesIO(file + bytes(100))) == [TEXTS, {"artist": ["Somebody"]}]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (b"\x01vorbis", b"\x03vorbis"),
        (b"OpusHead", b"OpusTags"),
        (b"Speex   ", b""),
        (b"\x7fFLAC", b"\x04\0\0\0"),
    ],
)
def test_ogg_streams_of_every_codec(first: bytes, second: bytes) -> None:
    other = page(1, 2, b"\x80theora")
    file = other + page(2, 2, first + bytes(20)) + page(1, 0, b"theora's own") + page(2, 0, second + POLKA)
    assert read_ogg_comments(BytesIO(file)) == TEXTS


def test_a_packet_over_two_pages() -> None:
    packet = b"OpusTags" + comment(b"TITLE=" + b"x" * 300, b"GENRE=Polka")
    pages = page(2, 2, b"OpusHead") + page(2, 0, packet[:255], ends=False) + page(2, 1, packet[255:])
    assert read_ogg_comments(BytesIO(pages)) == {"title": ["x" * 300], "genre": ["Polka"]}


@pytest.mark.parametrize("data", [b"", b"OggS", page(1, 2, b"\x80theora") + page(1, 0, POLKA)])
def test_no_stream_of_a_known_codec(data: bytes) -> None:
    assert read_ogg_comments(BytesIO(data)) == {}
