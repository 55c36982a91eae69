"""Work that does what its item says, for tests whose processes must find it by name."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from musicemb.errors import MusicembError


@dataclass
class OddWork:
    """Dies, hangs, prints or answers."""

    heard: list[str] = field(default_factory=list)

    def on_broadcast(self, fact: str, /) -> None:
        self.heard.append(fact)

    def broadcast(self, result: object, /) -> str | None:
        return None

    def __call__(self, item: Any, /) -> object:
        if isinstance(item, Path):
            time.sleep(0.05)  # so that a test can do something meanwhile
            return item, item.read_text()
        match item.split()[0]:
            case "die":
                os._exit(7)
            case "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            case "hang":
                time.sleep(600)
            case "raise":
                raise ValueError("odd")
            case "full":
                raise MusicembError("no space left")
            case "heard":
                return list(self.heard)
            case "pid":
                return os.getpid()
            case "threads":
                return os.environ.get("OMP_NUM_THREADS")
            case "sigint":
                os.kill(os.getpid(), signal.SIGINT)
            case "print":
                os.write(1, b"what a decoder prints\n")
        return item


class Unopenable(OddWork):
    """Cannot be opened where it arrives."""

    def __setstate__(self, state: object) -> None:
        raise MusicembError("the model is broken")
