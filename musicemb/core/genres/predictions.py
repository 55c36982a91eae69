"""What each predictor makes of some tracks of a library, side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from musicemb.core.genres.voters import GenreEvidence, Votes, cluster_distribution, find_votes, knn_distribution
from musicemb.records import Booleans, Floats64, Integers
from musicemb.settings import GuessSettings

Predictor = Literal["neighbours", "genre head", "cluster"]
NEIGHBOURS, HEAD, CLUSTER = "neighbours", "genre head", "cluster"


@dataclass(frozen=True)
class Predictions:
    """What each predictor gives for m tracks."""

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

    Returns
    -------
    Predictions
    """
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
