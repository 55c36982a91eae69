"""Tag heads: a probability per word from a track's vector, fitted to what taggers say on average.

They are linear in the vector that the catalogue keeps, so that every track of a library has them without being heard
again, and a segment's are found from a segment's vector in the same way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from musicemb.core.sound_tags.vocabulary import SOUND_TAGS, SoundTag
from musicemb.records import Floats, Floats64, TagHeads

PENALTY = 3e-3
"""Weight of the squared coefficients (of standardised vectors) in the mean cross-entropy of a tag."""

POSITIVE = 0.1
"""Share of tracks, those that the taggers are surest of, that count as having a tag where a head is judged."""

LEAST_AUC = 0.75
"""A tag whose head ranks tracks of artists never met worse than this is left out: a word that is often wrong is worse
than none."""

_STEPS = 1000
_BLOCK = 4096
"""Vectors: some 2 MB, which stay in the processor's cache."""
_QUANTILES = 21


@dataclass(frozen=True)
class TagTargets:
    """The taggers' outputs for tracks, word by word."""

    tags: tuple[SoundTag, ...]
    """Those for which at least one tagger has a class."""
    values: Floats
    """Shape (n_tracks, n_tags), 0 to 1: mean over taggers of the highest of a tagger's classes; NaN: not known."""


def join_targets(named: Sequence[tuple[Sequence[str], Floats]]) -> TagTargets:
    """Targets of the vocabulary's words from taggers' scores.

    Parameters
    ----------
    named : sequence of (names, scores)
        Per tagger: its classes, and their mean probability per track, shape (n_tracks, n_classes); a row of NaN where
        it does not know a track.

    Returns
    -------
    TagTargets
    """
    tags, columns = [], []
    for tag in SOUND_TAGS:
        said = []
        for names, scores in named:
            chosen = [i for i, name in enumerate(names) if name.lower() in tag.classes]
            if chosen:
                said.append(scores[:, chosen].max(axis=1))
        if said:
            tags.append(tag)
            together = np.stack(said)
            known = np.isfinite(together)
            total = np.where(known, together, 0).sum(axis=0)
            columns.append(np.where(known.any(axis=0), total / np.maximum(known.sum(axis=0), 1), np.nan))
    values = np.stack(columns, axis=1) if columns else np.zeros((0, 0))
    return TagTargets(tuple(tags), values.astype(np.float32))


def fit_tag_heads(vectors: Floats, targets: TagTargets, groups: Sequence[str], *, folds: int = 5) -> TagHeads:
    """Fit a logistic head per tag; keep those that hold on artists never met.

    Parameters
    ----------
    vectors : ndarray [shape=(n, d)], float32
        Of tracks.
    targets : TagTargets
        Of the same tracks; rows with NaN are left out.
    groups : sequence of str
        Artist (or session) of each track: a head is judged on those of a fold that it was not fitted on.
    folds : int

    Returns
    -------
    TagHeads
    """
    known = np.isfinite(targets.values).all(axis=1)
    rows, truth = np.asarray(vectors, np.float64)[known], targets.values[known].astype(np.float64)
    mean, scale = rows.mean(axis=0), np.maximum(rows.std(axis=0), 1e-6)
    inputs = (rows - mean) / scale
    order = {group: i for i, group in enumerate(sorted(set(groups)))}
    fold = np.array([order[group] % folds for group in groups])[known]
    crossed = np.zeros_like(truth)
    for number in range(folds):
        asked, taught = fold == number, fold != number
        if asked.any() and taught.any():
            crossed[asked] = _probabilities(inputs[asked], *fit_soft(inputs[taught], truth[taught]))
    areas = np.array([rank_area(crossed[:, i], _surest(truth[:, i])) for i in range(truth.shape[1])])
    kept = np.flatnonzero(areas >= LEAST_AUC)
    weights, bias = fit_soft(inputs, truth)
    return TagHeads(
        names=tuple(targets.tags[i].name for i in kept),
        kinds=tuple(targets.tags[i].kind for i in kept),
        weights=weights[:, kept].astype(np.float32),
        bias=bias[kept].astype(np.float32),
        mean=mean.astype(np.float32),
        scale=scale.astype(np.float32),
        quantiles=np.quantile(crossed[:, kept], np.linspace(0, 1, _QUANTILES), axis=0).T.astype(np.float32),
        areas=areas[kept].astype(np.float32),
    )


def apply_tag_heads(vectors: Floats, heads: TagHeads) -> Floats:
    """Probability of each tag.

    Parameters
    ----------
    vectors : ndarray [shape=(n, d)], float32
        Unit vectors of tracks (or segments).
    heads : TagHeads

    Returns
    -------
    ndarray [shape=(n, n_tags)], float32
    """
    inputs = (np.asarray(vectors, np.float32) - heads.mean) / heads.scale
    return _probabilities(inputs, heads.weights, heads.bias).astype(np.float32)


