"""Drawing training batches: which tracks, and which segments of them (Tile2Vec's triplets in time).

Every batch holds `tracks_per_batch` tracks with `segments_per_track` segments each. Two segments of
a track are anchor and neighbour when their starts lie within the radius; the segments of the other
tracks are the distants, all of them, which teaches several times faster than one random distant.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Draw:
    """One batch: rows of one track stand together."""

    tracks: Ints
    """Index of each row's track, shape (n,)."""
    starts: Ints
    """First frame of each row's segment, shape (n,)."""


def draw_batches(
    lengths: Ints,
    *,
    segment: int,
    radius: int | None,
    tracks_per_batch: int,
    segments_per_track: int,
    rng: np.random.Generator,
    weights: NDArray[np.float64] | None = None,
) -> Iterator[Draw]:
    """Draw batches for ever; every track comes once before any comes twice.

    Parameters
    ----------
    lengths : ndarray [shape=(n_tracks,)], int
        Frames of each track, at least `segment`.
    segment : int
        Frames of a segment.
    radius : int, optional
        Frames between the starts of two segments of a track at most; None: the whole track.
    tracks_per_batch, segments_per_track : int
    rng : numpy.random.Generator
    weights : ndarray [shape=(n_tracks,)], optional
        How often each track comes, relative to the others (to balance classes). With weights,
        tracks are drawn at random, never twice in one batch.

    Yields
    ------
    Draw

    Raises
    ------
    ValueError
        With fewer than two tracks: nothing would be distant.
    """
    if len(lengths) < 2:
        raise ValueError("it takes at least two tracks: the segments of the others are the distants")
    size = min(tracks_per_batch, len(lengths))
    chances = None if weights is None else weights / weights.sum()
    waiting: Ints = np.zeros(0, dtype=np.int64)
    while True:
        if chances is not None:
            chosen = rng.choice(len(lengths), size=size, replace=False, p=chances)
        else:
            if len(waiting) < size:
                # What is left of this round goes first, so that no track of it is lost.
                fresh = rng.permutation(len(lengths))
                waiting = np.concatenate([waiting, fresh[~np.isin(fresh, waiting)], fresh[np.isin(fresh, waiting)]])
            chosen, waiting = waiting[:size], waiting[size:]
        starts = [
            draw_starts(int(lengths[track]), segment=segment, radius=radius, count=segments_per_track, rng=rng)
            for track in chosen
        ]
        yield Draw(np.repeat(chosen, segments_per_track), np.concatenate(starts))


def draw_starts(length: int, *, segment: int, radius: int | None, count: int, rng: np.random.Generator) -> Ints:
    """Starts of an anchor and its neighbours in one track.

    Segments do not overlap where the track (and the radius) leaves room for that: overlapping ones
    would be told by the very same sounds.

    Parameters
    ----------
    length : int
        Frames of the track.
    segment : int
        Frames of a segment.
    radius : int, optional
        Frames; None: the whole track. A radius longer than the track is the whole track.
    count : int
        Segments wanted.
    rng : numpy.random.Generator

    Returns
    -------
    ndarray [shape=(count,)], int64
        The first one is the anchor; all others lie within the radius of it.
    """
    last = length - segment
    anchor = int(rng.integers(0, last + 1))
    reach = last if radius is None else min(radius, last)
    low, high = max(0, anchor - reach), min(last, anchor + reach)
    candidates = np.arange(low, high + 1)
    apart = candidates[np.abs(candidates - anchor) >= min(segment, max(anchor - low, high - anchor))]
    others = rng.choice(apart, size=count - 1, replace=len(apart) < count - 1)
    return np.concatenate([[anchor], others]).astype(np.int64)
