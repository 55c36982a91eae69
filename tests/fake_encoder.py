"""A tiny encoder with the real interface, so that everything around it is tested in seconds."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from musicemb.records import BundleInfo, Floats, FrontEnd, GenreHead, Projection, TagHeads
from musicemb.settings import FrontEndSettings, SegmentSettings


@dataclass(frozen=True)
class FakeEncoder:
    """Mean of each band, in coarse groups: like sounds get like vectors, without a network."""

    id: str = "fake00000000"
    name: str = "fake"
    dimensions: int = 16
    projection: Projection | None = None
    genre_head: GenreHead | None = None
    tag_heads: TagHeads | None = None
    bundle_info: BundleInfo | None = None
    segments: SegmentSettings = field(default_factory=SegmentSettings)

    @property
    def front_end(self) -> FrontEnd:
        # Plain bands of equal width: librosa's filters would cost seconds in every worker process.
        settings = FrontEndSettings()
        bins = np.arange(settings.n_fft // 2 + 1)
        bands = np.minimum(bins * settings.n_mels // len(bins), settings.n_mels - 1)
        filterbank = (bands == np.arange(settings.n_mels)[:, None]).astype(np.float32)
        flat = np.zeros(settings.n_mels, dtype=np.float32)
        return FrontEnd(settings, self.segments, filterbank, band_mean=flat, band_std=flat + 1)

    def embed(self, features: Floats) -> Floats:
        bands = features.mean(axis=1)
        groups = bands.reshape(len(bands), self.dimensions, -1).mean(axis=2)
        groups = groups - groups.mean(axis=1, keepdims=True)
        norms = np.maximum(np.linalg.norm(groups, axis=1, keepdims=True), 1e-9)
        return (groups / norms).astype(np.float32)


def made_tag_heads(*named: tuple[str, str], dimensions: int = 16) -> TagHeads:
    """Heads of (word, kind): the first word is as probable as direction 0 of a vector is long, and so on."""
    count = len(named)
    return TagHeads(
        names=tuple(name for name, _ in named),
        kinds=tuple(kind for _, kind in named),
        weights=4 * np.eye(dimensions, count, dtype=np.float32),
        bias=np.zeros(count, dtype=np.float32),
        mean=np.zeros(dimensions, dtype=np.float32),
        scale=np.ones(dimensions, dtype=np.float32),
        quantiles=np.tile(np.linspace(0.1, 0.95, 18, dtype=np.float32), (count, 1)),
        areas=np.ones(count, dtype=np.float32),
    )
