"""Baselines: what a result must stand above to mean anything.

Conventions
-----------
A baseline is a vector per track, made without learning, standardised on train and compared by the
better of cosine and Euclidean distance on train; and *commonest*, which always says the label that
most tracks of train have.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from musicemb.core.evaluation.bootstrap import encode_labels
from musicemb.core.evaluation.retrieval import Metric, precision_at
from musicemb.records import Example, Floats, Floats64

MFCC_RATE = 22_050
"""Hz that the MFCC baseline hears: librosa's own default, as published baselines have it."""

MFCC_COUNT = 20
"""Coefficients, the first one (loudness) with them."""


def mfcc_statistics(samples: Floats, sample_rate: int = MFCC_RATE) -> Floats:
    """Describe a track by its MFCC: mean and standard deviation of 20 coefficients, delta and delta-delta.

    Parameters
    ----------
    samples : ndarray [shape=(n_samples,)]
        Mono.
    sample_rate : int
        Hz.

    Returns
    -------
    ndarray [shape=(120,)], float32
        Means of the 60 rows, then their standard deviations over the track.

    References
    ----------
    Tzanetakis and Cook: Musical genre classification of audio signals, IEEE TSAP 10, 2002.
    """
    import librosa

    shortest = 2048  # librosa's frame: less than one is continued with silence
    heard = np.pad(np.asarray(samples, np.float32), (0, max(0, shortest - len(samples))))
    mfcc = librosa.feature.mfcc(y=heard, sr=sample_rate, n_mfcc=MFCC_COUNT)
    # The slope over 9 frames; a file shorter than that is continued with its last frame.
    mode = "interp" if mfcc.shape[1] >= 9 else "nearest"
    rows = np.concatenate([mfcc, *(librosa.feature.delta(mfcc, order=order, mode=mode) for order in (1, 2))])
    return np.concatenate([rows.mean(axis=1), rows.std(axis=1)]).astype(np.float32)


def choose_metric(vectors: NDArray[Any], examples: Sequence[Example]) -> Metric:
    """Choose the better of cosine and Euclidean by precision@5 on these examples (train).

    Parameters
    ----------
    vectors : ndarray [shape=(n, d)]
        Standardised on train.
    examples : sequence of Example
        All labelled.

    Returns
    -------
    str
        "cosine" where they are equal.
    """
    labels, groups = [example.label for example in examples], [example.group for example in examples]
    cosine, euclidean = (
        float(np.nan_to_num(precision_at(vectors, labels, groups, metric=metric)).mean())
        for metric in ("cosine", "euclidean")
    )
    return "euclidean" if euclidean > cosine else "cosine"


def commonest(labels: Sequence[str]) -> str:
    """Label that most examples have.

    Parameters
    ----------
    labels : sequence of str
        At least one.

    Returns
    -------
    str
        The first in the alphabet among equals.
    """
    codes, count = encode_labels(labels)
    return str(sorted(set(labels))[int(np.bincount(codes, minlength=count).argmax())])


def base_rates(labels: Sequence[str], classes: Sequence[str]) -> Floats64:
    """Share of each class: what a predictor says that knows nothing but how common genres are.

    Parameters
    ----------
    labels : sequence of str
        Those that are no class are not counted.
    classes : sequence of str

    Returns
    -------
    ndarray [shape=(n_classes,)], float64
        Sum 1, or zeros where nothing was counted.
    """
    counts = np.array([list(labels).count(label) for label in classes], np.float64)
    rates: Floats64 = counts / max(counts.sum(), 1)
    return rates
