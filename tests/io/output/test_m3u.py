"""Playlists as M3U8."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from musicemb.io.output.m3u import encode_playlist, m3u8_text, playlist_notes
from musicemb.records import Track, TrackTags


def track(path: str | Path, artist: str = "", title: str = "", duration: float = 61.5) -> Track:
    return Track(1, Path(path), TrackTags(artist, title), duration, "")


def test_an_entry_has_seconds_name_and_path() -> None:
    text = m3u8_text([track("/m/a.mp3", "Björk", "Jóga"), track("/m/b c.mp3", duration=0.0)])
    assert text == "#EXTM3U\n#EXTINF:62,Björk - Jóga\n/m/a.mp3\n#EXTINF:-1,b c\n/m/b c.mp3\n"


def test_line_breaks_in_a_title_do_not_break_lines() -> None:
    assert m3u8_text([track("/m/a.mp3", "A\nB", "C\r\nD")]).split("\n")[1] == "#EXTINF:62,A B - C D"


def test_relative_to_the_playlists_folder() -> None:
    lines = m3u8_text([track("/m/x/a.mp3"), track("/n/b.mp3"), track("/m/#c.mp3")], folder=Path("/m")).split("\n")
    assert lines[2:7:2] == ["x/a.mp3", "../n/b.mp3", "./#c.mp3"]


def test_entries_that_players_would_misread_begin_with_a_dot(tmp_path: Path) -> None:
    names = ["http:/x.mp3", " blank.mp3", "Re: you.mp3", "#1.mp3", "plain.mp3", "C: drive.mp3"]
    lines = m3u8_text([track(tmp_path / name) for name in names], folder=tmp_path).split("\n")
    dotted = ["./http:/x.mp3", "./ blank.mp3", "./Re: you.mp3", "./#1.mp3", "plain.mp3", "./C: drive.mp3"]
    assert lines[2:-1:2] == dotted


def test_a_space_at_the_end_is_kept(tmp_path: Path) -> None:
    assert m3u8_text([track("/m/a.mp3 ")]).split("\n")[2] == "file:///m/a.mp3%20"


@pytest.mark.skipif(os.name != "posix", reason="file names are text there")
def test_a_locale_that_is_not_utf8_changes_no_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = "/m/Käthe.mp3".encode()
    monkeypatch.setattr("os.fsencode", lambda path: str(path).encode("latin-1"))
    text = m3u8_text([track(raw.decode("latin-1"))])  # as Python reads the name there
    assert encode_playlist(text).split(b"\n")[2] == raw


@pytest.mark.skipif(os.name != "posix", reason="links need a right there")
def test_a_link_that_would_lead_astray_makes_paths_whole(tmp_path: Path) -> None:
    (tmp_path / "disk" / "far" / "lists").mkdir(parents=True)
    (tmp_path / "home" / "music").mkdir(parents=True)
    (tmp_path / "home" / "lists").symlink_to(tmp_path / "disk" / "far" / "lists")
    (tmp_path / "alias").symlink_to(tmp_path / "home")
    inside, outside = track(tmp_path / "home/lists/a.mp3"), track(tmp_path / "home/music/b.mp3")
    # From home/lists, ".." is home in the path's text and disk/far for the system.
    entries = m3u8_text([inside, outside], folder=tmp_path / "home" / "lists").split("\n")[2:5:2]
    assert entries == ["a.mp3", str(outside.path)]
    assert "1" in playlist_notes([inside, outside], folder=tmp_path / "home" / "lists")[0]
    # A link above both of them parts nothing.
    entries = m3u8_text([track(tmp_path / "alias/music/b.mp3")], folder=tmp_path / "alias").split("\n")
    assert entries[2] == "music/b.mp3"


@pytest.mark.skipif(os.name != "posix", reason="file names are text there")
def test_bytes_that_are_not_text_and_line_breaks_in_paths() -> None:
    raw = b"/m/caf\xe9.mp3"
    text = m3u8_text([track(os.fsdecode(raw)), track("/m/a\nb.mp3")])
    lines = encode_playlist(text).split(b"\n")
    assert lines[2] == raw
    assert lines[4] == b"file:///m/a%0Ab.mp3"


def test_no_tracks_are_a_playlist_too() -> None:
    assert m3u8_text([]) == "#EXTM3U\n"
