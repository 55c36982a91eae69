"""Tracks of one artist mostly share a genre, those of one album even more: what each is guessed to be speaks for the
others.

A track's *company* are a few other recordings by its artist, those of its album first. A tagged one says its tag, an
untagged one what the predictors make of it alone. The logarithms of what they say are added to the track's own,
weighted (`core.genres.opinion_pool`); ten that agree say more than one, but not ten times as much, as they share
what the encoder mishears, and so they count by the root of their number. Which word of a family it is is only
averaged: there a mistake is mostly common to all of an artist, and agreement proves nothing.

Whether a track has company or not, the last word is spoken here: how the listener's own genres lean
(`core.genres.opinion_pool`), and how much a confidence is worth.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from musicemb.core.genres.branches import choose, divide, join_branches
from musicemb.core.genres.families import GenreTree
from musicemb.core.genres.opinion_pool import CERTAIN, fit_certainty, fit_leaning_pool, pool, take
from musicemb.records import Booleans, Floats64, Integers
from musicemb.settings import PoolWeights

MOST = 12
"""Recordings in a track's company: what more of them would say is known by then."""

ELSEWHERE = 0.5
"""What a track of another album counts: artists change more between albums than on one."""


_STEPS, _FLATTEST, _STEEPEST = 8, 0.02, 20.0
"""Of the search for the exponent under which a confidence becomes another."""


@dataclass(frozen=True)
class Company:
    """The company of m tracks."""

    rows: Integers
    """Recordings of the library, shape (m, MOST); -1 where there are fewer."""
    counts: Floats64
    """What each counts, shape (m, MOST); 0 where there is none."""

    @property
    def members(self) -> Integers:
        """All that are in company of any track.

        Returns
        -------
        ndarray [shape=(p,)], int64
            Rising.
        """
        found = np.unique(self.rows)
        return found[found >= 0]


@dataclass(frozen=True)
class CompanyWeights:
    """How a track and its company agree."""

    weights: PoolWeights
    """Of the track's own evidence and of its company's at the top of the tree, and the worth of another genre."""
    leanings: PoolWeights = ()
    """Of each choice at the top, and 0 for another genre; empty where there were no tags to fit them on."""


class ArtistIndex:
    """A library's recordings by artist and album, for finding those that belong together.

    Parameters
    ----------
    artists : ndarray [shape=(n,)], int64
        A number per artist.
    albums : ndarray [shape=(n,)], int64
        A number per album of an artist (tracks of no album together), -1 where the artist is unknown: those have no
        company.
    """

    def __init__(self, artists: Integers, albums: Integers) -> None:
        self._order = np.lexsort((np.arange(len(albums)), albums, artists))
        self._order = self._order[albums[self._order] >= 0]
        self._places = np.full(len(albums), -1, dtype=np.int64)
        self._places[self._order] = np.arange(len(self._order))
        self._artists, self._albums = (_segments(key[self._order]) for key in (artists, albums))

    def company(self, rows: Integers) -> Company:
        """Find the recordings that belong with tracks.

        Parameters
        ----------
        rows : ndarray [shape=(m,)], int64
            Recordings that are asked about.

        Returns
        -------
        Company
            Of the same album first, then spread over the artist's others.
        """
        found = np.full((len(rows), MOST), -1, dtype=np.int64)
        counts = np.zeros((len(rows), MOST))
        known = np.flatnonzero(self._places[rows] >= 0)
        if not len(known):
            return Company(found, counts)
        own = self._places[rows[known]][:, None]
        first, end = (bounds[own] for bounds in self._artists)
        begin, stop = (bounds[own] for bounds in self._albums)
        place = np.arange(MOST)[None]
        mates = begin + place + (begin + place >= own)  # the album without the track itself
        of_album = mates < stop
        size = of_album.sum(axis=1, keepdims=True)
        rest = (end - first) - (stop - begin)
        left = np.minimum(MOST - size, rest)
        spread = np.round((place - size) * (rest - 1) / np.maximum(left - 1, 1)).astype(np.int64)
        others = first + spread
        others = others + np.where(others >= begin, stop - begin, 0)
        elsewhere = ~of_album & (place - size < left)
        chosen = np.where(of_album, mates, np.where(elsewhere, others, -1))
        found[known] = np.where(chosen >= 0, self._order[chosen], -1)
        counts[known] = np.where(of_album, 1.0, np.where(elsewhere, ELSEWHERE, 0.0))
        return Company(found, counts)


