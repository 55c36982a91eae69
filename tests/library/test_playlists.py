"""Playlists of a library, and their files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from musicemb.errors import ConsentMissing, SettingsError
from musicemb.library import Library, PlaylistLength


def test_playlists(library: Library) -> None:
    short = PlaylistLength(6)
    assert {track.tags.artist for track in library.playlist(["Even Song 0"], length=short, spacing=0)} == {"Even"}
    assert {track.cluster for track in library.playlist(cluster=1, length=short)} == {1}
    groups = library.group_playlists(length=short)
    assert [group.id for group, _ in groups] == [group.id for group in library.clusters()]
    assert groups[1][1] == library.playlist(cluster=groups[1][0].id, length=short)
    way = library.playlist(ends=("Even Song 0", "Odd Song 1"), length=short)
    assert (way[0].tags.title, way[-1].tags.title, len(way)) == ("Song 0", "Song 1", 6)
    for wrong in ({}, {"seeds": ["Song 0"], "cluster": 1}):
        with pytest.raises(SettingsError, match="one of the three"):
            library.playlist(**wrong)  # type: ignore[arg-type]


def test_how_long_it_is_can_be_said_in_tracks_or_minutes(library: Library) -> None:
    seed = library.find("Even Song 0")
    assert len(library.playlist("Even Song 0")) == 25
    assert len(library.playlist(seed, n=7)) == 7
    found = library.playlist([seed], minutes=30)
    assert found == library.playlist([seed], length=PlaylistLength(minutes=30))
    each = found[0].duration
    assert abs(sum(track.duration for track in found) - 1800) <= each


def test_a_file_for_players_names_tracks_relative_to_it_and_replaces_nothing_unasked(
    library: Library, tmp_path: Path
) -> None:
    tracks = library.playlist("Even Song 0", n=3)
    file = tmp_path / "today.m3u8"
    library.write_playlist(tracks, file, name="Today")
    lines = file.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "#EXTM3U" and "#PLAYLIST:Today" in lines
    entries = [line for line in lines if not line.startswith("#")]
    assert [os.path.normpath(tmp_path / entry) for entry in entries] == [str(track.path) for track in tracks]
    assert entries[0].startswith("../")
    with pytest.raises(ConsentMissing):
        library.write_playlist(tracks[:1], file)
    assert file.read_text(encoding="utf-8").splitlines() == lines
    library.write_playlist(tracks[:1], file, replace=True)
    assert len(file.read_text(encoding="utf-8").splitlines()) < len(lines)
    library.write_playlist(tracks, tmp_path / "today.xspf")
    assert "<trackList>" in (tmp_path / "today.xspf").read_text(encoding="utf-8")
