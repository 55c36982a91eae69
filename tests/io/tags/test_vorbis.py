"""Vorbis comments and FLAC headers: what is not ours keeps its bytes."""

from __future__ import annotations

import random
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
import sounds
from hypothesis import given, settings
from hypothesis import strategies as st
from laws import trials
from tag_files import GENRE_WORDS, check_round_trip, put

from musicemb.errors import TagError
from musicemb.io.tags import vorbis
from musicemb.io.tags.fields import NotWritable
from musicemb.io.tags.reader import read_tags
from musicemb.io.tags.vorbis import Comments, read_flac_head
from musicemb.io.tags.writer import hold


def test_flac_blocks_keep_bytes_and_order(tmp_path: Path) -> None:
    from mutagen.flac import FLAC, Picture

    path = sounds.write_music(tmp_path / "a.flac", 1.0, title="T")
    file = FLAC(path)
    picture = Picture()
    picture.data = bytes(range(256)) * 30
    file.add_picture(picture)
    file.save(padding=lambda info: 0)
    # An unknown block and a comment that is not UTF-8, which mutagen would not write.
    content = path.read_bytes()
    head = read_head(path)
    comments = head.comments
    assert comments is not None
    odd = comments.__class__(comments.vendor, (*comments.entries, b"NAME=\xff\xfe", b"no equals sign"), b"")
    blocks = [(kind, odd.packed() if kind == 4 else data) for kind, data in head.blocks]
    blocks += [(77, b"unknown"), (1, bytes(9))]
    parts = [b"fLaC"]
    for number, (kind, data) in enumerate(blocks):
        parts += [bytes((kind | (0x80 if number == len(blocks) - 1 else 0),)), len(data).to_bytes(3, "big"), data]
    path.write_bytes(b"".join(parts) + content[head.size :])
    before = read_head(path)
    put(path, "Jazz")
    after = read_head(path)
    assert after.others == before.others and (77, b"unknown") in after.others
    assert after.comments and after.comments.entries[:3] == odd.entries
    check_round_trip(path)


def read_head(path: Path) -> Any:
    from musicemb.io.tags.vorbis import read_flac_head

    with path.open("rb") as file:
        return read_flac_head(file, b"")


def test_flac_padding_gives_way(tmp_path: Path) -> None:
    from mutagen.flac import FLAC

    path = sounds.write_music(tmp_path / "a.flac", 1.0, title="T")
    FLAC(path).save(padding=lambda info: 400)
    size = path.stat().st_size
    put(path, "Jazz")
    assert path.stat().st_size == size
    check_round_trip(path)


few = settings(max_examples=trials(60), deadline=None)


@few
@given(
    entries=st.lists(st.one_of(st.binary(max_size=30), st.sampled_from([b"GENRE=Rock", b"genre=Pop", b"TITLE=T"]))),
    values=GENRE_WORDS,
    tail=st.binary(max_size=5),
)
def test_comments_change_and_nothing_else(entries: list[bytes], values: list[str], tail: bytes) -> None:
    old = vorbis.Comments(b"vendor", tuple(entries), tail)
    assert vorbis.parse_comments(old.packed() + tail) == old
    new = old.replaced({"GENRE": values})
    assert new.values("genre") == values and new.without(["GENRE"]) == old.without(["GENRE"])
    assert (new.vendor, new.tail) == (old.vendor, old.tail)


@few
@given(content=st.binary(max_size=120))
def test_any_comments_are_kept_or_refused(content: bytes) -> None:
    try:
        comments = vorbis.parse_comments(content)
    except NotWritable:
        return
    assert comments.packed() + comments.tail == content


def flac_blocks(*blocks: tuple[int, bytes]) -> bytes:
    parts = [b"fLaC"]
    for number, (kind, content) in enumerate(blocks):
        last = 0x80 if number == len(blocks) - 1 else 0
        parts += [bytes((kind | last,)), len(content).to_bytes(3, "big"), content]
    return b"".join(parts)


def flac_parts(path: Path) -> tuple[list[tuple[int, bytes]], bytes]:
    """Blocks and audio of a FLAC file."""
    with path.open("rb") as file:
        head = read_flac_head(file, b"")
        return list(head.blocks), file.read()


def test_two_blocks_of_comments_are_read_and_left_alone(tmp_path: Path) -> None:
    path = sounds.write_music(tmp_path / "a.flac", 1.0, artist="A")
    blocks, sound = flac_parts(path)
    more = Comments(b"other", (b"GENRE=Polka", b"ARTIST=B"))
    path.write_bytes(flac_blocks(*blocks, (4, more.packed())) + sound)
    tags = read_tags(path)
    assert (tags.artist, tags.genres) == ("A", ("Polka",))
    with pytest.raises(TagError, match="two blocks of Vorbis comments"):
        hold(path)


def test_many_pictures_are_no_memory(tmp_path: Path) -> None:
    path = sounds.write_music(tmp_path / "a.flac", 1.0, artist="A", genre="Polka")
    blocks, sound = flac_parts(path)
    picture = (6, bytes((1 << 24) - 1))
    path.write_bytes(flac_blocks(blocks[0], picture, picture, picture, picture, *blocks[1:]) + sound)
    tracemalloc.start()
    try:
        assert read_tags(path).genres == ("Polka",)
        assert tracemalloc.get_traced_memory()[1] < 3_000_000
    finally:
        tracemalloc.stop()
    with pytest.raises(TagError, match="larger than 64 MB"):
        hold(path)


def test_a_large_picture_does_not_keep_undo_from_the_last_byte(tmp_path: Path) -> None:
    path = sounds.write_music(tmp_path / "a.flac", 1.0, artist="A", genre="Polka")
    blocks, sound = flac_parts(path)
    picture = random.Random(1).randbytes((1 << 24) - 1)
    path.write_bytes(flac_blocks(*[block for block in blocks if block[0] != 1], (6, picture), (6, picture)) + sound)
    check_round_trip(path)


def test_countless_comments_or_blocks_are_left_alone(tmp_path: Path) -> None:
    many = Comments(b"", (b"A=1",) * 20_001).packed()
    with pytest.raises(NotWritable, match=r"more than 20,000 Vorbis comments"):
        vorbis.parse_comments(many)
    with pytest.raises(NotWritable, match="damaged"):
        vorbis.parse_comments(b"\0\0\0\0\xff\xff\xff\xff" + many)
    path = sounds.write_music(tmp_path / "a.flac", 1.0)
    audio = path.read_bytes()
    path.write_bytes(b"fLaC\0" + audio[5:42] + b"\2\0\0\0" * 20_001 + audio[42:])
    with pytest.raises(TagError, match=r"more than 20,000 blocks"):
        put(path, "Jazz")
