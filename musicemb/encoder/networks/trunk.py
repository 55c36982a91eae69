"""A published tagger's weights as a network's trunk, and an embedding layer that begins with what it hears.

A trunk is all of `mobilenet` below the embedding. `encoder.runtime.tagger_file` reads one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from musicemb.encoder.networks.network import embed_in_batches
from musicemb.encoder.networks.weights import read_weights, write_weights
from musicemb.errors import SettingsError
from musicemb.records import Floats
from musicemb.settings import EncoderSettings, FrontEndSettings

TAGGER_FRONT_END = FrontEndSettings(
    sample_rate=16_000,
    n_fft=512,
    window=400,
    hop=160,
    n_mels=64,
    fmin=125.0,
    fmax=7_500.0,
    whole_frames=True,
    spectrum="magnitude",
    mel_scale="htk",
    log_offset=0.001,
    standardise=False,
)
"""What YAMNet hears: 25 ms every 10 ms, ln(mel + 0.001)."""

TAGGER_LENGTH = 0.96
"""Seconds that it hears at once: 96 frames. It takes others too, for it means over time."""

PCA_SEGMENTS = 4096
"""Segments of the training's music that the embedding layer's beginning is fitted on: 66 minutes."""


@dataclass(frozen=True)
class Trunk:
    """Weights of a published tagger's MobileNet, dequantised."""

    name: str
    """Of the model ("YAMNet"), or of its file where the model is not known."""
    file: str
    sha256: str
    licence: str
    """SPDX name; "unknown" where the model is not known."""
    width: float
    """Times the channels of MobileNet v1."""
    weights: Mapping[str, NDArray[np.float32]] = field(repr=False)
    """By name, as `read_weights` of a network has them."""

    @property
    def about(self) -> dict[str, str]:
        """What a bundle is to say of where its weights started."""
        return {"name": self.name, "file": self.file, "sha256": self.sha256, "licence": self.licence}


def with_trunk(settings: EncoderSettings, trunk: Trunk) -> EncoderSettings:
    """Settings with the features, segments and network that a trunk needs.

    Where they have its features already, segments of another length stay.

    Parameters
    ----------
    settings : EncoderSettings
    trunk : Trunk

    Returns
    -------
    EncoderSettings
    """
    segments = settings.segments
    if settings.front_end != TAGGER_FRONT_END:
        segments = replace(segments, length=TAGGER_LENGTH, hop=TAGGER_LENGTH)
    return replace(
        settings,
        front_end=TAGGER_FRONT_END,
        segments=segments,
        network=replace(settings.network, architecture="mobilenet", width=trunk.width, members=1),
    )


def refuse_misfit(settings: EncoderSettings, trunk: Trunk) -> None:
    """Make sure that a network of these settings can start from a trunk.

    Parameters
    ----------
    settings : EncoderSettings
    trunk : Trunk

    Raises
    ------
    SettingsError
        Where features or network are others than the trunk's, or the embedding has more dimensions than PCA finds.
    """
    fitting, network = with_trunk(settings, trunk), settings.network
    for section, names in (("front_end", vars(settings.front_end)), ("network", ("architecture", "width", "members"))):
        for name in names:
            asked, needed = (getattr(getattr(one, section), name) for one in (settings, fitting))
            if asked != needed:
                raise SettingsError(
                    f"{section}: {name} is {asked!r}, but weights that start from {trunk.file} take {needed!r}"
                )
    channels = trunk.weights[_last_kernel(network.depth)].shape[-1]
    if settings.training.embedding_start == "pca" and network.dimensions > channels:
        raise SettingsError(
            f"network: dimensions is {network.dimensions}, but PCA of layer {network.depth} finds {channels} at most; "
            "ask for fewer, or let embedding_start be random"
        )


def place_trunk(network: Any, trunk: Trunk) -> None:
    """Put a trunk's weights into a network; its embedding layer stays as it is.

    Parameters
    ----------
    network : keras.Model
        A `mobilenet`, of the trunk's first layers or all of them.
    trunk : Trunk
    """
    write_weights(network, {**read_weights(network), **trunk.weights})


def start_embedding(network: Any, features: Floats) -> None:
    """Let a network's embedding begin as the principal components of what its trunk makes of segments.

    Distances among its vectors are then those of the trunk's own, as far as so many dimensions tell them.

    Parameters
    ----------
    network : keras.Model
    features : ndarray [shape=(n_segments, n_frames, n_bands)], float32
        Of the training's music.
    """
    import keras

    trunk = keras.Model(network.input, network.get_layer("pool").output)
    heard = embed_in_batches(trunk, features).astype(np.float64)
    layer = network.get_layer("embedding")
    mean = heard.mean(axis=0)
    _, directions = np.linalg.eigh(np.cov(heard - mean, rowvar=False))
    kernel = directions[:, ::-1][:, : layer.units].astype(np.float32)
    layer.kernel.assign(kernel)
    layer.bias.assign((-mean @ kernel).astype(np.float32))


def _last_kernel(depth: int) -> str:
    return f"layer{depth}_pointwise/kernel" if depth > 1 else "layer1_conv/kernel"
