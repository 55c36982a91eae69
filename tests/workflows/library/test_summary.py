"""The end of a scan: what is noted, counted and paired."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from musicemb.io.catalogue.catalogue import Catalogue, open_catalogue
from musicemb.records import EmbeddedTrack, FoundFile, Guess, Track, TrackTags
from musicemb.settings import ScanSettings
from musicemb.workflows.library.summary import find_pairs, has_guess, is_written, summarise_library

ENCODER = "encoder00001"
NOTHING = {"new": 0, "changed": 0, "moved": 0, "retagged": 0, "gone": 0, "unchanged": 0, "skipped": (), "failed": ()}


@pytest.fixture
def catalogue(own_library: Path) -> Iterator[Catalogue]:
    """Four tracks in a plane, at 0, 10, 40 and 40 degrees; the last two are one recording."""
    with open_catalogue(own_library) as opened:
        opened.set_active_encoder(ENCODER, "test")
        for number, degrees in enumerate((0, 10, 40, 40)):
            vector = np.array([np.cos(np.radians(degrees)), np.sin(np.radians(degrees))], np.float32)
            file = FoundFile(Path(f"/music/{number}.mp3").absolute(), 1, 1)
            tags = TrackTags("Artist", f"Title {number}")
            opened.put_track(
                EmbeddedTrack(file, f"payload {min(number, 2)}", tags, 180.0, "soundfile", vector, 0.9, None), ENCODER
            )
        yield opened


def test_the_nearest_pairs_come_first_and_copies_are_no_pair(catalogue: Catalogue) -> None:
    pairs = find_pairs(catalogue, catalogue.tracks(), 2)
    assert [sorted(int(one.path.stem) for one in (pair.first, pair.second))[0] for pair in pairs] == [0, 1]
    assert [pair.similarity for pair in pairs] == pytest.approx(np.cos(np.radians([10, 30])), abs=1e-3)
    assert len(find_pairs(catalogue, catalogue.tracks(), 100)) == 5


def test_few_tracks_are_summed_up_with_pairs(catalogue: Catalogue) -> None:
    found = summarise_library(catalogue, ScanSettings(), **NOTHING)
    assert (found.tracks, found.clusters, found.noise, found.too_few) == (4, (), 0, True)
    assert (found.guesses, found.taggable, found.encoder_id) == (0, 0, ENCODER)
    assert len(found.pairs) == min(5, ScanSettings().nearest_pairs)


def test_a_guess_speaks_only_where_the_listener_has_no_genre() -> None:
    track = Track(1, Path("/a"), TrackTags(), 100.0, "payload", guess=Guess(("Jazz",), 0.9, "neighbours"))
    assert has_guess(track) and not is_written(track)
    assert not has_guess(replace(track, guess=None))
    ours = replace(track, tags=TrackTags(genres=("Jazz",), our_genres=("Jazz",)))
    assert has_guess(ours) and is_written(ours)
    assert not has_guess(replace(track, tags=TrackTags(genres=("Rock",))))
