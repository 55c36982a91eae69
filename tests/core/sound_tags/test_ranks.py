"""Ranks of what is heard, and guesses ordered by them."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from musicemb.core.sound_tags.ranks import LEAST_GENRE, heard_as, order_by_sound, sound_ranks

JAZZ = {"jazz": np.array([0.1, 0.2, 0.9, 0.4])}


def test_a_word_is_heard_by_itself_or_by_its_opposite() -> None:
    silent = {"no voice": np.array([0.9, 0.2, 0.5])}
    assert heard_as("jazz", JAZZ) and heard_as("singing", silent)
    assert not heard_as("", JAZZ) and not heard_as("calm", JAZZ)
    assert_allclose(sound_ranks("jazz", JAZZ), [0.125, 0.375, 0.875, 0.625])
    assert_allclose(sound_ranks("singing", silent), [1 / 6, 5 / 6, 0.5])


def test_guesses_are_ordered_by_their_sound_and_tags_are_not() -> None:
    value = np.array([1 - LEAST_GENRE, 0.6, 0.6, LEAST_GENRE])
    ordered = order_by_sound(value, "jazz", JAZZ)
    assert_allclose(ordered, [1 - LEAST_GENRE, 0.6 * 0.375, 0.6 * 0.875, LEAST_GENRE * 0.625])
    assert_allclose(order_by_sound(value, "calm", JAZZ), value)


@given(
    st.lists(st.tuples(st.floats(LEAST_GENRE, 1 - LEAST_GENRE), st.floats(0.001, 0.999)), min_size=1, max_size=30),
)
def test_a_track_that_is_surer_and_sounds_more_like_it_never_comes_later(tracks: list[tuple[float, float]]) -> None:
    value, heard = np.array(tracks).T
    ordered = order_by_sound(value, "jazz", {"jazz": heard})
    better = (value[:, None] >= value[None]) & (heard[:, None] >= heard[None])
    assert (ordered[:, None] >= ordered[None] - 1e-12)[better].all()
