"""A tiny encoder with the real interface, so that everything around it is tested in seconds."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from musicemb.core.features import make_front_end
from musicemb.records import Floats, FrontEnd, GenreHead, Projection
from musicemb.settings import FrontEndSettings, SegmentSettings


@dataclass(frozen=True)
class FakeEncoder:
    """Mean of each band, in coarse groups: like sounds get like vectors, without a network."""

    id: str = "fake00000000"
    name: str = "fake"
    dimensions: int = 16
    projection: Projection | None = None
    genre_head: GenreHead | None = None
    segments: SegmentSettings = field(default_factory=SegmentSettings)

    @property
    def front_end(self) -> FrontEnd:
        return make_front_end(FrontEndSettings(), self.segments)

    def embed(self, features: Floats) -> Floats:
        bands = features.mean(axis=1)
        groups = bands.reshape(len(bands), self.dimensions, -1).mean(axis=2)
        groups = groups - groups.mean(axis=1, keepdims=True)
        norms = np.maximum(np.linalg.norm(groups, axis=1, keepdims=True), 1e-9)
        return (groups / norms).astype(np.float32)
