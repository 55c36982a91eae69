"""A Dask scheduler and workers on this machine, in processes of their own, for tests and benchmarks."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from paths import with_tests_on_path


def free_port() -> int:
    """A port that nobody listens at just now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


class RealCluster:
    """A context; each worker has a working folder, which is what /proc/self/cwd is for it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.address = f"tcp://127.0.0.1:{self.port}"
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> RealCluster:
        self.start_scheduler()
        return self

    def __exit__(self, *_: object) -> None:
        for name in list(self.processes):
            self.kill(name)

    def start_scheduler(self) -> None:
        """Start it, at the same port each time."""
        words = ["scheduler", "--host", "127.0.0.1", "--port", str(self.port), "--no-dashboard", "--no-show"]
        words += ["--idle-timeout", "15 minutes"]  # whoever started it may have been killed
        self._start("scheduler", words, self.folder)
        self.wait_for_port()

    def wait_for_port(self) -> None:
        """Wait until the scheduler listens."""
        for _ in range(3000):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            time.sleep(0.02)
        raise AssertionError((self.folder / "scheduler.log").read_text())

    def start_worker(self, name: str, *, sees: Path | None = None, threads: int = 1) -> Path:
        """Start a worker; `sees` is linked as "music" in its folder, which is what this returns."""
        home = self.folder / name
        home.mkdir(exist_ok=True)
        if sees is not None and not (home / "music").exists():
            (home / "music").symlink_to(sees)
        words = ["worker", self.address, "--name", name, "--nthreads", str(threads), "--no-nanny", "--no-dashboard"]
        self._start(name, [*words, "--local-directory", str(home / "scratch"), "--memory-limit", "0"], home)
        return home

    def kill(self, name: str) -> None:
        """Kill it, as a power cut would."""
        process = self.processes.pop(name)
        process.send_signal(signal.SIGKILL)
        process.wait()
        shutil.rmtree(self.folder / name / "scratch", ignore_errors=True)

    def cpu_seconds(self, name: str) -> float:
        """What a process and its children have used, those among them that have ended too."""
        import psutil

        main = psutil.Process(self.processes[name].pid)
        total = sum(main.cpu_times()[:4])
        return total + sum(sum(child.cpu_times()[:2]) for child in main.children(recursive=True))

    def _start(self, name: str, words: list[str], folder: Path) -> None:
        environment = {
            **with_tests_on_path(),
            "OMP_NUM_THREADS": "1",
            "DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED": "0",
        }
        environment["XDG_CACHE_HOME"] = os.fspath(self.folder / "cache")
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-m", "dask", *words],
                cwd=folder,
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C in a benchmark's terminal is for the parent
            )
