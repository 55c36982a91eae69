"""Why a track's genre is guessed: the reasons add up to the guess."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from fake_encoder import made_tag_heads

from musicemb.errors import TrackNotFound
from musicemb.io.catalogue.catalogue import Catalogue, open_catalogue
from musicemb.records import Cluster, EmbeddedTrack, FoundFile, GenreHead, Track, TrackTags
from musicemb.workflows.genres.explain import SHOWN, explain_guess
from musicemb.workflows.genres.guess import guess_genres
from musicemb.workflows.genres.vocabulary import GuessPreferences, store_preferences

ENCODER = "encoder00001"
ASKED = 12


@pytest.fixture
def catalogue(own_library: Path) -> Iterator[Catalogue]:
    """Six tracks of Rock and six of Jazz, and one without a word among the Rock."""
    with open_catalogue(own_library) as opened:
        opened.set_active_encoder(ENCODER, "test")
        for number in range(ASKED + 1):
            vector = np.eye(8)[number % 2] + 0.05 * np.random.default_rng(number).normal(size=8)
            words = () if number == ASKED else (("Rock", "Jazz")[number % 2],)
            file = FoundFile(Path(f"/music/{number}.mp3").absolute(), 1, 1)
            unit = (vector / np.linalg.norm(vector)).astype(np.float32)
            tags = TrackTags(f"Artist {number}", f"Title {number}", genres=words)
            opened.put_track(EmbeddedTrack(file, f"hash {number}", tags, 180.0, "soundfile", unit, 0.9, None), ENCODER)
        yield opened


def asked(catalogue: Catalogue) -> Track:
    return next(track for track in catalogue.tracks() if track.path.stem == str(ASKED))


def test_a_family_inside_another_is_not_told_beside_it(catalogue: Catalogue) -> None:
    for number, words in enumerate(("Pop/Rock", "Indie") * 4, start=ASKED + 1):
        vector = np.eye(8)[0] + 0.05 * np.random.default_rng(number).normal(size=8)
        file = FoundFile(Path(f"/music/{number}.mp3").absolute(), 1, 1)
        unit = (vector / np.linalg.norm(vector)).astype(np.float32)
        tags = TrackTags(f"Artist {number}", f"Title {number}", genres=(words,))
        catalogue.put_track(EmbeddedTrack(file, f"hash {number}", tags, 180.0, "soundfile", unit, 0.9, None), ENCODER)
    found = explain_guess(catalogue, asked(catalogue), None)
    assert {"Pop Rock", "Rock", "Indie"} <= {word.replace("/", " ") for word in found.likely}
    assert [word.replace("/", " ") for word in found.families] == ["Pop Rock"]


def test_the_reasons_tell_the_guess_and_who_voted(catalogue: Catalogue) -> None:
    track = asked(catalogue)
    found = explain_guess(catalogue, track, None)
    assert found.guess == guess_genres(catalogue, ENCODER, None)[track.id]
    assert found.guess is not None and found.guess.genres == ("Rock",)
    assert max(found.likely, key=found.likely.__getitem__) == "Rock" and len(found.likely) <= SHOWN
    assert found.likely["Rock"] >= found.threshold
    near = [voter.similarity for voter in found.voters]
    assert near == sorted(near, reverse=True)
    assert found.voters[0].genres == ("Rock",)
    assert track.id not in {voter.track.id for voter in found.voters}
    assert set(found.weights) == set(found.shares)
    assert (found.head, found.cluster, found.cluster_name, found.outside) == ({}, None, "", ())
    assert found.sounds == ()
    heads = made_tag_heads(("calm", "mood"), ("piano", "instrument"), dimensions=8)
    heard = explain_guess(catalogue, track, None, tag_heads=heads).sounds
    assert [one.name for one in heard] == ["calm", "piano"]  # it lies in the direction of "calm"


def test_the_likeliest_come_first_whatever_one_witness_says(catalogue: Catalogue) -> None:
    others = ("ambient", "blues", "classical", "country", "folk", "funk", "gospel", "jazz", "latin", "metal", "rock")
    rising = np.linspace(0, 0.2, len(others), dtype=np.float32)[::-1]
    head = GenreHead(others, np.zeros((8, len(others)), np.float32), rising, np.zeros(8), np.ones(8), 0.5)
    found = explain_guess(catalogue, asked(catalogue), head)
    assert list(found.head) == list(others[:SHOWN]), "the head alone would not name what your tracks say"
    assert list(found.likely.values()) == sorted(found.likely.values(), reverse=True)
    assert next(iter(found.likely)) == "Rock"


def test_a_guess_outside_the_vocabulary_is_told(catalogue: Catalogue) -> None:
    store_preferences(catalogue, vocabulary=["Jazz"])
    found = explain_guess(catalogue, asked(catalogue), None)
    assert found.guess is None
    assert found.outside == ("Rock",)
    assert found.closest[0] == "Jazz" and found.closest[1] < found.likely["Rock"]
    free = explain_guess(catalogue, asked(catalogue), None, preferences=GuessPreferences())
    assert free.closest == ("Rock", pytest.approx(free.likely["Rock"], abs=1e-3))


def test_the_cluster_is_named(catalogue: Catalogue) -> None:
    labels = {track.id: (1, 1.0, 1) for track in catalogue.tracks()}
    catalogue.put_clusters(ENCODER, [Cluster(1, "all of it", len(labels))], labels)
    found = explain_guess(catalogue, asked(catalogue), None)
    assert (found.cluster, found.cluster_name) == (1, "all of it")


def test_a_track_without_a_vector_is_one_clear_line(catalogue: Catalogue) -> None:
    track = asked(catalogue)
    catalogue.mark_gone([track.id])
    with pytest.raises(TrackNotFound, match="is gone or was not embedded yet: run musicemb scan"):
        explain_guess(catalogue, track, None)
