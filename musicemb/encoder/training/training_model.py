"""The network in training: it with its losses, as a Keras model any backend can step."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

from musicemb.encoder.networks.weights import MEMBER
from musicemb.encoder.training import losses
from musicemb.encoder.training.devices import gather, share
from musicemb.records import Floats
from musicemb.settings import TrainingSettings

_SHARPNESS = 12.0
"""Scale of the cosine logits of the genre layer: unit vectors alone would give a flat softmax."""


class TrainingModel(keras.Model):  # type: ignore[misc]
    """An encoder network, a genre layer where labels are used, and the loss of both.

    Parameters
    ----------
    network : keras.Model
        From `build_network`. Where it has several members, each has the losses for itself: a loss of all
        together would let one rest on the other.
    settings : TrainingSettings
    n_labels : int
    class_weights : ndarray [shape=(n_labels,)], optional
    """

    def __init__(
        self, network: Any, settings: TrainingSettings, n_labels: int, class_weights: Floats | None = None
    ) -> None:
        super().__init__(name="training_model")
        self.network = network
        self.settings = settings
        self.n_labels = n_labels = n_labels if settings.label_weight > 0 else 0
        members = self.members = max(1, sum(layer.name.startswith(MEMBER) for layer in network.layers))
        # A genre layer for each: what one member errs in must not lean on what another one knows.
        names = ["genre"] if members == 1 else [f"genre{number}" for number in range(1, members + 1)]
        self.genres = [keras.layers.Dense(n_labels, name=name) for name in names] if n_labels else []
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
        tensor [shape=(batch, dimensions + members * n_labels)]
        """
        vectors = self.network(inputs, training=training)
        if not self.genres:
            return vectors
        parts = zip(self.genres, self._parts(vectors), strict=True)
        return ops.concatenate([vectors, *(genre(part * _SHARPNESS) for genre, part in parts)], axis=1)

    def _parts(self, vectors: Any) -> list[Any]:
        """Each member's vectors, of unit length again."""
        if self.members == 1:
            return [vectors]
        return [part * self.members**0.5 for part in ops.split(vectors, self.members, axis=1)]

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
        y : tensor [shape=(n, 4 + n_labels)]
            Track, artist, label, uniform draw; where labels are used, the share of each class.
        y_pred : tensor [shape=(n, dimensions + members * n_labels)]
        sample_weight : tensor, optional
            Not looked at.
        training : bool

        Returns
        -------
        tensor [shape=()]
        """
        y, y_pred = gather(y), gather(y_pred)
        size = self.network.output_shape[-1]
        vectors, told = y_pred[:, :size], y_pred[:, size:]
        tracks, artists, labels = (ops.cast(y[:, i], "int32") for i in range(3))
        logits = ops.split(told, self.members, axis=1) if self.genres else [None] * self.members
        parts = self._parts(vectors)
        loss = sum(
            self._loss(part, named, tracks, artists, labels, y[:, 4:], y[:, 3])
            for part, named in zip(parts, logits, strict=True)
        )
        loss = loss / self.members
        report = losses.distance_report(vectors, tracks, artists, self.settings.margin)
        for tracker, value in zip(self.trackers.values(), report, strict=True):
            tracker.update_state(value)
        return share(loss)

    def _loss(self, vectors: Any, logits: Any, tracks: Any, artists: Any, labels: Any, shares: Any, draws: Any) -> Any:
        settings = self.settings
        if settings.loss == "triplet":
            loss = losses.triplet_margin(
                vectors, tracks, artists, settings.margin, semi_hard=settings.semi_hard, draws=draws
            )
        else:
            loss = losses.nt_xent(vectors, tracks, artists, settings.temperature)
        if logits is None:
            return loss
        return loss + settings.label_weight * (
            losses.cross_entropy(logits, shares, ops.convert_to_tensor(self.class_weights))
            + 0.5 * losses.supervised_contrastive(vectors, tracks, labels, settings.temperature)
        )