def _segments(keys: Integers) -> tuple[Integers, Integers]:
    """Where the run of equal keys that each entry is in begins, and where it ends."""
    if not len(keys):
        return keys, keys
    starts = np.flatnonzero(np.diff(keys, prepend=keys[0] - 1))
    ends = np.append(starts[1:], len(keys))
    lengths = ends - starts
    return np.repeat(starts, lengths), np.repeat(ends, lengths)


def company_evidence(
    company: Company, rows: Integers, shares: Floats64, able: Booleans, tree: GenreTree, floor: float
) -> tuple[list[Floats64], Booleans]:
    """What each track says itself, and what its company says, branch by branch.

    Parameters
    ----------
    company : Company
        Of `rows`.
    rows : ndarray [shape=(m,)], int64
        Recordings, rising; company that is not among them is not heard.
    shares : ndarray [shape=(m, n_candidates + 1, 2)], float64
        What is likely of each by itself, and what it says to others (its tag, where it has one).
    able : ndarray [shape=(m,)], bool
        Whether anything is known of it.
    tree : GenreTree
    floor : float
        Added before a logarithm is taken.

    Returns
    -------
    evidence : list of ndarray [shape=(m, n_choices, 2)], float64
        Per branch, as `opinion_pool.pool` takes it: logarithms of the own shares, and of the company's. At the top they
        are to be weighted, below it only added.
    accompanied : ndarray [shape=(m,)], bool
        Which tracks have company that says something.
    """
    places = np.searchsorted(rows, company.rows)
    places = np.where((company.rows >= 0) & (places < len(rows)), places, 0)
    heard = (company.rows >= 0) & (rows[places] == company.rows) & able[places]
    counts = np.where(heard, company.counts, 0.0)
    together = counts.sum(axis=1)
    evidence = []
    for number, branch in enumerate(tree.branches):
        logs = np.log((divide if number else choose)(shares, tree, branch) + floor)
        others = np.zeros_like(logs[..., 1])
        for column in range(MOST):
            others += counts[:, column, None] * logs[places[:, column], :, 1]
        scale = (1 + together if number else np.sqrt(np.maximum(together, 1e-12)))[:, None]
        evidence.append(np.stack([logs[..., 0] / (scale if number else 1), others / scale], axis=2))
    return evidence, np.asarray(together > 0)


def add_company(
    evidence: list[Floats64], shares: Floats64, accompanied: Booleans, tree: GenreTree, agreement: CompanyWeights
) -> Floats64:
    """Probabilities of the genres by a track and its company together.

    Parameters
    ----------
    evidence : list of ndarray
        Of `company_evidence`.
    shares : ndarray [shape=(m, n_candidates + 1)], float64
        What is likely of each track by itself: it stays so where there is no company.
    accompanied : ndarray [shape=(m,)], bool
    tree : GenreTree
    agreement : CompanyWeights

    Returns
    -------
    ndarray [shape=(m, n_candidates + 1)], float64
    """
    found = shares.copy()
    if accompanied.any():
        told = [
            pool(each[accompanied], (1.0, 1.0, 0.0), another=False)
            if number
            else pool(each[accompanied], agreement.weights, leanings=agreement.leanings)
            for number, each in enumerate(evidence)
        ]
        found[accompanied] = join_branches(tree, told)
    return found


