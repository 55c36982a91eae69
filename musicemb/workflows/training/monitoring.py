"""Monitors a training: held-out losses, label distances, curves, and a TensorBoard log."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np

from musicemb.core.evaluation.clustering_scores import label_distances, silhouette
from musicemb.encoder.runtime.bundle import Bundle
from musicemb.encoder.training.checkpoints import EpochReport
from musicemb.io.output.charts import draw_curves, draw_matrix
from musicemb.io.output.tensorboard import EventLog
from musicemb.records import Floats
from musicemb.settings import AugmentationSettings
from musicemb.workflows.training.prepare import TrainingData
from musicemb.workflows.training.probe import Probe

HELD_BATCHES = 2
"""Batches of held-out segments that the loss is measured on after each epoch, the same ones each time."""

LOSS_PLOT, DISTANCES_PLOT, DISTANCES_TABLE = "loss.png", "label_distances.png", "label_distances.csv"
"""Files that a trained bundle carries beside what makes it work."""

_PLAIN = AugmentationSettings(
    tilt_db=0.0, noise_share=0.0, lowpass_share=0.0, time_masks=0, time_mask=0.0, band_masks=0, band_mask=0.0
)


def watch_held_out(data: TrainingData, probe: Probe | None) -> Probe | None:
    """A probe that also measures the training's own loss and distances on held-out tracks.

    Parameters
    ----------
    data : TrainingData
    probe : callable, optional
        What is measured besides.

    Returns
    -------
    callable or None
        None where nothing is held out and there is no other probe.
    """
    if len(data.validation.frames) < 2:
        return probe
    training = data.validation.settings.training
    validation = replace(data.validation, settings=replace(data.validation.settings, augmentation=_PLAIN))
    batches = list(islice(validation.batches(data.front_end)(0), HELD_BATCHES))

    def watch(embed: Callable[[Floats], Floats]) -> dict[str, float]:
        from musicemb.encoder.training.losses import measure_vectors

        rows = [
            measure_vectors(np.asarray(embed(b.features), np.float32), b.tracks, b.artists, training) for b in batches
        ]
        means = np.mean(rows, axis=0)
        names = ("held-out loss", "held-out neighbour", "held-out distant", "held-out active")
        figures = {name: float(value) for name, value in zip(names, means, strict=True)}
        return {**(probe(embed) if probe is not None else {}), **figures}

    return watch


def record_training(
    bundle: Bundle,
    data: TrainingData,
    history: Sequence[EpochReport],
    train_vectors: Floats,
    val_vectors: Floats,
    log: EventLog | None = None,
) -> None:
    """Put the loss plot and the label distances into a bundle, and all of it into a log.

    Parameters
    ----------
    bundle : Bundle
    data : TrainingData
    history : sequence of EpochReport
    train_vectors, val_vectors : ndarray [shape=(n, dimensions)]
        Vectors of the tracks that were trained on and of those held out.
    log : EventLog, optional
    """
    curves = draw_curves(_panels(history), title=f"Training of {bundle.name}") if history else b""
    if curves:
        (bundle.folder / LOSS_PLOT).write_bytes(curves)
    held = [data.labels[i] if i >= 0 else "" for i in data.validation.labels]
    known = [data.labels[i] if i >= 0 else "" for i in data.train.labels]
    # Held-out tracks are the better measure, if they have two labels.
    vectors, labels = (val_vectors, held) if len({*held} - {""}) > 1 else (train_vectors, known)
    names, distances = label_distances(vectors, labels)
    matrix = None
    if len(names) > 1:
        text = io.StringIO()
        table = csv.writer(text, lineterminator="\n")
        table.writerow(["label", *names])
        table.writerows([name, *(f"{value:.4f}" for value in row)] for name, row in zip(names, distances, strict=True))
        (bundle.folder / DISTANCES_TABLE).write_text(text.getvalue(), encoding="utf-8")
        title = "Distances between label centroids (diagonal: mean distance to the own centroid)"
        matrix = draw_matrix(distances, names, title=title)
        (bundle.folder / DISTANCES_PLOT).write_bytes(matrix)
    if log is not None:
        last = history[-1].epoch if history else 0
        if curves:
            log.picture(last, "curves", curves)
        if matrix is not None:
            log.picture(last, "label distances", matrix)
            pairs = [(i, j) for i in range(len(names)) for j in range(i)]
            log.scalars(last, {f"label distance/{names[i]} to {names[j]}": float(distances[i, j]) for i, j in pairs})
        log.scalars(last, {"silhouette": silhouette(vectors, labels)})
        everything = np.concatenate([train_vectors, val_vectors])
        examples = [*data.train_examples, *data.val_examples]
        titles = [f"{one.artist} - {one.title}".strip(" -") or one.path.stem for one in examples]
        log.projector(everything, [*known, *held], titles)


def log_epoch(log: EventLog, report: EpochReport) -> None:
    """Log the numbers of an epoch.

    Parameters
    ----------
    log : EventLog
    report : EpochReport
    """
    own = {name: getattr(report, name) for name in ("loss", "neighbour", "distant", "active", "learning_rate")}
    log.scalars(report.epoch, {f"train/{name}": value for name, value in own.items()})
    log.scalars(report.epoch, {f"train/loss: {name}": value for name, value in report.parts.items()})
    log.scalars(report.epoch, {"time/seconds": report.seconds, "time/waiting": report.waiting})
    log.scalars(
        report.epoch, {f"held out/{name.removeprefix('held-out ')}": value for name, value in report.probe.items()}
    )


def open_log(folder: Path | None) -> EventLog | None:
    """A log, where one is wanted.

    Parameters
    ----------
    folder : Path, optional

    Returns
    -------
    EventLog or None
    """
    return None if folder is None else EventLog(folder)


def _panels(history: Sequence[EpochReport]) -> dict[str, dict[str, list[float]]]:
    def held(name: str) -> list[float]:
        return [report.probe.get(name, float("nan")) for report in history]

    panels = {
        "loss": {"train": [report.loss for report in history], "held out": held("held-out loss")},
        "squared distance": {
            "to neighbour": [report.neighbour for report in history],
            "to distant": [report.distant for report in history],
            "to neighbour, held out": held("held-out neighbour"),
            "to distant, held out": held("held-out distant"),
        },
    }
    others = sorted({name for report in history for name in report.probe if not name.startswith("held-out")})
    if others:
        panels["held-out figures"] = {name: held(name) for name in others}
    return panels
