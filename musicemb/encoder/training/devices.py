"""Training on one device or several: how a step is shared, by the backend that Keras runs on.

Every device gets an equal share of the batch and all hold the same weights. The loss is that of the
whole batch all the same: vectors are gathered before it is computed, so that each segment has all
others as neighbours and distants, and batch normalisation sees the whole batch. A step on several
devices is therefore the step on one, up to the order of sums.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from musicemb.errors import MusicembError, SettingsError
from musicemb.records import Floats

Wanted = int | Literal["all"]


@dataclass
class Devices:
    """The devices of a training."""

    names: tuple[str, ...] = ("",)
    """One per device; "" is the one that the backend chooses."""
    strategy: Any = None
    """keras.distribution.DataParallel (JAX) or tf.distribute.MirroredStrategy (TensorFlow); None for one device."""
    backend: str = ""
    _compiled: tuple[Any, Callable[[Any, Any], Any]] | None = field(default=None, repr=False)

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.names)

    def scope(self) -> contextlib.AbstractContextManager[Any]:
        """Within it variables are made for all devices: networks, optimizers.

        Returns
        -------
        context manager
        """
        return contextlib.nullcontext() if self.strategy is None else self.strategy.scope()

    def step(self, model: Any, features: Floats, targets: Floats) -> dict[str, float]:
        """Train on one batch.

        Parameters
        ----------
        model : TrainingModel
            Compiled within `scope`.
        features : ndarray [shape=(n, n_frames, n_bands)], float32
        targets : ndarray [shape=(n, 4)], float32

        Returns
        -------
        dict
            Loss and what `TrainingModel` tracks, of this batch before the step.

        Raises
        ------
        SettingsError
            Where the batch cannot be shared equally.
        """
        if self.strategy is None:
            if not model.optimizer.built and _compiles_variables():
                _make_variables(model, features)
            return _numbers(model.train_on_batch(features, targets, return_dict=True))
        if len(features) % self.count:
            raise SettingsError(
                f"a batch of {len(features)} segments cannot be shared equally by {self.count} devices; choose another "
                "--batch or --devices"
            )
        if self.backend == "jax":
            with self.scope():
                return _numbers(model.train_on_batch(features, targets, return_dict=True))
        return self._mirrored_step(model, features, targets)

    def _mirrored_step(self, model: Any, features: Floats, targets: Floats) -> dict[str, float]:
        if self._compiled is None or self._compiled[0] is not model:
            self._compiled = (model, self._compile(model, features))
        model.reset_metrics()
        found = self._compiled[1](self._shared(features), self._shared(targets))
        # The loss was computed of the whole batch on every device: any of them can tell it.
        return {name: float(self.strategy.experimental_local_results(value)[0]) for name, value in found.items()}

    def _compile(self, model: Any, features: Floats) -> Callable[[Any, Any], Any]:
        import tensorflow as tf

        optimizer = model.optimizer
        with self.scope():
            _make_variables(model, features)
        # Gradients are summed here, before they are clipped, and once more by the optimizer: each device
        # hands in its share of the sum, clipped at that share of the bound.
        optimizer.clipnorm = optimizer.clipnorm / self.count

        def on_each(part: Any, wanted: Any) -> dict[str, Any]:
            with tf.GradientTape() as tape:
                loss = model.compute_loss(x=part, y=wanted, y_pred=model(part, training=True))
            weights = model.trainable_variables
            gradients = tf.distribute.get_replica_context().all_reduce(
                tf.distribute.ReduceOp.SUM, tape.gradient(loss, [weight.value for weight in weights])
            )
            optimizer.apply_gradients([(g / self.count, w) for g, w in zip(gradients, weights, strict=True)])
            tracked = {name: tracker.result() for name, tracker in model.trackers.items()}
            return {"loss": loss * self.count, **tracked}

        compiled: Callable[[Any, Any], Any] = tf.function(
            lambda parts, wanted: self.strategy.run(on_each, args=(parts, wanted))
        )
        return compiled

    def _shared(self, array: Floats) -> Any:
        import tensorflow as tf

        parts = np.split(array, self.count)
        return self.strategy.experimental_distribute_values_from_function(
            lambda context: tf.constant(parts[context.replica_id_in_sync_group])
        )


def open_devices(wanted: Wanted | None = None) -> Devices:
    """Find the devices to train on; none of them is occupied yet.

    Parameters
    ----------
    wanted : int, "all" or None
        How many; None and 1 leave the choice to the backend, which takes a GPU where there is one.

    Returns
    -------
    Devices

    Raises
    ------
    MusicembError
        Where there are fewer, the backend cannot share a step, or it is not there.
    """
    try:
        import keras
    except (ImportError, ValueError) as problem:
        raise MusicembError(
            f"Keras cannot run on {os.environ.get('KERAS_BACKEND', 'tensorflow')!r} ({problem}); set KERAS_BACKEND to "
            "tensorflow, jax or torch, whichever is installed"
        ) from problem

    backend = str(keras.backend.backend())
    if wanted is None or wanted == 1:
        return Devices(backend=backend)
    if backend not in ("jax", "tensorflow"):
        raise MusicembError(
            f"several devices need JAX or TensorFlow, but Keras runs on {backend}; set KERAS_BACKEND=jax, or leave "
            "--devices out"
        )
    found = _found(backend)
    if wanted == "all":
        wanted = len(found)
    if wanted > len(found):
        raise MusicembError(
            f"{wanted} devices were requested, but {backend} finds {len(found)} ({', '.join(found)}); ask for "
            "fewer with --devices"
        )
    if wanted == 1:
        return Devices(backend=backend)
    chosen = tuple(found[:wanted])
    if backend == "jax":
        return Devices(chosen, keras.distribution.DataParallel(devices=list(chosen)), backend)
    import tensorflow as tf

    return Devices(chosen, tf.distribute.MirroredStrategy(list(chosen)), backend)


def prepare_network(network: Any, devices: Devices) -> None:
    """Let batch normalisation see the whole batch, whatever the number of devices.

    Parameters
    ----------
    network : keras.Model
        Built within the scope of `devices`.
    devices : Devices
    """
    import keras

    for layer in network.layers:
        if isinstance(layer, keras.Model):  # a member of several
            prepare_network(layer, devices)
        elif isinstance(layer, keras.layers.BatchNormalization):
            layer.synchronized = devices.count > 1 and devices.backend == "tensorflow"


def gather(rows: Any) -> Any:
    """Rows of all devices, within a step of TensorFlow's; elsewhere the rows are whole already.

    Parameters
    ----------
    rows : tensor [shape=(n, ...)]

    Returns
    -------
    tensor [shape=(n_devices * n, ...)]
    """
    if _replicas() == 1:
        return rows
    import tensorflow as tf

    return tf.distribute.get_replica_context().all_gather(rows, axis=0)


def share(loss: Any) -> Any:
    """A device's share of a loss that every device computed of the whole batch: gradients are summed.

    Parameters
    ----------
    loss : tensor [shape=()]

    Returns
    -------
    tensor [shape=()]
    """
    count = _replicas()
    return loss if count == 1 else loss / count


def _compiles_variables() -> bool:
    import keras

    return bool(keras.backend.backend() == "tensorflow")


def _make_variables(model: Any, features: Floats) -> None:
    """Make all variables outside of what TensorFlow compiles: a step that makes any is traced twice, for seconds."""
    model(features[:1], training=False)
    model.optimizer.build(model.trainable_variables)


def _replicas() -> int:
    import keras

    if keras.backend.backend() != "tensorflow":
        return 1
    import tensorflow as tf

    if tf.distribute.in_cross_replica_context():
        return 1
    return int(tf.distribute.get_strategy().num_replicas_in_sync)


def _found(backend: str) -> list[str]:
    """Accelerators where there are any, else processors (several only where they were divided by hand)."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import keras

    if backend == "jax":
        return [str(name) for name in keras.distribution.list_devices()]
    import tensorflow as tf

    devices = tf.config.list_logical_devices("GPU") or tf.config.list_logical_devices("CPU")
    return [device.name.removeprefix("/device:") for device in devices]


def _numbers(totals: dict[str, Any]) -> dict[str, float]:
    return {name: float(value) for name, value in totals.items()}
