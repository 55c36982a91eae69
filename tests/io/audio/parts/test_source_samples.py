"""Samples are resampled where somebody asks, and are what they would be if all of them were."""

from __future__ import annotations

import numpy as np
import pytest
import soxr

from musicemb.io.audio.parts.source_samples import SourceSamples, count_resampled

TARGET = 16_000


def kept(samples: np.ndarray, rate: int, block: int = 9_999) -> SourceSamples:
    source = SourceSamples(rate, TARGET)
    for first in range(0, len(samples), block):
        source.add(samples[first : first + block])
    return source


@pytest.mark.parametrize("rate", [8_000, 11_025, 16_000, 22_050, 44_056, 44_100, 48_000, 96_000])
def test_a_part_is_what_it_is_in_the_whole(rate: int) -> None:
    samples = np.random.default_rng(rate).normal(0, 0.1, 5 * rate + 77).astype(np.float32)
    source = kept(samples, rate)
    whole = samples if rate == TARGET else soxr.resample(samples, rate, TARGET, quality="HQ")
    assert source.n_samples == len(whole) == count_resampled(len(samples), rate, TARGET)
    end = len(whole)
    wanted = [
        (0, 500),
        (100, 9_000),
        (20_000, 36_001),
        (end - 7_000, end - 150),
        (end - 900, end),
        (end - 10, end + 99),
    ]
    for (first, last), part in zip(wanted, source.ranges(wanted), strict=True):
        np.testing.assert_allclose(part, whole[first:last], atol=5e-6)


def test_many_parts_are_made_in_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    samples = np.random.default_rng(0).normal(0, 0.1, 20 * 44_100).astype(np.float32)
    wanted = [(first, first + 3_000) for first in range(0, 300_000, 40_000)]
    together = list(kept(samples, 44_100).ranges(wanted))
    monkeypatch.setattr("musicemb.io.audio.parts.source_samples._TOGETHER", 20_000)
    for one, other in zip(together, kept(samples, 44_100).ranges(wanted), strict=True):
        np.testing.assert_allclose(one, other, atol=5e-6)


def test_power_is_that_of_the_range() -> None:
    samples = np.repeat(np.array([0.0, 0.5, 0.0], np.float32), 44_100)
    source = kept(samples, 44_100)
    assert source.power(TARGET, 2 * TARGET) == pytest.approx(0.25, rel=1e-4)
    assert source.power(TARGET // 2, 3 * TARGET // 2) == pytest.approx(0.125, rel=1e-4)
    assert source.power(0, TARGET) == 0


@pytest.mark.parametrize(("n_samples", "rate"), [(0, 44_100), (1, 44_100), (441, 44_100), (99_999, 48_000), (7, 8_000)])
def test_the_count_is_that_of_soxr(n_samples: int, rate: int) -> None:
    assert count_resampled(n_samples, rate, TARGET) == len(soxr.resample(np.ones(n_samples, np.float32), rate, TARGET))
