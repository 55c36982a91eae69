"""Frames of many files reach the cache, and one file that ends its process costs only itself."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sounds
from fake_cluster import ADDRESS, FakeCluster, FakeWorker
from fake_encoder import FakeEncoder
from lethal_front_end import Lethal

from musicemb.core.signal.features import count_track_frames
from musicemb.errors import MusicembError
from musicemb.records import FrontEnd, Problem
from musicemb.workflows.embedding import cached_frames
from musicemb.workflows.embedding.cached_frames import FramesReady, cache_frames, load_frames
from musicemb.workflows.parallel.dask_pool import DaskPool
from musicemb.workflows.parallel.executor import SerialExecutor

posix = pytest.mark.skipif(sys.platform == "win32", reason="no such signals")


def write_some(folder: Path, names: Sequence[str]) -> list[Path]:
    return [sounds.write(folder / f"{name}.wav", sounds.music(1.5, seed), 44_100) for seed, name in enumerate(names)]


def plain_samples() -> FrontEnd:
    """Frames of the samples themselves: processes that begin and die need not load what computes spectra."""
    front_end = FakeEncoder().front_end
    return replace(front_end, settings=replace(front_end.settings, features="waveform"))


@pytest.mark.processes
@posix
def test_a_file_that_kills_its_process_costs_only_itself(tmp_path: Path) -> None:
    paths = write_some(tmp_path, ["a", "b", "guilty", *"cdefgh"])
    plain = plain_samples()
    front_end = Lethal(plain.settings, plain.segments, plain.filterbank, plain.band_mean, plain.band_std)
    events = {event.path.stem: event for event in cache_frames(paths, front_end, folder=tmp_path / "cache", workers=2)}
    failure = events.pop("guilty")
    assert isinstance(failure, Problem)
    assert failure.reason == "its worker process was killed, most likely for lack of memory"
    assert failure.transient
    assert sorted(events) == list("abcdefgh")
    assert all(isinstance(event, FramesReady) for event in events.values())


@pytest.mark.processes
@posix
def test_a_process_killed_from_outside_costs_nothing(tmp_path: Path) -> None:
    paths = write_some(tmp_path, [str(n) for n in range(9)])
    events = cache_frames(paths, plain_samples(), folder=tmp_path / "cache", workers=2)
    ready = [next(events)]
    victim = multiprocessing.active_children()[0]
    assert victim.pid is not None
    os.kill(victim.pid, signal.SIGKILL)
    ready += events
    assert sorted(event.path for event in ready) == sorted(paths)
    assert all(isinstance(event, FramesReady) for event in ready)


@pytest.mark.processes
def test_processes_and_this_process_give_the_same_frames(tmp_path: Path) -> None:
    paths = write_some(tmp_path, ["a", "b", "c"])
    front_end = FakeEncoder().front_end
    found = [
        load_frames(list(cache_frames(paths, front_end, folder=tmp_path / str(workers), workers=workers)))  # type: ignore[arg-type]
        for workers in (0, 2)
    ]
    for path in paths:
        np.testing.assert_array_equal(found[0][path], found[1][path])


def test_what_is_cached_is_not_read_again(tmp_path: Path) -> None:
    paths = write_some(tmp_path, ["a", "b"])

    class Counting(SerialExecutor):
        items = 0

        def run(self, work: Any, items: Sequence[Any]) -> Iterator[Any]:
            self.items += len(items)
            return super().run(work, items)

    executor = Counting()
    for _ in range(2):
        events = list(cache_frames(paths, FakeEncoder().front_end, folder=tmp_path / "cache", executor=executor))
        assert [type(event) for event in events] == [FramesReady, FramesReady]
    assert executor.items == 2


def test_frames_that_other_machines_make_are_written_here(tmp_path: Path) -> None:
    paths = write_some(tmp_path, ["a", "b"])
    (tmp_path / "bad.wav").write_bytes(b"not audio")
    front_end = FakeEncoder().front_end
    cluster = FakeCluster(FakeWorker("one"), FakeWorker("two"))
    pool = DaskPool(ADDRESS, connector=cluster.connect)
    for apart in (False, True):
        there, here = (
            list(cache_frames([*paths, tmp_path / "bad.wav"], front_end, folder=tmp_path / name, apart=apart, **how))
            for name, how in (("there", {"executor": pool}), ("here", {"workers": 0}))
        )
        problems = [[event for event in events if isinstance(event, Problem)] for events in (there, here)]
        assert problems[0] == problems[1] and len(problems[0]) == 1
        frames = [load_frames([e for e in events if isinstance(e, FramesReady)]) for events in (there, here)]
        assert frames[0].keys() == frames[1].keys() == set(paths)
        for path in paths:
            np.testing.assert_array_equal(frames[0][path], frames[1][path])
    assert cluster.items == 6
    again = cache_frames(paths, front_end, folder=tmp_path / "there", executor=pool)
    assert [type(event) for event in again] == [FramesReady, FramesReady]
    assert cluster.items == 6


@pytest.mark.processes
@pytest.mark.parametrize("workers", [0, 1])
def test_a_cache_that_cannot_be_written_ends_the_run(tmp_path: Path, workers: int) -> None:
    paths = write_some(tmp_path, ["a", "b"])
    front_end = FakeEncoder().front_end
    list(cache_frames(paths[:1], front_end, folder=tmp_path / "cache", workers=0))
    events = cache_frames(paths, front_end, folder=tmp_path / "cache", workers=workers)
    first = next(events)
    assert isinstance(first, FramesReady)
    first.place.unlink()
    first.place.parent.rmdir()
    first.place.parent.write_text("a file where the folder was")
    with pytest.raises(MusicembError, match="cannot write to the cache"):
        list(events)


def test_a_damaged_cache_is_made_anew(tmp_path: Path) -> None:
    paths = write_some(tmp_path, ["a"])
    (first,) = cache_frames(paths, FakeEncoder().front_end, folder=tmp_path / "cache", workers=0)
    assert isinstance(first, FramesReady)
    whole = first.place.read_bytes()
    for damaged in (whole[: len(whole) // 2], b"", b"junk" * 100):
        first.place.write_bytes(damaged)
        (again,) = cache_frames(paths, FakeEncoder().front_end, folder=tmp_path / "cache", workers=0)
        assert again == first
        assert first.place.read_bytes() == whole


def test_odd_names_are_problems_of_their_own(tmp_path: Path) -> None:
    (good,) = write_some(tmp_path, ["a"])
    (tmp_path / "loop.wav").symlink_to("loop.wav")
    paths = [tmp_path / "loop.wav", Path("nul\0.wav"), tmp_path / "absent.wav", good]
    events = list(cache_frames(paths, FakeEncoder().front_end, folder=tmp_path / "cache", workers=0))
    assert [type(event) for event in events] == [Problem, Problem, Problem, FramesReady]
    assert "no such file" in events[2].reason  # type: ignore[union-attr]


@pytest.mark.parametrize("apart", [False, True])
def test_of_a_long_file_only_the_beginning_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, apart: bool
) -> None:
    (path,) = write_some(tmp_path, ["long"])  # 1.5 s
    monkeypatch.setattr(cached_frames, "LONGEST_TRACK", 1.0)
    front_end = FakeEncoder().front_end
    events = list(cache_frames([path], front_end, folder=tmp_path / "cache", workers=0, apart=apart))
    (frames,) = load_frames([event for event in events if isinstance(event, FramesReady)]).values()
    # The last frame is filled up with zeros.
    assert len(frames) == count_track_frames(front_end.settings.sample_rate, front_end.settings) + 1
