"""Tempo, key, loudness and silence of a track while it is decoded."""

from __future__ import annotations

import numpy as np

from musicemb.core.values.key import FoundKey, find_key
from musicemb.core.values.loudness import LoudnessMeter
from musicemb.core.values.onsets import OnsetMeter
from musicemb.core.values.pitches import PitchMeter
from musicemb.core.values.tempo import Tempo, find_tempo
from musicemb.records import Floats, TrackValues

_LOWEST_RATE = 11_000
"""Hz. Beats and keys are heard at the file's rate, halved as long as it stays above this."""

_GROUP = 4
"""Means that are taken by one row of a product of matrices: a third faster than one by one."""


class ValueMeter:
    """Measures a track block by block; for ten hours it keeps some 20 MB."""

    def __init__(self) -> None:
        self._music: dict[int, _Music] = {}
        self._loudness = LoudnessMeter()

    def hear_mono(self, block: Floats, rate: int) -> None:
        """Take the next samples, mixed.

        Parameters
        ----------
        block : ndarray [shape=(n,)], float32
        rate : int
            Hz; where it changes on the way, tempo and key are those of the longest part.
        """
        if rate not in self._music:
            self._music[rate] = _Music(rate)
        self._music[rate].hear(block)

    def hear_channels(self, block: Floats, rate: int) -> float:
        """Take the next samples as the file has them: loudness is of all channels, at their own rate.

        Parameters
        ----------
        block : ndarray [shape=(channels, n)], float32
        rate : int
            Hz.

        Returns
        -------
        float
            What no sample of the block is beyond.
        """
        return self._loudness(block, rate)

    def result(self, share: float = 1.0) -> TrackValues:
        """The measured values.

        Parameters
        ----------
        share : float
            How much of the file could be decoded, 0 to 1.

        Returns
        -------
        TrackValues
        """
        music = max(self._music.values(), key=lambda part: part.seconds, default=None)
        tempo = None if music is None else music.find_tempo()
        found = None if music is None else music.find_key()
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
            silence=self._loudness.silence(),
        )


class _Music:
    """What is heard of samples of one rate: means of some neighbours, for beats and keys need no high tones."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._thinned = 1
        while rate / (2 * self._thinned) >= _LOWEST_RATE:
            self._thinned *= 2
        self._means = np.kron(
            np.eye(_GROUP, dtype=np.float32), np.full((self._thinned, 1), 1 / self._thinned, np.float32)
        )
        self._left = np.zeros(0, np.float32)
        self._n_samples = 0
        self._onsets = OnsetMeter(rate / self._thinned)
        self._pitches = PitchMeter(rate / self._thinned)

    @property
    def seconds(self) -> float:
        return self._n_samples / self._rate

    def hear(self, block: Floats) -> None:
        self._n_samples += len(block)
        if self._thinned > 1:
            block = self._thin(block)
        self._onsets(block)
        self._pitches(block)

    def _thin(self, block: Floats) -> Floats:
        """Means of neighbours; those that do not fill a row of the product wait."""
        group, taken = _GROUP * self._thinned, 0
        if len(self._left):
            taken = min(group - len(self._left), len(block))
            self._left = np.concatenate([self._left, block[:taken]])
        first = len(self._left) // group  # a row that is begun is filled up first, so that nothing else is copied
        rows = (len(block) - taken) // group if first or not len(self._left) else 0
        thinned = np.empty((first + rows, _GROUP), np.float32)
        if first:
            np.matmul(self._left[None], self._means, out=thinned[:1])
        if rows:
            np.matmul(block[taken : taken + rows * group].reshape(-1, group), self._means, out=thinned[first:])
        if first or not len(self._left):
            self._left = block[taken + rows * group :].copy()
        return thinned.reshape(-1)

    def find_tempo(self) -> Tempo | None:
        return find_tempo(self._onsets.result(), self._onsets.per_second)

    def find_key(self) -> FoundKey | None:
        return find_key(self._pitches.result())
