"""Mel filterbanks: which bins of a spectrum a band gathers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from musicemb.records import Floats
from musicemb.settings import FrontEndSettings, MelScale


def slaney_filters(settings: FrontEndSettings) -> Floats:
    """Slaney's triangles (Auditory Toolbox, 1998), straight in Hz, as librosa makes them.

    Parameters
    ----------
    settings : FrontEndSettings

    Returns
    -------
    ndarray [shape=(n_mels, n_fft // 2 + 1)], float32
        Peaks of 1.
    """
    edges = slaney_edges(settings.n_mels, settings.fmin, settings.fmax)
    return slaney_triangles(edges, settings.sample_rate, settings.n_fft).astype(np.float32)


def slaney_edges(n_mels: int, fmin: float, fmax: float) -> NDArray[np.float64]:
    """Corners of Slaney's triangles: even steps in Hz below 1 kHz, even ratios above.

    Parameters
    ----------
    n_mels : int
    fmin, fmax : float
        Hz.

    Returns
    -------
    ndarray [shape=(n_mels + 2,)], float64
        Hz; triangle i rises from i, peaks at i + 1 and ends at i + 2.
    """
    lowest, highest = _slaney_mel(np.array([fmin, fmax], np.float64))
    mel = np.linspace(lowest, highest, n_mels + 2)
    above = mel >= _SLANEY_BEND
    hertz = _SLANEY_STEP * mel
    hertz[above] = 1000 * np.exp(_SLANEY_RATIO * (mel[above] - _SLANEY_BEND))
    return hertz


def slaney_triangles(edges: NDArray[np.float64], sample_rate: float, n_fft: int) -> NDArray[np.float64]:
    """Triangles that are straight in Hz, with peaks of 1.

    Parameters
    ----------
    edges : ndarray [shape=(n_mels + 2,)], float64
        Hz, as `slaney_edges` gives them.
    sample_rate : float
        Hz.
    n_fft : int
        Samples that are transformed.

    Returns
    -------
    ndarray [shape=(n_mels, n_fft // 2 + 1)], float64
    """
    slopes = edges[:, None] - np.fft.rfftfreq(n_fft, 1 / sample_rate)
    widths = np.diff(edges)[:, None]
    return np.maximum(0, np.minimum(-slopes[:-2] / widths[:-1], slopes[2:] / widths[1:]))


_SLANEY_STEP = 200 / 3
"""Hz per mel below 1 kHz."""
_SLANEY_BEND = 1000 / _SLANEY_STEP
"""Mel of 1 kHz."""
_SLANEY_RATIO = np.log(6.4) / 27
"""Logarithm of the step above 1 kHz: 27 mel are a factor of 6.4."""


def _slaney_mel(hertz: NDArray[np.float64]) -> NDArray[np.float64]:
    mel = hertz / _SLANEY_STEP
    above = hertz >= 1000
    mel[above] = _SLANEY_BEND + np.log(hertz[above] / 1000) / _SLANEY_RATIO
    return mel


def htk_filters(settings: FrontEndSettings) -> Floats:
    """HTK's mel scale with triangles that are straight in mel, as TensorFlow makes them (librosa's are not).

    Parameters
    ----------
    settings : FrontEndSettings

    Returns
    -------
    ndarray [shape=(n_mels, n_fft // 2 + 1)], float32
        Peaks of 1; the bin at 0 Hz is in none.
    """
    edges = np.linspace(_htk_mel(settings.fmin), _htk_mel(settings.fmax), settings.n_mels + 2)[:, None]
    bins = _htk_mel(np.linspace(0, settings.sample_rate / 2, settings.n_fft // 2 + 1))
    rising = (bins - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - bins) / (edges[2:] - edges[1:-1])
    filters = np.maximum(0, np.minimum(rising, falling))
    filters[:, 0] = 0
    return filters.astype(np.float32)


def _htk_mel(hertz: Any) -> NDArray[np.float64]:
    return np.asarray(1127.0 * np.log1p(np.asarray(hertz, dtype=np.float64) / 700.0))


MEL_FILTERS: Mapping[MelScale, Callable[[FrontEndSettings], Floats]] = {"slaney": slaney_filters, "htk": htk_filters}
