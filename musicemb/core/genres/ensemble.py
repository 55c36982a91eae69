"""An ensemble of predictors: their combined probabilities, fitted so that they can be trusted.

The predictors' shares are combined by a log-linear opinion pool (`core.genres.opinion_pool`). Its weights are fitted on
tracks that the listener tagged, asked about as if nothing by their artists were tagged, and held to the shipped
weights, the more the fewer artists are tagged.

Words of one family would take votes from each other ("Indie" and "Alternative" from "Rock"), so the votes are rolled up
a tree of genres (`core.genres.families`) and pooled at the top; then, within each family, its share is divided among
its words in the same way.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from musicemb.core.genres.branches import choose, divide, join_branches
from musicemb.core.genres.cluster_votes import ClusterVotes
from musicemb.core.genres.company import (
    ArtistIndex,
    CompanyWeights,
    add_company,
    calibrate_families,
    company_evidence,
    fit_company,
)
from musicemb.core.genres.families import GenreTree, build_tree
from musicemb.core.genres.opinion_pool import CERTAIN, fit_pool, hold_back, pool
from musicemb.core.genres.predictions import CLUSTER, HEAD, NEIGHBOURS, Predictions, back_off, predict_each
from musicemb.core.genres.voters import GenreEvidence, Votes, align_head_labels, label_distribution
from musicemb.records import NO_ALIASES, Booleans, Floats64, GenreAliases, Integers
from musicemb.settings import GuessSettings, PoolWeights

_FOLDS = 5
"""Parts of the artists; the head's labels are aligned for each by the others."""


