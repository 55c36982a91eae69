"""Work for benchmarks of a cluster, where its workers find it by name."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, replace
from typing import Any

from musicemb.records import EmbeddedTrack, Encoder, FoundFile
from musicemb.workflows.embedding.embed import embed_file
from musicemb.workflows.parallel.executor import IndependentWork


@dataclass
class CannedTrack(IndependentWork):
    """Costs nothing: the same track for every file, under a hash of its own."""

    track: EmbeddedTrack

    def __call__(self, found: FoundFile, /) -> EmbeddedTrack:
        return replace(self.track, file=found, payload_hash=f"{found.size:064x}")

    def broadcast(self, result: Any, /) -> str | None:
        return str(result.payload_hash)


@dataclass
class MeasuredEmbedding(IndependentWork):
    """Embeds a file as scan does, and says what CPU seconds it took; None for a process's first file."""

    encoder: Encoder
    warm: bool = False

    def __call__(self, found: FoundFile, /) -> float | None:
        began = time.process_time()
        track = embed_file(found, self.encoder)
        assert isinstance(track, EmbeddedTrack), track
        took, self.warm, cold = time.process_time() - began, True, not self.warm
        return None if cold else took

    def broadcast(self, result: Any, /) -> str | None:
        return None


@dataclass
class Waiting(IndependentWork):
    """Takes its time, but no CPU; tells which process it was."""

    seconds: float

    def __call__(self, item: int, /) -> int:
        time.sleep(self.seconds)
        return os.getpid()
