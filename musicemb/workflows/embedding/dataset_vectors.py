"""From the files of a dataset to a vector each, whole and degraded, by an encoder or a baseline."""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from musicemb.core.evaluation.baselines import MFCC_RATE, mfcc_statistics
from musicemb.core.signal.degradation import add_noise, cut_out, soft_clip
from musicemb.core.signal.segments import segment_features
from musicemb.core.vectors.pooling import pool_segments
from musicemb.datasets.music import share_of
from musicemb.encoder.runtime.litert import require_runtime
from musicemb.errors import FileError
from musicemb.io.array_cache import FrameStore, map_frames, write_frames
from musicemb.io.audio.bliss import read_bliss
from musicemb.io.audio.lossy_codecs import resample, write_lossy
from musicemb.io.audio.multichannel import read_channels
from musicemb.io.audio.native_stderr import silence_native_stderr
from musicemb.io.audio.reader import read_audio
from musicemb.records import Encoder, Floats, Problem
from musicemb.settings import LONGEST_TRACK, to_dict
from musicemb.workflows.embedding.cached_frames import NO_NUMBERS, find_place
from musicemb.workflows.parallel.executor import Executor, IndependentWork, WorkerFailure, open_results
from musicemb.workflows.parallel.process_pool import make_executor

NATIVE_RATE = 48_000
"""Hz at which tracks are degraded: nothing that a file holds is lost before its degradation."""


@dataclass(frozen=True)
class DescribedFile:
    """One file is done."""

    path: Path
    vectors: Floats
    """Shape (1, d): the track; or (n_degradations, d): its degraded copies in the order of `DEGRADATIONS`. A row
    of NaN where nothing is left to describe."""


class EncoderVector:
    """Describes samples by the pooled vector of an encoder, exactly as a scan does.

    Parameters
    ----------
    encoder : Encoder
    silent_too : bool
        Where no segment is loud enough for a scan, describe all: that nobody is at home is an answer,
        and a home's microphone hears it at -60 dB.
    """

    def __init__(self, encoder: Encoder, *, silent_too: bool = False) -> None:
        self.encoder = encoder
        bits = " int8" if encoder.bundle_info is not None and encoder.bundle_info.is_int8 else ""
        self.recipe = f"encoder {encoder.id}{bits}" + (" silent too" if silent_too else "")
        segments = encoder.front_end.segments
        self._hears_all = replace(encoder.front_end, segments=replace(segments, silence_db=-math.inf))
        self._silent_too = silent_too
        self.sample_rate = encoder.front_end.settings.sample_rate
        self._opened = False

    def __call__(self, samples: Floats) -> Floats:
        starts, features = segment_features(samples, self.encoder.front_end)
        if self._silent_too and not len(starts):
            starts, features = segment_features(samples, self._hears_all)
        if not len(starts):
            return np.full(self.encoder.dimensions, np.nan, np.float32)
        with nullcontext() if self._opened else silence_native_stderr():
            vectors = self.encoder.embed(features)  # what runs the network has much to say when it is opened
        self._opened = True
        try:
            return pool_segments(vectors)[0]
        except ValueError:  # no segment has a direction
            return np.full(self.encoder.dimensions, np.nan, np.float32)


class MfccVector:
    """Describes samples by their MFCC statistics."""

    recipe = "mfcc statistics 1"
    sample_rate = MFCC_RATE

    def __call__(self, samples: Floats) -> Floats:
        return mfcc_statistics(samples, MFCC_RATE)


FeatureExtractor = EncoderVector | MfccVector


class _FileVector(IndependentWork):
    """Work: the vector of a file."""

    def __init__(self, extractor: FeatureExtractor) -> None:
        self.extractor = extractor

    def __call__(self, path: Path, /) -> Floats | Problem:
        try:
            audio = read_audio(path, self.extractor.sample_rate, longest=LONGEST_TRACK)
        except FileError as error:
            return Problem(path, error.reason, "failed")
        if not np.isfinite(audio.samples).all():
            return Problem(path, NO_NUMBERS, "failed")
        return np.asarray(self.extractor(audio.samples), np.float32)[None]


class _Degraded(_FileVector):
    """Work: the vectors of a file's degraded copies."""

    def __call__(self, path: Path, /) -> Floats | Problem:
        rate = self.extractor.sample_rate
        try:
            samples = read_audio(path, NATIVE_RATE, longest=LONGEST_TRACK).samples
            # One copy after the other: all of them together would need six times the memory of the track.
            vectors = [self.extractor(degradation(samples, path, rate)) for degradation in DEGRADATIONS.values()]
        except FileError as error:
            return Problem(path, error.reason, "failed")
        return np.stack([np.asarray(vector, np.float32) for vector in vectors])


class _ChannelVectors(_FileVector):
    """Work: a vector per channel of a file."""

    def __call__(self, path: Path, /) -> Floats | Problem:
        try:
            channels = read_channels(path, self.extractor.sample_rate)
        except FileError as error:
            return Problem(path, error.reason, "failed")
        if not np.isfinite(channels).all():
            return Problem(path, NO_NUMBERS, "failed")
        return np.stack([np.asarray(self.extractor(channel), np.float32) for channel in channels])


