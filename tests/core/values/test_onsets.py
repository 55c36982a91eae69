"""What sets in is seen where it does, however loud it was mastered and however the stream was cut."""

from __future__ import annotations

import numpy as np

from musicemb.core.values.onsets import ONSETS_PER_SECOND, OnsetMeter

RATE = 16_000


def listen(samples: np.ndarray, block: int = 5000) -> np.ndarray:
    meter = OnsetMeter(RATE)
    for first in range(0, len(samples), block):
        meter(samples[first : first + block])
    return meter.result()


def clicks(at: list[float], seconds: float = 6) -> np.ndarray:
    samples = np.random.default_rng(0).normal(0, 1e-3, round(seconds * RATE)).astype(np.float32)
    for second in at:
        samples[round(second * RATE) :][:400] += 0.5
    return samples


def test_onsets_stand_where_something_sets_in() -> None:
    onsets = listen(clicks([1.0, 2.5, 4.0]))
    places = np.arange(len(onsets)) / ONSETS_PER_SECOND
    found = [places[int(np.argmax(np.where(np.abs(places - at) < 0.6, onsets, 0)))] for at in (1.0, 2.5, 4.0)]
    np.testing.assert_allclose(found, [1.0, 2.5, 4.0], atol=0.04)


def test_the_level_and_the_blocks_change_nothing() -> None:
    samples = clicks([1.0, 2.0, 3.3])
    whole = listen(samples, len(samples))
    np.testing.assert_allclose(listen(samples, 777), whole, atol=1e-4)
    np.testing.assert_allclose(listen(samples / 4, 777), whole, atol=0.5)


def test_a_blink_has_no_onsets() -> None:
    assert len(listen(np.zeros(10, np.float32))) == 0