@dataclass(frozen=True)
class GenreEnsemble:
    """Predictors with their weights."""

    library: GenreEvidence
    settings: GuessSettings
    candidates: tuple[str, ...]
    tree: GenreTree
    """Of the candidates."""
    label_shares: Floats64
    """What each track votes for, shape (n, n_candidates + 1)."""
    translation: Floats64
    """From the head's labels to the candidates, shape (n_labels, n_candidates + 1)."""
    weights: dict[tuple[str, ...], PoolWeights]
    """Predictors -> weight of each, and the worth of "another genre"; with the head and without it."""
    inner_weights: dict[tuple[str, ...], PoolWeights]
    """The same, for dividing a family among its words."""
    fitted_on: int
    """Tagged tracks that the weights were fitted on."""
    agreements: tuple[CompanyWeights, CompanyWeights]
    """How a track and its company agree; the same for tracks without company, which are other music than what comes in
    albums, and may be easier or harder."""
    certainty: PoolWeights = CERTAIN
    """What a confidence is worth."""

    def predict(self, rows: Integers, votes: Votes | None = None) -> Predictions:
        """Predictions for some tracks.

        Parameters
        ----------
        rows : ndarray [shape=(m,)], int64
            Tracks of the library.
        votes : Votes, optional
            Of `find_votes`, for these rows: not looked for again.

        Returns
        -------
        Predictions
        """
        tables = self.translation[None]
        shares, clusters = self.label_shares, self._clusters
        return predict_each(self.library, rows, shares, tables, None, self.settings, votes=votes, clusters=clusters)

    def available(self, predictions: Predictions, place: int) -> tuple[str, ...]:
        """Predictors that have something to go by for a track.

        Parameters
        ----------
        predictions : Predictions
        place : int
            Of the track among those asked about.

        Returns
        -------
        tuple of str
            Empty where there is none. The cluster only counts where the neighbours are available.
        """
        if not predictions.available[NEIGHBOURS][place]:
            return (HEAD,) if predictions.available[HEAD][place] else ()
        return tuple(name for name in (NEIGHBOURS, HEAD, CLUSTER) if predictions.available[name][place])

    def combine(self, predictions: Predictions) -> Floats64:
        """Probabilities of the genres by all predictors together.

        Parameters
        ----------
        predictions : Predictions

        Returns
        -------
        ndarray [shape=(m, n_candidates + 1)], float64
            Rows sum to 1; the last column is another genre, and all of it where no predictor is available. Where
            only the head is, its probabilities are taken as they are: the bundle was calibrated when it was made.
        """
        found = np.zeros(predictions.shares[NEIGHBOURS].shape)
        found[:, -1] = 1
        near, head = predictions.available[NEIGHBOURS], predictions.available[HEAD]
        found[~near & head] = predictions.shares[HEAD][~near & head]
        for names, weights in self.weights.items():
            rows = np.flatnonzero(near & (head == (HEAD in names)))
            if len(rows):
                found[rows] = self._divide(back_off(predictions, names, rows), weights, self.inner_weights[names])
        return found

    def with_company(self, rows: Integers) -> Integers:
        """Tracks together with those that belong with them (`core.genres.company`).

        Parameters
        ----------
        rows : ndarray [shape=(m,)], int64

        Returns
        -------
        ndarray [shape=(p,)], int64
            Rising.
        """
        return rows if self.library.albums is None else np.union1d(rows, self._artists.company(rows).members)

    def tell(self, rows: Integers, predictions: Predictions) -> Floats64:
        """Probabilities of the genres by all predictors together, and by the company of each track.

        Parameters
        ----------
        rows : ndarray [shape=(m,)], int64
            Rising, of `with_company`: the company of those that are asked about must be among them.
        predictions : Predictions
            Of `predict`, for these rows.

        Returns
        -------
        ndarray [shape=(m, n_candidates + 1)], float64
            Rows sum to 1.
        """
        shares = self.combine(predictions)
        if self.library.albums is None:
            return shares
        tagged = self.label_shares[rows].sum(axis=1) > 0
        evidence, accompanied, able = self._hear(rows, predictions, tagged, shares)
        together, alone = self.agreements
        accompanied, single = accompanied & able, ~accompanied & predictions.available[NEIGHBOURS]
        told = add_company(evidence, shares, accompanied, self.tree, together)
        told = add_company(evidence, told, single, self.tree, alone)
        told[accompanied | single] = calibrate_families(told[accompanied | single], self.tree, self.certainty)
        return told

    def ask_company(self, rows: Integers, predictions: Predictions, place: int) -> tuple[int, Floats64]:
        """How many tracks a track's company are, and what they say on average.

        Parameters
        ----------
        rows : ndarray [shape=(m,)], int64
            As for `tell`.
        predictions : Predictions
            Of `predict`, for these rows.
        place : int
            Of the track among the rows.

        Returns
        -------
        int
        ndarray [shape=(n_candidates + 1,)], float64
            0 where there is no company.
        """
        if self.library.albums is None:
            return 0, np.zeros(len(self.candidates) + 1)
        members = self._artists.company(rows[[place]])
        tags, shares = self.label_shares[rows], self.combine(predictions)
        said = np.where(tags.sum(axis=1, keepdims=True) > 0, tags, shares)
        there = members.counts[0] > 0
        counts = members.counts[0][there]
        told = counts @ said[np.searchsorted(rows, members.rows[0][there])]
        return int(there.sum()), np.asarray(told / max(counts.sum(), 1.0), dtype=np.float64)

    def _hear(
        self, rows: Integers, predictions: Predictions, tagged: Booleans, shares: Floats64
    ) -> tuple[list[Floats64], Booleans, Booleans]:
        """What tracks and their company say, which have company, and of which anything is known by themselves."""
        said = np.where(tagged[:, None], self.label_shares[rows], shares)
        able = predictions.available[NEIGHBOURS] | predictions.available[HEAD]
        both = np.stack([shares, said], axis=2)
        company = self._artists.company(rows)
        return *company_evidence(company, rows, both, tagged | able, self.tree, self.settings.floor), able

    @cached_property
    def _clusters(self) -> ClusterVotes:
        return ClusterVotes(self.library, self.label_shares)

    @cached_property
    def _artists(self) -> ArtistIndex:
        assert self.library.albums is not None
        return ArtistIndex(self.library.artists, self.library.albums)

    def _divide(self, shares: Floats64, weights: PoolWeights, inner_weights: PoolWeights) -> Floats64:
        """Probabilities of the candidates: of the families, each divided among its words."""
        top, *inner = self.tree.branches
        told = [pool(_logs(choose(shares, self.tree, top), self.settings), weights)]
        for branch in inner:
            told.append(pool(_logs(divide(shares, self.tree, branch), self.settings), inner_weights, another=False))
        return join_branches(self.tree, told)

    def member_weights(self, predictions: Predictions, place: int) -> dict[str, float]:
        """Weight of each predictor that is available for a track.

        Parameters
        ----------
        predictions : Predictions
        place : int
            Of the track among those asked about.

        Returns
        -------
        dict of str to float
            1 for the head alone.
        """
        members = self.available(predictions, place)
        if members == (HEAD,):
            return {HEAD: 1.0}
        names = next(names for names in self.weights if (HEAD in names) == (HEAD in members))
        return {name: weight for name, weight in zip(names, self.weights[names], strict=False) if name in members}