class _Bliss(IndependentWork):
    """Work: what bliss-audio says of a file."""

    recipe = "bliss 1"

    def __call__(self, path: Path, /) -> Floats | Problem:
        try:
            return read_bliss(path)[None]
        except FileError as error:
            return Problem(path, error.reason, "failed")


def describe_files(
    paths: Sequence[Path],
    extractor: FeatureExtractor,
    *,
    degraded: bool = False,
    apart: bool = False,
    cache: Path,
    workers: int | None = 0,
    executor: Executor | None = None,
) -> Iterator[DescribedFile | Problem]:
    """Describe files; what was described before comes from the cache.

    Parameters
    ----------
    paths : sequence of Path
    extractor : EncoderVector or MfccVector
    degraded : bool
        Their degraded copies instead (see `DEGRADATIONS`).
    apart : bool
        A vector per channel instead.
    cache : Path
        Folder of the cache; safe to delete at any time.
    workers : int or None
        Processes; None: as many as CPUs and memory allow; 0 works in this one.
    executor : Executor or None
        Runs the work in place of the `workers`.

    Yields
    ------
    DescribedFile or Problem
        One per path, as they are done.
    """
    work = _Degraded(extractor) if degraded else _ChannelVectors(extractor) if apart else _FileVector(extractor)
    stated: dict[str, object] = {"describer": extractor.recipe, "damaged": list(DEGRADATIONS) if degraded else []}
    if apart:
        stated["channels"] = "apart"
    if isinstance(extractor, EncoderVector):
        require_runtime(extractor.encoder)
        stated["front end"] = to_dict(extractor.encoder.front_end.settings)
        stated["segments"] = to_dict(extractor.encoder.front_end.segments)
    yield from _cached(paths, work, json.dumps(stated, sort_keys=True), cache, executor or make_executor(workers))


def describe_with_bliss(paths: Sequence[Path], *, cache: Path, workers: int = 0) -> Iterator[DescribedFile | Problem]:
    """Describe files by bliss-audio; what was described before comes from the cache.

    Parameters
    ----------
    paths : sequence of Path
    cache : Path
        Folder of the cache; safe to delete at any time.
    workers : int
        Processes; 0 works in this one.

    Yields
    ------
    DescribedFile or Problem
        One per path, as they are done.
    """
    yield from _cached(paths, _Bliss(), _Bliss.recipe, cache, make_executor(workers))


def _cached(
    paths: Sequence[Path], work: _FileVector | _Bliss, recipe: str, cache: Path, executor: Executor
) -> Iterator[DescribedFile | Problem]:
    store = FrameStore(cache, recipe)
    missing: dict[Path, Path] = {}
    for path in paths:
        place = find_place(store, path)
        if isinstance(place, Problem):
            yield place
            continue
        try:
            yield DescribedFile(path, np.array(map_frames(place)))
        except (OSError, ValueError, EOFError):  # missing or damaged: made again
            missing[path] = place
    with open_results(executor, work, list(missing)) as results:
        for path, outcome in results:
            if isinstance(outcome, WorkerFailure):
                yield Problem(path, outcome.reason, "failed", outcome.transient)
            elif isinstance(outcome, Problem):
                yield outcome
            else:
                write_frames(missing[path], outcome)
                yield DescribedFile(path, outcome)


# ---------------------------------------------------------------------------------- degradations


def _rng(path: Path, degradation: str) -> np.random.Generator:
    # The name decides, not the folder: a dataset that moved gives the same figures.
    return np.random.default_rng(int(share_of(path.name, salt=degradation) * 2**52))


def _noise(samples: Floats, path: Path, rate: int) -> Floats:
    return resample(add_noise(samples, 20.0, _rng(path, "noise")), NATIVE_RATE, rate)


def _clip(samples: Floats, path: Path, rate: int) -> Floats:
    return resample(soft_clip(samples, 6.0), NATIVE_RATE, rate)


def _low_rate(samples: Floats, path: Path, rate: int) -> Floats:
    return resample(resample(samples, NATIVE_RATE, 22_050), 22_050, rate)


def _cut(samples: Floats, path: Path, rate: int) -> Floats:
    return resample(cut_out(samples, 10 * NATIVE_RATE, _rng(path, "cut")), NATIVE_RATE, rate)


def _mp3(samples: Floats, path: Path, rate: int) -> Floats:
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy.mp3"
        write_lossy(copy, samples, NATIVE_RATE, "mp3", 64_000)
        return read_audio(copy, rate).samples


def _opus(samples: Floats, path: Path, rate: int) -> Floats:
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy.opus"
        write_lossy(copy, samples, NATIVE_RATE, "opus", 28_000)
        return read_audio(copy, rate).samples


DEGRADATIONS: Mapping[str, Callable[[Floats, Path, int], Floats]] = {
    "white noise, 20 dB SNR": _noise,
    "+6 dB, soft-clipped": _clip,
    "22.05 kHz": _low_rate,
    "MP3 64 kbit/s mono": _mp3,
    "Opus 28 kbit/s": _opus,
    "random 10 s cut": _cut,
}
"""The degradations of copies, whose originals are then searched."""
