"""An ensemble of predictors: their combined probabilities, fitted so that they can be trusted.

The predictors' shares are combined by a log-linear opinion pool (`core.genres.opinion_pool`). Its weights are fitted on
tracks that the listener tagged, asked about as if nothing by their artists were tagged, and held to the shipped
weights, the more the fewer tags there are.

Words of one family would take votes from each other ("Indie" and "Alternative" from "Rock"), so the votes are rolled up
a tree of genres (`core.genres.families`) and pooled at the top; then, within each family, its share is divided among
its words in the same way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast

import numpy as np

from musicemb.core.genres.families import GenreTree, build_tree
from musicemb.core.genres.opinion_pool import fit_pool, pool
from musicemb.core.genres.voters import (
    GenreEvidence,
    Votes,
    align_head_labels,
    cluster_distribution,
    find_votes,
    knn_distribution,
    label_distribution,
)
from musicemb.records import NO_ALIASES, Booleans, Floats64, GenreAliases, Integers
from musicemb.settings import GuessSettings, PoolWeights

Predictor = Literal["neighbours", "genre head", "cluster"]
NEIGHBOURS, HEAD, CLUSTER = "neighbours", "genre head", "cluster"

_FOLDS = 5
"""Parts of the artists; the head's labels are aligned for each by the others."""


@dataclass(frozen=True)
class Predictions:
    """What each predictor gives for m tracks."""

    shares: dict[str, Floats64]
    """Predictor -> shares, shape (m, n_candidates + 1)."""
    available: dict[str, Booleans]
    """Predictor -> whether it has enough to go by, shape (m,)."""
    votes: Votes


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
        return _predict(self.library, rows, self.label_shares, self.translation[None], None, self.settings, votes=votes)

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
                found[rows] = self._divide(_backed_off(predictions, names, rows), weights, self.inner_weights[names])
        return found

    def _divide(self, shares: Floats64, weights: PoolWeights, inner_weights: PoolWeights) -> Floats64:
        """Probabilities of the candidates: of the families, each divided among its words."""
        top, *inner = self.tree.branches
        worth = np.ones((len(shares), len(self.tree.nodes)))
        told = pool(_logs(_choose(shares, self.tree, top), self.settings), weights)
        worth[:, top] = told[:, :-1]
        itself = np.ones((len(shares), len(self.candidates)))
        for branch in inner:
            parts = pool(_logs(_divided(shares, self.tree, branch), self.settings), inner_weights, another=False)
            for place, node in enumerate(branch):
                if node >= 0:
                    worth[:, node] = parts[:, place]
                else:
                    itself[:, -1 - node] = parts[:, place]
        for place in range(len(self.candidates)):
            node = place
            while node >= 0:
                itself[:, place] *= worth[:, node]
                node = self.tree.parents[node]
        return np.concatenate([itself, told[:, -1:]], axis=1)

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
    predictions = _predict(library, rows, label_shares, parts, folds, settings, exclude_artist=True)
    tree = build_tree(candidates, aliases)
    truths = _truths(label_shares, rows, library.artists, tree)
    weights, inner = dict(settings.pool), dict(settings.pool)
    for names, shipped in settings.pool.items():
        able = predictions.available[NEIGHBOURS] & (predictions.available[HEAD] | (HEAD not in names))
        if able.sum() >= settings.fewest_tried:
            shares = _backed_off(predictions, names, np.flatnonzero(able))
            choices: list[tuple[Floats64, Floats64]] = []
            for branch, true in zip(tree.branches, truths, strict=True):
                count = true[able].sum(axis=1) > 0
                cut = _divided if choices else _choose
                choices.append((_logs(cut(shares[count], tree, branch), settings), true[able][count]))
            weights[names] = fit_pool(choices[:1], shipped, settings.held_to_shipped)
            inner[names] = fit_pool(choices[1:], shipped, settings.held_to_shipped, another=-1)
    translation = align_head_labels(head, label_shares[rows], same, settings)
    return GenreEnsemble(library, settings, candidates, tree, label_shares, translation, weights, inner, len(rows))


