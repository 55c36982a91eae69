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
    import librosa

    filters: Floats = librosa.filters.mel(
        sr=settings.sample_rate,
        n_fft=settings.n_fft,
        n_mels=settings.n_mels,
        fmin=settings.fmin,
        fmax=settings.fmax,
        norm=None,
        dtype=np.float32,
    )
    return filters


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
