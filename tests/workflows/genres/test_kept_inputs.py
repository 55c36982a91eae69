"""What guesses are made from, out of an index and the tracks that came since, is what the catalogue gives."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from searched_library import ENCODER, put

from musicemb.io.catalogue.catalogue import Catalogue, open_catalogue
from musicemb.io.index import places
from musicemb.records import EmbeddedTrack, FoundFile, GenreHead, TrackTags
from musicemb.settings import GuessSettings
from musicemb.workflows.genres.guess import find_odds, guess_newcomers
from musicemb.workflows.genres.inputs import load_guess_inputs
from musicemb.workflows.genres.nearby import evidence_extension, kept_guesser
from musicemb.workflows.index import library_index
from musicemb.workflows.index.library_index import extend_index, open_index, open_outgrown
from musicemb.workflows.similarity.library_vectors import store_neighbourhood_stats

GENRES = ("Rock", "Jazz", "Folk", "House")


def make_head() -> GenreHead:
    random = np.random.default_rng(1)
    labels = ("rock", "jazz", "latin")
    return GenreHead(labels, random.normal(size=(12, 3)), random.normal(size=3), np.zeros(12), np.ones(12), 0.5)


@pytest.fixture
def catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Catalogue]:
    """A hundred and fifty tracks, two of three tagged, in four groups, with an index that holds what they give."""
    monkeypatch.setattr(places, "user_cache_folder", lambda: tmp_path / "cache")
    monkeypatch.setattr(library_index, "FEWEST_INDEXED", 5)
    with open_catalogue(tmp_path / "library.sqlite") as made:
        made.set_active_encoder(ENCODER, "fake")
        with made.transaction():
            for number in range(150):
                put(made, number, sound(number), artist=f"Artist {number % 11}", genres=said(number))
            made.put_clusters(ENCODER, [], {track: (track % 4 + 1, 0.5, 1) for track in range(1, 151)})
            store_neighbourhood_stats(made, ENCODER)
        edition = made.edition()
        assert open_index(made) is not None
        extension = evidence_extension(made, make_head())
        assert extension is not None
        extend_index(made, extension)
        made.note_index(edition)
        yield made


def sound(number: int) -> np.ndarray:
    return np.eye(12)[number % 4] + 0.2 * np.random.default_rng(number).normal(size=12)


def said(number: int) -> tuple[str, ...]:
    return (GENRES[number % 4],) if number % 3 else ()


def copy_of(catalogue: Catalogue, number: int, genres: tuple[str, ...]) -> int:
    """Another file of a track's audio."""
    track = catalogue.track(number)
    vector = catalogue.vectors_of([number], ENCODER)[number]
    file = FoundFile(Path(f"/copies/{number} {len(genres)}.mp3").absolute(), 1, 1)
    tags = TrackTags("Somebody", "Else", genres=genres)
    return catalogue.put_track(EmbeddedTrack(file, track.payload_hash, tags, 120.0, "copy", vector, 1.0, None), ENCODER)


def come(catalogue: Catalogue, word: str) -> list[int]:
    """Tracks of known and new artists and words, some untagged, copies of known tracks and of each other."""
    fresh = [
        put(catalogue, number, sound(number), artist=f"Artist {number % 13}", genres=said(number) and (word,))
        for number in range(150, 162)
    ]
    fresh += [copy_of(catalogue, 1, ("Soul",)), copy_of(catalogue, fresh[0], ("Jazz", "Soul"))]
    fresh.append(put(catalogue, 900, sound(1), artist="Unknown Artist", genres=()))
    catalogue.join_tracks(ENCODER, {track: (track % 4 + 1, 0.5, 1) for track in fresh[:10]})
    return fresh


@pytest.mark.parametrize("word", ["Rock", "Gabber"])
def test_it_is_what_the_catalogue_gives(catalogue: Catalogue, word: str) -> None:
    fresh, head = come(catalogue, word), make_head()
    outgrown = open_outgrown(catalogue)
    assert outgrown is not None
    kept = kept_guesser(catalogue, head, *outgrown)
    whole = load_guess_inputs(catalogue, ENCODER, head)
    assert kept is not None
    inputs = kept.inputs
    assert (inputs.recordings, inputs.rows, inputs.wording) == (whole.recordings, whole.rows, whole.wording)
    assert (inputs.numbering.artists, inputs.numbering.albums) == (whole.numbering.artists, whole.numbering.albums)
    assert inputs.numbering.words == whole.numbering.words and inputs.head_threshold == whole.head_threshold
    ours, theirs = inputs.evidence, whole.evidence
    assert (ours.genres, ours.labels, ours.candidates) == (theirs.genres, theirs.labels, theirs.candidates)
    for one, other in ((ours.artists, theirs.artists), (ours.albums, theirs.albums), (ours.clusters, theirs.clusters)):
        assert one is not None and other is not None and one.tolist() == other.tolist()
    np.testing.assert_allclose(ours.vectors, theirs.vectors, atol=1e-6)

    rows = np.unique([inputs.rows[track] for track in fresh])
    kept.hear(catalogue, ENCODER, rows)
    odds = find_odds(inputs, GuessSettings(), only=rows, ensemble=kept.ensemble)
    same = replace(kept.ensemble, library=theirs)
    expected = find_odds(whole, GuessSettings(), ensemble=same)  # all, with nothing left out
    asked = {track: one for track, one in expected.items() if whole.rows[track] in rows}
    assert odds.keys() == asked.keys() >= set(fresh)
    for track, one in asked.items():
        assert odds[track].worth == pytest.approx(one.worth, abs=2e-4)
        assert (odds[track].threshold, odds[track].predictor) == (one.threshold, one.predictor)


def test_with_another_head_or_other_words_it_is_not_believed(catalogue: Catalogue) -> None:
    outgrown = open_outgrown(catalogue)
    assert outgrown is not None
    assert kept_guesser(catalogue, make_head(), *outgrown) is not None
    assert kept_guesser(catalogue, None, *outgrown) is None
    catalogue.want_mixes(True)
    assert kept_guesser(catalogue, make_head(), *outgrown) is None


def test_newcomers_are_guessed_by_what_was_kept(catalogue: Catalogue) -> None:
    fresh = come(catalogue, "Rock")
    outgrown = open_outgrown(catalogue)
    assert outgrown is not None
    kept = kept_guesser(catalogue, make_head(), *outgrown)
    assert kept is not None
    assert guess_newcomers(catalogue, ENCODER, make_head(), fresh, kept=kept) is kept
    odds = catalogue.odds(ENCODER)
    assert set(fresh) <= odds.keys()
    likeliest = [max(odds[track].worth, key=lambda word: odds[track].worth[word]) for track in fresh[:12]]
    assert likeliest.count("rock") + likeliest.count("pop/rock") >= 3
