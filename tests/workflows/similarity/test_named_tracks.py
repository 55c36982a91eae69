"""The tracks that words mean, misspelled or not, and those of an artist or an album."""

from __future__ import annotations

from pathlib import Path

import pytest

from musicemb.errors import TrackNotFound
from musicemb.io.catalogue.catalogue import Catalogue, open_catalogue
from musicemb.io.index import places
from musicemb.records import EmbeddedTrack, FoundFile, Track, TrackTags
from musicemb.workflows.index import library_index
from musicemb.workflows.similarity.named_tracks import answer, answer_roughly, find_roughly, tell_nearest, tracks_by

TITLES = {
    "Ella Fitzgerald": ["Summertime", "Misty Blue", "Misty"],
    "Bella Fitz": ["Summer"],
    "Jonathan Coulton": ["Code Monkey", "First of May"],
    "Nina Simone": ["Feeling Good"],
    "Simone White": ["The Beep Beep Song"],
}


@pytest.fixture
def catalogue(own_library: Path) -> Catalogue:
    import numpy as np

    opened = open_catalogue(own_library)
    for artist, titles in TITLES.items():
        for title in titles:
            file = FoundFile(Path(f"/m/{artist}/{title}.mp3"), 1, 1)
            tags = TrackTags(artist, title, f"Best of {artist}")
            vector = np.ones(4, np.float32) / 2
            opened.put_track(EmbeddedTrack(file, title, tags, 100.0, "soundfile", vector, 1.0, None), "first")
    opened.set_active_encoder("first")
    return opened


def names(tracks: list[Track]) -> list[str]:
    return [track.name for track in tracks]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("ela fitzgerald misty", ["Ella Fitzgerald - Misty"]),
        ("coed monkey", ["Jonathan Coulton - Code Monkey"]),
        ("jonathon colton code", ["Jonathan Coulton - Code Monkey"]),
        ("felling good", ["Nina Simone - Feeling Good"]),
        ("zappa", []),
        ("code zappa", []),
    ],
)
def test_typos_do_no_harm(words: str, found: list[str], catalogue: Catalogue) -> None:
    tracks = catalogue.tracks()
    assert answer(tracks, words.split()) == []
    assert names(answer_roughly(tracks, words.split())) == found


@pytest.mark.parametrize("indexed", [False, True])
def test_a_library_with_an_index_answers_the_same(
    indexed: bool, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(places, "user_cache_folder", lambda: tmp_path / "cache")
    monkeypatch.setattr(library_index, "FEWEST_INDEXED", 3 if indexed else 1000)
    for words in ("ela fitzgerald misty", "coed monkey", "ela", "felling good", "zappa", "best fitz"):
        assert find_roughly(catalogue, words.split()) == answer_roughly(catalogue.tracks(), words.split())
    assert tell_nearest(catalogue, ["codemonkey"]) == "the nearest are: Jonathan Coulton - Code Monkey"
    assert names(tracks_by(catalogue, "artist", "nina")) == ["Nina Simone - Feeling Good"]
    assert names(tracks_by(catalogue, "album", "best of bella fitz")) == ["Bella Fitz - Summer"]
    assert (library_index.open_index(catalogue) is not None) is indexed


def test_several_are_meant_where_several_come_as_near(catalogue: Catalogue) -> None:
    found = names(answer_roughly(catalogue.tracks(), ["ela", "fitzgerald"]))
    assert sorted(found) == [f"Ella Fitzgerald - {title}" for title in ("Misty", "Misty Blue", "Summertime")]


def test_nothing_tells_what_comes_nearest(catalogue: Catalogue) -> None:
    assert tell_nearest(catalogue, ["codemonkey"]).startswith("the nearest are: Jonathan Coulton - Code Monkey")
    catalogue.mark_gone(track.id for track in catalogue.tracks())
    assert tell_nearest(catalogue, ["codemonkey"]) == "check the spelling, or try fewer words"


@pytest.mark.parametrize(
    ("by", "text", "artist"),
    [
        ("artist", "nina simone", "Nina Simone"),
        ("artist", "NINA", "Nina Simone"),
        ("artist", "ela fitzgerald", "Ella Fitzgerald"),
        ("album", "best coulton", "Jonathan Coulton"),
    ],
)
def test_an_artist_or_an_album_by_its_name(by: str, text: str, artist: str, catalogue: Catalogue) -> None:
    found = tracks_by(catalogue, by, text)  # type: ignore[arg-type]
    assert names(found) == [f"{artist} - {title}" for title in TITLES[artist]]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("simone", "2 artists match 'simone': Nina Simone; Simone White; give the whole name"),
        ("jonatan cluton band", "no artist matches 'jonatan cluton band'; the nearest are: Jonathan Coulton"),
        ("", "no artist matches ''"),
    ],
)
def test_none_or_several_are_told(text: str, complaint: str, catalogue: Catalogue) -> None:
    with pytest.raises(TrackNotFound) as told:
        tracks_by(catalogue, "artist", text)
    assert complaint in str(told.value)
