"""Cuts a track into segments block by block while it is decoded, with the same result as `segment_frames`.

Which segments are heard hangs on the whole track (its length, its silent stretches, the share that the settings ask
for), so a track is gone through twice: a `SegmentMeter` finds out which, a `SegmentCutter` makes their frames. Neither
keeps more than a few minutes of samples.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from musicemb.core.signal.features import compute_frames, count_frames, count_samples, count_track_frames
from musicemb.core.signal.segments import choose_runs, choose_segments, hop_frames, level_db
from musicemb.records import Floats, FrontEnd

_MOST_TOGETHER = 16
"""Segments whose frames are made at once: about a minute of samples and their frames."""


@dataclass(frozen=True)
class SegmentPlan:
    """Which segments of a track are heard."""

    places: NDArray[np.int64]
    """First frames, ascending."""
    starts: Floats
    """The same in seconds."""
    fill: int = 0
    """Samples that a track shorter than a segment is repeated to (`numpy.resize`); 0: it is not."""


class SegmentMeter:
    """Finds out which segments of a track are heard.

    Parameters
    ----------
    front_end : FrontEnd
    """

    def __init__(self, front_end: FrontEnd) -> None:
        self._front_end = front_end
        self._per_segment = count_samples(front_end)
        self._step = hop_frames(front_end) * front_end.settings.hop
        self._levels: list[float] = []
        self._tail = np.zeros(0, dtype=np.float32)
        self._n_samples = 0

    def __call__(self, block: Floats) -> None:
        """Process the next samples.

        Parameters
        ----------
        block : ndarray [shape=(n,)], float32
        """
        tail = np.concatenate([self._tail, block]) if len(self._tail) else block
        self._n_samples += len(block)
        begin = self._n_samples - len(tail)
        while (first := len(self._levels) * self._step) + self._per_segment <= self._n_samples:
            self._levels.append(level_db(tail[first - begin :][: self._per_segment]))
        # The segment that is flush with the end begins up to a hop before what it hears.
        keep = max(0, self._n_samples - self._per_segment - self._front_end.settings.hop)
        self._tail = np.array(tail[min(keep, first) - begin :])

    def plan(self) -> SegmentPlan:
        """The segments of what was heard.

        Returns
        -------
        SegmentPlan
        """
        n_samples, fill = self._n_samples, 0
        levels, tail = self._levels, self._tail
        if 0 < n_samples < self._per_segment:
            fill = n_samples = self._per_segment
            tail = np.resize(tail, fill)
            levels = [level_db(tail)]
        begin = n_samples - len(tail)
        return _plan(
            n_samples, levels, lambda first: level_db(tail[first - begin :][: self._per_segment]), fill, self._front_end
        )


def plan_segments(n_samples: int, level: Callable[[int, int], float], front_end: FrontEnd) -> SegmentPlan:
    """Which segments of a track are heard, where all of its samples are at hand.

    Parameters
    ----------
    n_samples : int
        At least those of a segment.
    level : callable
        The level in dB (as of `level_db`) of the samples from the first to before the second number.
    front_end : FrontEnd

    Returns
    -------
    SegmentPlan
    """
    per_segment, step = count_samples(front_end), hop_frames(front_end) * front_end.settings.hop
    levels = [level(first, first + per_segment) for first in range(0, n_samples - per_segment + 1, step)]
    return _plan(n_samples, levels, lambda first: level(first, min(first + per_segment, n_samples)), 0, front_end)


def _plan(
    n_samples: int, levels: list[float], level_from: Callable[[int], float], fill: int, front_end: FrontEnd
) -> SegmentPlan:
    settings, length = front_end.settings, count_frames(front_end)
    n_frames = count_track_frames(n_samples, settings)
    if n_frames < length:
        return SegmentPlan(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32))
    last = level_from((n_frames - length) * settings.hop)
    places = choose_segments(n_frames, levels, last, front_end)
    starts = (places * (settings.hop / settings.sample_rate)).astype(np.float32)
    return SegmentPlan(places, starts, fill)


class SegmentCutter:
    """Makes the frames of the segments that are heard.

    Parameters
    ----------
    plan : SegmentPlan
    front_end : FrontEnd
    """

    def __init__(self, plan: SegmentPlan, front_end: FrontEnd) -> None:
        self._front_end = front_end
        self._length = count_frames(front_end)
        self._spans = _together(plan.places, self._length)
        self._pending: list[Floats] = []
        self._begin = self._end = 0

    def feed(self, block: Floats) -> Iterator[Floats]:
        """Take the next samples.

        Parameters
        ----------
        block : ndarray [shape=(n,)], float32
            Kept for a while.

        Yields
        ------
        ndarray [shape=(n_segments, n_frames, n_values)], float32
            The segments that are complete now.
        """
        self._pending.append(block)
        self._end += len(block)
        while self._spans and self._last_sample(self._spans[0]) <= self._end:
            yield self._cut(self._spans.pop(0))
        self._forget()

    def finish(self) -> Iterator[Floats]:
        """Make the frames of what is left, once all samples were fed.

        Yields
        ------
        ndarray [shape=(n_segments, n_frames, n_values)], float32
        """
        while self._spans:
            yield self._cut(self._spans.pop(0))
        self._pending = []

    @property
    def ranges(self) -> list[tuple[int, int]]:
        """First and end of the samples that are heard, in their order: what `cut` takes, where all are at hand."""
        hop = self._front_end.settings.hop
        return [(int(places[0]) * hop, self._last_sample(places)) for places in self._spans]

    def cut(self, pieces: Iterable[Floats]) -> Iterator[Floats]:
        """Make all frames.

        Parameters
        ----------
        pieces : iterable of ndarray [shape=(n,)], float32
            Samples of each of `ranges`; at the end of the track there may be less.

        Yields
        ------
        ndarray [shape=(n_segments, n_frames, n_values)], float32
        """
        spans, self._spans = self._spans, []
        for places, samples in zip(spans, pieces, strict=True):
            yield self._frames(samples, places)

    def _last_sample(self, places: NDArray[np.int64]) -> int:
        """Behind the samples that the last frame of a span hears, as far as windows reach."""
        settings = self._front_end.settings
        window = settings.hop if settings.features == "waveform" else settings.window or settings.n_fft
        return int(places[-1] + self._length - 1) * settings.hop + window

    def _cut(self, places: NDArray[np.int64]) -> Floats:
        hop, first = self._front_end.settings.hop, int(places[0])
        if len(self._pending) > 1:
            self._pending = [np.concatenate(self._pending)]
        return self._frames(
            self._pending[0][first * hop - self._begin : self._last_sample(places) - self._begin], places
        )

    def _frames(self, samples: Floats, places: NDArray[np.int64]) -> Floats:
        # Segments of a span touch or overlap: all of its frames are wanted.
        frames = compute_frames(samples, self._front_end)
        cut: Floats = frames[(places - places[0])[:, None] + np.arange(self._length)]
        return cut

    def _forget(self) -> None:
        """Let go of the samples before the next span."""
        first = int(self._spans[0][0]) * self._front_end.settings.hop if self._spans else self._end
        while self._pending and self._begin + len(self._pending[0]) <= first:
            self._begin += len(self._pending.pop(0))
        if self._pending and self._begin < first:
            self._pending[0] = self._pending[0][first - self._begin :]
            self._begin = first


class RunJoiner:
    """`join_runs` for segments that come block by block.

    Parameters
    ----------
    starts : ndarray [shape=(n_segments,)], float32
        Seconds, of all segments.
    front_end : FrontEnd
    """

    def __init__(self, starts: Floats, front_end: FrontEnd) -> None:
        self._chosen = choose_runs(starts, front_end)
        self._next = 0
        self._kept: Floats | None = None
        self._begin = self._end = 0

    def feed(self, frames: Floats) -> Floats:
        """Take the next segments.

        Parameters
        ----------
        frames : ndarray [shape=(n_segments, n_frames, n_values)], float32

        Returns
        -------
        ndarray [shape=(n_stretches, n_joined, n_values)], float32
            The stretches that are complete now.
        """
        if self._chosen is None:
            return frames
        kept = frames if self._kept is None else np.concatenate([self._kept, frames])
        self._end += len(frames)
        after = int(np.searchsorted(self._chosen[:, -1], self._end))  # stretches that end before `_end`
        stretches = self._chosen[self._next : after] - self._begin
        joined: Floats = kept[stretches].reshape(len(stretches), stretches.shape[1] * kept.shape[1], kept.shape[2])
        self._next = after
        first = int(self._chosen[after, 0]) if after < len(self._chosen) else self._end
        drop = min(first, self._end) - self._begin
        self._kept, self._begin = kept[drop:], self._begin + drop
        return joined


def _together(places: NDArray[np.int64], length: int) -> list[NDArray[np.int64]]:
    """Segments that touch or overlap, in groups whose frames are made at once."""
    breaks = np.flatnonzero(np.diff(places) > length) + 1
    return [
        span[first : first + _MOST_TOGETHER]
        for span in np.split(places, breaks)
        for first in range(0, len(span), _MOST_TOGETHER)
    ]