def calibrate_families(shares: Floats64, tree: GenreTree, certainty: PoolWeights) -> Floats64:
    """Take the likeliest family for as sure as such confidences have come true.

    Parameters
    ----------
    shares : ndarray [shape=(m, n_candidates + 1)], float64
        Probabilities; rows sum to 1.
    tree : GenreTree
    certainty : tuple of float
        Of `opinion_pool.fit_certainty`.

    Returns
    -------
    ndarray [shape=(m, n_candidates + 1)], float64
        Rows sum to 1. All families are made more alike, or less, so that no two change places; what even shares
        cannot take goes to another genre.
    """
    if certainty == CERTAIN or not len(shares) or shares.shape[1] < 2:
        return shares
    families = shares[:, :-1] @ tree.choices(tree.branches[0])
    sure, other = families.max(axis=1), shares[:, -1]
    taken = np.minimum(take(sure, certainty), 1 - 1e-6)
    left = 1 - other * np.minimum((1 - taken) / np.maximum(1 - sure, 1e-6), 1 / np.maximum(other, 1e-12))
    worth = np.maximum(families, 1e-12)
    away = np.log(worth / worth.max(axis=1, keepdims=True))
    # The exponent under which the likeliest has its part of what the families have together, by Newton's method:
    # the sum of powers is convex, so that from its left the root is not passed.
    aim, exponent = np.log(np.maximum(left / taken, 1.0)), np.ones(len(shares))
    for _ in range(_STEPS):
        powers = np.exp(away * exponent[:, None])
        total = powers.sum(axis=1)
        slope = (powers * away).sum(axis=1) / total
        exponent = np.clip(exponent - (np.log(total) - aim) / np.minimum(slope, -1e-9), _FLATTEST, _STEEPEST)
    powers = np.exp(away * exponent[:, None])
    total = powers.sum(axis=1)
    found = powers * np.minimum(taken, 1 / total)[:, None]
    ratio = np.where(families > 0, found / worth, 0.0)
    result = np.concatenate(
        [shares[:, :-1] * (ratio @ tree.choices(tree.branches[0]).T), np.zeros((len(shares), 1))], axis=1
    )
    result[:, -1] = np.maximum(1 - result.sum(axis=1), 0.0)
    return np.asarray(result / result.sum(axis=1, keepdims=True), dtype=np.float64)


def fit_company(
    evidence: Floats64,
    truths: Floats64,
    able: Booleans,
    accompanied: Booleans,
    folds: Integers,
    shipped: tuple[PoolWeights, PoolWeights],
    held: float,
) -> tuple[tuple[CompanyWeights, CompanyWeights], PoolWeights]:
    """What the company counts, what a track's own evidence counts without any, and what a confidence is worth then.

    Parameters
    ----------
    evidence : ndarray [shape=(m, n_choices, 2)], float64
        Of `company_evidence`, for the top of the tree, on tagged tracks that are asked about as if nothing by their
        artists were tagged.
    truths : ndarray [shape=(m, n_choices)], float64
        What was true of them.
    able : ndarray [shape=(m,)], bool
        Whether anything is known of a track by itself.
    accompanied : ndarray [shape=(m,)], bool
    folds : ndarray [shape=(m,)], int64
        Part that each track's artist was dealt to: a confidence is tried on artists that its weights were not fitted
        on.
    shipped : tuple of tuple of float
        Weights to stay near, with company and without.
    held : float
        What a squared step away from them costs, in nats.

    Returns
    -------
    agreements : tuple of CompanyWeights
        With company and without.
    certainty : tuple of float
        Of `opinion_pool.fit_certainty`.
    """
    told: list[CompanyWeights] = []
    sure, right = [np.zeros(0)], [np.zeros(0, dtype=bool)]
    for chosen, start in zip((accompanied & able, ~accompanied & able), shipped, strict=True):
        told.append(CompanyWeights(*fit_leaning_pool(evidence[chosen], truths[chosen], start, held)))
        for fold in np.unique(folds[chosen]):
            taught, asked = chosen & (folds != fold), chosen & (folds == fold)
            weights, leanings = fit_leaning_pool(evidence[taught], truths[taught], start, held)
            shares = pool(evidence[asked], weights, leanings=leanings)[:, :-1]
            if shares.shape[1]:
                best = shares.argmax(axis=1)
                sure.append(shares.max(axis=1))
                right.append(truths[asked][np.arange(len(best)), best] > 0)
    return (told[0], told[1]), fit_certainty(np.concatenate(sure), np.concatenate(right), held)
