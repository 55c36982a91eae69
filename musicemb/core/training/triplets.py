"""Drawing training batches: which tracks, and which segments of them (Tile2Vec's triplets in time).

Every batch holds `tracks_per_batch` tracks with `segments_per_track` segments each. Two segments of
a track are anchor and neighbour when their starts lie within the radius; the segments of the other
tracks are the distants, all of them, which teaches several times faster than one random distant.

Tracks can be pieces of longer recordings (the ten-second files of a DCASE session, through several
microphones). A neighbour is then sought in the whole recording, where it may lie in another piece.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from musicemb.records import Integers


@dataclass(frozen=True)
class BatchRows:
    """One batch: rows of one track stand together."""

    tracks: Integers
    """Index of each row's track, shape (n,)."""
    starts: Integers
    """First frame of each row's segment, shape (n,)."""
    anchors: Integers
    """Track of each row's anchor, shape (n,): rows with the same one are anchor and neighbours."""


@dataclass(frozen=True)
class Recordings:
    """Where tracks lie in the recordings that they are pieces of."""

    of: Integers
    """Recording of each track, shape (n_tracks,); -1: it is whole."""
    offsets: Integers
    """Frame of the recording at which each track begins, shape (n_tracks,)."""

    @cached_property
    def _pieces(self) -> dict[int, Integers]:
        order = np.lexsort((self.offsets, self.of))
        bounds = np.flatnonzero(np.diff(self.of[order])) + 1
        return {int(self.of[part[0]]): part for part in np.split(order, bounds) if len(part)}

    def near(self, track: int, low: int, high: int) -> Integers:
        """Pieces of a track's recording that begin in a stretch of it.

        Parameters
        ----------
        track : int
        low, high : int
            First and last frame of the stretch.

        Returns
        -------
        ndarray [shape=(n,)], int64
            In the order of their offsets; the track alone where it is whole.
        """
        recording = int(self.of[track])
        if recording < 0:
            return np.array([track], dtype=np.int64)
        pieces = self._pieces[recording]
        offsets = self.offsets[pieces]
        return pieces[np.searchsorted(offsets, low) : np.searchsorted(offsets, high, side="right")]


