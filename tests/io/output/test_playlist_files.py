"""Formats and names of playlist files."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musicemb.io.output.playlist_files import FORMATS, file_name, format_of, playlist_bytes


def test_the_name_tells_the_format() -> None:
    names = ["a.m3u", "a.M3U8", "a.xspf", "a.txt", "a"]
    assert [format_of(Path(name)) for name in names] == ["m3u", "m3u8", "xspf", "m3u8", "m3u8"]
    assert format_of(None) == "m3u8"


def test_both_m3u_are_the_same_bytes() -> None:
    assert (
        playlist_bytes([], "m3u", name="Ü") == playlist_bytes([], "m3u8", name="Ü") == "#EXTM3U\n#PLAYLIST:Ü\n".encode()
    )
    assert playlist_bytes([], "xspf").startswith(b"<?xml")


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("Rock", "Rock.m3u8"),
        ("AC/DC: live?", "AC-DC- live.m3u8"),
        ("..", "group 7.m3u8"),
        ("con", "con music.m3u8"),
        ("x" * 300, "x" * 100 + ".m3u8"),
        ("Jóga", "Jóga.m3u8"),
    ],
)
def test_a_name_fits_every_file_system(name: str, found: str) -> None:
    assert file_name(name, "m3u8", number=7) == found


def test_a_name_in_use_gets_the_number() -> None:
    assert file_name("ROCK", "m3u", {"rock.m3u"}, number=7) == "ROCK (7).m3u"


@given(st.text(max_size=300), st.sampled_from(FORMATS))
def test_a_name_stays_in_its_folder(name: str, form: str) -> None:
    found = file_name(name, form, number=1)
    assert Path("/m", found).parent == Path("/m")
    assert Path(found).suffix == f".{form}"
    assert not set(found) & set('<>:"/\\|?*\0\n')
