"""The encoder networks: features of a segment in, a unit vector out.

Every network is one function that reads top to bottom, made of keras layers only, so that it trains
under TensorFlow, JAX and PyTorch and converts to LiteRT. All layers are named: weights are stored
and found again by these names.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from musicemb.errors import SettingsError
from musicemb.settings import EncoderSettings, NetworkSettings

Tensor = Any  # a keras tensor; keras is imported in the functions that need it


def build_network(settings: EncoderSettings, n_frames: int, n_bands: int, *, seed: int | None = None) -> Any:
    """Build an encoder network with fresh weights.

    Parameters
    ----------
    settings : EncoderSettings
    n_frames, n_bands : int
        Shape of a segment's features.
    seed : int, optional
        Of the fresh weights; None draws them as Keras is seeded now.

    Returns
    -------
    keras.Model
        (batch, n_frames, n_bands) -> (batch, dimensions), rows of unit length.

    Raises
    ------
    SettingsError
        For an architecture that is not known.
    """
    import keras

    from musicemb.encoder.layers import UnitLength

    if seed is not None:
        keras.utils.set_random_seed(seed)
    network = settings.network
    try:
        body = ARCHITECTURES[network.architecture]
    except KeyError:
        known = ", ".join(ARCHITECTURES)
        raise SettingsError(f"unknown architecture {network.architecture!r}; known ones: {known}") from None
    features = keras.Input((n_frames, n_bands), name="features")
    x = body(features, network)  # (batch, n_channels)
    if network.dropout:
        x = keras.layers.Dropout(network.dropout, name="dropout")(x)
    x = keras.layers.Dense(network.dimensions, name="embedding")(x)
    return keras.Model(features, UnitLength(name="unit")(x), name=network.architecture)


def resnet(features: Tensor, network: NetworkSettings) -> Tensor:
    """Small residual network (He et al. 2016) that halves time and bands at every stage.

    Parameters
    ----------
    features : tensor [shape=(batch, n_frames, n_bands)]
    network : NetworkSettings

    Returns
    -------
    tensor [shape=(batch, 2 * widths[-1])]
        Mean and largest value over time and bands: what lasts, and what stands out.
    """
    from keras import layers

    n_frames, n_bands = features.shape[1:]
    x = layers.Reshape((n_frames, n_bands, 1), name="image")(features)
    x = _convolve(x, network.widths[0], 3, 2, "stem")  # (batch, n_frames / 2, n_bands / 2, width)
    for stage, width in enumerate(network.widths, start=1):
        for block in range(1, network.blocks + 1):
            x = _residual(x, width, 2 if block == 1 else 1, f"stage{stage}_block{block}")
    mean = layers.GlobalAveragePooling2D(name="pool_mean")(x)
    peak = layers.GlobalMaxPooling2D(name="pool_max")(x)
    return layers.Concatenate(name="pool")([mean, peak])


def _residual(x: Tensor, width: int, stride: int, name: str) -> Tensor:
    from keras import layers

    y = _convolve(x, width, 3, stride, f"{name}_a")
    y = _convolve(y, width, 3, 1, f"{name}_b", activate=False)
    if stride != 1 or x.shape[-1] != width:
        if stride != 1:
            # Averaging before the 1x1 keeps what a strided 1x1 would throw away (ResNet-D, He et al. 2019).
            x = layers.AveragePooling2D(stride, padding="same", name=f"{name}_short_pool")(x)
        x = _convolve(x, width, 1, 1, f"{name}_short", activate=False)
    return layers.ReLU(name=f"{name}_relu")(layers.Add(name=f"{name}_add")([x, y]))


def _convolve(x: Tensor, width: int, size: int, stride: int, name: str, *, activate: bool = True) -> Tensor:
    from keras import layers

    x = layers.Conv2D(width, size, strides=stride, padding="same", use_bias=False, name=f"{name}_conv")(x)
    # Momentum .95: trainings are a few thousand steps long; .99 would lag behind the weights.
    x = layers.BatchNormalization(momentum=0.95, name=f"{name}_norm")(x)
    return layers.ReLU(name=f"{name}_act")(x) if activate else x


ARCHITECTURES: dict[str, Callable[[Tensor, NetworkSettings], Tensor]] = {"resnet": resnet}
