"""Acoustic descriptors of a track: tempo, brightness, onsets.

How loud it was mastered changes none of them. All is taken from the frames that the encoder sees anyway. Whether
somebody sings is left out: sustained bands in the range of a voice are those of a violin or a synthesiser too, and a
word that is often wrong is worse than none.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from musicemb.records import AcousticDescriptors, Floats, FrontEnd

_BLOCK = 64
"""Segments looked at at once (6 MB each time): bounds memory for files of several hours."""
_ROWS = 1024
"""Segments whose onsets are transformed at once (4 MB)."""
_WIDE = 12
"""Wide bands in which onsets are looked for."""
_DEPTH = 50.0
"""dB below a segment's mean level that still counts: what sets in below is noise of the codec."""
_SLOWEST, _FASTEST = 50.0, 200.0
"""Beats per minute."""
_STEPS = 281
"""Tempos tried, half a per cent apart."""
_USUAL, _SPREAD = 120.0, 1.0
"""Beats per minute that people tap most, and the standard deviation in octaves (Ellis 2007)."""
_FEWEST_SEGMENTS = 4
"""Less music than this is too short for its two halves to be witnesses of one tempo."""
_CLEAREST_PULSE = 0.15
"""Correlation of the onsets with themselves a beat later that makes a beat."""
_AGREE = 0.04
"""Share by which the tempos of the two halves may differ; a beat counted double differs by far more."""


def describe_sound(frames: Floats, front_end: FrontEnd) -> AcousticDescriptors | None:
    """Describe how a track sounds.

    Parameters
    ----------
    frames : ndarray [shape=(n_segments, n_frames, n_mels)], float32
        Mel power in dB of the segments that are not silent, in their order (`core.signal.segments.segment_frames`).
    front_end : FrontEnd
        That made them.

    Returns
    -------
    AcousticDescriptors or None
        None where nothing can be told: no segment, or a front-end of plain samples.
    """
    description = SoundDescription(front_end)
    description.add(frames)
    return description.result()


class SoundDescription:
    """`describe_sound` for frames that come block by block.

    What is kept of a frame is one number, how much sets in there (9 MB for 10 hours), so nothing is lost by it.

    Parameters
    ----------
    front_end : FrontEnd
        That makes the frames.
    """

    def __init__(self, front_end: FrontEnd) -> None:
        self._front_end = front_end
        self._brightness: list[Floats] = []
        self._onsets: list[Floats] = []
        bins = np.arange(front_end.filterbank.shape[1]) * (front_end.settings.sample_rate / front_end.settings.n_fft)
        weights = front_end.filterbank.sum(axis=1)
        self._centres = (front_end.filterbank @ bins / np.maximum(weights, 1e-9)).astype(np.float32)

    def add(self, frames: Floats) -> None:
        """Add the next frames of the track.

        Parameters
        ----------
        frames : ndarray [shape=(n_segments, n_frames, n_mels)], float32
            As for `describe_sound`.
        """
        if self._front_end.settings.features == "waveform":
            return
        for first in range(0, len(frames), _BLOCK):
            block = frames[first : first + _BLOCK]
            # The amplitude, not the power: otherwise the bass drum alone decides.
            amplitude = np.exp(block * np.float32(np.log(10) / 20))
            total = amplitude.sum(axis=2)
            # Loud moments count for more: what is heard in a pause is the room.
            self._brightness.append((amplitude @ self._centres).sum(axis=1) / np.maximum(total.sum(axis=1), 1e-9))
            # Few wide bands: in a narrow one even a held tone and a steady noise flicker.
            wide = np.add.reduceat(amplitude, _edges(block.shape[2]), axis=2)
            wide = (wide[:, :-1] + wide[:, 1:]) / 2
            floor = wide.mean(axis=(1, 2), keepdims=True) * np.float32(10 ** (-_DEPTH / 20))
            heard = 20 * np.log10(np.maximum(wide, np.maximum(floor, 1e-9)))
            self._onsets.append(np.maximum(np.diff(heard, axis=1), 0).mean(axis=2))

    def result(self) -> AcousticDescriptors | None:
        """The result for all samples so far.

        Returns
        -------
        AcousticDescriptors or None
            As `describe_sound` gives them.
        """
        if not self._onsets:
            return None
        envelope = np.concatenate(self._onsets)
        per_second = self._front_end.settings.sample_rate / self._front_end.settings.hop
        return AcousticDescriptors(
            tempo=find_tempo(envelope, per_second),
            brightness=float(np.median(np.concatenate(self._brightness))),
            energy=float(envelope.mean() * per_second),
        )


def find_tempo(onsets: Floats, per_second: float) -> float:
    """The tempo, if it is clear: both halves of the track have a beat, and it is the same one.

    Each half is asked for itself: its onsets are correlated with themselves, and the tempo is the one whose beat
    and second beat correlate most, weighed by how people tap (Ellis, Beat tracking by dynamic programming, 2007).

    Parameters
    ----------
    onsets : ndarray [shape=(n_segments, n_frames)], float32
        How much sets in at each frame.
    per_second : float
        Frames per second.

    Returns
    -------
    float
        Beats per minute, 50 to 200; 0 where it is not clear.
    """
    if len(onsets) < _FEWEST_SEGMENTS:
        return 0.0
    tempos = np.geomspace(_SLOWEST, _FASTEST, _STEPS)
    middle = len(onsets) // 2
    found = []
    for half in (onsets[:middle], onsets[middle:]):
        likeness = _autocorrelate(half)
        beat, second = (
            np.interp(times * 60 * per_second / tempos, np.arange(len(likeness)), likeness, right=0.0)
            for times in (1, 2)
        )
        usual = np.exp(-0.5 * (np.log2(tempos / _USUAL) / _SPREAD) ** 2)
        best = int(np.argmax((beat + 0.5 * second) * usual))
        if beat[best] < _CLEAREST_PULSE:
            return 0.0
        found.append(float(tempos[best]))
    first, last = found
    return (first + last) / 2 if abs(first - last) <= _AGREE * min(found) else 0.0


def _edges(bands: int) -> NDArray[np.int64]:
    return np.unique(np.linspace(0, bands, min(_WIDE, bands), endpoint=False).astype(np.int64))


def _autocorrelate(onsets: Floats) -> NDArray[np.float64]:
    """Mean over the segments of the correlation with itself some frames later; 1 at no frame."""
    from scipy.fft import irfft, next_fast_len, rfft

    length = onsets.shape[1]
    size = next_fast_len(2 * length, real=True)
    varying = onsets - onsets.mean(axis=1, keepdims=True)
    power = np.zeros(size // 2 + 1, dtype=np.float64)
    for first in range(0, len(varying), _ROWS):
        spectrum = rfft(varying[first : first + _ROWS], size)
        power += (spectrum.real**2 + spectrum.imag**2).sum(axis=0)
    products = irfft(power, size)[:length].astype(np.float64)
    overlap = 1 - np.arange(length) / length
    if products[0] <= 1e-9:
        return np.zeros(length)
    likeness: NDArray[np.float64] = np.where(overlap > 0.25, products / products[0] / np.maximum(overlap, 0.25), 0.0)
    return likeness
