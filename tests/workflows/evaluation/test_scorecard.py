"""The scorecard: what is hidden is hidden, what is counted is right, and odd libraries are told so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import sounds

from musicemb.core.genres.voters import GenreEvidence, label_distribution
from musicemb.documents import to_json
from musicemb.errors import DatasetError
from musicemb.io.catalogue.catalogue import Catalogue, open_catalogue
from musicemb.records import NOISE, EmbeddedTrack, FoundFile, MeasureStage, Problem, TrackTags
from musicemb.settings import GuessSettings, ScorecardSettings
from musicemb.workflows.evaluation.scorecard import deal_artists, evaluate_systems, score_library
from musicemb.workflows.evaluation.scorecard_report import (
    ACCURACY,
    BRIER,
    COMMONEST,
    COVERAGE,
    ENSEMBLE,
    OVERALL,
    Scorecard,
    write_scorecard,
)

ENCODER = "encoder00001"
PLAIN = ScorecardSettings(mfcc_tracks=0, draws=40)
NAMES = ("Jazz", "Hip Hop", "Rock")


@pytest.fixture
def catalogue(own_library: Path) -> Iterator[Catalogue]:
    with open_catalogue(own_library) as opened:
        opened.set_active_encoder(ENCODER, "test")
        yield opened


def put(
    catalogue: Catalogue,
    number: int,
    genre: str,
    *,
    axis: int | None = None,
    artist: str = "",
    path: Path | None = None,
) -> None:
    vector = 0.1 * np.random.default_rng(number).normal(size=8)
    vector[NAMES.index(genre) if axis is None else axis] += 1
    tags = TrackTags(artist or f"Artist {number}", f"Title {number}", "", (genre,) if genre else ())
    file = FoundFile(path or Path(f"/music/{number}.mp3").absolute(), 1000, number)
    unit = (vector / np.linalg.norm(vector)).astype(np.float32)
    catalogue.put_track(
        EmbeddedTrack(file, f"hash {number}", tags, 180.0, "soundfile", unit, 0.9, None),
        ENCODER,
    )


def score(catalogue: Catalogue, wanted: ScorecardSettings = PLAIN) -> Scorecard:
    *_, last = score_library(catalogue, None, wanted=wanted)
    assert isinstance(last, Scorecard)
    return last


def test_a_library_whose_sound_says_its_genre_scores_high(catalogue: Catalogue) -> None:
    for number in range(90):
        put(catalogue, number, NAMES[number % 3])
    found = score(catalogue)
    mine = found.results[ENSEMBLE]
    assert mine[ACCURACY].value > 0.95
    assert mine[COVERAGE].value > 0.9
    assert mine[BRIER].value < found.results[COMMONEST][BRIER].value
    assert found.results[COMMONEST][OVERALL].value < 0.5
    assert (found.tracks, found.artists, found.genres) == (81, 81, 3)
    assert set(found.by_genre) == {"Jazz", "Hip Hop", "Rock"}
    text = write_scorecard(found)
    assert "Hip Hop" in text
    assert "always" not in text
    document = to_json(found)
    assert document["results"][ENSEMBLE][COVERAGE]["value"] == pytest.approx(mine[COVERAGE].value, abs=1e-6)


def test_a_library_whose_sound_says_nothing_is_not_flattered(catalogue: Catalogue) -> None:
    random = np.random.default_rng(3)
    for number in range(240):
        put(catalogue, number, NAMES[random.integers(3)], axis=0)
    found = score(catalogue)
    mine = found.results[ENSEMBLE]
    assert mine[OVERALL].value < 0.5
    assert mine[COVERAGE].value < 0.1
    assert mine[BRIER].value < 0.75


def test_an_artists_other_tracks_do_not_help(catalogue: Catalogue) -> None:
    """Each artist sounds like itself and has a genre of chance: by artist there is nothing to learn."""
    random = np.random.default_rng(0)
    vectors = np.repeat(random.normal(size=(60, 32)), 5, axis=0) + 0.01 * random.normal(size=(300, 32))
    genres = tuple((NAMES[place],) for place in np.repeat(random.integers(0, 3, 60), 5))
    artists = np.repeat(np.arange(60), 5)
    library = GenreEvidence(vectors.astype(np.float32), genres, artists, np.full(300, NOISE, dtype=np.int64))
    parts = deal_artists([f"artist {artist}" for artist in artists])
    predictions = evaluate_systems(library, parts, 1.0, GuessSettings())
    truths = label_distribution(genres, library.candidates)
    told = predictions[ENSEMBLE].probabilities[:, :-1].argmax(axis=1)
    right = truths[predictions[ENSEMBLE].rows, told].mean()
    assert right < 0.55
    assert sorted(set(predictions[ENSEMBLE].rows.tolist())) == sorted(predictions[ENSEMBLE].rows.tolist())
    for artist in range(60):
        assert len(set(parts[artists == artist].tolist())) == 1


@pytest.mark.parametrize("tracks", [0, 1, 2])
def test_too_few_tracks_are_one_clear_line(catalogue: Catalogue, tracks: int) -> None:
    for number in range(tracks):
        put(catalogue, number, "Rock")
    with pytest.raises(DatasetError, match="tagged tracks") as refusal:
        score(catalogue)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(("genre", "artist"), [("", ""), ("Rock", "one artist")])
def test_no_tags_at_all_and_one_artist_are_refused(catalogue: Catalogue, genre: str, artist: str) -> None:
    for number in range(40):
        put(catalogue, number, genre, axis=0, artist=artist)
    with pytest.raises(DatasetError, match=r"needs at least \d+ tagged tracks by \d+ artists"):
        score(catalogue)


def test_all_tags_the_same_is_no_merit(catalogue: Catalogue) -> None:
    for number in range(40):
        put(catalogue, number, "Rock", axis=number % 8)
    found = score(catalogue)
    assert found.results[ENSEMBLE][OVERALL].value == found.results[COMMONEST][OVERALL].value == 1
    assert found.confused == ()


def test_evil_words_stay_words(catalogue: Catalogue) -> None:
    words = ["x" * 10_000, "<script>alert(1)</script>", "רוק", "🎸", "a|b*c", "Rock;" * 2000]
    for number in range(60):
        put(catalogue, number, words[number % 6], axis=number % 6, artist=f"<b>{number}")
    text = write_scorecard(score(catalogue))
    assert "<script>" not in text
    assert max(map(len, text.splitlines())) < 1000


def test_mfcc_statistics_stand_beside_it(catalogue: Catalogue, tmp_path: Path) -> None:
    for number in range(24):
        kind = number % 2
        path = tmp_path / f"{number}.wav"
        random = np.random.default_rng(number)
        noise = 0.1 * random.normal(size=22_050).astype(np.float32)  # two sorts: white noise, and a rumble
        sounds.write(path, np.cumsum(noise) * 0.02 if kind else noise, 22_050)
        put(catalogue, number, NAMES[kind], path=path)
    put(catalogue, 30, NAMES[0], path=tmp_path / "gone.wav")
    wanted = ScorecardSettings(mfcc_tracks=30, draws=20)
    steps = list(score_library(catalogue, None, wanted=wanted, cache=tmp_path / "cache"))
    assert any(isinstance(step, MeasureStage) and step.text == "MFCC statistics" for step in steps)
    assert [step.path.name for step in steps if isinstance(step, Problem)] == ["gone.wav"]
    found = steps[-1]
    assert isinstance(found, Scorecard)
    assert found.results["MFCC statistics (sample)"][OVERALL].value > 0.8
    assert len(found.problems) == 1
    assert "24 of the 25" in found.notes[0]
