"""A tagger's LiteRT file as YAMNet's is made, narrow and with random weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from musicemb.encoder.networks.mobilenet import LAYERS

WIDTH = 1 / 8
N_TAGS = 5


def write_tagger(path: Path, *, layers: Any = LAYERS, activation: str = "relu", offset: float = 0.001) -> Path:
    """Samples in, scores out, the front-end in the graph, weights of 8 bits where they are many."""
    import keras
    import tensorflow as tf

    keras.utils.set_random_seed(3)
    patch = keras.Input((96, 64, 1))
    x = patch
    for number, (channels, stride) in enumerate(layers, start=1):
        width = round(channels * WIDTH)
        common = {"padding": "same", "activation": activation, "kernel_initializer": "he_normal"}
        if number == 1:
            x = keras.layers.Conv2D(width, 3, stride, bias_initializer="random_normal", **common)(x)
            continue
        del common["kernel_initializer"]
        x = keras.layers.DepthwiseConv2D(
            3, stride, depthwise_initializer=keras.initializers.RandomNormal(stddev=0.5), **common
        )(x)
        x = keras.layers.Conv2D(width, 1, kernel_initializer="he_normal", bias_initializer="random_normal", **common)(x)
    x = keras.layers.GlobalAveragePooling2D()(x)
    network = keras.Model(patch, keras.layers.Dense(N_TAGS, activation="sigmoid")(x))
    mel = tf.signal.linear_to_mel_weight_matrix(64, 257, 16_000, 125.0, 7500.0)
    window = tf.constant(np.hanning(401)[:-1].astype(np.float32))

    def tag(waveform: Any) -> Any:
        frames = tf.gather(waveform, np.arange(96)[:, None] * 160 + np.arange(400))
        spectrum = tf.abs(tf.signal.rfft(tf.pad(frames * window, [[0, 0], [0, 112]]), [512]))
        return network(tf.math.log(spectrum @ mel + offset)[None, :, :, None], training=False)

    traced = tf.function(tag, autograph=False).get_concrete_function(tf.TensorSpec([15_600], tf.float32))
    converter = tf.lite.TFLiteConverter.from_concrete_functions([traced], network)
    converter.experimental_lower_to_saved_model = False  # constants, as in Google's files, not variables
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    path.write_bytes(converter.convert())
    return path
