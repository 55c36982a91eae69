"""Baselines: what a result must stand above to mean anything.

Conventions
-----------
A baseline is a vector per track, made without learning, standardised on train and compared by the
better of cosine and Euclidean distance on train; and *commonest*, which always says the label that
most tracks of train have.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from musicemb.core.evaluation.bootstrap import encode_labels
from musicemb.core.evaluation.retrieval import Metric, precision_at
from musicemb.core.signal.mel_filters import slaney_edges, slaney_triangles
from musicemb.records import Example, Floats, Floats64

MFCC_RATE = 22_050
"""Hz that the MFCC baseline hears: librosa's own default, as published baselines have it."""

MFCC_COUNT = 20
"""Coefficients, the first one (loudness) with them."""

_FRAME, _HOP, _BANDS = 2048, 512, 128
"""librosa's defaults."""
_BLOCK = 1024
"""Frames transformed at once."""


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
    mfcc = mfcc_frames(np.asarray(samples, np.float32), sample_rate)
    rows = np.concatenate([mfcc, _slopes(mfcc, 1), _slopes(mfcc, 2)])
    return np.concatenate([rows.mean(axis=1), rows.std(axis=1)]).astype(np.float32)


def mfcc_frames(samples: Floats, sample_rate: int = MFCC_RATE) -> Floats:
    """Mel-frequency cepstral coefficients as librosa's ``feature.mfcc`` computes them, without librosa.

    Frames of 2048 samples every 512, the first centred at the first sample; a Hann window; power in 128 of Slaney's
    bands of equal area; dB, at most 80 below the loudest; an orthonormal cosine transform.

    Parameters
    ----------
    samples : ndarray [shape=(n_samples,)], float32
        Mono. Fewer than a frame are continued with silence.
    sample_rate : int
        Hz.

    Returns
    -------
    ndarray [shape=(20, n_frames)], float32
        n_frames = 1 + n_samples // 512.
    """
    from scipy.fft import dct, rfft

    samples = np.pad(samples, (0, max(0, _FRAME - len(samples))))
    starts = np.lib.stride_tricks.sliding_window_view(np.pad(samples, _FRAME // 2), _FRAME)[::_HOP]
    filters = _filters(sample_rate)
    window = np.hanning(_FRAME + 1)[:-1].astype(np.float32)
    power = np.empty((len(starts), _BANDS), np.float32)
    for first in range(0, len(starts), _BLOCK):  # a spectrogram of hours would not fit in memory
        block = slice(first, first + _BLOCK)
        spectrum = rfft(starts[block] * window)
        power[block] = (spectrum.real**2 + spectrum.imag**2) @ filters
    decibels = 10 * np.log10(np.maximum(power, 1e-10))
    np.maximum(decibels, decibels.max() - 80, out=decibels)
    cepstrum: Floats = dct(decibels, type=2, norm="ortho", axis=1)[:, :MFCC_COUNT].T
    return cepstrum


@lru_cache(maxsize=4)
def _filters(sample_rate: int) -> Floats:
    edges = slaney_edges(_BANDS, 0.0, sample_rate / 2)
    equal_areas = 2 / (edges[2:] - edges[:-2])
    filters: Floats = (slaney_triangles(edges, sample_rate, _FRAME) * equal_areas[:, None]).astype(np.float32).T
    return filters


_WIDTH = 9
"""Frames that a polynomial is laid through."""


def _slopes(mfcc: Floats, order: int) -> Floats:
    """First or second derivative in time, of a polynomial through 9 frames (librosa's ``feature.delta``)."""
    from scipy.ndimage import correlate1d
    from scipy.signal import savgol_filter

    if mfcc.shape[1] < _WIDTH:  # continued with its last frame
        few: Floats = savgol_filter(mfcc, _WIDTH, polyorder=order, deriv=order, axis=1, mode="nearest")
        return few
    weights, half = _derivatives(order), _WIDTH // 2
    slopes: Floats = correlate1d(mfcc, weights[:, half], axis=1, mode="nearest")
    slopes[:, :half] = mfcc[:, :_WIDTH] @ weights[:, :half]
    slopes[:, -half:] = mfcc[:, -_WIDTH:] @ weights[:, -half:]
    return slopes


@lru_cache(maxsize=2)
def _derivatives(order: int) -> Floats64:
    """Weights of 9 frames in the derivative at each of them: what the filter makes of 9 impulses, for it is linear.

    The filter itself fits two polynomials to the ends of each row, which takes longer than all the rest of a short
    file.
    """
    from scipy.signal import savgol_filter

    weights: Floats64 = savgol_filter(np.eye(_WIDTH), _WIDTH, polyorder=order, deriv=order, axis=1, mode="interp")
    return weights


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
