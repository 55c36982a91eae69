"""Tags that stand where they should not, or of a kind that is not written: they are read, and never hidden."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import sounds
import tag_bytes as made

from musicemb.errors import TagError
from musicemb.io.tags.formats import find_tags
from musicemb.io.tags.reader import read_tags
from musicemb.io.tags.writer import edit_tag, hold

TEXTS = made.frame(b"TPE1", b"\0Someone") + made.frame(b"TIT2", b"\0A title") + made.frame(b"TCON", b"\0Polka")
TAG = made.tag(TEXTS)
NO_GENRE = made.tag(made.frame(b"TPE1", b"\0Someone"))
PLAIN_SIZE = made.tag(made.frame(b"TPE1", b"\0Someone") + made.frame(b"TCON", b"\0Polka"), padding=200)
LYRICS = b"LYRICSBEGININD0000200" + b"000021" + b"LYRICS200"


def plain_size(tag: bytes) -> bytes:
    """The tag with its size as a plain number, as some programs write it by mistake."""
    return tag[:6] + (len(tag) - 10).to_bytes(4, "big") + tag[10:]


def with_footer(frames: bytes) -> bytes:
    """An ID3v2.4 tag for the end of a file."""
    head = b"ID3\4\0\x10" + made.sizes(len(frames))
    return head + frames + b"3DI" + head[3:]


@pytest.mark.parametrize(
    ("head", "tail", "name"),
    [
        (TAG, b"", "ID3v2"),
        (b"\0" * 100 + TAG, b"", "ID3v2 behind other bytes"),
        (b"junk" + TAG, b"", "ID3v2 behind other bytes"),
        (plain_size(PLAIN_SIZE), b"", "ID3v2 with a damaged size"),
        (NO_GENRE + TAG, b"", "second ID3v2"),
        (b"", TAG, "ID3v2 at the end"),
        (b"", TAG + made.version_1(), "ID3v2 at the end"),
        (b"", with_footer(made.frame(b"TPE1", b"\0Someone") + made.frame(b"TCON", b"\0Polka")), "ID3v2 at the end"),
        (b"", made.ape(Artist="Someone", Genre="Polka"), "APEv2"),
        (b"", made.ape(Artist="Someone", Genre="Polka") + LYRICS + made.version_1(), "APEv2"),
        (made.ape(Artist="Someone", Genre="Polka"), b"", "APEv2"),
    ],
)
def test_a_tag_anywhere_is_read_and_not_spoken_against(
    mp3: Callable[..., Path], head: bytes, tail: bytes, name: str
) -> None:
    path = mp3(head, tail)
    original = path.read_bytes()
    with path.open("rb") as file:
        assert name in [tag.name for tag in find_tags(file)]
    tags = read_tags(path)
    assert (tags.artist, tags.genres) == ("Someone", ("Polka",))
    if name != "ID3v2":
        with pytest.raises(TagError, match=name):
            hold(path)
    assert path.read_bytes() == original


@pytest.mark.parametrize(
    ("head", "tail", "name"),
    [
        (b"\0" * 100 + NO_GENRE, b"", "ID3v2 behind other bytes"),
        (b"\0" * 100 + NO_GENRE, made.version_1(), "ID3v2 behind other bytes"),
        (b"", NO_GENRE, "ID3v2 at the end"),
        (b"", made.ape(Artist="Someone"), "APEv2"),
        (made.tag(b"", padding=100), made.ape(Artist="Someone"), "APEv2"),
    ],
)
def test_a_tag_that_a_new_one_would_hide(mp3: Callable[..., Path], head: bytes, tail: bytes, name: str) -> None:
    path = mp3(head, tail)
    assert read_tags(path).artist == "Someone"
    with pytest.raises(TagError, match=f"its tag is {name}, which cannot be written, and a new tag would hide it"):
        hold(path)


@pytest.mark.parametrize("suffix", ["flac", "ogg"])
@pytest.mark.parametrize(("head", "tail"), [(TAG, b""), (b"", made.ape(Artist="Someone", Genre="Polka"))])
def test_id3_and_ape_around_other_formats(tmp_path: Path, suffix: str, head: bytes, tail: bytes) -> None:
    path = sounds.write_music(tmp_path / f"a.{suffix}", 1.0)
    path.write_bytes(head + path.read_bytes() + tail)
    tags = read_tags(path)
    assert (tags.artist, tags.genres) == ("Someone", ("Polka",))
    with pytest.raises(TagError):
        hold(path)


def test_flac_with_comments_and_id3_keeps_both(tmp_path: Path) -> None:
    path = sounds.write_music(tmp_path / "a.flac", 1.0, title="In the comments")
    path.write_bytes(NO_GENRE + path.read_bytes())
    with edit_tag(path, {"GENRE": ["Jazz"]}) as edit:
        edit.commit()
    tags = read_tags(path)
    assert path.read_bytes().startswith(NO_GENRE)
    assert (tags.artist, tags.title, tags.genres) == ("Someone", "In the comments", ("Jazz",))


def test_id3v1_speaks_last_and_does_not_hinder(mp3: Callable[..., Path]) -> None:
    path = mp3(NO_GENRE, made.version_1(genre=17))
    tags = read_tags(path)
    assert (tags.artist, tags.title, tags.genres) == ("Someone", "Old title", ("Rock",))
    hold(path)


def test_an_item_that_lies_about_its_length_ends_an_ape_tag(mp3: Callable[..., Path]) -> None:
    tail = bytearray(made.ape(Artist="Someone", Genre="Polka"))
    tail[32:36] = (1 << 31).to_bytes(4, "little")
    assert read_tags(mp3(b"", bytes(tail))).genres == ()
