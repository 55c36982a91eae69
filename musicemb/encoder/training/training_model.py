"""The network with its losses, as a Keras model that every backend can train."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import ops

from musicemb.encoder.networks.weights import MEMBER
from musicemb.encoder.training import distillation, losses
from musicemb.encoder.training.devices import gather, share
from musicemb.records import TeacherShape
from musicemb.settings import TrainingSettings

_SHARPNESS = 12.0
"""Scale of the cosine logits of the genre layer: unit vectors alone would give a flat softmax."""

PART = "loss: "
"""What the name of a tracker begins with that follows one loss."""


@dataclass(frozen=True)
class _TeacherHead:
    """A teacher's columns among the targets, and the weights of its losses."""

    name: str
    dimensions: int
    tags: int
    relation_weight: float
    tag_weight: float
    vector_weight: float

    @property
    def tag_outputs(self) -> int:
        """Outputs of the layer that says its tags."""
        return self.tags if self.tag_weight else 0

    @property
    def vector_outputs(self) -> int:
        """Outputs of the layer that says its vector."""
        return self.dimensions if self.vector_weight else 0


def _teacher_head(number: int, shape: TeacherShape, settings: TrainingSettings) -> _TeacherHead:
    def weight(weights: tuple[float, ...], there: int) -> float:
        return weights[min(number, len(weights) - 1)] if there else 0.0

    return _TeacherHead(
        shape.name,
        shape.dimensions,
        shape.tags,
        weight(settings.relation_weights, shape.dimensions),
        weight(settings.tag_weights, shape.tags),
        weight(settings.vector_weights, shape.dimensions),
    )


def _same_everywhere(seed: int, number: int) -> Callable[..., Any]:
    """Glorot's uniform weights from NumPy's generator, for each backend's own would draw others."""

    def draw(shape: tuple[int, int], dtype: Any = None) -> Any:
        limit = (6 / sum(shape)) ** 0.5
        drawn = np.random.default_rng([seed, number, 0x4EAD]).uniform(-limit, limit, shape)
        return ops.convert_to_tensor(drawn.astype(np.float32))

    return draw


