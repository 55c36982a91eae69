"""Playlists as M3U8."""

from __future__ import annotations

from pathlib import Path

import pytest

from musicemb.io.output.m3u import encode_playlist, m3u8_text, one_line
from musicemb.records import Track, TrackTags


def track(path: str | Path, artist: str = "", title: str = "", duration: float = 61.5) -> Track:
    return Track(1, Path(path), TrackTags(artist, title), duration, "")


def test_an_entry_has_seconds_name_and_path() -> None:
    text = m3u8_text([track("/m/a.mp3", "Björk", "Jóga"), track("/m/b c.mp3", duration=0.0)])
    assert text == "#EXTM3U\n#EXTINF:62,Björk - Jóga\n/m/a.mp3\n#EXTINF:-1,b c\n/m/b c.mp3\n"


def test_line_breaks_in_a_title_do_not_break_lines() -> None:
    assert m3u8_text([track("/m/a.mp3", "A\nB", "C\r\nD")]).split("\n")[1] == "#EXTINF:62,A B - C D"


def test_no_tracks_are_a_playlist_too() -> None:
    assert m3u8_text([]) == "#EXTM3U\n"


def test_a_name_and_a_remark_are_comments_of_one_line() -> None:
    text = m3u8_text([track("/m/a.mp3")], name="Calm\r\n#EXTINF:1,x", remark="made by a test")
    assert text.split("\n")[:4] == [
        "#EXTM3U",
        "#PLAYLIST:Calm #EXTINF:1,x",
        "# made by a test",
        "#EXTINF:62,a",
    ]
    assert "#PLAYLIST" not in m3u8_text([], name=" \n")


def test_bytes_are_utf8_without_a_mark() -> None:
    assert encode_playlist(m3u8_text([track("/m/Jóga.mp3")])).startswith(b"#EXTM3U\n#EXTINF:62,J\xc3\xb3ga\n")


@pytest.mark.parametrize(("text", "line"), [("a\u2028b\x1b[1m", "a b [1m"), ("  x\t", "x"), ("\udcff", "\ufffd")])
def test_one_line(text: str, line: str) -> None:
    assert one_line(text) == line
