"""Work for worker processes that die, hang and tell; a module of its own, so that they need not load pytest."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass, field
from pathlib import Path

from musicemb.errors import FileError, MusicembError


@dataclass
class Task:
    """Does what the item's first word says; the folder counts tries."""

    folder: Path
    heard: set[str] = field(default_factory=set)

    def on_broadcast(self, fact: str, /) -> None:
        self.heard.add(fact)

    def broadcast(self, result: object, /) -> str | None:
        return result.removeprefix("news ") if isinstance(result, str) and result.startswith("news") else None

    def __call__(self, item: str, /) -> object:
        with (self.folder / item).open("a") as log:
            log.write("x")
        match item.split()[0]:
            case "die":
                os._exit(7)
            case "die-once":
                if len((self.folder / item).read_text()) == 1:
                    os.kill(os.getpid(), signal.SIGKILL)
                return "second try"
            case "killed":
                os.kill(os.getpid(), signal.SIGKILL)
            case "hang":
                time.sleep(600)
            case "raise":
                raise ValueError("two\nlines")
            case "heard":
                return frozenset(self.heard)
            case "pid":
                return os.getpid()
            case "threads":
                return os.environ.get("OMP_NUM_THREADS")
            case "sigint":
                os.kill(os.getpid(), signal.SIGINT)
                return "alive"
            case "full":
                raise MusicembError("no space left")
            case "wrong":
                raise FileError(Path(item), "is odd")
            case "noise":
                os.write(2, b"Illegal Audio-MPEG-Header")
        return item


@dataclass
class Unopenable(Task):
    """Cannot be opened where it arrives."""

    def __setstate__(self, state: object) -> None:
        raise MusicembError("the model is broken")


@dataclass
class DiesAtStart(Task):
    """Kills the first processes that open it."""

    deaths: int = 0

    def __setstate__(self, state: dict[str, object]) -> None:
        self.__dict__.update(state)
        with (self.folder / "starts").open("a") as log:
            log.write("x")
        if len((self.folder / "starts").read_text()) <= self.deaths:
            os.kill(os.getpid(), signal.SIGKILL)
