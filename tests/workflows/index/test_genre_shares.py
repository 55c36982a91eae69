"""How sure genres are of tracks: from tags with their families, from what is likely, and from the index the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from searched_library import ENCODER, put

from musicemb.core.genres.aliases import make_aliases
from musicemb.io.catalogue.catalogue import Catalogue, open_catalogue
from musicemb.io.index import places
from musicemb.records import GenreOdds, Guess
from musicemb.workflows.index import genre_shares, library_index
from musicemb.workflows.index.genre_shares import GenreShares, open_shares, shares_extension
from musicemb.workflows.index.library_index import extend_index, open_index


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Catalogue:
    monkeypatch.setattr(places, "user_cache_folder", lambda: tmp_path / "cache")
    monkeypatch.setattr(library_index, "FEWEST_INDEXED", 5)
    made = open_catalogue(tmp_path / "library.sqlite")
    made.set_active_encoder(ENCODER, "fake")
    for number, words in enumerate([("Deep House",), ("Jazz",), (), (), (), ("Rock", "Jazz")]):
        put(made, number, genres=words)
    made.put_guesses(ENCODER, {3: Guess(("Jazz",), 0.7, "neighbours"), 4: Guess(("Folk",), 0.4, "neighbours")})
    made.put_odds(ENCODER, {3: GenreOdds({"jazz": 0.6, "blues": 0.2}, 0.5, "neighbours")})
    return made


@given(st.lists(st.dictionaries(st.sampled_from("abc"), st.floats(0.01, 1)), max_size=8))
def test_a_share_is_what_was_told(told: list[dict[str, float]]) -> None:
    shares = GenreShares.of(told)
    assert set(shares.genres) == {genre for one in told for genre in one}
    for genre in "abcd":
        assert shares.share(genre).tolist() == [one.get(genre, 0.0) for one in told]


def test_tags_bring_their_families_and_odds_go_before_guesses(library: Catalogue) -> None:
    ids = np.arange(1, 7)
    assert genre_shares.genre_shares(library, ids) == [
        {"deep house": 1.0, "house": 1.0, "electronic": 1.0},
        {"jazz": 1.0},
        {"jazz": 0.6, "blues": 0.2},
        {"folk": 0.4},
        {},
        {"rock": 1.0, "pop/rock": 1.0, "jazz": 1.0},
    ]


def test_the_index_tells_the_same_until_something_changes(library: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = np.arange(1, 7)
    assert open_index(library) is not None
    made = shares_extension(library)
    assert made is not None
    extend_index(library, made)
    assert shares_extension(library) is None
    with monkeypatch.context() as patched:
        patched.setattr(genre_shares, "genre_shares", lambda *_: pytest.fail("all tracks are read"))
        kept = open_shares(library, ids)
        assert kept.share("jazz").tolist() == [0, 1, 0.6, 0, 0, 1]
        assert kept.share("polka").tolist() == [0] * 6
    library.put_odds(ENCODER, {5: GenreOdds({"jazz": 0.3}, 0.5, "neighbours")})
    assert open_shares(library, ids).share("jazz").tolist() == [0, 1, 0.7, 0, 0.3, 1]
    library.aliases = make_aliases({"jazz": "swing"})
    assert open_shares(library, ids).share("swing").tolist() == [0, 1, 0.7, 0, 0, 1]