def draw_batches(
    lengths: Integers,
    *,
    segment: int,
    radius: int | None,
    tracks_per_batch: int,
    segments_per_track: int,
    rng: np.random.Generator,
    weights: NDArray[np.float64] | None = None,
    recordings: Recordings | None = None,
    extra: NDArray[np.bool_] | None = None,
    extra_share: float = 0.0,
) -> Iterator[BatchRows]:
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
    recordings : Recordings, optional
        Where tracks are pieces of longer recordings: neighbours lie within the radius in those.
    extra : ndarray [shape=(n_tracks,)], bool, optional
        Tracks that take at most `extra_share` of a batch, whatever their number.
    extra_share : float

    Yields
    ------
    BatchRows

    Raises
    ------
    ValueError
        With fewer than two tracks: nothing would be distant.
    """
    if len(lengths) < 2:
        raise ValueError("training needs at least two tracks: distant segments come from other tracks")
    everything = np.arange(len(lengths))
    if extra is None or not extra.any():
        parts = [_choose(everything, tracks_per_batch, weights, rng)]
    else:
        most = int((~extra).sum() * extra_share / (1 - extra_share))  # a small collection is not outnumbered either
        few = min(int(tracks_per_batch * extra_share), int(extra.sum()), most)
        sides = ((everything[~extra], tracks_per_batch - few), (everything[extra], few))
        parts = [_choose(tracks, size, weights, rng) for tracks, size in sides if size]
    while True:
        chosen = np.concatenate([next(part) for part in parts])
        anchors = np.repeat(chosen, segments_per_track)
        if recordings is None:
            starts = [
                draw_starts(int(lengths[track]), segment=segment, radius=radius, count=segments_per_track, rng=rng)
                for track in chosen
            ]
            yield BatchRows(anchors, np.concatenate(starts), anchors)
            continue
        places = [
            draw_places(
                int(track), lengths, recordings, segment=segment, radius=radius, count=segments_per_track, rng=rng
            )
            for track in chosen
        ]
        yield BatchRows(
            np.concatenate([tracks for tracks, _ in places]), np.concatenate([starts for _, starts in places]), anchors
        )


def _choose(
    tracks: Integers, size: int, weights: NDArray[np.float64] | None, rng: np.random.Generator
) -> Iterator[Integers]:
    """Some of these tracks for ever, as `draw_batches` says."""
    size = min(size, len(tracks))
    if weights is not None:
        chances = weights[tracks] / weights[tracks].sum()
        while True:
            yield tracks[rng.choice(len(tracks), size=size, replace=False, p=chances)]
    waiting: Integers = np.zeros(0, dtype=np.int64)
    while True:
        if len(waiting) < size:
            # What is left of this round goes first, so that no track of it is lost.
            fresh = rng.permutation(len(tracks))
            waiting = np.concatenate([waiting, fresh[~np.isin(fresh, waiting)], fresh[np.isin(fresh, waiting)]])
        chosen, waiting = waiting[:size], waiting[size:]
        yield tracks[chosen]


def draw_starts(length: int, *, segment: int, radius: int | None, count: int, rng: np.random.Generator) -> Integers:
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
    others = _around(anchor, last, segment=segment, radius=radius, count=count - 1, rng=rng)
    return np.concatenate([[anchor], others]).astype(np.int64)


def draw_places(
    track: int,
    lengths: Integers,
    recordings: Recordings,
    *,
    segment: int,
    radius: int | None,
    count: int,
    rng: np.random.Generator,
) -> tuple[Integers, Integers]:
    """Tracks and starts of an anchor in one track and of its neighbours in the recording around it.

    Every piece that reaches into the radius is as likely as any other, pieces of the same moment by
    other microphones among them: what differs there is the place, not the sound.

    Parameters
    ----------
    track : int
        The anchor's.
    lengths : ndarray [shape=(n_tracks,)], int
        Frames of each track.
    recordings : Recordings
    segment : int
        Frames of a segment.
    radius : int, optional
        Frames of the recording; None: all of it.
    count : int
        Segments wanted.
    rng : numpy.random.Generator

    Returns
    -------
    tracks, starts : ndarray [shape=(count,)], int64
        The first of each is the anchor's.
    """
    anchor = int(rng.integers(0, int(lengths[track]) - segment + 1))
    place = int(recordings.offsets[track]) + anchor
    reach = radius if radius is not None else int(np.iinfo(np.int64).max // 4)
    near = recordings.near(track, place - reach - int(lengths.max()), place + reach)
    # How far from the anchor the first and the last segment of each piece begin.
    first = recordings.offsets[near] - place
    last = first + lengths[near] - segment
    near = near[(first <= reach) & (last >= -reach)]
    tracks, starts = [track], [anchor]
    for other in near[rng.integers(0, len(near), count - 1)].tolist():
        end = int(lengths[other]) - segment
        if other == track:
            start = int(_around(anchor, end, segment=segment, radius=radius, count=1, rng=rng)[0])
        else:
            shift = place - int(recordings.offsets[other])
            start = int(rng.integers(max(0, shift - reach), min(end, shift + reach) + 1))
        tracks.append(other)
        starts.append(start)
    return np.array(tracks, dtype=np.int64), np.array(starts, dtype=np.int64)


def _around(
    anchor: int, last: int, *, segment: int, radius: int | None, count: int, rng: np.random.Generator
) -> Integers:
    reach = last if radius is None else min(radius, last)
    low, high = max(0, anchor - reach), min(last, anchor + reach)
    candidates = np.arange(low, high + 1)
    apart = candidates[np.abs(candidates - anchor) >= min(segment, max(anchor - low, high - anchor))]
    return np.asarray(rng.choice(apart, size=count, replace=len(apart) < count), dtype=np.int64)
