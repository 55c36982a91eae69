"""The training loop: batches in, a report per epoch out, a checkpoint after each.

The loop is our own so that it is the same under TensorFlow, JAX and PyTorch, can be stopped by the
clock, and goes on after a kill where it stood. Batches are made in a thread of their own; how long
the network waited for them is measured and told.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from musicemb.encoder.networks.network import embed_in_batches
from musicemb.encoder.networks.weights import read_weights, write_weights
from musicemb.encoder.training.checkpoints import EpochReport, load_checkpoint, save_checkpoint
from musicemb.encoder.training.devices import Devices, prepare_network
from musicemb.encoder.training.prefetch import Prefetched
from musicemb.errors import MusicembError
from musicemb.records import Floats, TeacherShape
from musicemb.settings import TrainingSettings

Batches = Callable[[int], Iterator["Batch"]]
Probe = Callable[[Callable[[Floats], Floats]], dict[str, float]]


@dataclass(frozen=True)
class Batch:
    """One step's worth of segments."""

    features: Floats
    """Shape (n, n_frames, n_bands)."""
    tracks: NDArray[np.int64]
    """Shape (n,): rows of one track are anchor and neighbours."""
    artists: NDArray[np.int64]
    """-1: unknown."""
    labels: NDArray[np.int64]
    """-1: unlabelled."""
    shares: Floats | None = None
    """Shape (n, n_classes), what part of each class a segment is; None: all of its label."""
    targets: Floats | None = None
    """Shape (n, columns of all teachers), as `TeacherShape` says; None: there is no teacher."""


def train_network(
    network: Any,
    batches: Batches,
    settings: TrainingSettings,
    *,
    n_labels: int = 0,
    class_weights: Floats | None = None,
    teachers: Sequence[TeacherShape] = (),
    probe: Probe | None = None,
    best_by: str = "",
    checkpoint: Path | None = None,
    resume: bool = False,
    devices: Devices | None = None,
) -> Iterator[EpochReport]:
    """Train a network in place; the best weights (or the last, without a probe) are in it at the end.

    Parameters
    ----------
    network : keras.Model
        From `build_network`.
    batches : callable
        Epoch number (from 0) -> that epoch's batches, always the same for the same epoch.
    settings : TrainingSettings
    n_labels : int
        Classes of the genre losses; used where `settings.label_weight` is above 0.
    class_weights : ndarray [shape=(n_labels,)], optional
    teachers : sequence of TeacherShape
        Those whose targets the batches bring.
    probe : callable, optional
        Given a function that embeds features, returns figures; called after each epoch.
    best_by : str
        Which figure of the probe decides what the best weights are, higher being better; ""
        keeps the last weights.
    checkpoint : Path, optional
        File to write after each epoch, atomically.
    resume : bool
        Go on from `checkpoint` if it is there.
    devices : Devices, optional
        Where the network was built for several devices: these.

    Yields
    ------
    EpochReport
        After `resume` also those of the epochs before, so that a history is whole.

    Raises
    ------
    MusicembError
        Where the loss is no longer a number, or the disk is full at a checkpoint.
    """
    import keras

    from musicemb.encoder.training.optimizer import averaged, make_optimizer
    from musicemb.encoder.training.training_model import TrainingModel

    devices = devices or Devices()
    keras.utils.set_random_seed(settings.seed)
    prepare_network(network, devices)
    with devices.scope():
        model = TrainingModel(network, settings, n_labels, teachers)
        model.compile(optimizer=make_optimizer(network, settings))
    targets = _Targets(model.n_labels, class_weights)
    history: list[EpochReport] = []
    best: tuple[float, dict[str, Any]] | None = None
    elapsed = 0.0
    if resume and checkpoint is not None and checkpoint.exists():
        first = next(batches(0))
        devices.step(model, first.features, targets.of(first, np.random.default_rng(0)))  # makes optimizer variables
        history, elapsed, best = load_checkpoint(checkpoint, model)
        yield from history
    source = Prefetched(batches, range(len(history), settings.epochs))
    try:
        for epoch in range(len(history), settings.epochs):
            if _over(settings, elapsed):
                break
            report = _train_epoch(model, devices, source, targets, settings, epoch, elapsed)
            elapsed += report.seconds
            with averaged(model) if probe is not None or best_by else nullcontext():
                if probe is not None:
                    report = replace(report, probe=probe(lambda features: embed_in_batches(network, features)))
                history.append(report)
                if best_by and (best is None or report.probe[best_by] >= best[0]):
                    best = (report.probe[best_by], read_weights(network))
            if checkpoint is not None:
                save_checkpoint(checkpoint, model, history, elapsed, best)
            yield report
            if settings.patience and best_by and _since_best(history, best_by) >= settings.patience:
                break
    finally:
        source.close()
    if best is not None:
        write_weights(network, best[1])
    elif model.optimizer.use_ema and history:
        model.optimizer.finalize_variable_values(model.trainable_variables)


