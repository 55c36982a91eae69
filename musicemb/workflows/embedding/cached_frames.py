"""Decodes audio files into cached frames, in worker processes; training and evaluation start from these."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from musicemb.core.signal.features import compute_frames
from musicemb.core.signal.frame_codes import pack_frames
from musicemb.errors import FileError
from musicemb.io.array_cache import FrameStore, StoredFrames, map_frames, write_frames
from musicemb.io.audio.multichannel import read_channels
from musicemb.io.audio.reader import read_audio
from musicemb.io.user_folders import frame_cache_folder
from musicemb.records import FrontEnd, Problem
from musicemb.settings import LONGEST_TRACK, FrontEndSettings, to_dict
from musicemb.workflows.parallel.executor import Executor, IndependentWork, WorkerFailure, open_results, shares_files
from musicemb.workflows.parallel.process_pool import make_executor

_MOST_MAPPED = 10_000
"""Files that stay mapped; Linux allows some 65 000 maps per process, and other parts need some too."""

NO_NUMBERS = "holds values that are not numbers"
"""The note for a file with NaN or infinite samples."""


_STATED_ALWAYS = ("features", "sample_rate", "n_fft", "hop", "n_mels", "fmin", "fmax", "n_mfcc", "floor_db")
"""Settings of version 0.1, by which the frames that it cached are found."""


@dataclass(frozen=True)
class FramesReady:
    """The frames of one file are in the cache."""

    path: Path
    place: Path


def cache_frames(
    paths: Sequence[Path],
    front_end: FrontEnd,
    *,
    folder: Path | None = None,
    workers: int | None = None,
    apart: bool = False,
    executor: Executor | None = None,
) -> Iterator[FramesReady | Problem]:
    """Decode files and cache their frames; what is cached already costs nothing.

    Of a file that plays longer than `LONGEST_TRACK`, only so much is read: what a process takes is bounded.

    Parameters
    ----------
    paths : sequence of Path
    front_end : FrontEnd
        Only its settings and filterbank matter: frames are not standardised.
    folder : Path, optional
        Cache folder; None: the user's cache.
    workers : int, optional
        Processes; None: as many as CPUs and memory allow; 0: in this one.
    apart : bool
        Keep the channels apart (microphones of a node): frames then have shape
        (n_frames, n_channels, n_values).
    executor : Executor, optional
        Runs the work in place of the `workers`; frames that other machines make are written here.

    Yields
    ------
    FramesReady or Problem
        One per path, as they get ready; a file that kills or hangs its process is a `Problem`.

    Raises
    ------
    MusicembError
        Where the cache cannot be written, or no process can be started.
    """
    recipe = _describe(front_end.settings) + (" channels apart" if apart else "")
    store = FrameStore(folder or frame_cache_folder(), recipe)
    missing = []
    for path in paths:
        place = find_place(store, path)
        if isinstance(place, Problem):
            yield place
            continue
        try:
            map_frames(place)
        except (OSError, ValueError, EOFError):  # missing or damaged: made again
            missing.append((path, place))
        else:
            yield FramesReady(path, place)
    executor = executor or make_executor(workers)
    if not shares_files(executor):
        yield from _fetch_frames(executor, _MakeFrames(front_end, apart), dict(missing))
        return
    with open_results(executor, _CacheFrames(front_end, apart), missing) as results:
        for (path, _), outcome in results:
            if isinstance(outcome, WorkerFailure):
                yield Problem(path, outcome.reason, "failed", outcome.transient)
            else:
                yield outcome


def _fetch_frames(executor: Executor, work: _MakeFrames, places: dict[Path, Path]) -> Iterator[FramesReady | Problem]:
    """Have frames made on other machines, and write them to the cache of this one."""
    with open_results(executor, work, list(places)) as results:
        for path, outcome in results:
            if isinstance(outcome, WorkerFailure):
                yield Problem(path, outcome.reason, "failed", outcome.transient)
            elif isinstance(outcome, Problem):
                yield outcome
            else:
                write_frames(places[path], outcome)
                yield FramesReady(path, places[path])


def find_place(store: FrameStore, path: Path) -> Path | Problem:
    """Where a file's array lies in a cache, or will lie.

    Parameters
    ----------
    store : FrameStore
    path : Path
        The audio file.

    Returns
    -------
    Path or Problem
        A problem where the file cannot be looked at.
    """
    try:
        return store.place(path)
    except OSError as problem:
        return Problem(path, (problem.strerror or "cannot be read").lower(), "failed", transient=True)
    except (ValueError, RuntimeError):  # a NUL in its name; links that lead in a circle
        return Problem(path, "has an invalid file name", "failed")


def _describe(settings: FrontEndSettings) -> str:
    """The settings that frames depend on; newer ones are left out at their defaults: older frames stay valid."""
    usual = to_dict(FrontEndSettings())
    stated = {
        name: value for name, value in to_dict(settings).items() if name in _STATED_ALWAYS or value != usual[name]
    }
    return json.dumps(stated, sort_keys=True)


def load_frames(ready: Sequence[FramesReady]) -> dict[Path, Any]:
    """Memory-mapped frames by audio path.

    Parameters
    ----------
    ready : sequence of FramesReady

    Returns
    -------
    dict
        path -> packed frames, shape (n_frames, n_values), or (n_frames, n_channels, n_values) where
        channels were kept apart.
    """
    read = map_frames if len(ready) <= _MOST_MAPPED else StoredFrames
    return {item.path: read(item.place) for item in ready}


@dataclass(frozen=True)
class _MakeFrames(IndependentWork):
    """Work: the frames of a file, packed."""

    front_end: FrontEnd
    apart: bool

    def __call__(self, path: Path, /) -> Any:
        rate, kind = self.front_end.settings.sample_rate, self.front_end.settings.features
        try:
            channels = (
                read_channels(path, rate, longest=LONGEST_TRACK)
                if self.apart
                else read_audio(path, rate, longest=LONGEST_TRACK).samples[None]
            )
        except FileError as problem:
            return Problem(path, problem.reason, "failed", transient=problem.transient)
        if not np.isfinite(channels).all():
            return Problem(path, NO_NUMBERS, "failed")
        if not channels.any():
            return Problem(path, "is silent", "skipped")
        codes = [pack_frames(compute_frames(samples, self.front_end), kind) for samples in channels]
        return np.stack(codes, axis=1) if self.apart else codes[0]


class _CacheFrames(_MakeFrames):
    """Work: the frames of a file, written to their place in the cache."""

    def __call__(self, item: tuple[Path, Path], /) -> FramesReady | Problem:  # type: ignore[override]
        path, place = item
        frames = super().__call__(path)
        if isinstance(frames, Problem):
            return frames
        write_frames(place, frames)
        return FramesReady(path, place)
