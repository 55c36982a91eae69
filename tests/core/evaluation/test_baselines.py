from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from musicemb.core.evaluation.baselines import MFCC_RATE, base_rates, choose_metric, commonest, mfcc_statistics
from musicemb.records import Example


def test_mfcc_statistics_are_means_then_deviations():
    import librosa

    samples = np.random.default_rng(0).normal(size=MFCC_RATE * 2).astype(np.float32) * 0.1
    found = mfcc_statistics(samples)
    mfcc = librosa.feature.mfcc(y=samples, sr=MFCC_RATE, n_mfcc=20)
    slope = librosa.feature.delta(mfcc)
    bend = librosa.feature.delta(mfcc, order=2)
    assert found.shape == (120,) and found.dtype == np.float32
    np.testing.assert_allclose(
        found[:60], np.concatenate([mfcc.mean(1), slope.mean(1), bend.mean(1)]), rtol=1e-4, atol=1e-4
    )
    np.testing.assert_allclose(found[60:], np.concatenate([mfcc.std(1), slope.std(1), bend.std(1)]), rtol=1e-4)


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
