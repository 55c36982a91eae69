"""The same network with random weights: a baseline for the architecture without training."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from musicemb.records import BundleInfo, Floats, FrontEnd, GenreHead, Projection, TagHeads
from musicemb.settings import EncoderSettings, to_dict


@dataclass
class UntrainedEncoder:
    """An encoder with fresh weights; satisfies `records.Encoder`.

    Parameters
    ----------
    settings : EncoderSettings
        Of the encoder that it stands beside.
    front_end : FrontEnd
        Likewise, so that both see the same features.
    seed : int
        Of the weights.
    """

    settings: EncoderSettings
    front_end: FrontEnd
    seed: int = 0
    _network: Any = field(default=None, repr=False)

    @property
    def id(self) -> str:
        """Made of the settings and the seed."""
        parts = (to_dict(self.settings.network), to_dict(self.settings.front_end), to_dict(self.settings.segments))
        text = json.dumps([*parts, self.seed], sort_keys=True)
        bands = self.front_end.band_mean.tobytes() + self.front_end.band_std.tobytes()
        return "untrained-" + hashlib.blake2b(text.encode() + bands, digest_size=6).hexdigest()

    @property
    def name(self) -> str:
        """For people."""
        return "random network"

    @property
    def dimensions(self) -> int:
        """Size of a vector."""
        return self.settings.network.dimensions

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
        """None: it was never saved."""
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
        return np.asarray(embed_in_batches(self._network, features, size=8), np.float32)

    def _build(self, n_frames: int, n_bands: int) -> Any:
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        import keras

        from musicemb.encoder.networks.network import build_network

        keras.utils.set_random_seed(self.seed)
        return build_network(self.settings, n_frames, n_bands)

    def __reduce__(self) -> tuple[Any, ...]:
        return UntrainedEncoder, (self.settings, self.front_end, self.seed)
