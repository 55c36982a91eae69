"""The tempo of drum loops is theirs, and what has no beat has no tempo."""

from __future__ import annotations

import numpy as np
import pytest
from rendered_music import RATE, chords, drums, noise, with_noise

from musicemb.core.values.onsets import OnsetMeter
from musicemb.core.values.tempo import Tempo, find_tempo


def tempo_of(samples: np.ndarray) -> Tempo | None:
    meter = OnsetMeter(RATE)
    meter(samples.astype(np.float32))
    return find_tempo(meter.result(), meter.per_second)


@pytest.mark.parametrize(
    ("pattern", "bpm"),
    [("four on the floor", 128), ("rock", 96), ("rock", 117.5), ("break", 140), ("hip-hop", 88), ("shuffle", 112)],
)
def test_a_loop_has_its_tempo(pattern: str, bpm: float) -> None:
    found = tempo_of(drums(bpm, 20, pattern))
    assert found is not None
    assert found.bpm == pytest.approx(bpm, rel=0.005)
    assert found.confidence > 0.9


def test_noise_a_player_and_chords_do_not_hide_it() -> None:
    played = drums(104, 20, "rock", swing=0.2, jitter=0.008) + 0.7 * chords(2, "minor", 20, bpm=104)
    found = tempo_of(with_noise(played, 10))
    assert found is not None
    assert found.bpm == pytest.approx(104, rel=0.01)


def test_a_tempo_that_breaks_off_is_less_sure() -> None:
    half = np.concatenate([drums(120, 15, "rock"), noise(15)])
    whole, broken = tempo_of(drums(120, 30, "rock")), tempo_of(half)
    assert whole is not None
    assert broken is not None
    assert broken.confidence <= 0.8 * whole.confidence


@pytest.mark.parametrize("seed", range(2))
def test_what_has_no_beat_has_no_tempo(seed: int) -> None:
    generator = np.random.default_rng(seed)
    strokes = np.zeros(32 * RATE)
    for at in np.cumsum(generator.exponential(0.4, 60)):
        first = round(min(float(at), 30.0) * RATE)
        strokes[first : first + 2000] += generator.standard_normal(2000) * np.exp(-np.arange(2000) / 400)
    time = np.arange(30 * RATE) / RATE
    pad = np.zeros(len(time))
    # Tones so far apart that they do not beat against each other, each of which swells and fades slowly.
    for tone, slow in zip((110, 233, 371, 507, 751), generator.uniform(0.05, 0.3, 5), strict=True):
        pad += 0.05 * np.sin(2 * np.pi * tone * time) * (1 + 0.5 * np.sin(2 * np.pi * slow * time))
    for samples in (noise(30, seed), strokes, pad, np.zeros(30 * RATE)):
        assert tempo_of(samples) is None


def test_a_few_seconds_have_no_tempo() -> None:
    assert tempo_of(drums(120, 5, "rock")) is None
