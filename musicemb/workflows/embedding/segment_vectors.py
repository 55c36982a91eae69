"""A file's audio becomes vectors of its segments, block by block: memory does not hang on how long it plays."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from musicemb.core.signal.descriptors import SoundDescription
from musicemb.core.signal.features import count_samples, finish_features
from musicemb.core.signal.segment_blocks import RunJoiner, SegmentCutter, SegmentMeter, SegmentPlan
from musicemb.core.values.meter import ValueMeter
from musicemb.core.vectors.pooling import SegmentPool, quantise
from musicemb.io.audio.mono_stream import KeptSamples
from musicemb.io.audio.reader import listen
from musicemb.records import AcousticDescriptors, Encoder, Floats, FrontEnd, SegmentVectors, TrackValues
from musicemb.settings import ScanSettings

_BLOCK = 64
"""Segments that are features at once (25 MB at 4 s)."""

_KEPT = 20 * 60.0
"""Seconds of samples that are kept (77 MB at 16 kHz): a track that plays longer is decoded a second time instead."""


@dataclass(frozen=True)
class HeardTrack:
    """What became of a file's audio."""

    duration: float
    """Seconds."""
    decoder: str
    note: str
    vector: Floats | None
    """None where the encoder gave a vector that is no direction."""
    homogeneity: float
    segments: SegmentVectors | None
    descriptors: AcousticDescriptors | None
    values: TrackValues | None = None


class _Recording:
    """A sink that keeps the samples of a track; of a long one only which segments are to be heard."""

    def __init__(self, front_end: FrontEnd) -> None:
        self._meter = SegmentMeter(front_end)
        # A track shorter than a segment is repeated, so it must be at hand.
        self._most = max(round(_KEPT * front_end.settings.sample_rate), count_samples(front_end))
        self._kept: KeptSamples | None = KeptSamples()
        self._n_samples = 0
        self.values = ValueMeter(front_end.settings.sample_rate)
        self.hear_channels = self.values.hear_channels

    def __call__(self, block: Floats) -> None:
        self._n_samples += len(block)
        self._meter(block)
        self.values.hear_mono(block)
        if self._n_samples > self._most:
            self._kept = None
        elif self._kept is not None:
            self._kept(block)

    @property
    def plan(self) -> SegmentPlan:
        return self._meter.plan()

    @property
    def samples(self) -> Floats | None:
        """All samples; None where they were too many to keep."""
        return None if self._kept is None else self._kept.samples


def embed_segments(path: Path, encoder: Encoder, settings: ScanSettings) -> HeardTrack | None:
    """Decode a file, cut it into segments, embed and pool them.

    Parameters
    ----------
    path : Path
    encoder : Encoder
    settings : ScanSettings

    Returns
    -------
    HeardTrack or None
        None where all of it is silent.

    Raises
    ------
    AudioError, SkippedAudio
        As `io.audio.reader.listen` raises them.
    """
    front_end = encoder.front_end
    heard = listen(
        path,
        front_end.settings.sample_rate,
        lambda: _Recording(front_end),
        longest=settings.longest,
        decode_share=settings.decode_share,
        shortest=front_end.segments.shortest_track,
    )
    plan, samples = heard.sink.plan, heard.sink.samples
    if not len(plan.places):
        return None
    vectors = _Vectors(plan, encoder)
    if samples is None:
        heard.again(vectors.feed)
    else:
        vectors.feed(np.resize(samples, plan.fill) if plan.fill else samples)
    vectors.finish()
    told = (heard.duration, heard.decoder, heard.note)
    if not vectors.usable:
        return HeardTrack(*told, None, 0.0, None, None)
    values = heard.sink.values.result(heard.share)
    return HeardTrack(*told, *vectors.pool.result(), vectors.segments, vectors.sound.result(), values)


class _Vectors:
    """A sink that makes vectors of the segments of a plan."""

    def __init__(self, plan: SegmentPlan, encoder: Encoder) -> None:
        self.pool = SegmentPool()
        self.sound = SoundDescription(encoder.front_end)
        self._encoder = encoder
        self._plan = plan
        self._cutter = SegmentCutter(plan, encoder.front_end)
        self._joiner = RunJoiner(plan.starts, encoder.front_end)
        self._waiting: list[Floats] = []
        self._coded: list[SegmentVectors] = []
        self._finite, self._any = True, False

    @property
    def usable(self) -> bool:
        """Whether all vectors are numbers, and one at least is not 0."""
        return self._finite and self._any

    def feed(self, block: Floats) -> None:
        """Take the next samples."""
        for frames in self._cutter.feed(block):
            self._take(frames)

    def finish(self) -> None:
        """Deal with what is left, once all samples were fed."""
        for frames in self._cutter.finish():
            self._take(frames)
        self._embed()

    @property
    def segments(self) -> SegmentVectors:
        """All vectors, where they are usable."""
        codes = np.concatenate([coded.codes for coded in self._coded])
        return SegmentVectors(self._plan.starts, codes, np.concatenate([coded.scales for coded in self._coded]))

    def _take(self, frames: Floats) -> None:
        self.sound.add(self._joiner.feed(frames))
        self._waiting.append(frames)
        if sum(map(len, self._waiting)) >= _BLOCK:
            self._embed()

    def _embed(self) -> None:
        if not self._waiting:
            return
        frames = np.concatenate(self._waiting) if len(self._waiting) > 1 else self._waiting[0]
        self._waiting = []
        vectors = self._encoder.embed(finish_features(frames, self._encoder.front_end)).astype(np.float32, copy=False)
        finite = bool(np.isfinite(vectors).all())
        self._finite = self._finite and finite
        self._any = self._any or bool(vectors.any())
        if finite:
            self.pool.add(vectors)
            first = sum(len(coded.codes) for coded in self._coded)
            self._coded.append(quantise(self._plan.starts[first : first + len(vectors)], vectors))
