"""Tracks in a folder, or of a genre: the same from a catalogue, from its index and from a library in memory."""

from __future__ import annotations

from pathlib import Path

import pytest
from searched_library import put

from musicemb.errors import TrackNotFound
from musicemb.io.catalogue.catalogue import Catalogue
from musicemb.io.index import places
from musicemb.records import Guess, Track
from musicemb.workflows.index import library_index
from musicemb.workflows.index.library_index import open_index
from musicemb.workflows.index.within import tracks_within


class InMemory:
    def __init__(self, catalogue: Catalogue) -> None:
        self.aliases, self._tracks = catalogue.aliases, catalogue.tracks()

    def tracks(self) -> list[Track]:
        return self._tracks


@pytest.mark.parametrize("indexed", [False, True])
def test_a_genre_is_found_in_tags_and_guesses(
    catalogue: Catalogue, indexed: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(places, "user_cache_folder", lambda: tmp_path / "cache")
    monkeypatch.setattr(library_index, "FEWEST_INDEXED", 5 if indexed else 1000)
    encoder = catalogue.active_encoder or ""
    untold = put(catalogue, 60)
    catalogue.put_guesses(encoder, {untold: Guess(("Folk",), 0.9, "neighbours")})
    assert (open_index(catalogue) is not None) is indexed
    jazz = {track.id for track in catalogue.tracks() if track.tags.genres == ("Jazz",)}
    assert tracks_within(catalogue, "JAZZ") == tracks_within(InMemory(catalogue), "jazz") == jazz
    assert tracks_within(catalogue, "folk") == tracks_within(InMemory(catalogue), "folk") == {untold}
    with pytest.raises(TrackNotFound, match=r"no track has the genre 'polka'.*genres in the library: "):
        tracks_within(catalogue, "polka")


def test_a_folder(catalogue: Catalogue) -> None:
    below = str(Path("/m/b").absolute())
    assert tracks_within(catalogue, below) == tracks_within(InMemory(catalogue), below)
    assert {track.path.parent.name for track in catalogue.tracks() if track.id in tracks_within(catalogue, below)} == {
        "b"
    }
    with pytest.raises(TrackNotFound, match="holds no track in the folder"):
        tracks_within(catalogue, str(Path("/m/c").absolute()))
