"""Strength of each pitch class in a track, to a tenth of a semitone, block by block, for finding the key.

Peaks of the spectrum, each at its exact frequency, vote for their own pitch class and, less, for those of which they
would be a harmonic: the harmonic pitch class profile of Gómez ("Tonal description of polyphonic audio", 2006).
"""

from __future__ import annotations

import numpy as np

from musicemb.core.values.streams import FrameStream
from musicemb.records import Floats, Floats64

FINE = 10
"""Steps of a semitone that are told apart, so that it can be found out afterwards how the music is tuned."""
PITCHES_PER_SECOND = 1 / 8
"""Profiles a second: one for each stretch of eight."""

_WINDOW = 0.6
"""Seconds, about: the next power of two of samples (0.5 to 0.75). Semitones are told apart from 80 Hz on."""
_LOWEST, _HIGHEST = 55.0, 2500.0
"""Hz."""
_COMPRESSION = 0.5
"""Exponent of a peak's magnitude: otherwise the loudest tone alone decides."""
_SOFTEST = 0.03
"""Share of a frame's highest peak below which others do not count (-30 dB)."""
_ABOVE_NOISE = 1.5
"""Times the mean of a frame's magnitudes below which a peak may be noise."""
_SILENCE = 1e-4
"""Magnitude of a sine (-80 dB) below which a frame is silent."""
_HARMONICS, _DECAY = 4, 0.6
_BELOW = 12 * FINE * np.log2(np.arange(1, _HARMONICS + 1))[:, None]
"""How far below a peak the tone lies of which it would be a harmonic, and what it then counts."""
_SHARES = _DECAY ** np.arange(_HARMONICS)[:, None]


class PitchMeter:
    """Adds up the pitch classes of mono samples.

    Parameters
    ----------
    sample_rate : float
        Hz.
    """

    def __init__(self, sample_rate: float) -> None:
        self._rate = sample_rate
        self._length = 1 << max(4, round(np.log2(sample_rate * _WINDOW)))
        hop = self._length
        self._window = np.hanning(self._length + 1)[:-1].astype(np.float32)
        self._window /= self._window.sum() / 2
        self._stream = FrameStream(self._length, hop, max(1, round(sample_rate / PITCHES_PER_SECOND / hop)))
        self._first = max(2, int(_LOWEST * self._length / sample_rate))
        self._end = min(self._length // 2 - 1, int(_HIGHEST * self._length / sample_rate))
        self._profiles: list[Floats64] = []

    def __call__(self, block: Floats) -> None:
        """Process the next samples.

        Parameters
        ----------
        block : ndarray [shape=(n,)], float32
        """
        for frames in self._stream.feed(block):
            self._take(frames)

    def result(self) -> Floats64:
        """The profiles of all that was fed.

        Returns
        -------
        ndarray [shape=(n_stretches, 12 * FINE)], float64
            From C upwards, as A is 440 Hz; a row of zeros where nothing has a pitch.
        """
        for frames in self._stream.finish():
            self._take(frames)
        return np.stack(self._profiles) if self._profiles else np.zeros((0, 12 * FINE))

    def _take(self, frames: Floats) -> None:
        from scipy.fft import rfft

        # Every second one is enough for a key, and costs half.
        spectrum = rfft(frames[::2] * self._window)[:, self._first - 1 : self._end + 1]
        magnitude = np.abs(spectrum)
        here = magnitude[:, 1:-1]
        highest = here.max(axis=1, keepdims=True)
        enough = np.maximum(highest * _SOFTEST, _SILENCE)
        enough = np.maximum(enough, here.mean(axis=1, keepdims=True) * _ABOVE_NOISE)
        peaks = (here > magnitude[:, :-2]) & (here >= magnitude[:, 2:]) & (here > enough)
        rows, columns = np.nonzero(peaks)
        size = here[rows, columns]
        below, above = (np.log(magnitude[rows, columns + at] + 1e-12) for at in (0, 2))
        middle = np.log(size)
        # A parabola through the logarithms of three bins has its top where the tone is.
        shift = 0.5 * (below - above) / np.minimum(below - 2 * middle + above, -1e-9)
        frequency = (self._first + columns + np.clip(shift, -0.5, 0.5)) * (self._rate / self._length)
        weight = (size / highest[rows, 0]) ** _COMPRESSION
        pitch = 12 * FINE * np.log2(frequency / 440) + 9 * FINE
        places = np.rint(pitch - _BELOW).astype(np.int32) % (12 * FINE)
        profile = np.bincount(places.ravel(), (weight * _SHARES).ravel(), 12 * FINE)
        self._profiles.append(profile.astype(np.float64, copy=False))
