"""The deepest word that is sure enough is said, and nothing where none is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musicemb.core.genres.choice import choose_genres, likeliest_path

PARENTS = {"rock": "", "metal": "rock", "doom metal": "metal", "indie": "rock", "jazz": "", "bebop": "jazz", "folk": ""}


@pytest.mark.parametrize(
    ("probabilities", "most", "chosen"),
    [
        ({"jazz": 0.7, "folk": 0.2}, 2, ["jazz"]),
        ({"jazz": 0.4, "folk": 0.35}, 1, []),
        ({"jazz": 0.4, "folk": 0.35}, 2, ["jazz", "folk"]),
        ({"jazz": 0.3, "folk": 0.2, "rock": 0.25}, 3, ["jazz", "rock", "folk"]),
        ({"rock": 0.9, "metal": 0.4, "indie": 0.5}, 1, ["rock"]),
        ({"rock": 0.9, "metal": 0.8, "doom metal": 0.7}, 1, ["doom metal"]),
        ({"rock": 0.9, "metal": 0.8, "doom metal": 0.3, "indie": 0.1}, 2, ["metal"]),
        ({"rock": 0.9, "doom metal": 0.7}, 1, ["doom metal"]),
        ({"metal": 0.3, "indie": 0.25, "jazz": 0.2}, 3, ["metal", "indie", "jazz"]),
        ({"rock": 0.5, "metal": 0.4, "jazz": 0.3}, 2, ["rock", "jazz"]),
        ({}, 1, []),
    ],
)
def test_choosing(probabilities: dict[str, float], most: int, chosen: list[str]) -> None:
    found, confidence = choose_genres(probabilities, PARENTS, 0.6, most=most)
    assert found == chosen
    assert confidence == pytest.approx(
        sum(probabilities[one] for one in chosen) if chosen else max(probabilities.values(), default=0)
    )


@given(st.dictionaries(st.sampled_from(sorted(PARENTS)), st.floats(0, 1)), st.floats(0.01, 1), st.floats(0, 1))
def test_who_asks_for_more_hears_a_wider_word_or_none(
    probabilities: dict[str, float], threshold: float, more: float
) -> None:
    easy, _ = choose_genres(probabilities, PARENTS, threshold)
    hard, sure = choose_genres(probabilities, PARENTS, min(1.0, threshold + more))
    assert len(hard) <= len(easy)
    if hard:
        assert sure >= threshold + more or threshold + more > 1


@given(
    st.dictionaries(st.sampled_from(sorted(PARENTS)), st.sampled_from([0.1, 0.3, 0.6, 0.9, 1.0])), st.floats(0.01, 1)
)
def test_one_word_is_the_deepest_that_is_sure_enough_on_the_likeliest_path(
    probabilities: dict[str, float], threshold: float
) -> None:
    sure = [genre for genre in likeliest_path(probabilities, PARENTS) if probabilities[genre] >= threshold]
    found, confidence = choose_genres(probabilities, PARENTS, threshold)
    assert found == sure[-1:]
    assert confidence == (probabilities[sure[-1]] if sure else max(probabilities.values(), default=0.0))
