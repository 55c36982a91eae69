"""Cutting a track into segments (Tile2Vec's tiles, Jean et al. 2019, moved to time)."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from musicemb.core.signal.features import (
    compute_frames,
    count_bands,
    count_frames,
    count_samples,
    count_track_frames,
    finish_features,
)
from musicemb.records import Floats, FrontEnd


def segment_starts(n_frames: int, length: int, hop: int) -> NDArray[np.int64]:
    """First frame of each segment of a track.

    Segments stand `hop` frames apart; what is left at the end gets a segment of its own, flush with
    the end, if it is longer than half a segment: no music goes unheard, none counts twice for long.

    Parameters
    ----------
    n_frames : int
        Frames of the track, at least 1.
    length, hop : int
        Frames of a segment, and between two starts.

    Returns
    -------
    ndarray [shape=(n_segments,)], int64
        At least one; 0 for a track no longer than a segment.
    """
    if n_frames <= length:
        return np.zeros(1, dtype=np.int64)
    starts = np.arange(0, n_frames - length + 1, hop, dtype=np.int64)
    left = n_frames - (starts[-1] + length)
    if left > length // 2:
        starts = np.append(starts, n_frames - length)
    return starts


_RUN = 4.0
"""Seconds of segments in a row that `spread_starts` keeps together: a beat is heard in what lies side by side."""

_FEWEST = 30.0
"""Seconds of segments that are heard at least, where a track has them: two copies of a short one must meet."""


def hop_frames(front_end: FrontEnd) -> int:
    """Frames between the starts of two segments.

    Parameters
    ----------
    front_end : FrontEnd

    Returns
    -------
    int
        At least 1.
    """
    return max(1, round(front_end.segments.hop * front_end.settings.sample_rate / front_end.settings.hop))


def run_length(front_end: FrontEnd) -> int:
    """Samples of a run of segments, about four seconds, or of one segment where that is longer.

    Parameters
    ----------
    front_end : FrontEnd

    Returns
    -------
    int
    """
    together = max(1, round(_RUN / front_end.segments.hop))
    return (together - 1) * hop_frames(front_end) * front_end.settings.hop + count_samples(front_end)


def spread_starts(starts: NDArray[np.int64], front_end: FrontEnd) -> NDArray[np.int64]:
    """Keep the share of a track's segments that the settings ask for, spread evenly over it.

    Short segments are kept or left out in runs of about four seconds. Half a minute of music is heard of any track.

    Parameters
    ----------
    starts : ndarray [shape=(n_segments,)], int64
        As `segment_starts` gives them, silent ones left out or not.
    front_end : FrontEnd

    Returns
    -------
    ndarray [shape=(n_kept,)], int64
        That share, up to half a run more or less, but at least half a minute of them.
    """
    coverage = front_end.segments.coverage
    if coverage >= 1 or len(starts) < 2:
        return starts
    run = min(max(1, round(_RUN / front_end.segments.hop)), len(starts))
    runs = -(-len(starts) // run)
    fewest = min(runs, math.ceil(_FEWEST / (run * front_end.segments.hop)))
    kept = max(fewest, round(coverage * runs))
    # The middle of each of `kept` equal parts: neither the first seconds nor the last ones count more.
    chosen = ((np.arange(kept) + 0.5) * runs / kept).astype(np.int64)
    return starts[np.isin(np.arange(len(starts)) // run, chosen)]


def segment_frames(samples: Floats, front_end: FrontEnd) -> tuple[Floats, Floats]:
    """Cut a track into segments of frames, silent ones left out, and those that the settings' coverage leaves out.

    A track shorter than a segment is repeated until it fills one.

    Parameters
    ----------
    samples : ndarray [shape=(n_samples,)], float32
        Mono, at the front-end's sample rate.
    front_end : FrontEnd

    Returns
    -------
    starts : ndarray [shape=(n_segments,)], float32
        Seconds.
    frames : ndarray [shape=(n_segments, n_frames, n_values)], float32
    """
    settings, length = front_end.settings, count_frames(front_end)
    per_segment = count_samples(front_end)
    if 0 < len(samples) < per_segment:
        samples = np.resize(samples, per_segment)
    n_frames = count_track_frames(len(samples), settings)
    if n_frames < length:
        empty = np.zeros((0, length, count_bands(settings)), dtype=np.float32)
        return np.zeros(0, dtype=np.float32), empty
    every = range(0, n_frames - length + 1, hop_frames(front_end))
    levels = [level_db(samples[first * settings.hop :][:per_segment]) for first in every]
    last = level_db(samples[(n_frames - length) * settings.hop :][:per_segment])
    starts = choose_segments(n_frames, levels, last, front_end)
    places = starts[:, None] + np.arange(length)
    if front_end.segments.coverage < 1:
        wanted = np.unique(places)
        cut = compute_frames(samples, front_end, wanted)[np.searchsorted(wanted, places)]
    else:
        cut = compute_frames(samples, front_end)[places]
    return (starts * (settings.hop / settings.sample_rate)).astype(np.float32), cut


def join_runs(frames: Floats, starts: Floats, front_end: FrontEnd) -> Floats:
    """Join short segments that follow one another to stretches of about four seconds, long enough to hear a beat in.

    Parameters
    ----------
    frames : ndarray [shape=(n_segments, n_frames, n_values)], float32
    starts : ndarray [shape=(n_segments,)], float32
        Seconds.
    front_end : FrontEnd

    Returns
    -------
    ndarray [shape=(n_stretches, n_joined, n_values)], float32
        What is left of a stretch is dropped. The frames as they are, where segments are long, or where no stretch
        can be made.
    """
    chosen = choose_runs(starts, front_end)
    if chosen is None:
        return frames
    joined: Floats = frames[chosen].reshape(len(chosen), -1, frames.shape[2])
    return joined


def choose_runs(starts: Floats, front_end: FrontEnd) -> NDArray[np.int64] | None:
    """Which segments `join_runs` joins.

    Parameters
    ----------
    starts : ndarray [shape=(n_segments,)], float32
        Seconds.
    front_end : FrontEnd

    Returns
    -------
    ndarray [shape=(n_stretches, n_joined)], int64, or None
        Numbers of segments, ascending; None where none is joined.
    """
    run = round(_RUN / front_end.segments.length)
    if run <= 1 or len(starts) < run:
        return None
    length = count_frames(front_end)
    places = np.rint(starts * (front_end.settings.sample_rate / front_end.settings.hop)).astype(np.int64)
    breaks = np.flatnonzero(np.diff(places) != length) + 1
    chosen = [
        block[first : first + run]
        for block in np.split(np.arange(len(starts)), breaks)
        for first in range(0, len(block) - run + 1, run)
    ]
    return np.stack(chosen) if chosen else None


def segment_features(samples: Floats, front_end: FrontEnd) -> tuple[Floats, Floats]:
    """Features of all segments of a track that are not silent.

    Parameters
    ----------
    samples : ndarray [shape=(n_samples,)], float32
        Mono, at the front-end's sample rate.
    front_end : FrontEnd

    Returns
    -------
    starts : ndarray [shape=(n_segments,)], float32
        Seconds.
    features : ndarray [shape=(n_segments, n_frames, n_bands)], float32
        Ready for `Encoder.embed`; none where the track is silent.
    """
    starts, frames = segment_frames(samples, front_end)
    if not len(starts):
        return starts, frames
    return starts, finish_features(frames, front_end)


def choose_segments(n_frames: int, levels: Sequence[float], last: float, front_end: FrontEnd) -> NDArray[np.int64]:
    """The segments of a track that are heard: not silent, and those that the settings' coverage keeps.

    Parameters
    ----------
    n_frames : int
        Frames of the track, at least those of a segment.
    levels : sequence of float
        Levels of the segments that stand a hop apart from its begin (`level_db`).
    last : float
        Level of the segment that is flush with the end.
    front_end : FrontEnd

    Returns
    -------
    ndarray [shape=(n_segments,)], int64
        Their first frames.
    """
    length = count_frames(front_end)
    starts = segment_starts(n_frames, length, hop_frames(front_end))
    loud = np.append(levels, last)[: len(starts)] > front_end.segments.silence_db
    starts = starts[loud]
    if not len(starts) and last > front_end.segments.silence_db:
        # All there is to hear may stand in what is left at the end.
        starts = np.array([n_frames - length], dtype=np.int64)
    return spread_starts(starts, front_end)


def level_db(samples: Floats) -> float:
    """Mean power.

    Parameters
    ----------
    samples : ndarray [shape=(n_samples,)], float32

    Returns
    -------
    float
        dB of full scale, at least -120.
    """
    power = float(np.mean(np.square(samples, dtype=np.float64)))
    return 10 * float(np.log10(max(power, 1e-12)))