def apply_tag_head(vectors: Floats, heads: TagHeads, column: int) -> Floats64:
    """Probability of one tag, in blocks: of a large library's vectors, mapped from a file, no copy is made.

    Parameters
    ----------
    vectors : ndarray [shape=(n, d)], float32
    heads : TagHeads
    column : int
        Of the tag among `heads.names`.

    Returns
    -------
    ndarray [shape=(n,)], float64
        To float32's precision, as `apply_tag_heads` has it.
    """
    found = np.empty(len(vectors))
    for start in range(0, len(vectors), _BLOCK):
        part = slice(start, start + _BLOCK)
        inputs = (np.asarray(vectors[part], np.float32) - heads.mean) / heads.scale
        found[part] = _probabilities(inputs, heads.weights[:, column], heads.bias[column]).astype(np.float32)
    return found


def rank_tags(probabilities: Floats, heads: TagHeads) -> Floats:
    """How unusual each probability is: the share of the training's tracks that have less of a tag.

    Probabilities of different tags do not compare: taggers say "drums" of half of all music and "banjo" of none at
    more than a fifth. Ranks do.

    Parameters
    ----------
    probabilities : ndarray [shape=(n, n_tags)], float32
    heads : TagHeads

    Returns
    -------
    ndarray [shape=(n, n_tags)], float32
        0 to 1.
    """
    places = np.linspace(0, 1, heads.quantiles.shape[1])
    ranks = [
        np.interp(probabilities[:, i], np.maximum.accumulate(heads.quantiles[i]), places)
        for i in range(len(heads.names))
    ]
    return np.stack(ranks, axis=1).astype(np.float32) if ranks else np.zeros_like(probabilities)


def rank_area(scores: NDArray[Any], positive: NDArray[np.bool_]) -> float:
    """Area under the ROC curve: how often a track with the tag is scored above one without.

    Parameters
    ----------
    scores : ndarray [shape=(n,)]
    positive : ndarray [shape=(n,)], bool

    Returns
    -------
    float
        NaN where one side is empty.
    """
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(positive, scores)) if 0 < positive.sum() < len(positive) else float("nan")


def _surest(truth: NDArray[np.float64]) -> NDArray[np.bool_]:
    """The tracks that taggers are surest of; all of them where they cannot tell tracks apart."""
    most = truth.max()
    cut = np.quantile(truth, 1 - POSITIVE)
    # More than that tenth may have the most there is: where it is known what is in a track, and not what taggers say.
    return np.asarray(truth > cut if cut < most else truth == most)


def _probabilities(inputs: NDArray[Any], weights: NDArray[Any], bias: Any) -> NDArray[Any]:
    # scipy.special.expit without scipy, whose import takes as long as the rest of a question. In float64, so that what
    # is rounded to float32 afterwards is the nearest one.
    with np.errstate(over="ignore"):
        found: NDArray[Any] = 1 / (1 + np.exp(-(inputs @ weights + bias).astype(np.float64)))
    return found


def fit_soft(inputs: NDArray[Any], truth: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Logistic regression on soft targets, by L-BFGS (Byrd et al. 1995): Newton's steps swing where few are sure.

    Parameters
    ----------
    inputs : ndarray [shape=(n, d)], float64
        Standardised vectors.
    truth : ndarray [shape=(n, n_tags)], float64
        0 to 1.

    Returns
    -------
    weights : ndarray [shape=(d, n_tags)]
    bias : ndarray [shape=(n_tags,)]
    """
    from scipy.optimize import minimize

    n, d = inputs.shape
    rows = np.hstack([inputs, np.ones((n, 1))])
    penalty = np.append(np.full(d, PENALTY), 0.0)
    found = np.zeros((d + 1, truth.shape[1]))
    for column in range(truth.shape[1]):
        wanted = np.clip(truth[:, column], 0, 1)
        base = np.clip(wanted.mean(), 1e-4, 1 - 1e-4)
        start = np.append(np.zeros(d), np.log(base / (1 - base)))

        def loss(w: NDArray[Any], wanted: NDArray[Any] = wanted) -> tuple[float, NDArray[Any]]:
            odds = rows @ w
            entropy = np.mean(np.logaddexp(0, odds) - wanted * odds)
            slope = rows.T @ (_probabilities(rows, w, 0.0) - wanted) / n + penalty * w
            return float(entropy + 0.5 * w @ (penalty * w)), slope

        found[:, column] = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": _STEPS}).x
    return found[:-1], found[-1]
