"""A front end that kills its process; a module of its own, so that worker processes need not load pytest for it."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from musicemb.io.audio.reader import read_audio
from musicemb.records import FrontEnd
from musicemb.workflows.embedding import cached_frames


@dataclass(frozen=True)
class Lethal(FrontEnd):
    """Where it is unpickled, reading a file called "guilty" kills the process."""

    def __reduce__(self) -> tuple[object, ...]:
        return _unpickle_lethal, (self.settings, self.segments, self.filterbank, self.band_mean, self.band_std)


def _unpickle_lethal(*parts: Any) -> FrontEnd:
    def read_or_die(path: Path, rate: int, *, longest: float) -> Any:
        if path.stem == "guilty":
            os.kill(os.getpid(), signal.SIGKILL)
        return read_audio(path, rate, longest=longest)

    cached_frames.read_audio = read_or_die  # type: ignore[assignment]
    return FrontEnd(*parts)