def leading_predictor(ensemble: GenreEnsemble, predictions: Predictions, place: int, genre: int) -> Predictor:
    """The predictor that contributes most to a genre.

    Parameters
    ----------
    ensemble : GenreEnsemble
    predictions : Predictions
    place : int
        Of the track among those asked about.
    genre : int
        A node of the tree.

    Returns
    -------
    str
    """
    worth = {}
    inside = ensemble.tree.members[genre] > 0
    for name, weight in ensemble.member_weights(predictions, place).items():
        shares = predictions.shares[name][place]
        logs = np.log(shares + ensemble.settings.floor)
        own = float(np.log(shares[:-1][inside].sum() + ensemble.settings.floor))
        worth[name] = weight * (own - float(logs.mean()))
    return cast("Predictor", max(worth, key=lambda name: worth[name]))


def _predict(
    library: GenreEvidence,
    rows: Integers,
    label_shares: Floats64,
    translations: Floats64,
    folds: Integers | None,
    settings: GuessSettings,
    *,
    exclude_artist: bool = False,
    votes: Votes | None = None,
) -> Predictions:
    votes = votes or find_votes(library, rows, settings, exclude_artist=exclude_artist)
    by_cluster, in_cluster = cluster_distribution(library, rows, label_shares, settings, exclude_artist=exclude_artist)
    shares = {NEIGHBOURS: knn_distribution(votes, label_shares, settings), CLUSTER: by_cluster}
    available = {NEIGHBOURS: votes.available, CLUSTER: in_cluster}
    by_head = np.zeros((len(rows), label_shares.shape[1]))
    available[HEAD] = np.zeros(len(rows), dtype=bool)
    if library.head is not None and len(library.labels):
        head = library.head[rows].astype(np.float64)
        available[HEAD] = np.asarray(np.isfinite(head).all(axis=1), dtype=bool)
        head = np.where(available[HEAD][:, None], head, 0)
        for fold, table in enumerate(translations):
            mine = slice(None) if folds is None else folds == fold
            by_head[mine] = head[mine] @ table
    return Predictions({**shares, HEAD: by_head}, available, votes)


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


def _backed_off(predictions: Predictions, names: tuple[str, ...], rows: Integers) -> Floats64:
    """Shares of each predictor, shape (m, n_candidates + 1, n_predictors); NaN where it is not available.

    The doubt of predictors that have only tags to go by is given to the head, as one backs off from few words to many
    (MacKay and Peto: A hierarchical Dirichlet language model, Natural Language Engineering 1, 1995): where no
    tagged track is near, the head is left.
    """
    head = predictions.shares[HEAD][rows] if HEAD in names else None
    found = []
    for name in names:
        shares = predictions.shares[name][rows]
        if head is not None and name != HEAD:
            doubt = shares[:, -1:] * head
            shares = np.concatenate([shares[:, :-1], np.zeros((len(rows), 1))], axis=1) + doubt
        found.append(np.where(predictions.available[name][rows][:, None], shares, np.nan))
    return np.stack(found, axis=2)


def _roll_up(shares: Floats64, tree: GenreTree, branch: list[int]) -> Floats64:
    return np.asarray(np.moveaxis(np.moveaxis(shares[:, :-1], 1, 2) @ tree.choices(branch), 2, 1), dtype=np.float64)


def _choose(shares: Floats64, tree: GenreTree, branch: list[int]) -> Floats64:
    """Shares of a branch's choices, and of another genre."""
    return np.concatenate([_roll_up(shares, tree, branch), shares[:, -1:]], axis=1)


def _divided(shares: Floats64, tree: GenreTree, branch: list[int]) -> Floats64:
    """What part each choice has of the branch; even parts where it has nothing."""
    inside = _roll_up(shares, tree, branch) + 1e-9
    return np.asarray(inside / inside.sum(axis=1, keepdims=True), dtype=np.float64)


def _logs(shares: Floats64, settings: GuessSettings) -> Floats64:
    """Logarithms of the shares; 0 for all choices where a predictor is not available."""
    return np.nan_to_num(np.log(shares + settings.floor), nan=0.0)
