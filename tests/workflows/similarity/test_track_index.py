"""Tracks found by their names."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from musicemb.records import Track, TrackTags
from musicemb.workflows.similarity.track_index import TrackIndex

NAMES = [
    ("Björk", "Jóga", "Homogenic"),
    ("Joga Bonito", "Björk", "Football"),
    ("Other", "Song", "Jóga Sessions"),
    ("", "", ""),
    ("Jóga", "Song", ""),
]
TRACKS = [
    Track(at, Path(f"/m/file {at}.mp3"), TrackTags(artist, title, album), 1.0, str(at))
    for at, (artist, title, album) in enumerate(NAMES)
]


def test_the_nearest_meaning_comes_first() -> None:
    index = TrackIndex(TRACKS)
    assert [track.id for track in index.search("JOGA")] == [0, 4, 1, 2]
    assert [track.id for track in index.search("bjork joga")] == [0, 1]
    assert [track.id for track in index.search("file 3")] == [3]
    assert index.search("nothing") == []
    assert sorted(track.id for track in index.search(" ")) == [0, 1, 2, 3, 4]


def test_names_and_paths() -> None:
    index = TrackIndex(TRACKS)
    assert index.named("joga", "BJORK") is TRACKS[0]
    assert index.named("file 3", "") is TRACKS[3]
    assert index.named("joga", "") is None
    assert index.at(Path("/m/file 2.mp3")) is TRACKS[2]
    assert index.at(Path("/m/file 9.mp3")) is None


@given(st.lists(st.sampled_from(["joga", "bjork", "song", "o", "file", "3", "x"]), max_size=3))
def test_all_words_are_in_what_is_found(words: list[str]) -> None:
    found = {track.id for track in TrackIndex(TRACKS).search(" ".join(words))}
    folded = {
        track.id: f"{track.tags.artist} {track.tags.title} {track.tags.album} {track.path.stem}" for track in TRACKS
    }
    plain = {at: text.casefold().replace("ö", "o").replace("ó", "o") for at, text in folded.items()}
    assert found == {at for at, text in plain.items() if all(word in text for word in words)}
