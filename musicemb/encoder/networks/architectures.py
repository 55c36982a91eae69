"""The bodies of the encoder networks: features in, one row of channels out, for `networks` to finish.

Every body is one function that reads top to bottom. All but mobilenet normalise over the batch; all pool over
time by mean, largest value or deviation, never by flattening, so they are small and take segments of any
length. Every layer is named: weights are stored and found again by these names.

resnet     residual blocks, each stage halves time and bands                             1.3 million parameters
resnet18   the one of Tile2Vec and most of its followers                                 11.2
conv1d     convolutions over time, bands as channels                                     0.4
conv2d     convolutions over time and bands                                              0.5
gru        recurrent layers over time                                                    0.4
crnn       convolutions, then a recurrent layer                                          0.5
dense      a hidden layer over each band's mean and deviation                            0.2
mobilenet  MobileNet v1 as YAMNet has it; may begin with a published tagger's weights    3.3
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from musicemb.encoder.networks.mobilenet import mobilenet
from musicemb.settings import NetworkSettings

Tensor = Any  # a keras tensor; keras is imported in the functions that need it

WAVE_STRIDES, WAVE_WIDTHS = (4, 4, 4, 4), (32, 48, 64, 64)
"""Steps and channels of the stem over samples: 256 samples become one frame, 16 ms at 16 kHz."""

RESNET18_WIDTHS, RESNET18_BLOCKS = (64, 128, 256, 512), 2
CONV1D_WIDTHS = (128, 128, 256, 256)
CONV2D_WIDTHS = (32, 64, 128, 256)
CRNN_WIDTHS = (32, 64, 96, 128)
GRU_WIDTH = 128
DENSE_WIDTH = 512

MOST_STEPS = 32
"""Steps that a GRU takes at most. It is unrolled, which LiteRT's builtin operations need (they know no
loop over lists of tensors), and its graph grows by each step; so time is averaged to this first."""


def sample_stem(samples: Tensor) -> Tensor:
    """Stem in front of every body where features are samples: strided convolutions, as SampleCNN (Lee et al. 2017).

    Its channels take the place of bands; 2-D bodies then see them as an image, as EnvNet does
    (Tokozume & Harada 2017).

    Parameters
    ----------
    samples : tensor [shape=(batch, n_frames, hop)]

    Returns
    -------
    tensor [shape=(batch, ceil(n_frames * hop / 256), 64)]
    """
    from keras import layers

    n_frames, hop = samples.shape[1:]
    x = layers.Reshape((n_frames * hop, 1), name="samples")(samples)
    for number, (stride, width) in enumerate(zip(WAVE_STRIDES, WAVE_WIDTHS, strict=True), start=1):
        x = _convolve_line(x, width, 2 * stride, stride, f"wave{number}")
    return x


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
    x = _image(features)
    x = _convolve(x, network.widths[0], 3, 2, "stem")  # (batch, n_frames / 2, n_bands / 2, width)
    for stage, width in enumerate(network.widths, start=1):
        for block in range(1, network.blocks + 1):
            x = _residual(x, width, 2 if block == 1 else 1, f"stage{stage}_block{block}")
    return _pool_image(x)


def resnet18(features: Tensor, network: NetworkSettings) -> Tensor:
    """ResNet-18 (He et al. 2016), as Tile2Vec and most of its followers use: 11 million parameters, for a GPU.

    Parameters
    ----------
    features : tensor [shape=(batch, n_frames, n_bands)]
    network : NetworkSettings
        Not looked at: this one has its own widths.

    Returns
    -------
    tensor [shape=(batch, 512)]
    """
    from keras import layers

    x = _image(features)
    x = _convolve(x, RESNET18_WIDTHS[0], 7, 2, "stem")
    x = layers.MaxPooling2D(3, 2, padding="same", name="stem_pool")(x)  # (batch, n_frames / 4, n_bands / 4, 64)
    for stage, width in enumerate(RESNET18_WIDTHS, start=1):
        for block in range(1, RESNET18_BLOCKS + 1):
            x = _residual(x, width, 2 if block == 1 and stage > 1 else 1, f"stage{stage}_block{block}")
    return layers.GlobalAveragePooling2D(name="pool")(x)


def conv1d(features: Tensor, network: NetworkSettings) -> Tensor:
    """Convolutions over time alone, bands as channels; each stage halves time.

    Parameters
    ----------
    features : tensor [shape=(batch, n_frames, n_bands)]
    network : NetworkSettings
        Not looked at.

    Returns
    -------
    tensor [shape=(batch, 512)]
        Mean and largest value over time.
    """
    from keras import layers

    x = features
    for stage, width in enumerate(CONV1D_WIDTHS, start=1):
        x = _convolve_line(x, width, 3, 1, f"stage{stage}")
        x = layers.MaxPooling1D(2, padding="same", name=f"stage{stage}_pool")(x)
    mean = layers.GlobalAveragePooling1D(name="pool_mean")(x)
    peak = layers.GlobalMaxPooling1D(name="pool_max")(x)
    return layers.Concatenate(name="pool")([mean, peak])


def conv2d(features: Tensor, network: NetworkSettings) -> Tensor:
    """Plain convolutions over time and bands; each stage halves both.

    Parameters
    ----------
    features : tensor [shape=(batch, n_frames, n_bands)]
    network : NetworkSettings
        Not looked at.

    Returns
    -------
    tensor [shape=(batch, 512)]
        Mean and largest value over time and bands.
    """
    return _pool_image(_halve_image(_image(features), CONV2D_WIDTHS))


def gru(features: Tensor, network: NetworkSettings) -> Tensor:
    """Two gated recurrent layers (Cho et al. 2014) over time, after strided convolutions that shorten it.

    Parameters
    ----------
    features : tensor [shape=(batch, n_frames, n_bands)]
    network : NetworkSettings
        Not looked at.

    Returns
    -------
    tensor [shape=(batch, 128)]
        Mean over all steps: the last one alone would hang on how the segment ends.
    """
    from keras import layers

    x = _convolve_line(features, GRU_WIDTH, 5, 2, "time1")
    x = _convolve_line(x, GRU_WIDTH, 5, 2, "time2")  # (batch, n_frames / 4, width)
    x = _recur(_shorten(x), "gru1")
    x = _recur(x, "gru2")
    return layers.GlobalAveragePooling1D(name="pool")(x)


def crnn(features: Tensor, network: NetworkSettings) -> Tensor:
    """Convolutions over time and bands, then a gated recurrent layer over time (Choi et al. 2017).

    Parameters
    ----------
    features : tensor [shape=(batch, n_frames, n_bands)]
    network : NetworkSettings
        Not looked at.

    Returns
    -------
    tensor [shape=(batch, 128)]
        Mean over all steps.
    """
    from keras import layers

    x = _halve_image(_image(features), CRNN_WIDTHS)  # (batch, n_frames / 16, n_bands / 16, 128)
    steps, bands, channels = x.shape[1:]
    x = layers.Reshape((steps, bands * channels), name="steps")(x)
    x = _recur(_shorten(x), "gru")
    return layers.GlobalAveragePooling1D(name="pool")(x)


def dense(features: Tensor, network: NetworkSettings) -> Tensor:
    """One hidden layer over each band's mean and deviation in time: the simplest network, which ignores order.

    Parameters
    ----------
    features : tensor [shape=(batch, n_frames, n_bands)]
    network : NetworkSettings
        Not looked at.

    Returns
    -------
    tensor [shape=(batch, 512)]
    """
    from keras import layers

    from musicemb.encoder.networks.layers import MeanAndDeviation

    x = MeanAndDeviation(name="pool")(features)
    x = layers.Dense(DENSE_WIDTH, use_bias=False, name="hidden")(x)
    return _activate(x, "hidden")


def _image(features: Tensor) -> Tensor:
    from keras import layers

    n_frames, n_bands = features.shape[1:]
    return layers.Reshape((n_frames, n_bands, 1), name="image")(features)


def _pool_image(x: Tensor) -> Tensor:
    from keras import layers

    mean = layers.GlobalAveragePooling2D(name="pool_mean")(x)
    peak = layers.GlobalMaxPooling2D(name="pool_max")(x)
    return layers.Concatenate(name="pool")([mean, peak])


def _halve_image(x: Tensor, widths: tuple[int, ...]) -> Tensor:
    from keras import layers

    for stage, width in enumerate(widths, start=1):
        x = _convolve(x, width, 3, 1, f"stage{stage}")
        x = layers.MaxPooling2D(2, padding="same", name=f"stage{stage}_pool")(x)
    return x


def _shorten(x: Tensor) -> Tensor:
    """At most `MOST_STEPS` steps, by averaging neighbouring ones."""
    from keras import layers

    share = -(-x.shape[1] // MOST_STEPS)
    return x if share == 1 else layers.AveragePooling1D(share, padding="same", name="shorten")(x)


def _recur(x: Tensor, name: str) -> Tensor:
    from keras import layers

    # A cell of its own name: weights are found by the last two parts of their path, which of two GRU
    # layers would be the same.
    cell = layers.GRUCell(GRU_WIDTH, name=name)
    return layers.RNN(cell, return_sequences=True, unroll=True, name=f"{name}_steps")(x)


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
    return _activate(x, name) if activate else _normalise(x, name)


def _convolve_line(x: Tensor, width: int, size: int, stride: int, name: str) -> Tensor:
    from keras import layers

    x = layers.Conv1D(width, size, strides=stride, padding="same", use_bias=False, name=f"{name}_conv")(x)
    return _activate(x, name)


def _activate(x: Tensor, name: str) -> Tensor:
    from keras import layers

    return layers.ReLU(name=f"{name}_act")(_normalise(x, name))


def _normalise(x: Tensor, name: str) -> Tensor:
    from keras import layers

    # Momentum .95: trainings are a few thousand steps long; .99 would lag behind the weights.
    return layers.BatchNormalization(momentum=0.95, name=f"{name}_norm")(x)


ARCHITECTURES: dict[str, Callable[[Tensor, NetworkSettings], Tensor]] = {
    "resnet": resnet,
    "resnet18": resnet18,
    "conv1d": conv1d,
    "conv2d": conv2d,
    "gru": gru,
    "crnn": crnn,
    "dense": dense,
    "mobilenet": mobilenet,
}
