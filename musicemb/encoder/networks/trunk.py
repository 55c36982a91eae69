"""Uses a published tagger's weights as a network's trunk, and initialises the embedding layer from its outputs.

A trunk is all of `mobilenet` below the embedding. `encoder.runtime.tagger_file` reads one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
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
"""YAMNet's features: 25 ms every 10 ms, ln(mel + 0.001)."""

TAGGER_LENGTH = 0.96
"""Seconds of YAMNet's input: 96 frames. Other lengths work too, since it averages over time."""

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
    changed: str = ""
    """What was done to the weights since they were read from that file."""

    @property
    def about(self) -> dict[str, str]:
        """The note in a bundle on where its weights started from."""
        plain = {"name": self.name, "file": self.file, "sha256": self.sha256, "licence": self.licence}
        return {**plain, "changed": self.changed} if self.changed else plain


def write_trunk(path: Path, trunk: Trunk) -> None:
    """Write a trunk to a file of ours, which `read_trunk` of `encoder.runtime.tagger_file` reads like a tagger's.

    Parameters
    ----------
    path : Path
        Of the kind .npz.
    trunk : Trunk
    """
    about = json.dumps({**trunk.about, "width": trunk.width})
    np.savez_compressed(path, about=np.array(about), **dict(trunk.weights))  # type: ignore[arg-type]


def load_trunk(path: Path) -> Trunk:
    """Read a trunk that `write_trunk` wrote.

    Parameters
    ----------
    path : Path

    Returns
    -------
    Trunk

    Raises
    ------
    OSError, ValueError, KeyError, TypeError
        Where the file cannot be read or holds something else.
    """
    with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
        weights = {name: stored[name].astype(np.float32) for name in stored.files if name != "about"}
        return Trunk(**json.loads(str(stored["about"])), weights=weights)


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
    # A set level changes what a trunk hears no more than a louder copy would.
    front_end = replace(TAGGER_FRONT_END, level=settings.front_end.level)
    if settings.front_end != front_end:
        segments = replace(segments, length=TAGGER_LENGTH, hop=TAGGER_LENGTH)
    return replace(
        settings,
        front_end=front_end,
        segments=segments,
        network=replace(settings.network, architecture="mobilenet", width=trunk.width, members=1),
    )


def refuse_misfit(settings: EncoderSettings, trunk: Trunk) -> None:
    """Refuse settings whose network cannot start from a trunk.

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
    if settings.training.embedding_start != "random" and network.dimensions > channels:
        raise SettingsError(
            f"network: dimensions is {network.dimensions}, but layer {network.depth} has {channels} at most; "
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


def open_trunk(network: Any) -> Any:
    """A network without its embedding layer, of the same weights.

    Parameters
    ----------
    network : keras.Model

    Returns
    -------
    keras.Model
        (batch, n_frames, n_bands) -> (batch, n_channels).
    """
    import keras

    return keras.Model(network.input, network.get_layer("pool").output)


def place_embedding(network: Any, kernel: NDArray[Any], bias: NDArray[Any]) -> None:
    """Set a network's embedding layer to a linear map of the trunk's outputs.

    Parameters
    ----------
    network : keras.Model
    kernel : ndarray [shape=(n_channels, dimensions)]
    bias : ndarray [shape=(dimensions,)]
    """
    layer = network.get_layer("embedding")
    layer.kernel.assign(np.asarray(kernel, np.float32))
    layer.bias.assign(np.asarray(bias, np.float32))


def start_embedding(network: Any, features: Floats) -> None:
    """Initialise a network's embedding with the principal components of the trunk's outputs.

    Distances among its vectors are then those of the trunk's own, as far as so many dimensions tell them.

    Parameters
    ----------
    network : keras.Model
    features : ndarray [shape=(n_segments, n_frames, n_bands)], float32
        Of the training's music.
    """
    heard = embed_in_batches(open_trunk(network), features).astype(np.float64)
    mean = heard.mean(axis=0)
    _, directions = np.linalg.eigh(np.cov(heard - mean, rowvar=False))
    kernel = directions[:, ::-1][:, : network.get_layer("embedding").units]
    place_embedding(network, kernel, -mean @ kernel)


def _last_kernel(depth: int) -> str:
    return f"layer{depth}_pointwise/kernel" if depth > 1 else "layer1_conv/kernel"
