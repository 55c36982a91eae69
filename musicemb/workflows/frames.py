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

from numpy.typing import NDArray

from musicemb.core.features import compute_frames, pack_frames
from musicemb.errors import FileError
from musicemb.io.audio import read_audio
from musicemb.io.folders import frame_cache_folder
from musicemb.io.frames import FrameStore, map_frames, write_frames
from musicemb.records import FrontEnd, Problem
from musicemb.settings import to_dict


@dataclass(frozen=True)
class FramesReady:
    """The frames of one file are in the cache."""

    path: Path
    place: Path


def cache_frames(
    paths: Sequence[Path], front_end: FrontEnd, *, folder: Path | None = None, workers: int | None = None
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

    Yields
    ------
    FramesReady or Problem
        One per path, as they get ready.
    """
    store = FrameStore(folder or frame_cache_folder(), json.dumps(to_dict(front_end.settings), sort_keys=True))
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
            yield _cache_one(path, place, front_end)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        try:
            for done in as_completed([pool.submit(_cache_one, path, place, front_end) for path, place in missing]):
                yield done.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def load_frames(ready: Sequence[FramesReady]) -> dict[Path, NDArray[Any]]:
    """Memory-mapped frames by audio path.

    Parameters
    ----------
    ready : sequence of FramesReady

    Returns
    -------
    dict
        path -> packed frames, shape (n_frames, n_values).
    """
    return {item.path: map_frames(item.place) for item in ready}


def _cache_one(path: Path, place: Path, front_end: FrontEnd) -> FramesReady | Problem:
    try:
        audio = read_audio(path, front_end.settings.sample_rate)
    except FileError as problem:
        return Problem(path, problem.reason, "failed", transient=problem.transient)
    frames = compute_frames(audio.samples, front_end)
    write_frames(place, pack_frames(frames, front_end.settings.features))
    return FramesReady(path, place)
