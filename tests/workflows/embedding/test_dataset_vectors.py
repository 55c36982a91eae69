"""Vectors of the files of a dataset: the same from the cache, and one lethal file costs only itself."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
import sounds
from fake_cluster import ADDRESS, FakeCluster, FakeWorker
from fake_encoder import FakeEncoder
from odd_encoders import Lethal

from musicemb.records import Problem
from musicemb.workflows.embedding.dataset_vectors import DescribedFile, EncoderVector, describe_files
from musicemb.workflows.parallel.dask_pool import DaskPool
from musicemb.workflows.parallel.executor import SerialExecutor


@pytest.mark.processes
@pytest.mark.skipif(sys.platform == "win32", reason="no such signals")
def test_a_file_that_kills_its_process_costs_only_itself(tmp_path: Path) -> None:
    paths = [
        sounds.write_music(tmp_path / f"{name}.wav", seconds, seed=seed)
        for seed, (name, seconds) in enumerate({"a": 5.0, "guilty": 12.0, "b": 5.0, "c": 5.0}.items())
    ]
    found = {item.path.stem: item for item in describe_files(paths, EncoderVector(Lethal()), cache=tmp_path, workers=2)}
    failure = found.pop("guilty")
    assert isinstance(failure, Problem)
    assert failure.reason == "its worker process was killed, most likely for lack of memory"
    assert sorted(found) == ["a", "b", "c"]
    assert all(isinstance(item, DescribedFile) for item in found.values())


def test_a_cluster_and_this_process_give_the_same(tmp_path: Path) -> None:
    paths = [sounds.write_music(tmp_path / f"{seed}.wav", 5.0, seed=seed) for seed in range(3)]
    pool = DaskPool(ADDRESS, connector=FakeCluster(FakeWorker("one"), FakeWorker("two")).connect)
    extractor = EncoderVector(FakeEncoder())
    there = {item.path: item for item in describe_files(paths, extractor, cache=tmp_path / "there", executor=pool)}
    here = {item.path: item for item in describe_files(paths, extractor, cache=tmp_path / "here")}
    assert there.keys() == here.keys() == set(paths)
    for path, found in here.items():
        other = there[path]
        assert isinstance(found, DescribedFile) and isinstance(other, DescribedFile)
        np.testing.assert_array_equal(found.vectors, other.vectors)


def test_an_executor_of_ones_own_and_the_cache_give_the_same(tmp_path: Path) -> None:
    path = sounds.write_music(tmp_path / "a.wav", 5.0)
    extractor = EncoderVector(FakeEncoder())
    (fresh,) = describe_files([path], extractor, cache=tmp_path, executor=SerialExecutor())
    (cached,) = describe_files([path], extractor, cache=tmp_path)
    assert isinstance(fresh, DescribedFile)
    assert isinstance(cached, DescribedFile)
    np.testing.assert_array_equal(fresh.vectors, cached.vectors)
    assert fresh.vectors.shape == (1, FakeEncoder().dimensions)
