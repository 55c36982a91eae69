"""A published tagger's frozen trunk as an encoder, for comparison with a bundle in an evaluation."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from musicemb.encoder.networks.trunk import Trunk, place_trunk, with_trunk
from musicemb.encoder.runtime.tagger_file import read_trunk
from musicemb.records import BundleInfo, Floats, FrontEnd, GenreHead, Projection, TagHeads
from musicemb.settings import EncoderSettings


@dataclass
class TaggerEncoder:
    """The trunk of a tagger's LiteRT file, dequantised; satisfies `records.Encoder`.

    Parameters
    ----------
    file : Path
    front_end : FrontEnd
        What the tagger hears, as `tagger_settings` says.
    trunk : Trunk, optional
        Of the file, where it was read already.
    """

    file: Path
    front_end: FrontEnd
    trunk: Trunk = field(default=None, repr=False)  # type: ignore[assignment]
    _network: Any = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if self.trunk is None:
            self.trunk = read_trunk(self.file)

    @property
    def id(self) -> str:
        """Made of the file's content."""
        return f"tagger-{self.trunk.sha256[:12]}"

    @property
    def name(self) -> str:
        """Of the model, for people."""
        return f"{self.trunk.name} (frozen)"

    @property
    def dimensions(self) -> int:
        """Size of a vector."""
        return int(self.trunk.weights["layer14_pointwise/kernel"].shape[-1])

    @property
    def projection(self) -> Projection | None:
        """None: nothing was fitted."""
        return None

    @property
    def genre_head(self) -> GenreHead | None:
        """None likewise."""
        return None

    @property
    def tag_heads(self) -> TagHeads | None:
        """None likewise."""
        return None

    @property
    def bundle_info(self) -> BundleInfo | None:
        """None: it is no bundle."""
        return None

    def embed(self, features: Floats) -> Floats:
        """Vectors of segments.

        Parameters
        ----------
        features : ndarray [shape=(n_segments, n_frames, n_bands)], float32

        Returns
        -------
        ndarray [shape=(n_segments, dimensions)], float32
            Unit length.
        """
        from musicemb.encoder.networks.network import embed_in_batches

        if self._network is None:
            self._network = self._build(features.shape[1], features.shape[2])
        vectors = np.asarray(embed_in_batches(self._network, features, size=32), np.float32)
        return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9), np.float32)

    def _build(self, n_frames: int, n_bands: int) -> Any:
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        import keras

        from musicemb.encoder.networks.network import build_network

        whole = build_network(tagger_settings(self.trunk), n_frames, n_bands)
        place_trunk(whole, self.trunk)
        return keras.Model(whole.input, whole.get_layer("pool").output)

    def __reduce__(self) -> tuple[Any, ...]:
        return TaggerEncoder, (self.file, self.front_end)


def tagger_settings(trunk: Trunk) -> EncoderSettings:
    """Settings of a tagger's input features.

    Parameters
    ----------
    trunk : Trunk

    Returns
    -------
    EncoderSettings
    """
    return with_trunk(EncoderSettings(), trunk)
