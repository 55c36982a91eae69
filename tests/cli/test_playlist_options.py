"""The options that say how a playlist is written."""

from __future__ import annotations

import os
from pathlib import Path

import click
import pytest

from musicemb.cli.playlist_options import PlaylistForm, read_form
from musicemb.records import Track, TrackTags

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the paths are POSIX's")
TRACKS = [Track(1, Path("/srv/music/a.mp3"), TrackTags(), 1.0, "")]


@pytest.mark.parametrize(
    ("form", "output", "line"),
    [
        (PlaylistForm(), None, "/srv/music/a.mp3"),
        (PlaylistForm(), Path("/srv/lists/x.m3u"), "../music/a.mp3"),
        (PlaylistForm(absolute=True), Path("/srv/lists/x.m3u"), "/srv/music/a.mp3"),
        (PlaylistForm(relative_to=Path("/srv")), Path("/x.m3u"), "music/a.mp3"),
        (PlaylistForm(prefixes=((Path("/srv"), "/n"),)), Path("/srv/x.m3u"), "/n/music/a.mp3"),
        (PlaylistForm("xspf"), Path("/srv/x.m3u"), "music/a.mp3"),
        (PlaylistForm(), Path("/srv/x.xspf"), "music/a.mp3"),
    ],
)
def test_paths_and_format(form: PlaylistForm, output: Path | None, line: str) -> None:
    text = form.encode(TRACKS, output, name="").decode()
    assert (f"<location>{line}</location>" if "xspf" in f"{form.form}{output}" else f"\n{line}\n") in text
    assert form.notes(TRACKS, output) == []


@pytest.mark.parametrize(
    ("prefixes", "relative_to", "absolute"),
    [((), Path("/"), True), (((Path("/a"), "b"),), Path("/"), False), (((Path("/a"), "b"),), None, True)],
)
def test_contradictions(prefixes: tuple[tuple[Path, str], ...], relative_to: Path | None, absolute: bool) -> None:
    with pytest.raises(click.UsageError, match="contradict"):
        read_form(None, prefixes, relative_to, absolute)
