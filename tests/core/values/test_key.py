"""Chord progressions have their key, whatever they are tuned to; what has no key gets none."""

from __future__ import annotations

import numpy as np
import pytest
from laws import cases
from rendered_music import RATE, chords, noise, with_noise

from musicemb.core.values.key import FoundKey, find_key, tune
from musicemb.core.values.pitches import FINE, PitchMeter
from musicemb.records import MusicalKey


def key_of(samples: np.ndarray) -> FoundKey | None:
    meter = PitchMeter(RATE)
    meter(samples.astype(np.float32))
    return find_key(meter.result())


@pytest.mark.parametrize(
    ("mode", "tonic", "cents"),
    cases(
        [(mode, *tuned) for mode in ("major", "minor") for tuned in ((0, 0), (5, 30), (10, -30))],
        [("major", 0, 0), ("minor", 5, 30), ("major", 10, -30)],
    ),
)
def test_a_cadence_has_its_key(mode: str, tonic: int, cents: float) -> None:
    progression = "I IV V I" if mode == "major" else "i iv V i"
    found = key_of(chords(tonic, mode, 9, bpm=120, progression=progression, cents=cents))
    assert found is not None
    assert found.key == MusicalKey(tonic, mode == "minor")


def test_a_key_is_surer_than_its_noisy_copy() -> None:
    cadence = chords(7, "major", 9, bpm=120, progression="I IV V I")
    clean, noisy = key_of(cadence), key_of(with_noise(cadence, 0))
    assert clean is not None
    assert noisy is None or noisy.confidence <= clean.confidence


def test_noise_and_silence_have_no_key() -> None:
    assert key_of(noise(20)) is None
    assert key_of(np.zeros(20 * RATE)) is None
    assert key_of(np.zeros(0)) is None


def test_tuning_is_taken_out() -> None:
    pitches = np.zeros((1, 12 * FINE))
    pitches[0, [3, 43, 73]] = 1.0  # C, E and G, all 30 cents sharp
    classes = tune(pitches)[0]
    assert np.flatnonzero(classes > 0.9).tolist() == [0, 4, 7]
    assert classes.sum() == pytest.approx(3)