def fit_ensemble(library: GenreEvidence, settings: GuessSettings, aliases: GenreAliases = NO_ALIASES) -> GenreEnsemble:
    """Fit an ensemble on the tracks that vote.

    Parameters
    ----------
    library : GenreEvidence
    settings : GuessSettings
    aliases : GenreAliases
        The listener's own, with their tree of genres.

    Returns
    -------
    GenreEnsemble
    """
    candidates = library.candidates
    label_shares = label_distribution(library.genres, candidates)
    voters = library.voters
    rows = voters[np.linspace(0, len(voters) - 1, min(len(voters), settings.tried)).round().astype(np.int64)]
    same = label_distribution([(label,) for label in library.labels], candidates)
    folds = library.artists[rows] % _FOLDS
    head = np.zeros((len(rows), 0)) if library.head is None else library.head[rows].astype(np.float64)
    others = [folds != fold for fold in range(_FOLDS)]
    parts = np.stack([align_head_labels(head[part], label_shares[rows[part]], same, settings) for part in others])
    predictions = predict_each(library, rows, label_shares, parts, folds, settings, exclude_artist=True)
    tree = build_tree(candidates, aliases)
    truths = _truths(label_shares, rows, library.artists, tree)
    held = hold_back(settings.held_to_shipped, len(np.unique(library.artists[rows])), settings.many_artists)
    weights, inner = dict(settings.pool), dict(settings.pool)
    for names, shipped in settings.pool.items():
        able = predictions.available[NEIGHBOURS] & (predictions.available[HEAD] | (HEAD not in names))
        if able.sum() >= settings.fewest_tried:
            shares = back_off(predictions, names, np.flatnonzero(able))
            choices: list[tuple[Floats64, Floats64]] = []
            for branch, true in zip(tree.branches, truths, strict=True):
                count = true[able].sum(axis=1) > 0
                cut = divide if choices else choose
                choices.append((_logs(cut(shares[count], tree, branch), settings), true[able][count]))
            weights[names] = fit_pool(choices[:1], shipped, held)
            inner[names] = fit_pool(choices[1:], shipped, held, another=-1)
    translation = align_head_labels(head, label_shares[rows], same, settings)
    together, alone = (CompanyWeights(shipped) for shipped in settings.company)
    fitted = GenreEnsemble(
        library, settings, candidates, tree, label_shares, translation, weights, inner, len(rows), (together, alone)
    )
    if library.albums is None or len(rows) < settings.fewest_tried:
        return fitted
    untagged = np.zeros(len(rows), dtype=bool)
    evidence, accompanied, able = fitted._hear(rows, predictions, untagged, fitted.combine(predictions))
    agreements, certainty = fit_company(evidence[0], truths[0], able, accompanied, folds, settings.company, held)
    return replace(fitted, agreements=agreements, certainty=certainty)


def _truths(label_shares: Floats64, rows: Integers, artists: Integers, tree: GenreTree) -> list[Floats64]:
    """What was true of the tracks, for each branch; what nobody but their artist is tagged with counts as another
    genre at the top, and not at all within a family."""
    found: list[Floats64] = []
    for branch in tree.branches:
        held = label_shares[:, :-1] @ tree.choices(branch)
        known: list[set[int]] = [set() for _ in branch]
        for row, place in zip(*np.nonzero(held), strict=True):
            if len(known[place]) < 2:
                known[place].add(int(artists[row]))
        lonely = [len(names) < 2 for names in known]
        truths = held[rows]
        other = label_shares[rows, -1:] + truths[:, lonely].sum(axis=1, keepdims=True)
        truths[:, lonely] = 0
        found.append(truths if found else np.concatenate([truths, other], axis=1))
    return found


def _logs(shares: Floats64, settings: GuessSettings) -> Floats64:
    """Logarithms of the shares; 0 for all choices where a predictor is not available."""
    return np.nan_to_num(np.log(shares + settings.floor), nan=0.0)
