"""What guesses are made from: copies are one recording, mixes and our own words say nothing, groups may change."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from musicemb.io.catalogue.catalogue import Catalogue, open_catalogue
from musicemb.records import NOISE, Cluster, EmbeddedTrack, FoundFile, TrackTags
from musicemb.workflows.genres.inputs import load_guess_inputs

ENCODER = "encoder00001"


@pytest.fixture
def catalogue(own_library: Path) -> Iterator[Catalogue]:
    with open_catalogue(own_library) as opened:
        opened.set_active_encoder(ENCODER, "test")
        yield opened


def put(catalogue: Catalogue, number: int, tags: TrackTags, *, payload: str = "", duration: float = 180.0) -> int:
    vector = np.random.default_rng(number).normal(size=8).astype(np.float32)
    file = FoundFile(Path(f"/music/{number}.mp3").absolute(), 1000, number)
    track = EmbeddedTrack(file, payload or f"hash {number}", tags, duration, "soundfile", vector, 0.9, None)
    return catalogue.put_track(track, ENCODER)


def test_copies_are_one_recording_with_all_their_words(catalogue: Catalogue) -> None:
    first = put(catalogue, 1, TrackTags("The Beatles", "A", "Help!", ("Rock",)), payload="same")
    other = put(catalogue, 2, TrackTags("beatles", "B", "help! ", ("Pop",)))
    copy = put(catalogue, 3, TrackTags("Beatles", "A", "Help!", ("Beat",)), payload="same")
    ours = put(catalogue, 4, TrackTags("", "C", "", ("Jazz", "Folk"), ("Jazz",)))
    mix = put(catalogue, 5, TrackTags("Various Artists", "D", "", ("House",)), duration=4000)
    inputs = load_guess_inputs(catalogue, ENCODER, None)
    assert inputs.recordings == ((first, copy), (other,), (ours,), (mix,))
    assert inputs.rows == {first: 0, copy: 0, other: 1, ours: 2, mix: 3}
    assert inputs.evidence.genres[0] == ("rock", "beat")
    assert inputs.evidence.genres[2:] == (("folk",), ())
    assert inputs.evidence.vectors[1].tolist() == catalogue.vectors_of([other], ENCODER)[other].tolist()
    assert inputs.evidence.artists[0] == inputs.evidence.artists[1] != inputs.evidence.artists[2]
    assert inputs.evidence.albums is not None
    assert inputs.evidence.albums.tolist() == [0, 0, -1, -1]


def test_imported_genres_go_before_those_in_the_file(catalogue: Catalogue) -> None:
    put(catalogue, 1, TrackTags("A", "A", "", ("Rock",)))
    catalogue.put_imported_genres({"hash 1": ("Tango",)})
    assert load_guess_inputs(catalogue, ENCODER, None).evidence.genres == (("tango",),)


def test_other_groups_are_what_reading_again_would_find(catalogue: Catalogue) -> None:
    ids = [put(catalogue, number, TrackTags(f"Artist {number}")) for number in range(4)]
    before = load_guess_inputs(catalogue, ENCODER, None)
    assert before.evidence.clusters.tolist() == [NOISE] * 4
    homes = dict(zip(ids, (7, NOISE, 7), strict=False))
    labels = {track: (home, 0.5, 7) for track, home in homes.items()}
    catalogue.put_clusters(ENCODER, [Cluster(7, "Seven", 2, (ids[0],))], labels)
    again = load_guess_inputs(catalogue, ENCODER, None).evidence.clusters.tolist()
    assert before.regrouped(homes).evidence.clusters.tolist() == again == [7, NOISE, 7, NOISE]
