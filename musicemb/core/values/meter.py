"""Tempo, key and loudness of a track while it is decoded."""

from __future__ import annotations

from musicemb.core.values.key import find_key
from musicemb.core.values.loudness import LoudnessMeter
from musicemb.core.values.onsets import OnsetMeter
from musicemb.core.values.pitches import PitchMeter
from musicemb.core.values.tempo import find_tempo
from musicemb.records import Floats, TrackValues


class ValueMeter:
    """Listens to a track block by block; of ten hours it keeps some 20 MB.

    Parameters
    ----------
    sample_rate : int
        Hz, of the mono samples.
    """

    def __init__(self, sample_rate: int) -> None:
        self._onsets = OnsetMeter(sample_rate)
        self._pitches = PitchMeter(sample_rate)
        self._loudness = LoudnessMeter()

    def hear_mono(self, block: Floats) -> None:
        """Take the next samples, mixed and resampled.

        Parameters
        ----------
        block : ndarray [shape=(n,)], float32
        """
        self._onsets(block)
        self._pitches(block)

    def hear_channels(self, block: Floats, rate: int) -> None:
        """Take the next samples as the file has them: loudness is of all channels, at their own rate.

        Parameters
        ----------
        block : ndarray [shape=(channels, n)], float32
        rate : int
            Hz.
        """
        self._loudness(block, rate)

    def result(self, share: float = 1.0) -> TrackValues:
        """What was measured.

        Parameters
        ----------
        share : float
            How much of the file could be decoded, 0 to 1.

        Returns
        -------
        TrackValues
        """
        tempo = find_tempo(self._onsets.result(), self._onsets.per_second)
        found = find_key(self._pitches.result())
        loudness = self._loudness.result()
        return TrackValues(
            bpm=None if tempo is None else tempo.bpm,
            bpm_confidence=0.0 if tempo is None else tempo.confidence,
            key=None if found is None else found.key,
            key_confidence=0.0 if found is None else found.confidence,
            loudness=None if loudness is None else loudness.integrated,
            loudness_confidence=0.0 if loudness is None else share,
            loudness_range=None if loudness is None else loudness.range,
            range_confidence=0.0 if loudness is None else loudness.range_confidence * share,
            peak=None if loudness is None else loudness.peak,
        )
