"""What clusters say of genres: all tracks at once must hear what each would hear alone."""

from __future__ import annotations

from collections import Counter

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from laws import trials
from numpy.testing import assert_allclose
from voting_library import library

from musicemb.core.genres.cluster_votes import ClusterVotes
from musicemb.core.genres.voters import GenreEvidence, label_distribution
from musicemb.records import NOISE
from musicemb.settings import GuessSettings

SETTINGS = GuessSettings()


def hears(asked: GenreEvidence, row: int, *, exclude_artist: bool) -> tuple[list[float], bool]:
    """By the definition, one track: each artist of its cluster votes with the root of their number."""
    names = asked.candidates
    votes, numbers = dict[int, Counter[str]](), Counter[int]()
    for other, words in enumerate(asked.genres):
        same = asked.artists[other] == asked.artists[row]
        if asked.clusters[other] != asked.clusters[row] or other == row or not words or (exclude_artist and same):
            continue
        who = int(asked.artists[other])
        numbers[who] += 1
        for word in words:
            votes.setdefault(who, Counter())[word] += 1 / len(words)  # type: ignore[assignment]
    there = asked.clusters[row] != NOISE
    sums = [sum(votes[who][name] / numbers[who] ** 0.5 for who in votes) if there else 0.0 for name in names]
    sums.append(SETTINGS.vote_doubt)
    enough = numbers.total() >= SETTINGS.minimum_votes and len(numbers) >= SETTINGS.minimum_artists
    return [one / sum(sums) for one in sums], there and enough


@settings(deadline=None, max_examples=trials(80))
@given(
    st.lists(
        st.tuples(
            st.lists(st.sampled_from(["jazz", "rock", "folk"]), max_size=2, unique=True),
            st.integers(0, 6),
            st.sampled_from([NOISE, 2, 5]),
        ),
        min_size=1,
        max_size=40,
    ),
    st.booleans(),
)
def test_all_at_once_hear_what_each_hears_alone(tracks: list[tuple[list[str], int, int]], apart: bool) -> None:
    asked = GenreEvidence(
        np.zeros((len(tracks), 2), np.float32),
        tuple(tuple(words) for words, _, _ in tracks),
        np.array([artist for _, artist, _ in tracks], dtype=np.int64),
        np.array([cluster for _, _, cluster in tracks], dtype=np.int64),
    )
    votes = ClusterVotes(asked, label_distribution(asked.genres, asked.candidates))
    shares, available = votes.ask(np.arange(len(tracks)), SETTINGS, exclude_artist=apart)
    for row in range(len(tracks)):
        wanted, enough = hears(asked, row, exclude_artist=apart)
        assert_allclose(shares[row], wanted, rtol=0, atol=1e-9)
        assert available[row] == enough
    some = np.arange(len(tracks))[::3]
    assert (votes.ask(some, SETTINGS, exclude_artist=apart)[0] == shares[some]).all()


def test_an_artist_weighs_the_root_of_their_tracks_and_can_be_left_out() -> None:
    tracks = library(["jazz"] * 6 + ["rock"] * 6, artists=[0] * 6 + list(range(1, 7)), clusters=1)
    votes = ClusterVotes(tracks, label_distribution(tracks.genres, tracks.candidates))
    shares, available = votes.ask(np.arange(12), SETTINGS, exclude_artist=True)
    assert shares[0, 0] == 0  # all jazz is by its artist
    assert available.all()
    own, _ = votes.ask(np.arange(12), SETTINGS)
    assert_allclose(own[0, :2] / own[0, :2].sum(), np.array([5**0.5, 6]) / (5**0.5 + 6))
