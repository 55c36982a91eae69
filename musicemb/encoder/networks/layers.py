"""Custom layers; this module imports keras, so import it only inside functions."""

from __future__ import annotations

from typing import Any

import keras


@keras.saving.register_keras_serializable("musicemb")
class UnitLength(keras.layers.Layer):  # type: ignore[misc]
    """Scale each row to Euclidean length 1, so that a dot product is a cosine."""

    def call(self, inputs: Any) -> Any:
        """Apply the layer.

        Parameters
        ----------
        inputs : tensor [shape=(batch, dimensions)]

        Returns
        -------
        tensor [shape=(batch, dimensions)]
        """
        square = keras.ops.sum(keras.ops.square(inputs), axis=-1, keepdims=True)
        return inputs * keras.ops.rsqrt(square + 1e-12)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the shape of the output, which is that of the input.

        Parameters
        ----------
        input_shape : tuple

        Returns
        -------
        tuple
        """
        return input_shape


@keras.saving.register_keras_serializable("musicemb")
class MeanAndDeviation(keras.layers.Layer):  # type: ignore[misc]
    """Mean and standard deviation over time (statistics pooling, Snyder et al. 2018)."""

    def call(self, inputs: Any) -> Any:
        """Apply the layer.

        Parameters
        ----------
        inputs : tensor [shape=(batch, n_frames, n_bands)]

        Returns
        -------
        tensor [shape=(batch, 2 * n_bands)]
        """
        mean = keras.ops.mean(inputs, axis=1, keepdims=True)
        variance = keras.ops.mean(keras.ops.square(inputs - mean), axis=1)
        # The root's slope has no end at 0, where a band that never moves would stand.
        deviation = keras.ops.sqrt(variance + 1e-5)
        return keras.ops.concatenate([keras.ops.squeeze(mean, axis=1), deviation], axis=1)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the shape of the output.

        Parameters
        ----------
        input_shape : tuple

        Returns
        -------
        tuple
        """
        return (input_shape[0], 2 * input_shape[2])
