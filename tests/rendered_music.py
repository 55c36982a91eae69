"""Music whose tempo and key are known, because it is rendered: drum loops and chord progressions."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

RATE = 22_050

Samples = NDArray[np.float64]

# Per sixteenth of a bar: k kick, s snare, h hi-hat, K and S with a hi-hat, o both.
PATTERNS = {
    "four on the floor": "K.h.K.h.K.h.K.h.",
    "rock": "K.h.S.h.K.K.S.h.",
    "half-time": "K.h.h.k.S.h.h.h.",
    "break": "K.K.S..sh.kKS..k",
    "hip-hop": "K.hkS.hhk.KhS.h.",
    "waltz": "K...h...h...",
    "shuffle": "K..h..S..h..K..h..S..h..",
}
"""A bar each; sixteenths, but for the shuffle, whose steps are triplet sixteenths (six a beat)."""

_STEPS_PER_BEAT = {"shuffle": 6}

PROGRESSIONS = {
    "major": ("I IV V I", "I vi IV V", "ii V I I", "I V vi IV", "I iii IV V"),
    "minor": ("i iv V i", "i VI iv V", "i VII VI V", "i i iv V"),
}
"""The dominant of a minor key is major, as a cadence has it."""

_CHORDS = {
    "major": {
        "I": (0, 4, 7), "ii": (2, 5, 9), "iii": (4, 7, 11), "IV": (5, 9, 12), "V": (7, 11, 14), "vi": (9, 12, 16),
    },
    "minor": {
        "i": (0, 3, 7), "iv": (5, 8, 12), "V": (7, 11, 14), "VI": (8, 12, 15), "VII": (10, 14, 17),
    },
}  # fmt: skip
"""Semitones above the tonic."""

_SCALES = {"major": (0, 2, 4, 5, 7, 9, 11), "minor": (0, 2, 3, 5, 7, 8, 10)}


def drums(
    bpm: float, seconds: float, pattern: str = "rock", *, swing: float = 0.0, jitter: float = 0.0, seed: int = 0
) -> Samples:
    """A drum loop.

    Parameters
    ----------
    bpm : float
        Quarter notes a minute (of "half-time": as the hi-hat counts them).
    seconds : float
    pattern : str
        One of `PATTERNS`.
    swing : float
        Share of a step by which every second sixteenth comes late.
    jitter : float
        Standard deviation of a player's timing, seconds.
    seed : int

    Returns
    -------
    ndarray [shape=(n,)]
    """
    generator = np.random.default_rng(seed)
    steps = PATTERNS[pattern]
    step = 60 / bpm / _STEPS_PER_BEAT.get(pattern, 4)
    out = np.zeros(round(seconds * RATE))
    for number in range(int(seconds / step)):
        letter = steps[number % len(steps)]
        late = swing * step if number % 2 else 0.0
        at = number * step + late + jitter * float(generator.standard_normal())
        for sound in {"K": "kh", "S": "sh", "o": "ks", ".": ""}.get(letter, letter):
            _add(out, max(at, 0.0), _drum(sound, generator))
    return out / 2


def _drum(sound: str, generator: np.random.Generator) -> Samples:
    if sound == "k":
        time = np.arange(round(0.18 * RATE)) / RATE
        return np.sin(2 * np.pi * (50 * time + 6 * (1 - np.exp(-time * 30)))) * np.exp(-time * 18)
    length, decay, loud = (0.16, 25, 0.5) if sound == "s" else (0.05, 90, 0.22)
    time = np.arange(round(length * RATE)) / RATE
    noise = generator.standard_normal(len(time))
    if sound == "h":
        noise = np.diff(noise, prepend=0.0)
    tone = 0.6 * np.sin(2 * np.pi * 190 * time) if sound == "s" else 0.0
    return loud * (noise + tone) * np.exp(-time * decay)


def _add(out: Samples, at: float, sound: Samples) -> None:
    first = round(at * RATE)
    piece = sound[: max(0, len(out) - first)]
    out[first : first + len(piece)] += piece


def chords(
    tonic: int,
    mode: str,
    seconds: float,
    *,
    bpm: float = 110.0,
    cents: float = 0.0,
    progression: str = "",
    melody: bool = True,
    attack: float = 0.01,
    seed: int = 0,
) -> Samples:
    """A chord progression in a key, with a bass and a melody of the scale.

    Parameters
    ----------
    tonic : int
        Semitones above C.
    mode : {"major", "minor"}
    seconds : float
    bpm : float
        A chord lasts four beats.
    cents : float
        How far all of it is out of tune.
    progression : str
        Chords such as "I IV V I"; "" draws one of `PROGRESSIONS`.
    melody : bool
    attack : float
        Seconds in which a tone sets in.
    seed : int

    Returns
    -------
    ndarray [shape=(n,)]
    """
    generator = np.random.default_rng(seed)
    beat = 60 / bpm
    drawn = PROGRESSIONS[mode][int(generator.integers(len(PROGRESSIONS[mode])))]
    names = (progression or drawn).split()
    out = np.zeros(round(seconds * RATE))
    for number in range(int(seconds / beat)):
        chord = _CHORDS[mode][names[number // 4 % len(names)]]
        if number % 4 == 0:
            for above in chord:
                _add(out, number * beat, _tone(48 + tonic + above, 4 * beat, cents, attack))
            _add(out, number * beat, 1.5 * _tone(36 + tonic + chord[0] % 12, 4 * beat, cents, attack))
        if melody:
            tone = generator.choice(chord if generator.random() < 0.8 else _SCALES[mode])
            _add(out, number * beat, 0.8 * _tone(60 + tonic + int(tone) % 12, beat, cents, attack))
    return out / 8


@lru_cache(maxsize=64)
def _tone(note: int, seconds: float, cents: float, attack: float) -> Samples:
    time = np.arange(round(seconds * RATE)) / RATE
    frequency = 440 * 2 ** ((note - 69 + cents / 100) / 12)
    wave = np.zeros(len(time))
    for harmonic in range(1, 9):
        if harmonic * frequency < RATE / 2:
            wave += np.sin(2 * np.pi * harmonic * frequency * time + harmonic) / harmonic**1.2
    return wave * np.minimum(1, time / attack) * np.minimum(1, (seconds - time) / 0.02) * np.exp(-time)


def noise(seconds: float, seed: int = 0) -> Samples:
    """White noise of an RMS of 0.1.

    Parameters
    ----------
    seconds : float
    seed : int

    Returns
    -------
    ndarray [shape=(n,)]
    """
    return 0.1 * np.random.default_rng(seed).standard_normal(round(seconds * RATE))


def with_noise(samples: Samples, snr_db: float, seed: int = 0) -> Samples:
    """A recording with white noise in it.

    Parameters
    ----------
    samples : ndarray [shape=(n,)]
    snr_db : float
    seed : int

    Returns
    -------
    ndarray [shape=(n,)]
    """
    rms = float(np.sqrt(np.mean(samples**2)))
    white = np.random.default_rng(seed).standard_normal(len(samples))
    return samples + white * rms * 10 ** (-snr_db / 20)
