"""ID3v2 as others write it: unsynchronised, compressed, extended, and larger than memory should be."""

from __future__ import annotations

import struct
import tracemalloc
import zlib
from io import BytesIO

import pytest
import tag_bytes as made

from musicemb.io.tags.reading.id3_texts import read_id3v1, read_id3v2, version_1_text

WIDE = b"\1\xff\xfeP\0o\0l\0k\0a\0"


def genre(tag: bytes) -> list[str]:
    return list(read_id3v2(BytesIO(tag)).get("genre", []))


@pytest.mark.parametrize(
    "tag",
    [
        made.tag(made.frame(b"TCON", WIDE).replace(b"\xff", b"\xff\0"), flags=0x80),
        made.tag(
            made.frame(b"TCON", WIDE.replace(b"\xff", b"\xff\0"), syncsafe=True, flags=b"\0\2"), major=4, flags=0x80
        ),
        made.tag(made.frame(b"TCON", WIDE.replace(b"\xff", b"\xff\0"), syncsafe=True), major=4, flags=0x80),
        made.tag(struct.pack(">I", 6) + bytes(6) + made.frame(b"TCON", b"\0Polka"), flags=0x40),
        made.tag(made.sizes(6) + b"\1\0" + made.frame(b"TCON", b"\3Polka", syncsafe=True), major=4, flags=0x40),
        made.tag(made.frame(b"TCON", struct.pack(">I", 6) + zlib.compress(b"\0Polka"), flags=b"\0\x80")),
        made.tag(
            made.frame(b"TCON", made.sizes(6) + zlib.compress(b"\0Polka"), syncsafe=True, flags=b"\0\x09"), major=4
        ),
        made.tag(made.frame(b"TCON", b"\7\0Polka", flags=b"\0\x20")),
        made.tag(made.frame(b"COMM", b"\0eng\0" + b"x" * 200) + made.frame(b"TCON", b"\0Polka"), major=4),
        made.old_tag((b"PIC", b"\0PNG\3\0" + bytes(500)), (b"TCO", b"\0Polka")),
    ],
    ids=["whole", "frame", "flag of the tag", "extended 2.3", "extended 2.4", "packed 2.3", "packed 2.4", "group",
         "plain sizes in 2.4", "2.2"],
)  # fmt: skip
def test_every_way_to_write_a_genre(tag: bytes) -> None:
    assert genre(tag) == ["Polka"]


@pytest.mark.parametrize("major", [3, 4])
def test_a_bomb_costs_no_memory(major: int) -> None:
    packed = zlib.compress(b"\0" + b"Polka " * 5_000_000, 6)  # 30 MB
    tag = made.tag(
        made.frame(b"TCON", bytes(4) + packed, syncsafe=major == 4, flags=b"\0\x80" if major == 3 else b"\0\x09"),
        major=major,
    )
    tracemalloc.start()
    try:
        assert len(genre(tag)[0]) < 100_000
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()


def test_a_huge_picture_is_passed_over() -> None:
    file = BytesIO(made.tag(made.frame(b"APIC", bytes(50_000_000)) + made.frame(b"TCON", b"\0Polka")))
    tracemalloc.start()
    try:
        assert read_id3v2(file)["genre"] == ["Polka"]
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


def test_many_small_bombs_cost_little() -> None:
    texts = [b"\0" + b"%d" % number + b"A" * 65_000 for number in range(2_000)]
    frames = [
        made.frame(b"TXXX", struct.pack(">I", len(text)) + zlib.compress(text, 1), flags=b"\0\x80") for text in texts
    ]
    tag = made.tag(b"".join(frames) + made.frame(b"TIT2", b"\0Title"))
    tracemalloc.start()
    assert read_id3v2(BytesIO(tag)) == {"title": ["Title"]}
    assert tracemalloc.get_traced_memory()[1] < 1 << 22
    tracemalloc.stop()


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("Jóga".encode().ljust(30, b"\0"), "Jóga"),
        ("Jóga".encode("latin-1").ljust(30, b"\0"), "Jóga"),
        ("サンプルのアーティスト".encode()[:30], "サンプルのアーティス"),
        (b"A" * 29 + "ó".encode()[:1], "A" * 29),
        (b"A" * 28 + b"\xc3\0", "A" * 28 + "Ã"),
        (b"\x83T\x83\x93\x83v".ljust(30, b"\0"), "\x83T\x83\x93\x83v"),
        (bytes(30), ""),
    ],
)
def test_text_of_id3v1_is_latin_1_or_utf_8(field: bytes, text: str) -> None:
    assert version_1_text(field) == text


def test_id3v1() -> None:
    assert read_id3v1(made.version_1(genre=17)) == {
        "title": ["Old title"], "artist": ["Old artist"], "album": [], "genre": ["Rock"],
    }  # fmt: skip
    assert read_id3v1(made.version_1(genre=250))["genre"] == [] == read_id3v1(made.version_1())["genre"]
