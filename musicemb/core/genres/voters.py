"""Three predictors of a track's genre: the tagged tracks near it, the bundle's genre head, the cluster it is in.

Conventions
-----------
A predictor gives each track *shares*: a distribution over the candidate genres and, in a last column,
"another genre", which none of them names. Shares of a track sum to 1. A predictor that has too little to go
by is not *available*, which counts neither for nor against anything. No track is predicted from its own tag;
where the ensemble is fitted (`core.genres.ensemble`), none is predicted from a tag of the same artist either.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from musicemb.core.vectors.cells import Cells, nearest_in_cells, nearest_of_many
from musicemb.core.vectors.neighbours import nearest
from musicemb.records import Booleans, Floats, Floats64, Integers
from musicemb.settings import GuessSettings

_BLOCK = 256
"""Tracks asked about at once: their shares of some hundred genres fill a few MB."""


@dataclass(frozen=True)
class GenreEvidence:
    """The data of a library that the predictors use; n recordings."""

    vectors: Floats
    """Shape (n, n_dimensions)."""
    genres: tuple[tuple[str, ...], ...]
    """Folded genres that each votes for; () where it has no vote (no genre, hidden, a mix)."""
    artists: Integers
    """A number per artist, shape (n,); tracks of unknown artists share one."""
    clusters: Integers
    """Cluster ids or NOISE, shape (n,)."""
    head: Floats | None = None
    """Probabilities of the genre head's labels, shape (n, n_labels)."""
    labels: tuple[str, ...] = ()
    """Folded labels of the head."""
    albums: Integers | None = None
    """A number per album of an artist, shape (n,): tracks of no album together, -1 where the artist is unknown.
    None: artists and albums are not known."""
    cells: Cells | None = None
    """Cells that the vectors lie in, which are of unit length then; None: not known."""

    @property
    def candidates(self) -> tuple[str, ...]:
        """Genres that can be guessed: those of the listener's and of the head's."""
        return tuple(sorted({genre for words in self.genres for genre in words} | set(self.labels)))

    @property
    def voters(self) -> Integers:
        """Rows that vote."""
        return np.flatnonzero([bool(words) for words in self.genres])


@dataclass(frozen=True)
class Votes:
    """Votes of the nearest tagged tracks; m tracks are asked about."""

    rows: Integers
    """Rows of the voters, shape (m, k), the nearest first; -1 where there are fewer."""
    similarities: Floats
    """Cosine, shape (m, k)."""
    weights: Floats64
    """What each vote weighs, shape (m, k)."""
    available: Booleans
    """Whether there are enough of them, by enough artists, shape (m,)."""

    def select(self, places: Integers) -> Votes:
        """The votes on some of the tracks.

        Parameters
        ----------
        places : ndarray [shape=(p,)], int64
            Among those that were asked about.

        Returns
        -------
        Votes
        """
        return Votes(self.rows[places], self.similarities[places], self.weights[places], self.available[places])

    def spread(self, places: Integers, count: int) -> Votes:
        """These votes as those on some of more tracks; on the others there are none.

        Parameters
        ----------
        places : ndarray [shape=(m,)], int64
            Where these tracks are among the others.
        count : int
            How many there are in all.

        Returns
        -------
        Votes
        """
        rows = np.full((count, self.rows.shape[1]), -1, dtype=np.int64)
        similarities = np.full(rows.shape, -np.inf, dtype=np.float32)
        weights, available = np.zeros(rows.shape), np.zeros(count, dtype=bool)
        rows[places], similarities[places] = self.rows, self.similarities
        weights[places], available[places] = self.weights, self.available
        return Votes(rows, similarities, weights, available)


def label_distribution(genres: Sequence[Sequence[str]], candidates: Sequence[str]) -> Floats64:
    """The genres of each track as a distribution: equal parts.

    Parameters
    ----------
    genres : sequence of sequence of str
    candidates : sequence of str

    Returns
    -------
    ndarray [shape=(n, n_candidates + 1)], float64
        Rows sum to 1, or are 0 for a track without genres. Genres that are not among the candidates
        count in the last column.
    """
    places = {genre: place for place, genre in enumerate(candidates)}
    codes = {words: code for code, words in enumerate(dict.fromkeys(map(tuple, genres)))}  # few say different things
    shares = np.zeros((len(codes), len(candidates) + 1))
    for words, code in codes.items():
        for word in words:
            shares[code, places.get(word, -1)] += 1 / len(words)
    return shares[[codes[tuple(words)] for words in genres]] if len(genres) else shares


