"""Fitting what a bundle carries besides its network: the genre head and its threshold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from musicemb.records import Floats, GenreHead


def fit_genre_head(vectors: Floats, labels: Sequence[str], *, strength: float = 0.01) -> GenreHead:
    """Multinomial logistic regression on standardised track vectors.

    Classes keep their weights: balancing them costs calibration, and with it most of the tracks that
    can be guessed at a given precision (cross-fitted, tests/benchmarks/calibrate_head.py).

    Parameters
    ----------
    vectors : ndarray [shape=(n, d)], float32
    labels : sequence of str
        One per vector, at least two different ones.
    strength : float
        C of scikit-learn's LogisticRegression: how little the weights are held back. An encoder that was
        taught the same labels separates its own tracks far better than others; a small C allows for that.

    Returns
    -------
    GenreHead
        With a threshold of 1, so that it never speaks before `choose_threshold` was asked.
    """
    from sklearn.linear_model import LogisticRegression

    mean, scale = vectors.mean(axis=0), np.maximum(vectors.std(axis=0), 1e-6)
    model = LogisticRegression(C=strength, max_iter=2000)
    model.fit((vectors - mean) / scale, list(labels))
    weights, bias = model.coef_.T, model.intercept_
    if len(model.classes_) == 2:  # scikit-learn stores one column for two classes
        weights, bias = np.hstack([-weights, weights]) / 2, np.array([-bias[0], bias[0]]) / 2
    return GenreHead(
        labels=tuple(str(label) for label in model.classes_),
        weights=weights.astype(np.float32),
        bias=bias.astype(np.float32),
        mean=mean.astype(np.float32),
        scale=scale.astype(np.float32),
        threshold=1.0,
    )


def choose_threshold(
    head: GenreHead, probabilities: NDArray[np.floating], labels: Sequence[str], *, precision: float = 0.75
) -> GenreHead:
    """Choose the lowest confidence at which held-out guesses are right often enough.

    Parameters
    ----------
    head : GenreHead
    probabilities : ndarray [shape=(n, n_labels)]
        Of held-out tracks, by artists that the head was not fitted on.
    labels : sequence of str
        Their true labels.
    precision : float
        Share of guesses at or above the threshold that must be right.

    Returns
    -------
    GenreHead
        With that threshold; 1 (never speaks) where no confidence is enough. At least 8 held-out
        guesses stand behind it: the luckiest few prove nothing.
    """
    confidence = probabilities.max(axis=1)
    right = np.array([head.labels[i] == label for i, label in zip(probabilities.argmax(axis=1), labels, strict=True)])
    order = np.argsort(-confidence, kind="stable")
    share = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    enough = np.flatnonzero((share >= precision) & (np.arange(1, len(order) + 1) >= min(8, len(order))))
    threshold = float(confidence[order[enough[-1]]]) if len(enough) else 1.0
    return replace(head, threshold=threshold)
