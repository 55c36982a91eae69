"""A scan that is interrupted or killed: what was done is kept, no process stays, the next scan goes on."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sounds
from fake_encoder import FakeEncoder
from paths import with_tests_on_path
from slow_scan import Slow

from musicemb.io.catalogue.catalogue import open_catalogue
from musicemb.records import ScanProgress
from musicemb.workflows.library.scan import scan_library

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and groups of processes are POSIX's")

TRACKS = 8


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "pids").mkdir()
    for seed in range(TRACKS):
        sounds.write(tmp_path / "music" / f"{seed}.wav", sounds.music(1.5, seed, 16_000, channels=1), 16_000)
    return tmp_path


@contextlib.contextmanager
def scanning(folder: Path, until: int) -> Iterator[subprocess.Popen[str]]:
    """A scan in a group of its own, that has done `until` tracks."""
    scan = subprocess.Popen(
        [sys.executable, "-m", "slow_scan", str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env=with_tests_on_path(),
    )
    assert scan.stdout is not None
    assert scan.stderr is not None
    try:
        done = 0
        while done < until:
            line = scan.stdout.readline()
            assert line, scan.stderr.read()
            done += line.startswith("ScanProgress")
        yield scan
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(scan.pid, signal.SIGKILL)
        scan.communicate()


def alive(folder: Path) -> list[int]:
    """Worker processes that are still there."""
    left = []
    for path in (folder / "pids").iterdir():
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(path.name), 0)
            if not zombie(int(path.name)):
                left.append(int(path.name))
    return left


def zombie(pid: int) -> bool:
    """Dead, but nobody has asked for its exit status (an orphan, where the first process does not care)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return False


def goes_on(folder: Path, at_least: int) -> None:
    with open_catalogue(folder / "library.sqlite") as catalogue:
        done = len(catalogue.tracks())
        assert at_least <= done < TRACKS
        events = list(scan_library([folder / "music"], catalogue=catalogue, encoder=FakeEncoder(), workers=0))
        assert sum(isinstance(event, ScanProgress) for event in events) == TRACKS - done
        assert len(catalogue.tracks()) == TRACKS


@pytest.mark.processes
def test_ctrl_c_keeps_what_was_done(folder: Path) -> None:
    with scanning(folder, until=2) as scan:
        began = time.monotonic()
        os.killpg(scan.pid, signal.SIGINT)  # as a terminal does: to all processes at once
        _, errors = scan.communicate(timeout=20)
        assert time.monotonic() - began < 10
        assert scan.returncode not in (0, None)
    assert errors.count("Traceback") == 1  # the parent's own, which the command line turns into one line
    assert "KeyboardInterrupt" in errors
    assert alive(folder) == []
    goes_on(folder, at_least=2)


@pytest.mark.processes
def test_ctrl_c_while_the_processes_start(folder: Path) -> None:
    with scanning(folder, until=0) as scan:
        assert scan.stdout is not None
        while not scan.stdout.readline().startswith("ScanPlanned"):
            pass
        time.sleep(0.2)
        os.killpg(scan.pid, signal.SIGINT)
        _, errors = scan.communicate(timeout=20)
    assert errors.count("Traceback") == 1
    assert alive(folder) == []
    goes_on(folder, at_least=0)


@pytest.mark.processes
def test_a_killed_scan_leaves_no_orphans(folder: Path) -> None:
    with scanning(folder, until=2) as scan:
        scan.kill()  # only the parent, and it cannot help it
        scan.wait()
        deadline = time.monotonic() + 15
        while alive(folder) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert alive(folder) == []
    goes_on(folder, at_least=2)


@pytest.mark.processes
def test_closing_the_iterator_ends_the_processes(folder: Path) -> None:
    with open_catalogue(folder / "library.sqlite") as catalogue:
        encoder = Slow(pids=folder / "pids")
        scan = scan_library([folder / "music"], catalogue=catalogue, encoder=encoder, workers=2)
        for event in scan:
            if isinstance(event, ScanProgress):
                break
        scan.close()  # type: ignore[attr-defined]
        assert alive(folder) == []
        assert catalogue.tracks()
    goes_on(folder, at_least=1)
