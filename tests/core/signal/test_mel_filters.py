"""Mel filterbanks against the libraries that they are named after."""

from __future__ import annotations

import numpy as np
import pytest

from musicemb.core.signal.mel_filters import MEL_FILTERS, htk_filters, slaney_filters
from musicemb.settings import FrontEndSettings

YAMNET = FrontEndSettings(n_mels=64, fmin=125, fmax=7500)


@pytest.mark.keras
def test_htk_filters_equal_tensorflow_s() -> None:
    tensorflow = pytest.importorskip("tensorflow")
    expected = tensorflow.signal.linear_to_mel_weight_matrix(64, 257, 16_000, 125.0, 7500.0).numpy()
    np.testing.assert_allclose(htk_filters(YAMNET), expected.T, atol=1e-4)


@pytest.mark.parametrize(
    "settings", [YAMNET, FrontEndSettings(), FrontEndSettings(sample_rate=44_100, n_fft=2048, fmax=18_000)]
)
def test_slaney_filters_equal_librosa_s(settings: FrontEndSettings) -> None:
    librosa = pytest.importorskip("librosa")
    expected = librosa.filters.mel(
        sr=settings.sample_rate,
        n_fft=settings.n_fft,
        n_mels=settings.n_mels,
        fmin=settings.fmin,
        fmax=settings.fmax,
        norm=None,
    )
    np.testing.assert_allclose(slaney_filters(settings), expected, atol=1e-6)


def test_every_filter_hears_something_and_none_more_than_a_whole_bin() -> None:
    for scale, make in MEL_FILTERS.items():
        filters = make(YAMNET)
        assert filters.shape == (64, 257), scale
        assert filters.dtype == np.float32
        assert (filters >= 0).all() and filters.max() <= 1
        assert (filters.sum(axis=1) > 0).all()
        assert not filters[:, 0].any() and not filters[:, -1].any()
