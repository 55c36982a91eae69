"""Turns cached frames into the batches of a training, and into vectors of whole tracks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from musicemb.core.signal.features import count_frames, finish_features, measure_bands, raw_features
from musicemb.core.signal.frame_codes import unpack_frames
from musicemb.core.signal.segments import hop_frames, segment_starts, spread_starts
from musicemb.core.training.augmentation import augment_frames, count_needed, draw_mixing, mask_features, warp_frames
from musicemb.core.training.targets import TeacherTargets, mix_targets
from musicemb.core.training.triplets import BatchRows, Recordings, draw_batches
from musicemb.core.vectors.pooling import pool_segments
from musicemb.encoder.training.loop import Batch
from musicemb.records import Floats, FrontEnd
from musicemb.settings import EncoderSettings
from musicemb.workflows.parallel.ordered_map import ordered_map

_BAND_SEGMENTS = 1500
"""Segments that band means are measured on: 100 minutes of audio, far more than they need."""

_MOST_WEIGHT = 4.0
"""Times that the rarest class counts at most: a class of a handful of tracks would be learned by heart."""


@dataclass(frozen=True)
class TrackSet:
    """Tracks as training sees them: packed frames with numbers for artist and label."""

    frames: Sequence[NDArray[Any]]
    """Packed frames of each track, at least a segment long."""
    artists: NDArray[np.int64]
    """-1: unknown."""
    labels: NDArray[np.int64]
    """-1: unlabelled."""
    settings: EncoderSettings
    shares: Floats | None = None
    """Shape (n_tracks, n_classes): what part of each class a track is; None: all of its label."""
    offsets: NDArray[np.float64] | None = None
    """Second of its artist's (session's) recording at which each track begins, NaN for a track that is
    whole; None: all are."""
    teachers: Sequence[TeacherTargets] = ()
    """What teachers say of these tracks."""
    extra: NDArray[np.bool_] | None = None
    """Shape (n_tracks,): which ones are extra music, kept to a share of each batch; None: none is."""

    def count_channels(self, track: int) -> int:
        """Channels of a track that are kept apart.

        Parameters
        ----------
        track : int

        Returns
        -------
        int
            1 where they were mixed.
        """
        frames = self.frames[track]
        return int(frames.shape[1]) if frames.ndim == 3 else 1

    def cut(self, track: int, start: int, length: int, channel: int = 0) -> Floats:
        """Frames of one segment.

        Parameters
        ----------
        track : int
        start, length : int
            Frames.
        channel : int
            Where channels are kept apart.

        Returns
        -------
        ndarray [shape=(length, n_values)], float32
        """
        frames = self.frames[track][start : start + length]
        return unpack_frames(frames[:, channel] if frames.ndim == 3 else frames)

    def measure(self, front_end: FrontEnd) -> tuple[Floats, Floats]:
        """Mean and deviation of each band, over random segments.

        Parameters
        ----------
        front_end : FrontEnd

        Returns
        -------
        mean, std : ndarray [shape=(n_bands,)], float32
        """
        rng = np.random.default_rng([self.settings.training.seed, 0xBA2D])
        length = count_frames(front_end)
        tracks = rng.integers(0, len(self.frames), min(_BAND_SEGMENTS, 8 * len(self.frames)))
        cuts = [self.cut(t, int(rng.integers(0, len(self.frames[t]) - length + 1)), length) for t in tracks]
        return measure_bands(raw_features(np.stack(cuts), front_end.settings), front_end.settings.features)

    def sample(self, front_end: FrontEnd, count: int) -> Floats:
        """Features of random segments, as a scan would make them.

        Parameters
        ----------
        front_end : FrontEnd
        count : int
            Segments.

        Returns
        -------
        ndarray [shape=(count, n_frames, n_bands)], float32
        """
        rng = np.random.default_rng([self.settings.training.seed, 0x5E6])
        length = count_frames(front_end)
        tracks = rng.integers(0, len(self.frames), count)
        cuts = [self.cut(t, int(rng.integers(0, len(self.frames[t]) - length + 1)), length) for t in tracks]
        return finish_features(np.stack(cuts), front_end).astype(np.float32)

    def pairs(self, front_end: FrontEnd, most: int) -> Iterator[tuple[int, Floats, Floats]]:
        """Features of each track's segments, as they are and as augmentation changes them.

        Parameters
        ----------
        front_end : FrontEnd
            Of mel frames.
        most : int
            Segments per track at most, evenly spread.

        Yields
        ------
        track : int
        clean, augmented : ndarray [shape=(n, n_frames, n_bands)], float32
            Of the same segments; tempo, pitch, masks and mixing are left as they are.
        """
        rng = np.random.default_rng([self.settings.training.seed, 0xC0B1])
        length, hop = count_frames(front_end), hop_frames(front_end)
        for track, frames in enumerate(self.frames):
            starts = segment_starts(len(frames), length, hop)
            if len(starts) > most:
                starts = starts[np.linspace(0, len(starts) - 1, most).round().astype(int)]
            channel = track % self.count_channels(track)
            cuts = np.stack([self.cut(track, int(start), length, channel) for start in starts])
            changed = augment_frames(cuts, self.settings.augmentation, rng, magnitudes=_is_magnitude(front_end))
            clean, augmented = (finish_features(one, front_end).astype(np.float32) for one in (cuts, changed))
            yield track, clean, augmented

    def batches(self, front_end: FrontEnd, *, balance: bool = False) -> Callable[[int], Iterator[Batch]]:
        """A function from an epoch's number to its batches, the same each time it is asked.

        Parameters
        ----------
        front_end : FrontEnd
        balance : bool
            Draw the tracks of rare labels more often.

        Returns
        -------
        callable
        """
        training, augmentation = self.settings.training, self.settings.augmentation
        per_second = front_end.settings.sample_rate / front_end.settings.hop
        length = count_frames(front_end)
        lengths = np.array([len(frames) for frames in self.frames], dtype=np.int64)
        weights = _balance(self.labels, self.shares) if balance else None
        recordings = self._recordings(per_second)
        mel = front_end.settings.features != "waveform"
        if front_end.settings.features != "log-mel":
            # A range of samples or of cepstral coefficients is no range of bands: blanking it is no mask.
            augmentation = replace(augmentation, band_masks=0)
        if not mel:
            augmentation = replace(augmentation, time_stretch=0, band_shift=0)
        needed = count_needed(length, augmentation)

        def make(draw: BatchRows, seed: list[int]) -> Batch:
            rng = np.random.default_rng(seed)  # of its own, so that batches can be made side by side
            # Each segment through a microphone of its own: which one it was must not matter.
            channels = [int(rng.integers(n)) if (n := self.count_channels(t)) > 1 else 0 for t in draw.tracks]
            cuts = zip(draw.tracks, draw.starts, channels, strict=True)
            frames = np.stack(
                [
                    # Near its end a track is cut a little earlier, so that there is something to play faster.
                    warp_frames(
                        self.cut(track, max(0, min(start, int(lengths[track]) - needed)), needed, channel),
                        length,
                        augmentation,
                        rng,
                    )
                    for track, start, channel in cuts
                ]
            )
            if mel:
                frames = augment_frames(frames, augmentation, rng, magnitudes=_is_magnitude(front_end))
            features = finish_features(frames, front_end)
            # A mask is each band's mean; bands that are not standardised have their own.
            centre = 0 if front_end.settings.standardise else features.mean(axis=1, keepdims=True)
            features = mask_features(features - centre, augmentation, rng) + centre
            shares = None if self.shares is None else self.shares[draw.tracks]
            targets = self._targets(draw.tracks, draw.starts / per_second, front_end.segments.length)
            mixing = draw_mixing(len(features), augmentation, rng)
            if mixing is not None:
                features = mixing.mix(features)
                shares = None if shares is None else mixing.mix_shares(shares)
                if targets is not None:
                    targets = mix_targets(targets, [t.shape for t in self.teachers], mixing.others, mixing.kept)
            return Batch(features, draw.anchors, self.artists[draw.tracks], self.labels[draw.tracks], shares, targets)

        def epoch_batches(epoch: int) -> Iterator[Batch]:
            rng = np.random.default_rng([training.seed, epoch, 0x7113])
            draws = draw_batches(
                lengths,
                segment=length,
                radius=None if training.radius is None else round(training.radius * per_second),
                tracks_per_batch=training.tracks_per_batch,
                segments_per_track=training.segments_per_track,
                rng=rng,
                weights=weights,
                recordings=recordings,
                extra=self.extra,
                extra_share=training.extra_share,
            )
            steps = enumerate(islice(draws, training.steps_per_epoch))
            yield from ordered_map(make, ((draw, [training.seed, epoch, step, 0xA06]) for step, draw in steps))

        return epoch_batches

    def embed_tracks(
        self, embed: Callable[[Floats], Floats], front_end: FrontEnd, *, most: int | None = None
    ) -> Floats:
        """Pooled vectors of all tracks, cut as scan cuts them.

        Parameters
        ----------
        embed : callable
            (n, n_frames, n_bands) -> (n, dimensions).
        front_end : FrontEnd
        most : int, optional
            Segments per track at most, evenly spread, each through one of its microphones; None: all of all.

        Returns
        -------
        ndarray [shape=(n_tracks, dimensions)], float32
        """
        length = count_frames(front_end)
        hop = hop_frames(front_end)
        found: list[Floats] = []
        waiting: list[Floats] = []
        for track, frames in enumerate(self.frames):
            starts = spread_starts(segment_starts(len(frames), length, hop), front_end)
            if most is not None and len(starts) > most:
                starts = starts[np.linspace(0, len(starts) - 1, most).round().astype(int)]
            several = self.count_channels(track)
            channels = range(several) if most is None else (track % several,)
            cuts = np.stack([self.cut(track, int(start), length, c) for start in starts for c in channels])
            waiting.append(finish_features(cuts, front_end))
            # Some hundred segments at a time: fewer would leave the network idle, more fill memory.
            if sum(map(len, waiting)) >= 512 or track == len(self.frames) - 1:
                vectors = embed(np.concatenate(waiting))
                bounds = np.cumsum([len(features) for features in waiting])[:-1]
                found += [pool_segments(part)[0] for part in np.split(vectors, bounds)]
                waiting = []
        return np.stack(found)

    def _targets(self, tracks: NDArray[np.int64], seconds: NDArray[np.floating], length: float) -> Floats | None:
        if not self.teachers:
            return None
        return np.concatenate([teacher.take(tracks, seconds, length) for teacher in self.teachers], axis=1)

    def _recordings(self, per_second: float) -> Recordings | None:
        if self.offsets is None:
            return None
        pieces = np.isfinite(self.offsets) & (self.artists >= 0)
        frames = np.where(pieces, np.nan_to_num(self.offsets) * per_second, 0).round().astype(np.int64)
        return Recordings(np.where(pieces, self.artists, -1), frames)


def _is_magnitude(front_end: FrontEnd) -> bool:
    return front_end.settings.spectrum == "magnitude"


def _balance(labels: NDArray[np.int64], shares: Floats | None) -> NDArray[np.float64]:
    """Weight per track: rare labels more often, tempered by a square root, so that none is worn out."""
    if shares is None:
        shares = np.eye(labels.max() + 2, dtype=np.float32)[labels + 1, 1:]
    counts = shares.sum(axis=0, dtype=np.float64)
    unlabelled = 1 - shares.sum(axis=1, dtype=np.float64)
    most = max(counts.max(initial=0), unlabelled.sum())
    return np.asarray(shares @ np.sqrt(most / np.maximum(counts, 1)) + unlabelled, dtype=np.float64)


def class_weights(train: TrackSet, n_labels: int) -> Floats:
    """Weight per class of the genre losses: rare ones count more, tempered by a square root.

    Parameters
    ----------
    train : TrackSet
    n_labels : int
        Labels that are learned.

    Returns
    -------
    ndarray [shape=(n_classes,)], float32
        Mean 1; n_classes is n_labels, or more where tracks are of several genres.
    """
    if train.shares is None:
        counts = np.bincount(train.labels[train.labels >= 0], minlength=n_labels).astype(np.float32)
    else:
        counts = train.shares.sum(axis=0)
    weights = np.sqrt(counts.max() / np.maximum(counts, 1.0))
    weights = np.minimum(weights, _MOST_WEIGHT)
    return np.asarray(weights / weights.mean(), dtype=np.float32)
