"""How paths are written for the readers of playlists."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musicemb.io.output.m3u import encode_playlist, m3u8_text
from musicemb.io.output.playlist_paths import PlaylistPaths
from musicemb.records import Track, TrackTags

posix = pytest.mark.skipif(os.name != "posix", reason="file names are text there, and links need a right")

AWKWARD = {
    "http:/x.mp3": "./http:/x.mp3",
    " blank.mp3": "./ blank.mp3",
    "Re: you.mp3": "./Re: you.mp3",
    "#1.mp3": "./#1.mp3",
    "plain.mp3": "plain.mp3",
    "C: drive.mp3": "./C: drive.mp3",
    "C:/x.mp3": "./C:/x.mp3",
    "sub/#2.mp3": "sub/#2.mp3",
    "100%.mp3": "100%.mp3",
}
NAMES = st.text(
    st.characters(exclude_characters="/\0\r\n\\", exclude_categories=("Cs",)), min_size=1, max_size=12
).filter(lambda name: name.strip(".") != "")


def track(path: str | Path) -> Track:
    return Track(1, Path(path), TrackTags(), 61.5, "")


@posix
def test_relative_to_the_playlists_folder() -> None:
    places = PlaylistPaths(Path("/m"))
    assert [places.entry(Path(path)) for path in ("/m/x/a.mp3", "/n/b.mp3")] == ["x/a.mp3", "../n/b.mp3"]


@posix
def test_entries_that_players_would_misread_begin_with_a_dot(tmp_path: Path) -> None:
    places = PlaylistPaths(tmp_path)
    assert {name: places.entry(tmp_path / name) for name in AWKWARD} == AWKWARD
    without = PlaylistPaths(prefixes=((tmp_path, ""),))
    assert {name: without.entry(tmp_path / name) for name in AWKWARD} == AWKWARD


@posix
def test_a_space_at_the_end_is_kept() -> None:
    for place in (PlaylistPaths(), PlaylistPaths(Path("/m")), PlaylistPaths(prefixes=((Path("/m"), ""),))):
        assert place.entry(Path("/m/a.mp3 ")) == "file:///m/a.mp3%20"
    assert PlaylistPaths(prefixes=((Path("/m"), "/music"),)).entry(Path("/m/a.mp3 ")) == "file:///music/a.mp3%20"


@posix
def test_a_locale_that_is_not_utf8_changes_no_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = "/m/Käthe.mp3".encode()
    monkeypatch.setattr("os.fsencode", lambda path: str(path).encode("latin-1"))
    text = m3u8_text([track(raw.decode("latin-1"))])  # as Python reads the name there
    assert encode_playlist(text).split(b"\n")[2] == raw


@posix
def test_a_link_that_would_lead_astray_makes_paths_whole(tmp_path: Path) -> None:
    (tmp_path / "disk" / "far" / "lists").mkdir(parents=True)
    (tmp_path / "home" / "music").mkdir(parents=True)
    (tmp_path / "home" / "lists").symlink_to(tmp_path / "disk" / "far" / "lists")
    (tmp_path / "alias").symlink_to(tmp_path / "home")
    inside, outside = tmp_path / "home/lists/a.mp3", tmp_path / "home/music/b.mp3"
    # From home/lists, ".." is home in the path's text and disk/far for the system.
    places = PlaylistPaths(tmp_path / "home" / "lists")
    assert [places.entry(inside), places.entry(outside)] == ["a.mp3", str(outside)]
    assert places.notes([inside, outside])[0].endswith("are absolute: 1")
    # A link above both of them parts nothing.
    assert PlaylistPaths(tmp_path / "alias").entry(tmp_path / "alias/music/b.mp3") == "music/b.mp3"


@posix
def test_bytes_that_are_not_text_and_line_breaks_in_paths() -> None:
    odd, broken = Path(os.fsdecode(b"/m/caf\xe9.mp3")), Path("/m/a\nb.mp3")
    lines = encode_playlist(m3u8_text([track(odd), track(broken)])).split(b"\n")
    assert (lines[2], lines[4]) == (b"/m/caf\xe9.mp3", b"file:///m/a%0Ab.mp3")
    assert PlaylistPaths().location(odd) == "file:///m/caf%E9.mp3"
    assert len(PlaylistPaths().notes([odd, broken])) == 2
    assert PlaylistPaths().notes([odd, broken], addresses=True) == []


@posix
def test_a_prefix_stands_for_a_folder_and_for_nothing_that_only_begins_like_it() -> None:
    places = PlaylistPaths(prefixes=((Path("/srv/music"), "/music/"), (Path("/srv/music/new"), "/fresh")))
    paths = [Path(text) for text in ("/srv/music/A/b.mp3", "/srv/music/new/c.mp3", "/srv/musical/d.mp3")]
    assert [places.entry(path) for path in paths] == ["/music/A/b.mp3", "/fresh/c.mp3", "/srv/musical/d.mp3"]
    assert [places.location(path) for path in paths[:2]] == ["file:///music/A/b.mp3", "file:///fresh/c.mp3"]
    assert "find: 1" in places.notes(paths)[0]
    assert places.notes(paths[:2]) == []


@posix
@pytest.mark.parametrize(
    ("new", "entry", "location"),
    [
        ("http://nas/m", "http://nas/m/A%20b/%231.mp3", "http://nas/m/A%20b/%231.mp3"),
        ("M:\\Music", "M:\\Music\\A b\\#1.mp3", "file:///M:/Music/A%20b/%231.mp3"),
        ("M:/", "M:/A b/#1.mp3", "file:///M:/A%20b/%231.mp3"),
        ("/", "/A b/#1.mp3", "file:///A%20b/%231.mp3"),
        ("", "A b/#1.mp3", "A%20b/%231.mp3"),
        ("..", "../A b/#1.mp3", "../A%20b/%231.mp3"),
    ],
)
def test_what_a_prefix_may_be(new: str, entry: str, location: str) -> None:
    places = PlaylistPaths(prefixes=((Path("/srv/music"), new),))
    assert places.entry(Path("/srv/music/A b/#1.mp3")) == entry
    assert places.location(Path("/srv/music/A b/#1.mp3")) == location


@posix
@given(st.lists(NAMES, min_size=1, max_size=3))
def test_an_address_leads_back_to_the_path(names: list[str]) -> None:
    path = Path("/m", *names)
    absolute = urlsplit(PlaylistPaths().location(path))
    assert (absolute.scheme, unquote(absolute.path)) == ("file", str(path))
    relative = urlsplit(PlaylistPaths(Path("/m")).location(path))
    assert (relative.scheme, os.path.normpath(unquote(relative.path))) == ("", os.path.join(*names))  # noqa: PTH118


@posix
@given(st.lists(NAMES, min_size=1, max_size=3))
def test_a_line_leads_back_to_the_path_as_mopidy_and_navidrome_read_it(names: list[str]) -> None:
    """Both strip the line, take "#" for a comment and a scheme for an address, and join the rest to the folder."""
    path = Path("/m", *names)
    for place in (PlaylistPaths(Path("/m")), PlaylistPaths(prefixes=((Path("/m"), ""),)), PlaylistPaths()):
        line = place.entry(path).strip()
        assert not line.startswith("#")
        if urlsplit(line).scheme:
            assert unquote(urlsplit(line).path) == str(path)
        else:
            assert os.path.normpath(os.path.join("/m", line)) == str(path)  # noqa: PTH118
