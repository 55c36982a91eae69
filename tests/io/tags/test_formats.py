"""Which files are written, told by their content, and which are left alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import sounds
import tag_bytes as made
from tag_files import check_round_trip, leftovers, put

from musicemb.errors import TagError
from musicemb.io.tags.formats import FORMATS
from musicemb.io.tags.writer import hold


def test_every_format_that_is_written_is_among_those_that_all_tests_of_writing_try(tmp_path: Path) -> None:
    tried = {hold(sounds.write_music(tmp_path / f"a.{suffix}", 1.0)).format.kind for suffix in sounds.WRITABLE}
    assert tried == {found.kind for found in FORMATS.values() if found.examine is not None}


@pytest.mark.parametrize(("suffix", "reason"), [("wav", ".wav files"), ("aiff", ".aiff files"), ("aac", ".aac files")])
def test_formats_that_are_not_written(tmp_path: Path, suffix: str, reason: str) -> None:
    path = sounds.write(tmp_path / f"a.{suffix}", sounds.music(1.0))
    with pytest.raises(TagError, match=f"genre is not written to {reason}") as caught:
        hold(path)
    assert not caught.value.transient


def test_a_misnamed_file_is_told_by_its_content(tmp_path: Path) -> None:
    path = sounds.write(tmp_path / "a.wav", sounds.music(1.0)).rename(tmp_path / "a.mp3")
    with pytest.raises(TagError, match=r"not written to \.wav files"):
        hold(path)
    path = sounds.write_music(tmp_path / "b.flac", 1.0).rename(tmp_path / "b.mp3")
    check_round_trip(path)
    assert path.read_bytes()[:4] == b"fLaC"


@pytest.mark.parametrize(
    ("head", "tail", "reason"),
    [
        (made.full_tag(), made.ape(Genre="Dub"), "has a genre in its APEv2 tag"),
        (b"", made.ape(Artist="A"), "APEv2, which cannot be written"),
        (made.tag(made.frame(b"TIT2", b"\0T"), flags=0x40), b"", "extended header"),
        (made.tag(b"TIT2\0\0\xff\xff\0\0\0T"), b"", "damaged"),
        (made.tag(made.frame(b"TIT2", b"\0T") + b"junk, no padding"), b"", "damaged"),
        (made.tag(made.frame(b"TCON", b"x", flags=b"\0\x80")), b"", "compressed"),
        (made.old_tag((b"XYZ", b"unknown")), b"", "ID3v2.3 does not have"),
        (made.tag(b"", major=5), b"", r"ID3v2\.5"),
        (made.tag(made.frame(b"TIT2", b"\0T"), major=2), b"", "ID3v2"),
    ],
)
def test_what_is_left_alone(mp3: Callable[..., Path], head: bytes, tail: bytes, reason: str) -> None:
    path = mp3(head, tail)
    original = path.read_bytes()
    with pytest.raises(TagError, match=reason):
        put(path, "Jazz", upgrade=True)
    assert path.read_bytes() == original and not leftovers(path.parent)


def test_apev2_without_a_genre_stays(mp3: Callable[..., Path]) -> None:
    tail = made.ape(replaygain_track_gain="-3 dB")
    check_round_trip(mp3(made.full_tag(), tail))
