"""MobileNet v1 (Howard et al. 2017) as YAMNet has it: a published tagger's weights fit into it as they are.

There is no batch normalisation: a tagger's is folded into the kernels and biases of its file, and so it stays.
"""

from __future__ import annotations

from typing import Any

from musicemb.settings import NetworkSettings

Tensor = Any  # a keras tensor; keras is imported in the functions that need it

LAYERS = (
    # channels, stride
    (32, 2), (64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), (512, 1), (512, 1), (512, 1), (512, 1),
    (512, 1), (1024, 2), (1024, 1),
)  # fmt: skip
"""The first is a convolution, all others one over time and bands per channel, and one over channels."""


def mobilenet(features: Tensor, network: NetworkSettings) -> Tensor:
    """Separable convolutions: over time and bands, then over channels, at a ninth of the cost.

    Parameters
    ----------
    features : tensor [shape=(batch, n_frames, n_bands)]
    network : NetworkSettings
        Its `depth` and `width`.

    Returns
    -------
    tensor [shape=(batch, channels of the last layer)]
        Mean over time and bands.
    """
    from keras import initializers, layers

    common = {"padding": "same", "activation": "relu"}
    # Keras takes all channels for what one channel's kernel sees, and would draw its weights far too small.
    per_channel = initializers.RandomNormal(stddev=(2 / 9) ** 0.5)
    x = layers.Reshape((*features.shape[1:], 1), name="image")(features)
    for number, (channels, stride) in enumerate(LAYERS[: network.depth], start=1):
        channels = max(1, round(channels * network.width))
        if number == 1:
            x = layers.Conv2D(
                channels, 3, strides=stride, kernel_initializer="he_normal", name="layer1_conv", **common
            )(x)
            continue
        x = layers.DepthwiseConv2D(
            3, strides=stride, depthwise_initializer=per_channel, name=f"layer{number}_depthwise", **common
        )(x)
        x = layers.Conv2D(channels, 1, kernel_initializer="he_normal", name=f"layer{number}_pointwise", **common)(x)
    return layers.GlobalAveragePooling2D(name="pool")(x)
