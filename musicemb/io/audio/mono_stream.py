"""Turns blocks of any rate and channel count into a stream of mono samples at one rate."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from musicemb.io.audio.parts.source_samples import count_resampled
from musicemb.records import Floats

Sink = Callable[[Floats], None]
"""Takes mono samples, block by block. One that has a method `hear_channels`, a `ChannelSink`, gets before that what
the file holds, as it is. One that has a method `hear_mixed`, which takes mono samples at the file's rate (its own to
keep) and that rate, gets these in place of resampled ones, and resamples what it wants itself."""
ChannelSink = Callable[[Floats, int], float | None]
"""Takes samples of all channels, shape (channels, n), and their rate in Hz. It must not keep them: the decoder writes
its next block over them. Where it knows by then what no sample of them is beyond, it says so."""

_LOUDEST = 1e6
"""No recording holds more than this (full scale is 1): beyond it, or not finite, is damage."""
_CANCELLED = 1e-3
"""Power of the mixed channels against the loudest at which they are taken to cancel out (-30 dB)."""


def unheard(block: Floats) -> None:
    """A sink that drops its samples, to test whether a file can be decoded.

    Parameters
    ----------
    block : ndarray, shape (n,), float32
    """


class SinkError(Exception):
    """A sink failed (its cause is the reason): not to be taken for damage of the file by a decoder."""


def downmix(block: Floats) -> Floats:
    """All channels as one: ``(left + right) / 2``, more channels their mean.

    Where that all but cancels out (channels in opposite phase, as after a badly soldered plug), the
    loudest channel stands for all: the music is in there, and silence would be a wrong answer.

    Parameters
    ----------
    block : ndarray [shape=(channels, n)], float32

    Returns
    -------
    ndarray [shape=(n,)], float32
    """
    return _mix(block)[0]


def _mix(block: Floats, highest: float | None = None) -> tuple[Floats, float]:
    """All channels as one, and the sum of its squares; `highest`: what no sample is beyond, where that is known."""
    first: Floats = block[0]
    with np.errstate(over="ignore", invalid="ignore"):  # damage: samples beyond all measure, dealt with behind
        if len(block) == 1:
            return first, float(np.dot(first, first))
        rows = block.T
        if len(block) == 2 and rows.flags.c_contiguous:
            mono: Floats = rows @ np.full(2, 0.5, np.float32)  # thrice as fast as adding what lies apart
            power = float(np.dot(mono, mono))
            if highest is not None and power >= _CANCELLED * block.size * highest * highest:
                return mono, power  # whatever the channels hold, it did not cancel out
            most = float(np.vdot(rows, rows))
        else:
            mono = (first + block[1]) * np.float32(0.5) if len(block) == 2 else block.mean(axis=0, dtype=np.float32)
            most = sum(float(np.dot(channel, channel)) for channel in block)
        power = float(np.dot(mono, mono))
        if power >= _CANCELLED * most:  # of all channels, so of the loudest too
            return mono, power
        powers = [float(np.dot(channel, channel)) for channel in block]
        loudest = int(np.argmax(powers))
        if power < _CANCELLED * powers[loudest] < math.inf:
            return block[loudest], powers[loudest]
    return mono, power


class MonoStream:
    """Mixes, resamples (soxr HQ) and hands on what it is fed; it keeps nothing.

    Parameters
    ----------
    sample_rate : int
        Hz, of what is handed on.
    longest : float
        Seconds of it at most; what follows is dropped.
    sink : callable
        Takes blocks of shape (n,), float32, which are its own to keep.
    """

    def __init__(self, sample_rate: int, longest: float, sink: Sink) -> None:
        self._sample_rate = sample_rate
        self._longest = longest
        self._most = round(longest * sample_rate) if longest < math.inf else sys.maxsize
        self._sink = sink
        self._hear_mixed: Callable[[Floats, int], None] | None = getattr(sink, "hear_mixed", None)
        self._unresampled = 0
        self._hear_channels: ChannelSink | None = getattr(sink, "hear_channels", None)
        self._resampler: Any = None
        self._rate = 0
        self._seen = 0
        self._replaced = 0
        self.n_samples = 0
        """Handed on so far."""
        self.duration = 0.0
        """Seconds that were fed."""

    @property
    def invalid(self) -> float:
        """Share of samples that were not finite (or absurdly loud) and are silence now."""
        return self._replaced / max(self._seen, 1)

    def feed(self, block: Floats, rate: int) -> None:
        """Add a block.

        Parameters
        ----------
        block : ndarray [shape=(channels, n)], float32
        rate : int
            Hz; it may change from block to block.
        """
        if rate != self._rate:  # the first block, or a stream that changes its mind
            self.finish()
            self._rate = rate
            self._resampler = self._make_resampler(rate)
        highest = None
        if self._hear_channels is not None:
            try:
                highest = self._hear_channels(block, rate)
            except Exception as error:
                raise SinkError from error
        mono, power = _mix(block, highest)
        left = max(0, round((self._longest - self.duration) * rate)) if self._longest < math.inf else len(mono)
        self.duration += len(mono) / rate
        self._seen += len(mono)
        if not power < _LOUDEST:  # no sample can be that loud otherwise; NaN compares False
            mono = self._without_invalid(mono)
        if self._hear_mixed is not None:
            self._hand_on_mixed(np.array(mono[:left]) if mono.base is not None else mono[:left], rate)
        elif self._resampler is not None:
            self._hand_on(self._resampler.resample_chunk(np.ascontiguousarray(mono)))
        else:
            self._hand_on(np.array(mono, dtype=np.float32))  # a copy: the decoder writes its next block over this one

    def finish(self) -> None:
        """Hand on what the resampler still holds."""
        self.n_samples += count_resampled(self._unresampled, self._rate, self._sample_rate)
        self._unresampled = 0
        if self._resampler is not None:
            self._hand_on(self._resampler.resample_chunk(np.zeros(0, np.float32), last=True))
            self._resampler = None

    def _hand_on_mixed(self, samples: Floats, rate: int) -> None:
        self._unresampled += len(samples)
        assert self._hear_mixed is not None
        if len(samples):
            try:
                self._hear_mixed(samples, rate)
            except Exception as error:
                raise SinkError from error

    def _hand_on(self, samples: Floats) -> None:
        samples = samples[: max(0, self._most - self.n_samples)]
        if len(samples):
            self.n_samples += len(samples)
            try:
                self._sink(samples)
            except Exception as error:
                raise SinkError from error

    def _make_resampler(self, rate: int) -> Any:
        if rate == self._sample_rate or self._hear_mixed is not None:
            return None
        import soxr

        return soxr.ResampleStream(rate, self._sample_rate, 1, dtype="float32", quality="HQ")

    def _without_invalid(self, mono: Floats) -> Floats:
        if not len(mono) or max(float(mono.max()), -float(mono.min())) < _LOUDEST:  # NaN compares False
            return mono
        valid = np.abs(mono) < _LOUDEST
        self._replaced += int(np.count_nonzero(~valid))
        return np.where(valid, mono, np.float32(0))


class KeptSamples:
    """A sink that keeps all it is given."""

    def __init__(self) -> None:
        self._samples = bytearray()  # grows in place; a list of blocks would be joined by a copy

    def __call__(self, block: Floats) -> None:
        """Keep a block.

        Parameters
        ----------
        block : ndarray [shape=(n,)], float32
        """
        self._samples += np.ascontiguousarray(block).data

    @property
    def samples(self) -> Floats:
        """All blocks as one, shape (n_samples,); nothing may be added once somebody holds it."""
        return np.frombuffer(self._samples, np.float32)