class TrainingModel(keras.Model):  # type: ignore[misc]
    """An encoder network, a genre layer where labels are used, heads for teachers' tags, and the losses of all.

    Parameters
    ----------
    network : keras.Model
        From `build_network`. Where it has several members, each has the losses for itself: a loss of all
        together would let one rest on the other.
    settings : TrainingSettings
    n_labels : int
    teachers : sequence of TeacherShape
    """

    def __init__(
        self, network: Any, settings: TrainingSettings, n_labels: int, teachers: Sequence[TeacherShape] = ()
    ) -> None:
        super().__init__(name="training_model")
        self.network = network
        self.settings = settings
        self.n_labels = n_labels = n_labels if settings.label_weight > 0 else 0
        self.teachers = [_teacher_head(i, shape, settings) for i, shape in enumerate(teachers)]
        members = self.members = max(1, sum(layer.name.startswith(MEMBER) for layer in network.layers))
        # Heads of its own for each: what one member errs in must not lean on what another one knows.
        self.heads: list[Any] = []
        self.sizes = [n_labels] if n_labels else []
        for teacher in self.teachers:
            self.sizes += [size for size in (teacher.tag_outputs, teacher.vector_outputs) if size]
        names = ["genre"] if n_labels else []
        for i, teacher in enumerate(self.teachers, start=1):
            names += [f"tags{i}"] if teacher.tag_outputs else []
            names += [f"vectors{i}"] if teacher.vector_outputs else []
        for number in range(1, members + 1):
            own = [name if members == 1 else f"{name}_{number}" for name in names]
            if members > 1 and n_labels:
                own[0] = f"genre{number}"
            for n, name in zip(self.sizes, own, strict=True):
                start = _same_everywhere(settings.seed, len(self.heads))
                self.heads.append(keras.layers.Dense(n, kernel_initializer=start, name=name))
        parts = self._part_names()
        tracked = ("neighbour", "distant", "active", *(PART + name for name in (parts if len(parts) > 1 else ())))
        self.trackers = {name: keras.metrics.Mean(name=name) for name in tracked}

    def _part_names(self) -> list[str]:
        names = ["neighbours"] if self.settings.neighbour_weight else []
        names += ["genres", "genre pairs"] if self.n_labels else []
        for teacher in self.teachers:
            names += [f"relation to {teacher.name}"] if teacher.relation_weight else []
            names += [f"tags of {teacher.name}"] if teacher.tag_outputs else []
            names += [f"vectors of {teacher.name}"] if teacher.vector_outputs else []
        return names

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """Vectors, with the outputs of all heads behind them.

        Parameters
        ----------
        inputs : tensor [shape=(batch, n_frames, n_bands)]
        training : bool, optional

        Returns
        -------
        tensor [shape=(batch, dimensions + members * sum of head sizes)]
        """
        vectors = self.network(inputs, training=training)
        if not self.sizes:
            return vectors
        n = len(self.sizes)
        parts = self._split(vectors)
        told = [head(parts[i // n] * _SHARPNESS) for i, head in enumerate(self.heads)]
        return ops.concatenate([vectors, *told], axis=1)

    def _split(self, vectors: Any) -> list[Any]:
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
        y : tensor [shape=(n, 4 + n_labels + teachers' columns)]
            Track, artist, label, uniform draw; where labels are used, the share of each class times its weight; what
            each teacher says.
        y_pred : tensor [shape=(n, dimensions + members * sum of head sizes)]
        sample_weight : tensor, optional
            Not looked at.
        training : bool

        Returns
        -------
        tensor [shape=()]
        """
        y, y_pred = gather(ops.convert_to_tensor(y)), gather(y_pred)  # PyTorch gets NumPy rows
        size = self.network.output_shape[-1]
        vectors = y_pred[:, :size]
        ids = [ops.cast(y[:, i], "int32") for i in range(3)]
        told: dict[str, Any] = {}
        loss, first = 0.0, size
        for part in self._split(vectors):
            outputs = []
            for n in self.sizes:
                outputs.append(y_pred[:, first : first + n])
                first += n
            for name, (weight, value) in self._weigh(part, outputs, ids, y).items():
                loss = loss + weight * value / self.members
                told[name] = told.get(name, 0.0) + value / self.members
        report = losses.distance_report(vectors, ids[0], ids[1], self.settings.margin)
        seen = dict(zip(("neighbour", "distant", "active"), report, strict=True))
        seen |= {PART + name: value for name, value in told.items()}
        for name, tracker in self.trackers.items():
            tracker.update_state(seen[name])
        return share(loss)

    def _weigh(self, vectors: Any, outputs: list[Any], ids: list[Any], y: Any) -> dict[str, tuple[float, Any]]:
        """Weight and value of each loss of one member."""
        settings, (tracks, artists, labels) = self.settings, ids
        found: dict[str, tuple[float, Any]] = {}
        if settings.neighbour_weight:
            if settings.loss == "triplet":
                value = losses.triplet_margin(
                    vectors, tracks, artists, settings.margin, semi_hard=settings.semi_hard, draws=y[:, 3]
                )
            else:
                value = losses.nt_xent(vectors, tracks, artists, settings.temperature)
            found["neighbours"] = (settings.neighbour_weight, value)
        outputs, column = list(outputs), 4 + self.n_labels
        if self.n_labels:
            shares = y[:, 4:column]
            found["genres"] = (settings.label_weight, losses.cross_entropy(outputs.pop(0), shares, 1.0))
            pairs = losses.supervised_contrastive(vectors, tracks, labels, settings.temperature)
            found["genre pairs"] = (0.5 * settings.label_weight, pairs)
        for teacher in self.teachers:
            known, column = y[:, column], column + 1
            theirs, column = y[:, column : column + teacher.dimensions], column + teacher.dimensions
            tags, column = y[:, column : column + teacher.tags], column + teacher.tags
            if teacher.relation_weight:
                value = distillation.relational(
                    vectors, theirs, known, tracks, settings.relation_temperature, settings.teacher_temperature
                )
                found[f"relation to {teacher.name}"] = (teacher.relation_weight, value)
            if teacher.tag_outputs:
                value = distillation.soft_tags(outputs.pop(0), tags, known)
                found[f"tags of {teacher.name}"] = (teacher.tag_weight, value)
            if teacher.vector_outputs:
                value = distillation.cosine_regression(outputs.pop(0), theirs, known)
                found[f"vectors of {teacher.name}"] = (teacher.vector_weight, value)
        return found
