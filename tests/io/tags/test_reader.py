"""Reading tags: every format, damage, and values that mean harm."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import sounds
import tag_bytes as made
from hypothesis import given, settings
from hypothesis import strategies as st
from laws import trials
from tag_files import IDENTIFIED, identified_file

from musicemb.errors import TagError
from musicemb.io.tags.reader import genre_words, read_tags
from musicemb.records import TrackTags

SUFFIXES = ("mp3", "flac", "ogg", "opus", "m4a", "wav", "aiff")


def read_bytes(tmp_path: Path, content: bytes, name: str = "song.mp3") -> TrackTags:
    path = tmp_path / name
    path.write_bytes(content)
    return read_tags(path)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_every_format_is_read(tmp_path: Path, suffix: str) -> None:
    words = {"artist": "Ärtist", "title": "Títle", "album": "Al/bum", "genre": "Drum & Bass"}
    path = sounds.write_music(tmp_path / f"a.{suffix}", 1.0, **words)
    tags = read_tags(path)
    assert (tags.artist, tags.title, tags.album, tags.genres) == ("Ärtist", "Títle", "Al/bum", ("Drum & Bass",))
    assert tags.our_genres == () and tags.our_confidence is None


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_file_without_a_tag_is_empty(tmp_path: Path, suffix: str) -> None:
    assert read_tags(sounds.write_music(tmp_path / f"a.{suffix}", 1.0)) == TrackTags()


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_recording_is_named(tmp_path: Path, suffix: str) -> None:
    tags = read_tags(identified_file(tmp_path / f"a.{suffix}"))
    assert (tags.mbid, tags.isrc) == IDENTIFIED


def test_what_names_no_recording(tmp_path: Path) -> None:
    frames = made.frame(b"TSRC", b"\0soon") + made.frame(b"UFID", b"http://musicbrainz.org\0\xff" * 9)
    tags = read_bytes(tmp_path, made.tag(frames + made.frame(b"TIT2", b"\0Title")) + bytes(500))
    assert (tags.title, tags.mbid, tags.isrc) == ("Title", "", "")


def test_the_suffix_is_not_believed(tmp_path: Path) -> None:
    path = sounds.write_music(tmp_path / "a.flac", 1.0, title="Flac inside")
    assert read_tags(path.rename(tmp_path / "a.mp3")).title == "Flac inside"


def test_adts_with_id3(tmp_path: Path) -> None:
    adts = sounds.write(tmp_path / "plain.aac", sounds.music(1.0)).read_bytes()
    frames = made.frame(b"TCON", b"\0Pop") + made.frame(b"TPE1", b"\0Someone")
    tags = read_bytes(tmp_path, made.tag(frames) + adts, "song.aac")
    assert (tags.artist, tags.genres) == ("Someone", ("Pop",))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"\x00(17)", ("Rock",)),
        (b"\x0017", ("Rock",)),
        (b"\x00(17)(4)Eurodisco", ("Rock", "Disco", "Eurodisco")),
        (b"\x00Rock\x00Jazz", ("Rock", "Jazz")),
        (b"\x00Pop/Rock", ("Pop/Rock",)),
        (b"\x01\xff\xfeR\0&\0B\0", ("R&B",)),
        (b"\x00  Spaced\tout   word ", ("Spaced out word",)),
        (b"\x00", ()),
        (b"\x00 \x00 ", ()),
        (b"", ()),
    ],
)
def test_id3_genres(tmp_path: Path, audio: bytes, text: bytes, words: tuple[str, ...]) -> None:
    assert read_bytes(tmp_path, made.tag(made.frame(b"TCON", text)) + audio).genres == words


def test_id3v2_2(tmp_path: Path, audio: bytes) -> None:
    head = made.old_tag((b"TT2", b"\0Old"), (b"TCO", b"\0(8)"), (b"TP1", b"\0Them"))
    tags = read_bytes(tmp_path, head + audio)
    assert (tags.title, tags.artist, tags.genres) == ("Old", "Them", ("Jazz",))


def test_id3v1_alone(tmp_path: Path, audio: bytes) -> None:
    tags = read_bytes(tmp_path, audio + made.version_1(genre=17))
    assert (tags.title, tags.artist, tags.genres) == ("Old title", "Old artist", ("Rock",))


def test_apev2_alone(tmp_path: Path, audio: bytes) -> None:
    tags = read_bytes(tmp_path, audio + made.ape(Artist="Someone", Genre="Trip Hop", Title="T"))
    assert (tags.artist, tags.title, tags.genres) == ("Someone", "T", ("Trip Hop",))


def test_the_newer_tag_speaks_first(tmp_path: Path, audio: bytes) -> None:
    head = made.tag(made.frame(b"TIT2", b"\0New title"))
    tags = read_bytes(tmp_path, head + audio + made.ape(Genre="Dub") + made.version_1(genre=17))
    assert (tags.title, tags.artist, tags.genres) == ("New title", "Old artist", ("Dub",))


def test_our_own_fields(tmp_path: Path, audio: bytes) -> None:
    frames = made.frame(b"TCON", b"\0Jazz") + made.frame(b"TXXX", b"\0MUSICEMB_GENRE\0Jazz")
    frames += made.frame(b"TXXX", b"\0MUSICEMB_CONFIDENCE\x000.91") + made.frame(b"TXXX", b"\0MUSICEMB_ENCODER\0ab12")
    tags = read_bytes(tmp_path, made.tag(frames) + audio)
    assert (tags.our_genres, tags.our_confidence, tags.our_encoder) == (("Jazz",), 0.91, "ab12")
    assert tags.listener_genres == ()


@pytest.mark.parametrize("text", [b"much", b"nan", b"inf", b"-1", b"2", b""])
def test_a_confidence_that_is_none(tmp_path: Path, audio: bytes, text: bytes) -> None:
    frames = made.frame(b"TXXX", b"\0MUSICEMB_CONFIDENCE\0" + text)
    assert read_bytes(tmp_path, made.tag(frames) + audio).our_confidence is None


def test_only_what_we_wrote_is_ours() -> None:
    assert TrackTags(genres=("Rock", "Jazz"), our_genres=("Jazz",)).listener_genres == ("Rock",)
    assert TrackTags(genres=("Bebop",), our_genres=("Jazz",)).listener_genres == ("Bebop",)


# -------------------------------------------------------------------------------------- damage


def test_huge_values_are_cut(tmp_path: Path, audio: bytes) -> None:
    tags = read_bytes(tmp_path, made.tag(made.frame(b"TCON", b"\0" + b"x" * 10_000)) + audio)
    assert len(tags.genres) == 1 and len(tags.genres[0]) == 200
    many = b"\0".join(b"genre number %d" % n for n in range(1000))
    tags = read_bytes(tmp_path, made.tag(made.frame(b"TCON", b"\0" + many)) + audio)
    assert len(tags.genres) == 50 and tags.genres[0] == "genre number 0"


def test_signs_that_harm_are_taken_out(tmp_path: Path) -> None:
    import mutagen

    path = sounds.write_music(tmp_path / "a.flac", 1.0)
    file: Any = mutagen.File(path)
    file.tags["GENRE"] = ["Ro\0ck", "\x1b[31mred\x07", "\u200b"]
    file.save()
    assert read_tags(path).genres == ("Ro ck", "[31mred", "\u200b")
    assert genre_words(["lone \ud800 surrogate"], "flac") == ("lone surrogate",)


@pytest.mark.parametrize(
    ("head", "left"),
    [
        (b"ID3", TrackTags()),
        (b"ID3\3\0\0\0\0\7\x7f", TrackTags()),
        (made.tag(b"TCON\x7f\xff\xff\xff\0\0\0Rock"), TrackTags(genres=("Rock",))),  # longer than its tag
        (made.tag(b"\xff" * 50), TrackTags()),
        (made.tag(made.frame(b"TCON", b"\x01R\0o")), TrackTags(genres=("Ro",))),  # half a character
        (made.tag(made.frame(b"TCON", b"\x09Rock")), TrackTags()),  # an encoding that there is not
        (made.tag(made.frame(b"TIT2", b"\0x"), flags=0x40), TrackTags(title="x")),
        (made.tag(made.frame(b"TCON", b"not deflated at all", flags=b"\0\x80")), TrackTags()),
        (made.tag(made.frame(b"TCON", b"\0Rock"), major=9), TrackTags()),
    ],
)
def test_a_broken_id3_tag_is_no_error(tmp_path: Path, audio: bytes, head: bytes, left: TrackTags) -> None:
    assert read_bytes(tmp_path, head + audio) == left


@settings(max_examples=trials(60), deadline=None)
@given(suffix=st.sampled_from(SUFFIXES), data=st.data())
def test_any_damage_gives_tags(tmp_path_factory: pytest.TempPathFactory, suffix: str, data: Any) -> None:
    source = _TAGGED.get(suffix)
    if source is None:
        path = tmp_path_factory.mktemp("made") / f"a.{suffix}"
        source = _TAGGED[suffix] = sounds.write_music(path, 1.0, title="T", genre="Rock").read_bytes()
    content = bytearray(source)
    edge = min(len(content), 600)
    for _ in range(data.draw(st.integers(1, 8))):
        place = data.draw(st.integers(0, edge - 1))
        place = place if suffix != "m4a" else len(content) - 1 - place  # its tag lies at the end
        content[place] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(content)))
    path = tmp_path_factory.mktemp("damaged") / f"a.{suffix}"
    path.write_bytes(content[:cut] if data.draw(st.booleans()) else content)
    assert isinstance(read_tags(path), TrackTags)


_TAGGED: dict[str, bytes] = {}


@settings(max_examples=trials(40), deadline=None)
@given(content=st.binary(max_size=400))
def test_any_bytes_give_tags(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("noise") / "a.mp3"
    path.write_bytes(content)
    assert isinstance(read_tags(path), TrackTags)


def test_unreadable_files_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(TagError, match="cannot be read") as caught:
        read_tags(tmp_path / "missing.mp3")
    assert caught.value.transient
    with pytest.raises(TagError, match="cannot be read"):
        read_tags(tmp_path)
    with pytest.raises(TagError, match="name"):
        read_tags(tmp_path / "a\0b.mp3")


def test_the_real_library(shared: Path) -> None:
    files = sorted((shared / "library").rglob("*.mp3"))
    found = {path.name: read_tags(path) for path in files if path.parent.name != "Unknown"}
    assert found["Total Breakdown.mp3"].artist == "Brad Sucks" and found["Total Breakdown.mp3"].genres == ("Rock",)
    assert found["Space Invaders.mp3"].genres == ("micromusic",)
    assert found["dubstep.mp3"] == TrackTags()


@pytest.mark.skipif(os.name == "nt", reason="needs a pipe in the file system")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "x.mp3")
    with pytest.raises(TagError, match="is not a regular file"):
        read_tags(tmp_path / "x.mp3")
