"""The outputs of each predictor for some tracks of a library."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, cast

import numpy as np

from musicemb.core.genres.cluster_votes import ClusterVotes
from musicemb.core.genres.voters import GenreEvidence, Votes, find_votes, knn_distribution
from musicemb.records import Booleans, Floats64, Integers
from musicemb.settings import GuessSettings, PoolWeights

Predictor = Literal["neighbours", "genre head", "cluster"]
NEIGHBOURS, HEAD, CLUSTER = "neighbours", "genre head", "cluster"


@dataclass(frozen=True)
class Predictions:
    """The outputs of each predictor for m tracks."""

    shares: dict[str, Floats64]
    """Predictor -> shares, shape (m, n_candidates + 1)."""
    available: dict[str, Booleans]
    """Predictor -> whether it has enough to go by, shape (m,)."""
    votes: Votes


def predict_each(
    library: GenreEvidence,
    rows: Integers,
    label_shares: Floats64,
    translations: Floats64,
    folds: Integers | None,
    settings: GuessSettings,
    *,
    exclude_artist: bool = False,
    votes: Votes | None = None,
    clusters: ClusterVotes | None = None,
) -> Predictions:
    """Ask each predictor.

    Parameters
    ----------
    library : GenreEvidence
    rows : ndarray [shape=(m,)], int64
        Tracks of the library.
    label_shares : ndarray [shape=(n, n_candidates + 1)], float64
        What each track of the library votes for.
    translations : ndarray [shape=(n_folds, n_labels, n_candidates + 1)], float64
        From the head's labels to the candidates.
    folds : ndarray [shape=(m,)], int64, or None
        Which of the translations holds for each track; None: the only one.
    settings : GuessSettings
    exclude_artist : bool
        Leave out the tags of all tracks by the same artist.
    votes : Votes, optional
        Of `find_votes`, for these rows: not looked for again.
    clusters : ClusterVotes, optional
        Of the library and these label shares: not added up again.

    Returns
    -------
    Predictions
    """
    votes = votes or find_votes(library, rows, settings, exclude_artist=exclude_artist)
    clusters = clusters or ClusterVotes(library, label_shares)
    by_cluster, in_cluster = clusters.ask(rows, settings, exclude_artist=exclude_artist)
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


def find_votes_needed(
    library: GenreEvidence, rows: Integers, asked: Integers, label_shares: Floats64, settings: GuessSettings
) -> Votes:
    """The nearest tagged tracks of those that are asked about, and of their company where it has no tags.

    What a tagged track says to others is its tag, whatever is near it.

    Parameters
    ----------
    library : GenreEvidence
    rows : ndarray [shape=(m,)], int64
        Tracks with their company (`GenreEnsemble.with_company`).
    asked : ndarray of int64
        Those of them that are asked about.
    label_shares : ndarray [shape=(n, n_candidates + 1)], float64
        What each track of the library votes for.
    settings : GuessSettings

    Returns
    -------
    Votes
        For all rows; none for those that need none.
    """
    needed = np.flatnonzero(np.isin(rows, asked) | (label_shares[rows].sum(axis=1) == 0))
    return find_votes(library, rows[needed], settings).spread(needed, len(rows))


def back_off(predictions: Predictions, names: tuple[str, ...], rows: Integers) -> Floats64:
    """Shares of each predictor, shape (m, n_candidates + 1, n_predictors); NaN where it is not available.

    The doubt of predictors that have only tags to go by is given to the head, as one backs off from few words to many
    (MacKay and Peto: A hierarchical Dirichlet language model, Natural Language Engineering 1, 1995): where no
    tagged track is near, the head is left.

    Parameters
    ----------
    predictions : Predictions
    names : tuple of str
        Predictors that are wanted.
    rows : ndarray [shape=(m,)], int64
        Among the tracks that were asked about.

    Returns
    -------
    ndarray [shape=(m, n_candidates + 1, n_predictors)], float64
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


def leading_predictors(
    predictions: Predictions,
    places: Integers,
    inside: Floats64,
    weights: Mapping[tuple[str, ...], PoolWeights],
    floor: float,
) -> list[Predictor]:
    """The predictor that contributes most to a genre of each track.

    Parameters
    ----------
    predictions : Predictions
    places : ndarray [shape=(p,)], int64
        Of the tracks among those asked about; for each a predictor must be available.
    inside : ndarray [shape=(p, n_candidates)], float64
        1 where a candidate belongs to the genre.
    weights : mapping of predictors to weights
        With the head and without it.
    floor : float
        Added before a logarithm is taken.

    Returns
    -------
    list of str
        The genre head where it is the only one.
    """
    gains = {}
    for name, shares in predictions.shares.items():
        mine = shares[places]
        own = np.einsum("pg,pg->p", mine[:, :-1], inside)
        gains[name] = np.log(own + floor) - np.log(mine + floor).mean(axis=1)
    near, head = (predictions.available[name][places] for name in (NEIGHBOURS, HEAD))
    leading = np.full(len(places), HEAD, dtype=object)
    for names, each in weights.items():
        rows = np.flatnonzero(near & (head == (HEAD in names)))
        worth = np.stack([weight * gains[name][rows] for name, weight in zip(names, each, strict=False)], axis=1)
        there = np.stack([predictions.available[name][places[rows]] for name in names], axis=1)
        leading[rows] = np.array(names, dtype=object)[np.where(there, worth, -np.inf).argmax(axis=1)]
    return cast("list[Predictor]", leading.tolist())
