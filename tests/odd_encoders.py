"""Encoders that die, hang and tell; a module of its own, so that worker processes need not load pytest for them."""

from __future__ import annotations

import os
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from fake_encoder import FakeEncoder

from musicemb.errors import BundleError
from musicemb.records import Floats

CRASHING = 3
"""Segments of a track that `Fragile` dies of."""


@dataclass(frozen=True)
class Fragile(FakeEncoder):
    """Takes its process along when it meets a track of three segments."""

    def embed(self, features: Floats) -> Floats:
        if len(features) == CRASHING:
            os._exit(11)
        return super().embed(features)


@dataclass(frozen=True)
class Sleepy(FakeEncoder):
    """Hangs on a track of three segments, and lets a file grow each time."""

    asleep: Path = Path()

    def embed(self, features: Floats) -> Floats:
        if len(features) == CRASHING:
            with self.asleep.open("a") as file:
                file.write("x")
            time.sleep(600)
        return super().embed(features)


@dataclass(frozen=True)
class Witness(FakeEncoder):
    """Writes down which modules its process has loaded."""

    report: Path = Path()

    def embed(self, features: Floats) -> Floats:
        self.report.write_text(" ".join(sys.modules))
        return super().embed(features)


class Lethal(FakeEncoder):
    """Kills its process when it meets a track of three segments, as the system does where memory ends."""

    def embed(self, features: Floats) -> Floats:
        if len(features) == CRASHING:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().embed(features)


class Broken(FakeEncoder):
    """Cannot be opened, whatever the file."""

    def embed(self, features: Floats) -> Floats:
        raise BundleError("LiteRT cannot open it")
