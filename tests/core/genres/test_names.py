"""Genres: spellings fold, junk does not count, heads are applied as they were fitted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from laws import trials
from numpy.testing import assert_allclose

from musicemb.core.genres.aliases import make_aliases
from musicemb.core.genres.names import (
    apply_head,
    fold_artist,
    fold_genre,
    fold_genres,
    genres_of,
    own_spellings,
    spell_genre,
)
from musicemb.records import GenreHead, Guess, Track, TrackTags


@pytest.mark.parametrize(
    ("word", "folds"),
    [
        ("Rock", ("rock",)),
        ("  ROCK ", ("rock",)),
        ("Hip Hop", ("hip-hop",)),
        ("hip-hop", ("hip-hop",)),
        ("HipHop", ("hip-hop",)),
        ("Hip-Hop/Rap", ("hip-hop",)),
        ("Rap", ("rap",)),
        ("(17)", ("rock",)),
        ("(4)Eurodisco", ("disco", "euro disco")),
        ("(0)(17)", ("blues", "rock")),
        ("(255)", ()),
        ("(RX)", ()),
        ("((sic)", ("sic",)),
        ("Rock; Pop", ("rock", "pop")),
        ("Rock, Pop", ("rock", "pop")),
        ("Rock|Pop\\Jazz", ("rock", "pop", "jazz")),
        ("Rock\0Pop", ("rock", "pop")),
        ("Rock / Metal", ("rock", "metal")),
        ("Rock, Pop & Folk", ("rock", "pop and folk")),
        ("Rock, and Folk", ("rock", "folk")),
        ("Rock; rock; ROCK", ("rock",)),
        ("Pop/Rock", ("pop/rock",)),
        ("Pop Rock", ("pop/rock",)),
        ("Folk, World, & Country", ("world",)),
        ("R&B", ("r&b",)),
        ("RnB", ("r&b",)),
        ("R & B", ("r&b",)),
        ("R&B/Soul", ("r&b", "soul")),
        ("Rock'n'Roll", ("rock & roll",)),
        ("Rock ’n’ Roll", ("rock & roll",)),
        ("Drum n Bass", ("drum & bass",)),
        ("D&B", ("drum & bass",)),
        ("Indy Rock", ("indie rock",)),
        ("Electronica", ("electronic",)),
        ("Deep House", ("deep house",)),
        ("deep-house", ("deep house",)),
        ("Alternative & Punk", ("alternative and punk",)),
        ("Singer/Songwriter", ("singer-songwriter",)),
        ("Comedy/Spoken", ("comedy",)),
        ("80s", ("80s",)),
        ("רוק", ("רוק",)),
        ("ロック", ("ロック",)),
        ("🎸", ("🎸",)),
    ],
)
def test_words_fold(word: str, folds: tuple[str, ...]) -> None:
    assert fold_genre(word) == folds


@pytest.mark.parametrize(
    "word",
    [
        "",
        "  ",
        "-",
        "???",
        "Other",
        "other",
        "Unknown",
        "unknown genre",
        "<Unknown>",
        "genre2",
        "Genre 12",
        "Genre",
        "17",
        "Audiobook",
        "Audio Book",
        "Hörbuch",
        "Podcast",
        "Misc",
        "Misc.",
        "Miscellaneous",
        "Various Artists",
        "None",
        "n/a",
        "Unclassifiable",
        "Music",
        "Track 3",
        "2019",
        "x" * 10_000,
        "lots and lots of words " * 400,
        "\0;/,|",
    ],
)
def test_words_that_name_no_genre(word: str) -> None:
    assert fold_genre(word) == ()


def test_a_huge_tag_gives_a_few_genres_and_soon() -> None:
    assert fold_genre("Rock;" * 3000) == ("rock",)
    assert len(fold_genre(";".join(f"style {number}" for number in range(1000)))) == 8


@settings(deadline=None, max_examples=trials(300))
@given(st.text(max_size=70))
def test_a_fold_folds_to_itself(word: str) -> None:
    for fold in fold_genre(word):
        assert fold_genre(fold) == (fold,)
        assert fold_genre(f" {fold} ; {fold}") == (fold,)


@settings(deadline=None, max_examples=trials(100))
@given(st.text(max_size=40))
def test_case_and_space_do_not_matter(word: str) -> None:
    assert fold_genre(f"  {word}\t") == fold_genre(word)
    if word.isascii():
        assert fold_genre(word.upper()) == fold_genre(word.lower())


@settings(deadline=None, max_examples=trials(100))
@given(st.text(max_size=40))
def test_what_is_spelled_can_be_written_and_means_the_same(word: str) -> None:
    for fold in fold_genre(word):
        spelled = spell_genre(fold)
        assert not set(spelled) & set("/;\0")
        assert fold_genre(spelled) == (fold,)


@pytest.mark.parametrize(
    ("fold", "spelled"),
    [
        ("r&b", "R&B"),
        ("pop/rock", "Pop Rock"),
        ("hip-hop", "Hip-Hop"),
        ("trip-hop", "Trip-Hop"),
        ("new age", "New Age"),
        ("rock & roll", "Rock & Roll"),
        ("children's", "Children's"),
        ("alternative and punk", "Alternative and Punk"),
    ],
)
def test_spelling(fold: str, spelled: str) -> None:
    assert spell_genre(fold) == spelled


def test_the_listeners_spelling_comes_first() -> None:
    own = own_spellings(["HipHop", "Hip Hop", "HipHop", "IDM; jazz", "Jazz", "jazz", "(17)", "Hip-Hop/Rap", "Other"])
    assert own == {"hip-hop": "HipHop", "idm": "IDM", "jazz": "jazz", "rock": "Rock"}
    assert spell_genre("hip-hop", own) == "HipHop"
    assert own_spellings(["b-side pop", "B-Side Pop"]) == {"b side pop": "B-Side Pop"}


def test_artists_fold() -> None:
    assert fold_artist("The Beatles") == fold_artist("beatles") == fold_artist("Beatles, The")
    assert fold_artist("Beyoncé") != fold_artist("Beatles")
    assert fold_artist("!!!") == "!!!"
    assert fold_artist("") == ""


def test_several_values_fold_together() -> None:
    assert fold_genres(["Rock; Pop", "pop", "Other"]) == ("rock", "pop")


# ----------------------------------------------------------------------------------- genre head


def head(threshold: float = 0.5) -> GenreHead:
    rng = np.random.default_rng(0)
    return GenreHead(
        ("jazz", "pop/rock", "r&b"),
        rng.normal(size=(6, 3)).astype(np.float32),
        rng.normal(size=3).astype(np.float32),
        rng.normal(size=6).astype(np.float32),
        np.array([1, 2, 0.5, 1, 0, 3], dtype=np.float32),
        threshold,
    )


def test_the_head_is_that_of_scikit_learn() -> None:
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    rng = np.random.default_rng(1)
    truth = rng.integers(3, size=300)
    rows = (rng.normal(size=(300, 6)) * 3 + truth[:, None]).astype(np.float32)
    scaler = StandardScaler().fit(rows)
    model = LogisticRegression(C=0.5).fit(scaler.transform(rows), truth)
    ours = GenreHead(
        ("a", "b", "c"),
        model.coef_.T.astype(np.float32),
        model.intercept_.astype(np.float32),
        scaler.mean_.astype(np.float32),
        scaler.scale_.astype(np.float32),
        0.5,
    )
    assert_allclose(apply_head(rows, ours), model.predict_proba(scaler.transform(rows)), atol=1e-4)


@settings(deadline=None, max_examples=trials(20))
@given(st.integers(0, 20), st.floats(0.01, 1e6))
def test_probabilities_sum_to_one_however_far_the_vectors(n: int, scale: float) -> None:
    found = apply_head(np.random.default_rng(n).normal(size=(n, 6)).astype(np.float32) * scale, head())
    assert found.shape == (n, 3)
    assert_allclose(found.sum(axis=1), 1, atol=1e-4)


def test_the_genres_of_a_track_are_the_listeners_own_else_the_guess() -> None:
    tags = TrackTags(genres=("Tekkno", "Jazz"), our_genres=("Jazz",))
    track = Track(1, Path("a.mp3"), tags, 60.0, "", guess=Guess(("Blues", "retrowave"), 0.7, "cluster"))
    own = make_aliases({"tekkno": "techno", "retrowave": "Retro Wave"})
    assert genres_of(track, own) == ("techno",)
    assert genres_of(replace(track, tags=TrackTags()), own) == ("blues", "retro wave")
    assert genres_of(replace(track, tags=TrackTags(), guess=None)) == ()
