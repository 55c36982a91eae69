from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import sounds
from laws import cases

from musicemb.core.evaluation.baselines import MFCC_RATE, base_rates, choose_metric, commonest, mfcc_statistics
from musicemb.records import Example


def librosa_statistics(samples: np.ndarray, rate: int) -> np.ndarray:
    """Means, then deviations, of librosa's own coefficients, slopes and bends."""
    librosa = pytest.importorskip("librosa")
    mfcc = librosa.feature.mfcc(y=samples, sr=rate, n_mfcc=20)
    rows = np.concatenate([mfcc, librosa.feature.delta(mfcc), librosa.feature.delta(mfcc, order=2)])
    return np.concatenate([rows.mean(1), rows.std(1)])


@pytest.mark.parametrize("rate", cases([MFCC_RATE, 16_000], [MFCC_RATE]))
def test_mfcc_statistics_are_librosa_s_without_librosa(rate):
    noise = np.random.default_rng(0).normal(size=rate * 2).astype(np.float32) * 0.1
    rising = np.sin(np.cumsum(np.linspace(0.01, 2.0, rate * 3))).astype(np.float32)
    faint = noise * 1e-4
    faint[rate:] = 0  # digital silence beside faint noise: the floor of 80 dB counts
    for samples in (noise, rising, faint, sounds.music(4.0, 3, sample_rate=rate, channels=1)[:, 0]):
        found = mfcc_statistics(samples, rate)
        assert found.shape == (120,) and found.dtype == np.float32
        np.testing.assert_allclose(found, librosa_statistics(samples, rate), rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("n", [400, 2048, MFCC_RATE])
def test_short_and_silent_sound_is_finite(n):
    assert np.isfinite(mfcc_statistics(np.zeros(n, np.float32))).all()


def test_the_better_metric_is_chosen():
    def examples(labels: str) -> list[Example]:
        return [Example(Path(str(i)), label, str(i)) for i, label in enumerate(labels)]

    by_length = np.array([[1.0, 0], [0, 1.0], [10.0, 0], [0, 10.0]] * 3) + np.arange(12)[:, None] * 1e-3
    assert choose_metric(by_length, examples("aabb" * 3)) == "euclidean"
    assert choose_metric(by_length, examples("abab" * 3)) == "cosine"


def test_commonest_and_base_rates():
    assert commonest(["b", "a", "b"]) == "b" and commonest(["b", "a"]) == "a"
    assert base_rates(["b", "a", "b", "z"], ["a", "b"]).tolist() == pytest.approx([1 / 3, 2 / 3])
