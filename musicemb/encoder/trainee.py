"""The network in training: it with its losses, as a Keras model any backend can step."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

from musicemb.encoder import losses
from musicemb.encoder.devices import gather, share
from musicemb.records import Floats
from musicemb.settings import TrainingSettings

_SHARPNESS = 12.0
"""Scale of the cosine logits of the genre layer: unit vectors alone would give a flat softmax."""


class Trainee(keras.Model):  # type: ignore[misc]
    """An encoder network, a genre layer where labels are used, and the loss of both.

    Parameters
    ----------
    network : keras.Model
    settings : TrainingSettings
    n_labels : int
    class_weights : ndarray [shape=(n_labels,)], optional
    """

    def __init__(
        self, network: Any, settings: TrainingSettings, n_labels: int, class_weights: Floats | None = None
    ) -> None:
        super().__init__(name="trainee")
        self.network = network
        self.settings = settings
        supervised = settings.label_weight > 0 and n_labels > 0
        self.genre = keras.layers.Dense(n_labels, name="genre") if supervised else None
        weights = np.ones(max(n_labels, 1), dtype=np.float32) if class_weights is None else class_weights
        self.class_weights = weights.astype(np.float32)
        self.trackers = {name: keras.metrics.Mean(name=name) for name in ("neighbour", "distant", "active")}

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """Vectors, with genre logits behind them where labels are used.

        Parameters
        ----------
        inputs : tensor [shape=(batch, n_frames, n_bands)]
        training : bool, optional

        Returns
        -------
        tensor [shape=(batch, dimensions + n_labels)]
        """
        vectors = self.network(inputs, training=training)
        if self.genre is None:
            return vectors
        return ops.concatenate([vectors, self.genre(vectors * _SHARPNESS)], axis=1)

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Any:
        """Loss of a batch; on several devices that of the whole one.

        Parameters
        ----------
        x : tensor
            Not looked at.
        y : tensor [shape=(n, 4)]
            Track, artist, label, uniform draw.
        y_pred : tensor [shape=(n, dimensions + n_labels)]
        sample_weight : tensor, optional
            Not looked at.
        training : bool

        Returns
        -------
        tensor [shape=()]
        """
        settings = self.settings
        y, y_pred = gather(y), gather(y_pred)
        vectors = y_pred if self.genre is None else y_pred[:, : self.network.output_shape[-1]]
        tracks, artists, labels = (ops.cast(y[:, i], "int32") for i in range(3))
        if settings.loss == "triplet":
            loss = losses.triplet_margin(
                vectors, tracks, artists, settings.margin, semi_hard=settings.semi_hard, draws=y[:, 3]
            )
        else:
            loss = losses.nt_xent(vectors, tracks, artists, settings.temperature)
        if self.genre is not None:
            logits = y_pred[:, self.network.output_shape[-1] :]
            loss = loss + settings.label_weight * (
                losses.cross_entropy(logits, labels, ops.convert_to_tensor(self.class_weights))
                + 0.5 * losses.supervised_contrastive(vectors, tracks, labels, settings.temperature)
            )
        report = losses.distance_report(vectors, tracks, artists, settings.margin)
        for tracker, value in zip(self.trackers.values(), report, strict=True):
            tracker.update_state(value)
        return share(loss)
