"""How much of the machine may be used, in a container too."""

from __future__ import annotations

import gc
from pathlib import Path

import psutil
import pytest

from musicemb.io.system_resources import available_memory, collection_paused, count_cpus

MB = 1 << 20
HERE = count_cpus(Path("/nonexistent"))


def machine(root: Path, cgroup: str, files: dict[str, str]) -> Path:
    """A folder that looks like / to who asks for limits."""
    for name, text in {"proc/self/cgroup": cgroup, **{f"sys/fs/cgroup/{name}": files[name] for name in files}}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


@pytest.fixture(autouse=True)
def _a_machine_of_16_cores_and_64_gb(monkeypatch: pytest.MonkeyPatch) -> None:
    memory = psutil.virtual_memory()
    monkeypatch.setattr("psutil.virtual_memory", lambda: memory._replace(available=64 * 1024 * MB))
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(16)), raising=False)
    monkeypatch.setattr("os.process_cpu_count", lambda: 16, raising=False)


def test_without_a_container_all_is_ours(tmp_path: Path) -> None:
    assert count_cpus(tmp_path) == 16
    assert available_memory(tmp_path) == 64 * 1024 * MB


def test_limits_of_version_2(tmp_path: Path) -> None:
    root = machine(
        tmp_path,
        "0::/docker/abc\n",
        {
            "docker/abc/memory.max": f"{1024 * MB}\n",
            "docker/abc/memory.current": f"{600 * MB}\n",
            "docker/abc/memory.stat": f"anon 1\ninactive_file {100 * MB}\n",
            "docker/abc/cpu.max": "250000 100000\n",
            "docker/cpu.max": "max 100000\n",
        },
    )
    assert available_memory(root) == 524 * MB
    assert count_cpus(root) == 3


def test_a_limit_further_up_counts_as_well(tmp_path: Path) -> None:
    files = {
        "memory.max": f"{512 * MB}",
        "memory.current": f"{12 * MB}",
        "a/memory.max": "max",
        "cpu.max": "50000 100000",
    }
    root = machine(tmp_path, "0::/a/b\n", files | {"a/b/cpu.max": "max 100000"})
    assert available_memory(root) == 500 * MB
    assert count_cpus(root) == 1


def test_limits_of_version_1(tmp_path: Path) -> None:
    root = machine(
        tmp_path,
        "5:memory:/job\n4:cpu,cpuacct:/job\n1:name=systemd:/\n0::/\n",
        {
            "memory/job/memory.limit_in_bytes": f"{2048 * MB}",
            "memory/job/memory.usage_in_bytes": f"{48 * MB}",
            "memory/memory.limit_in_bytes": "9223372036854771712",
            "cpu,cpuacct/job/cpu.cfs_quota_us": "400000",
            "cpu,cpuacct/job/cpu.cfs_period_us": "100000",
        },
    )
    assert available_memory(root) == 2000 * MB
    assert count_cpus(root) == 4


def test_no_limit_of_version_1(tmp_path: Path) -> None:
    files = {
        "cpu/cpu.cfs_quota_us": "-1",
        "cpu/cpu.cfs_period_us": "100000",
        "memory/memory.limit_in_bytes": f"{1 << 63}",
    }
    root = machine(tmp_path, "5:memory:/\n4:cpu:/\n", files | {"memory/memory.usage_in_bytes": "5"})
    assert available_memory(root) == 64 * 1024 * MB
    assert count_cpus(root) == 16


@pytest.mark.parametrize("text", ["", "junk", "0::", "0::/../../etc", ":::", "\0", "4:cpu:/a\n"])
def test_odd_descriptions_are_no_limit(tmp_path: Path, text: str) -> None:
    root = machine(tmp_path, text, {"cpu.max": "x y", "memory.max": "many", "cpu/a/cpu.cfs_quota_us": "0"})
    assert count_cpus(root) == 16
    assert available_memory(root) == 64 * 1024 * MB


def test_this_machine_has_some(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert 1 <= count_cpus() <= HERE
    assert 0 < available_memory() <= psutil.virtual_memory().total


@pytest.mark.parametrize("before", [True, False])
def test_collection_is_paused_and_then_as_it_was(before: bool) -> None:
    enabled = gc.isenabled()
    try:
        (gc.enable if before else gc.disable)()
        with pytest.raises(KeyError), collection_paused():
            assert not gc.isenabled()
            raise KeyError
        assert gc.isenabled() is before
    finally:
        (gc.enable if enabled else gc.disable)()
