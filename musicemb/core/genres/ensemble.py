"""An ensemble of predictors: their combined probabilities, fitted so that they can be trusted.

The predictors' shares are combined by a log-linear opinion pool (`core.genres.opinion_pool`). Its weights are fitted on
tracks that the listener tagged, asked about as if nothing by their artists were tagged, and held to the shipped
weights, the more the fewer tags there are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast

import numpy as np

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
from musicemb.records import Booleans, Floats64, Integers
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
    label_shares: Floats64
    """What each track votes for, shape (n, n_candidates + 1)."""
    translation: Floats64
    """From the head's labels to the candidates, shape (n_labels, n_candidates + 1)."""
    weights: dict[tuple[str, ...], PoolWeights]
    """Predictors -> weight of each, and the worth of "another genre"; with the head and without it."""
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
                found[rows] = pool(_logs(predictions, names, rows, self.settings), weights)
        return found

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


def fit_ensemble(library: GenreEvidence, settings: GuessSettings) -> GenreEnsemble:
    """Fit an ensemble on the tracks that vote.

    Parameters
    ----------
    library : GenreEvidence
    settings : GuessSettings

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
    truths = _attainable(label_shares, rows, library.artists)
    weights = {}
    for names, shipped in settings.pool.items():
        able = predictions.available[NEIGHBOURS] & (predictions.available[HEAD] | (HEAD not in names))
        weights[names] = shipped
        if able.sum() >= settings.fewest_tried:
            evidence = _logs(predictions, names, np.flatnonzero(able), settings)
            weights[names] = fit_pool(evidence, truths[able], shipped, settings.held_to_shipped)
    translation = align_head_labels(head, label_shares[rows], same, settings)
    return GenreEnsemble(library, settings, candidates, label_shares, translation, weights, len(rows))


def leading_predictor(ensemble: GenreEnsemble, predictions: Predictions, place: int, genre: int) -> Predictor:
    """The predictor that contributes most to a genre.

    Parameters
    ----------
    ensemble : GenreEnsemble
    predictions : Predictions
    place : int
        Of the track among those asked about.
    genre : int
        A candidate.

    Returns
    -------
    str
    """
    worth = {}
    for name, weight in ensemble.member_weights(predictions, place).items():
        logs = np.log(predictions.shares[name][place] + ensemble.settings.floor)
        worth[name] = weight * float(logs[genre] - logs.mean())
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


def _attainable(label_shares: Floats64, rows: Integers, artists: Integers) -> Floats64:
    """What was true of the tracks; what nobody but their artist is tagged with counts as another genre."""
    known: list[set[int]] = [set() for _ in range(label_shares.shape[1])]
    for row, place in zip(*np.nonzero(label_shares), strict=True):
        if len(known[place]) < 2:
            known[place].add(int(artists[row]))
    truths = label_shares[rows].copy()
    lonely = [len(names) < 2 for names in known[:-1]]
    truths[:, -1] += truths[:, :-1][:, lonely].sum(axis=1)
    truths[:, :-1][:, lonely] = 0
    return truths


def _logs(predictions: Predictions, names: tuple[str, ...], rows: Integers, settings: GuessSettings) -> Floats64:
    """Logarithms of the shares; 0 for all genres where a predictor is not available.

    The doubt of predictors that have only tags to go by is given to the head, as one backs off from few words to many
    (MacKay and Peto: A hierarchical Dirichlet language model, Natural Language Engineering 1, 1995): where no
    tagged track is near, the head is left.
    """
    head = predictions.shares[HEAD][rows] if HEAD in names else None
    logs = []
    for name in names:
        shares = predictions.shares[name][rows]
        if head is not None and name != HEAD:
            doubt = shares[:, -1:] * head
            shares = np.concatenate([shares[:, :-1], np.zeros((len(rows), 1))], axis=1) + doubt
        logs.append(np.where(predictions.available[name][rows][:, None], np.log(shares + settings.floor), 0.0))
    return np.stack(logs, axis=2)
