"""A scan that takes its time, as a program of its own to interrupt and to kill: python -m slow_scan FOLDER."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from fake_encoder import FakeEncoder

from musicemb.io.catalogue.catalogue import open_catalogue
from musicemb.records import Floats
from musicemb.workflows.library.scan import scan_library


@dataclass(frozen=True)
class Slow(FakeEncoder):
    """Takes its time, and leaves the id of its process in a folder."""

    pids: Path = Path()

    def embed(self, features: Floats) -> Floats:
        (self.pids / str(os.getpid())).touch()
        time.sleep(0.4)
        return super().embed(features)


def main(folder: Path) -> None:
    """Scan, as a program of its own; says when a track is done."""
    with open_catalogue(folder / "library.sqlite") as catalogue:
        scan = scan_library([folder / "music"], catalogue=catalogue, encoder=Slow(pids=folder / "pids"), workers=2)
        with contextlib.closing(scan):  # type: ignore[type-var]
            for event in scan:
                print(type(event).__name__, flush=True)  # noqa: T201


if __name__ == "__main__":
    main(Path(sys.argv[1]))
