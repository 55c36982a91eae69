"""From audio files to cached frames, in worker processes: what training and evaluation start from."""

from __future__ import annotations

import json
import multiprocessing
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from musicemb.core.signal.features import compute_frames, pack_frames
from musicemb.errors import FileError
from musicemb.io.array_cache import FrameStore, StoredFrames, map_frames, write_frames
from musicemb.io.audio.multichannel import read_channels
from musicemb.io.audio.reader import read_audio
from musicemb.io.user_folders import frame_cache_folder
from musicemb.records import FrontEnd, Problem
from musicemb.settings import to_dict

_MOST_MAPPED = 10_000
"""Files that stay mapped; Linux allows some 65 000 maps per process, and other parts need some too."""


NO_NUMBERS = "holds values that are no numbers"
"""What is told of a file with NaN or infinite samples."""


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
) -> Iterator[FramesReady | Problem]:
    """Decode files and cache their frames; what is cached already costs nothing.

    Parameters
    ----------
    paths : sequence of Path
    front_end : FrontEnd
        Only its settings and filterbank matter: frames are not standardised.
    folder : Path, optional
        Cache folder; None: the user's cache.
    workers : int, optional
        Processes; None: one per CPU; 0: in this one.
    apart : bool
        Keep the channels apart (microphones of a node): frames then have shape
        (n_frames, n_channels, n_values).

    Yields
    ------
    FramesReady or Problem
        One per path, as they get ready.
    """
    recipe = json.dumps(to_dict(front_end.settings), sort_keys=True) + (" channels apart" if apart else "")
    store = FrameStore(folder or frame_cache_folder(), recipe)
    missing = []
    for path in paths:
        try:
            place = store.place(path)
        except OSError as problem:
            yield Problem(path, problem.strerror or "cannot be read", "failed", transient=True)
            continue
        if place.exists():
            yield FramesReady(path, place)
        else:
            missing.append((path, place))
    if workers is None:
        workers = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if workers == 0 or len(missing) < 8:
        for path, place in missing:
            yield _cache_one(path, place, front_end, apart)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        try:
            waiting = [pool.submit(_cache_one, path, place, front_end, apart) for path, place in missing]
            for done in as_completed(waiting):
                yield done.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


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


def _cache_one(path: Path, place: Path, front_end: FrontEnd, apart: bool) -> FramesReady | Problem:
    rate, kind = front_end.settings.sample_rate, front_end.settings.features
    try:
        channels = read_channels(path, rate) if apart else read_audio(path, rate).samples[None]
    except FileError as problem:
        return Problem(path, problem.reason, "failed", transient=problem.transient)
    if not np.isfinite(channels).all():
        return Problem(path, NO_NUMBERS, "failed")
    if not channels.any():
        return Problem(path, "is silent", "skipped")
    codes = [pack_frames(compute_frames(samples, front_end), kind) for samples in channels]
    write_frames(place, np.stack(codes, axis=1) if apart else codes[0])
    return FramesReady(path, place)