def find_votes(
    library: GenreEvidence, rows: Integers, settings: GuessSettings, *, exclude_artist: bool = False
) -> Votes:
    """Votes of the nearest tagged tracks.

    A vote weighs `exp((similarity - 1) / vote_temperature)`, so that those from afar hardly count against the
    doubt; the n tracks of one artist weigh sqrt(n) together, since they are rarely of different opinion.

    Parameters
    ----------
    library : GenreEvidence
    rows : ndarray [shape=(m,)], int64
        Tracks to ask about.
    settings : GuessSettings
    exclude_artist : bool
        Leave out tracks by the same artist too.

    Returns
    -------
    Votes
    """
    voters = library.voters
    places = np.full(len(library.genres), -1, dtype=np.int64)
    places[voters] = np.arange(len(voters))
    if exclude_artist:
        asked, heard, own = library.vectors[rows], library.vectors[voters], places[rows]
        artists, others = library.artists[rows], library.artists[voters]

        def same(part: slice) -> Booleans:
            return np.asarray(artists[part, None] == others[None])

        near, similarities = nearest(asked, heard, settings.neighbours, excluded=same, own=own)
    elif library.cells is not None:
        near, similarities = nearest_in_cells(
            library.vectors[rows], library.vectors, library.cells, settings.neighbours, own=rows, among=places >= 0
        )
        return _weight_votes(near, similarities, library.artists, settings)
    else:
        asked, heard, own = library.vectors[rows], library.vectors[voters], places[rows]
        near, similarities = nearest_of_many(asked, heard, settings.neighbours, own=own)
    chosen = np.where(near >= 0, voters[near] if len(voters) else -1, -1)
    return _weight_votes(chosen, similarities, library.artists, settings)


def _weight_votes(rows: Integers, similarities: Floats, artists: Integers, settings: GuessSettings) -> Votes:
    here = rows >= 0
    away = np.where(here, similarities - 1, 0).astype(np.float64)
    who = np.where(here, artists[rows] if len(artists) else -1, np.iinfo(np.int64).min)
    peers = (who[:, :, None] == who[:, None, :]).sum(axis=2)
    weights = np.where(here, np.exp(away / settings.vote_temperature) / np.sqrt(peers), 0.0)
    different = np.where(here, 1 / np.maximum(peers, 1), 0).sum(axis=1).round().astype(np.int64)
    available = (here.sum(axis=1) >= settings.minimum_votes) & (different >= settings.minimum_artists)
    return Votes(rows, similarities, weights, available)


def knn_distribution(votes: Votes, label_shares: Floats64, settings: GuessSettings) -> Floats64:
    """Genre distribution of the nearest tagged tracks.

    Parameters
    ----------
    votes : Votes
    label_shares : ndarray [shape=(n, n_candidates + 1)], float64
        Of `label_distribution`, for the whole library.
    settings : GuessSettings
        `vote_doubt` is added to "another genre", so that few votes never make a certainty.

    Returns
    -------
    ndarray [shape=(m, n_candidates + 1)], float64
    """
    sums = np.zeros((len(votes.rows), label_shares.shape[1]))
    for start in range(0, len(sums), _BLOCK):
        part = slice(start, start + _BLOCK)
        sums[part] = np.einsum("mk,mkg->mg", votes.weights[part], label_shares[votes.rows[part]])
    sums[:, -1] += settings.vote_doubt
    return np.asarray(sums / sums.sum(axis=1, keepdims=True), dtype=np.float64)


def align_head_labels(probabilities: Floats64, truths: Floats64, same: Floats64, settings: GuessSettings) -> Floats64:
    """The translation of the head's labels into the listener's words, fitted on the tagged tracks.

    The probability of a listener's genre is taken for a mixture over the head's labels, and what each label
    turns into is fitted by expectation maximisation, as words of two languages are aligned (Brown et al.: The
    mathematics of statistical machine translation, Computational Linguistics 19, 1993, model 1). To begin with,
    each label is taken for the genre of the same name, which counts as much as `translation_doubt` tracks.

    Parameters
    ----------
    probabilities : ndarray [shape=(n, n_labels)], float64
    truths : ndarray [shape=(n, n_candidates + 1)], float64
        Of `label_distribution`.
    same : ndarray [shape=(n_labels, n_candidates + 1)], float64
        1 where a candidate is the label itself.
    settings : GuessSettings

    Returns
    -------
    ndarray [shape=(n_labels, n_candidates + 1)], float64
        Rows sum to 1.
    """
    table = np.asarray(same / same.sum(axis=1, keepdims=True), dtype=np.float64)
    if not len(truths):
        return table
    even = np.full(same.shape[1], 1 / same.shape[1])
    table = 0.9 * table + 0.1 * even
    for _ in range(settings.translation_steps):
        predicted = np.maximum(probabilities @ table, 1e-12)
        counts = table * (probabilities.T @ (truths / predicted))
        table = counts + settings.translation_doubt * same
        table = np.asarray(table / table.sum(axis=1, keepdims=True), dtype=np.float64)
    return table
