"""Turns a file's audio into vectors of its segments, block by block: memory does not depend on its length."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from musicemb.core.signal.descriptors import SoundDescription
from musicemb.core.signal.features import count_samples, finish_features
from musicemb.core.signal.segment_blocks import RunJoiner, SegmentCutter, SegmentMeter, SegmentPlan, plan_segments
from musicemb.core.signal.segments import join_runs, level_db, run_length, segment_frames
from musicemb.core.values.meter import ValueMeter
from musicemb.core.vectors.pooling import SegmentPool, quantise
from musicemb.io.audio.mono_stream import KeptSamples, MonoStream
from musicemb.io.audio.parts.excerpts import read_excerpts
from musicemb.io.audio.parts.source_samples import SourceSamples
from musicemb.io.audio.reader import decode_blocks
from musicemb.records import PARTLY, AcousticDescriptors, Encoder, Floats, FrontEnd, SegmentVectors, TrackValues
from musicemb.settings import ScanSettings

_BLOCK = 64
"""Segments whose features are in memory at the same time (25 MB at 4 s)."""

_KEPT = 20 * 60.0
"""Seconds of samples that are kept (77 MB at 16 kHz): a track that plays longer is decoded a second time instead."""
_KEPT_SOURCE = 27_000_000
"""Samples that are kept as the file has them (108 MB): ten minutes at 44.1 kHz."""
_LEVEL_DOUBT = 20.0
"""dB around the level of silence within which a segment's level is measured after resampling."""


@dataclass(frozen=True)
class HeardTrack:
    """The result of analysing a file's audio."""

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
    """A sink that keeps the samples of a track; of a long one, only which segments to embed.

    Samples stay at the rate of their file, for the network hears a part of them only: that part is resampled. What
    plays long, is shorter than a segment or changes its rate on the way is resampled whole, as it comes.
    """

    def __init__(self, front_end: FrontEnd) -> None:
        self._front_end = front_end
        self._meter = SegmentMeter(front_end)
        self._source: SourceSamples | None = None
        self._stream: MonoStream | None = None
        # A track shorter than a segment is repeated, so it must be at hand.
        self._most = max(round(_KEPT * front_end.settings.sample_rate), count_samples(front_end))
        self._kept: KeptSamples | None = KeptSamples()
        self._n_samples = 0
        self.values = ValueMeter()
        self.hear_channels = self.values.hear_channels

    def __call__(self, block: Floats) -> None:
        self._n_samples += len(block)
        self._meter(block)
        if self._n_samples > self._most:
            self._kept = None
        elif self._kept is not None:
            self._kept(block)

    def hear_mixed(self, block: Floats, rate: int) -> None:
        self.values.hear_mono(block, rate)
        if self._stream is None:
            if self._source is None:
                self._source = SourceSamples(rate, self._front_end.settings.sample_rate)
            if rate == self._source.rate and self._source.n_kept + len(block) <= min(_KEPT_SOURCE, _KEPT * rate):
                self._source.add(block)
                return
        self._resample_all().feed(block[None], rate)

    def finish(self) -> tuple[SegmentPlan, SourceSamples | Floats | None]:
        """The segments to embed, and the samples to cut them from; None if these were too many to keep."""
        source = self._source
        if self._stream is None and source is not None and source.n_samples >= count_samples(self._front_end):
            return plan_segments(source.n_samples, partial(self._level, source), self._front_end), source
        self._resample_all().finish()
        plan, samples = self._meter.plan(), None if self._kept is None else self._kept.samples
        return plan, samples if samples is None or not plan.fill else np.resize(samples, plan.fill)

    def _resample_all(self) -> MonoStream:
        """From now on samples are resampled as they come; those that are there are now."""
        if self._stream is None:
            self._stream = MonoStream(self._front_end.settings.sample_rate, math.inf, self.__call__)
            source, self._source = self._source, None
            while source is not None and source.blocks:  # each is let go of as soon as it is resampled
                self._stream.feed(source.blocks.pop(0)[None], source.rate)
        return self._stream

    def _level(self, source: SourceSamples, first: int, end: int) -> float:
        """Level of a segment: where the file's own rate, which holds more, leaves a doubt, of what is resampled."""
        level = 10 * math.log10(max(source.power(first, end), 1e-12))
        if -_LEVEL_DOUBT < level - self._front_end.segments.silence_db < _LEVEL_DOUBT:
            return level_db(next(iter(source.ranges([(first, end)]))))
        return level


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
        As `io.audio.reader.decode_blocks` raises them.
    """
    front_end = encoder.front_end
    if settings.excerpts and (fast := _embed_excerpts(path, encoder, settings.excerpts)) is not None:
        return fast
    heard = decode_blocks(
        path,
        front_end.settings.sample_rate,
        lambda: _Recording(front_end),
        longest=settings.longest,
        decode_share=settings.decode_share,
        shortest=front_end.segments.shortest_track,
    )
    plan, samples = heard.sink.finish()
    if not len(plan.places):
        return None
    vectors = _Vectors(plan, encoder)
    if samples is None:
        heard.again(vectors.feed)
    elif isinstance(samples, SourceSamples):
        vectors.take_all(samples)
    else:
        vectors.feed(samples)
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

    def take_all(self, source: SourceSamples) -> None:
        """Take the selected parts of the samples of the whole track."""
        for frames in self._cutter.cut(source.ranges(self._cutter.ranges)):
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


def _embed_excerpts(path: Path, encoder: Encoder, count: int) -> HeardTrack | None:
    """Embed some excerpts of a track; None if all of it must be decoded instead."""
    front_end = encoder.front_end
    whole = replace(front_end, segments=replace(front_end.segments, coverage=1.0))
    length = run_length(front_end)
    rate = front_end.settings.sample_rate
    heard = read_excerpts(path, rate, count, (length + front_end.settings.n_fft) / rate)
    if heard is None:
        return None
    sound, starts, frames = SoundDescription(front_end), list[Floats](), list[Floats]()
    for begin, samples in zip(heard.starts, heard.samples, strict=True):
        places, cut = segment_frames(samples, whole)
        if len(cut):
            joined = join_runs(cut, places, front_end)
            # A beat cannot be found where a part of the run is silent.
            if joined.shape[1] * front_end.settings.hop > 0.8 * length:
                sound.add(joined)
            starts.append((places + begin).astype(np.float32))
            frames.append(cut)
    if not frames:
        return None  # silent here; perhaps not between
    vectors = encoder.embed(finish_features(np.concatenate(frames), front_end)).astype(np.float32, copy=False)
    if not np.isfinite(vectors).all() or not vectors.any():
        return None
    pool = SegmentPool()
    pool.add(vectors)
    segments = quantise(np.concatenate(starts), vectors)
    told = (heard.duration, heard.decoder + PARTLY, "")
    return HeardTrack(*told, *pool.result(), segments, sound.result())