def _train_epoch(
    model: Any,
    devices: Devices,
    source: Prefetched[Batch],
    targets: _Targets,
    settings: TrainingSettings,
    epoch: int,
    elapsed: float,
) -> EpochReport:
    """One epoch; its figures are means over its steps. Minutes that are over end it early."""
    from musicemb.encoder.training.training_model import PART

    started = time.monotonic()
    sums: dict[str, float] = {}
    waited, steps, rate = 0.0, 0, settings.learning_rate
    draws = np.random.default_rng([settings.seed, epoch])
    while not (steps and _over(settings, elapsed + time.monotonic() - started)):
        before = time.monotonic()
        batch = source.take()
        waited += time.monotonic() - before
        if batch is None:
            break
        progress = (epoch + steps / settings.steps_per_epoch) / settings.epochs
        if settings.minutes is not None:
            progress = max(progress, (elapsed + time.monotonic() - started) / (settings.minutes * 60))
        rate = _learning_rate(progress, settings)
        model.optimizer.learning_rate = rate
        found = devices.step(model, batch.features, targets.of(batch, draws))
        if not math.isfinite(found["loss"]):
            cause = (
                "try a lower learning rate"
                if np.isfinite(batch.features).all()
                else "the input features are not numbers either, so the audio or its cached frames are damaged"
            )
            raise MusicembError(
                f"training failed in step {steps + 1} of epoch {epoch + 1}: the loss is {found['loss']}; {cause}"
            )
        for name, value in found.items():
            sums[name] = sums.get(name, 0.0) + value
        steps += 1
    seconds = time.monotonic() - started
    return EpochReport(
        epoch=epoch + 1,
        epochs=settings.epochs,
        loss=sums["loss"] / steps,
        neighbour=sums["neighbour"] / steps,
        distant=sums["distant"] / steps,
        active=sums["active"] / steps,
        waiting=waited / seconds,
        seconds=seconds,
        learning_rate=rate,
        parts={name.removeprefix(PART): value / steps for name, value in sums.items() if name.startswith(PART)},
    )


def _over(settings: TrainingSettings, seconds: float) -> bool:
    return settings.minutes is not None and seconds >= settings.minutes * 60


class _Targets:
    """Batches' targets as `TrainingModel.compute_loss` takes them; `n_labels` is 0 where no labels are used."""

    def __init__(self, n_labels: int, class_weights: Floats | None) -> None:
        self._n_labels = n_labels
        # Weighted here and not in the model: with other weights, the step that was compiled is still the same one.
        self._weights = np.float32(1) if class_weights is None or not n_labels else class_weights.astype(np.float32)

    def of(self, batch: Batch, rng: np.random.Generator) -> Floats:
        """One row a segment."""
        draws, n_labels, shares = rng.random(len(batch.tracks)), self._n_labels, batch.shares
        if shares is None or not n_labels:
            shares = np.eye(n_labels + 1, n_labels, k=-1, dtype=np.float32)[
                batch.labels + 1 if n_labels else 0 * batch.labels
            ]
        columns = [batch.tracks, batch.artists, batch.labels, draws, shares * self._weights]
        columns += [] if batch.targets is None else [batch.targets]
        return np.column_stack(columns).astype(np.float32)


def _learning_rate(progress: float, settings: TrainingSettings) -> float:
    """Linear warm-up, then a half cosine to almost 0 (Loshchilov & Hutter 2017)."""
    warm = min(1.0, progress / settings.warm_up + 0.01) if settings.warm_up else 1.0
    return settings.learning_rate * warm * max(0.5 * (1 + float(np.cos(np.pi * min(progress, 1.0)))), 1e-3)


def _since_best(history: list[EpochReport], best_by: str) -> int:
    figures = [report.probe[best_by] for report in history]
    return len(figures) - 1 - int(np.argmax(figures))
