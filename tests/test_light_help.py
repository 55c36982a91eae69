"""Help is light: a fresh Python that is asked for help loads click and nothing heavier."""

from __future__ import annotations

import json
import subprocess
import sys
import time

import pytest

HEAVY = {
    "numpy", "scipy", "sklearn", "hdbscan", "librosa", "numba", "tensorflow", "keras", "ai_edge_litert", "mutagen",
    "soundfile", "soxr", "av", "sqlite3", "rich", "platformdirs", "multiprocessing",
}  # fmt: skip

COMMANDS = [[], ["scan"], ["similar"], ["clusters"], ["tag"], ["undo"], ["status"], ["forget"]]


def loaded_by(code: str) -> set[str]:
    """Top-level names of the modules that are loaded once `code` has run in a fresh Python."""
    report = "import json, sys; print('MODULES' + json.dumps(sorted({name.split('.')[0] for name in sys.modules})))"
    finished = subprocess.run(
        [sys.executable, "-c", f"{code}\n{report}"], capture_output=True, text=True, timeout=60, check=True
    )
    return set(json.loads(finished.stdout.partition("MODULES")[2]))


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: " ".join(command) or "musicemb")
def test_help_loads_nothing_heavy(command: list[str]) -> None:
    assert not loaded_by(f"from musicemb.cli import run; run({[*command, '--help']!r})") & HEAVY


def test_version_and_wrong_usage_load_nothing_heavy() -> None:
    assert not loaded_by("from musicemb.cli import run; run(['--version']); run(['similar'])") & HEAVY


def test_import_of_the_package_loads_nothing_heavy() -> None:
    assert not loaded_by("import musicemb; musicemb.__version__; dir(musicemb)") & (HEAVY | {"click"})


def test_the_measuring_stick_works() -> None:
    assert "numpy" in loaded_by("import musicemb.records")


def test_help_is_quick() -> None:
    def seconds(*arguments: str) -> float:
        times = []
        for _ in range(3):
            begun = time.perf_counter()
            subprocess.run([sys.executable, *arguments], check=True, capture_output=True, timeout=60)
            times.append(time.perf_counter() - begun)
        return min(times)

    # What Python itself takes is not ours, and a busy machine slows both.
    assert seconds("-m", "musicemb", "--help") - seconds("-c", "pass") < 0.2
