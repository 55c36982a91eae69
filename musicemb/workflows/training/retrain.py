"""Trains an encoder on a dataset and writes its bundle."""

from __future__ import annotations

import csv
import datetime
import io
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from musicemb import __version__
from musicemb.core.genres.head import choose_threshold, fit_genre_head
from musicemb.core.genres.names import apply_head
from musicemb.core.vectors.pca import fit_projection
from musicemb.encoder.runtime.bundle import Bundle, write_bundle
from musicemb.encoder.training.checkpoints import EpochReport
from musicemb.io.output.tensorboard import EventLog
from musicemb.records import Example, Floats, GenreHead, Problem, TeacherMatch
from musicemb.settings import INT8_SEGMENTS, EncoderSettings
from musicemb.workflows.embedding.cached_frames import FramesReady
from musicemb.workflows.parallel.executor import Executor
from musicemb.workflows.training.model_card import model_card
from musicemb.workflows.training.monitoring import log_epoch, open_log, record_training, watch_held_out
from musicemb.workflows.training.prepare import TrainingData, prepare_training
from musicemb.workflows.training.probe import make_probe, subsample
from musicemb.workflows.training.sound_tags import fit_tags
from musicemb.workflows.training.start import OpenTraining, open_training

PROJECTION_COMPONENTS = 16
"""PCA directions that clustering works in: 10 000 tracks in 2 s, against 16 s in 128 dimensions."""

FITTED_TRACKS = 10_000
"""Tracks that the projection and the genre head are fitted on; of more, as many drawn by chance: both have
some thousand numbers to find, and listening to all of a large dataset takes longer than training."""


@dataclass(frozen=True)
class BundleWritten:
    """Last event of a training."""

    bundle: Bundle
    figures: dict[str, float]
    """On held-out tracks."""
    no_runtime: str
    """Why the network did not convert to LiteRT; "" where it did."""


def retrain_encoder(
    examples: Sequence[Example],
    settings: EncoderSettings,
    *,
    out: Path,
    name: str,
    held_out: Callable[[Example], bool] | None = None,
    labels: Sequence[str] | None = None,
    start_from: Path | None = None,
    start_trunk: Path | None = None,
    resume: bool = False,
    cache: Path | None = None,
    workers: int | None = None,
    executor: Executor | None = None,
    devices: int | Literal["all"] | None = None,
    log_dir: Path | None = None,
    about: Mapping[str, Any] | None = None,
    watch: bool = True,
    teachers: Sequence[Path] = (),
    extra: Sequence[Example] = (),
) -> Iterator[FramesReady | Problem | TeacherMatch | EpochReport | BundleWritten]:
    """Train an encoder and write its bundle.

    Parameters
    ----------
    examples : sequence of Example
        Those of the split "test" are left out, always.
    settings : EncoderSettings
    out : Path
        Folder of the bundle; the checkpoint lies beside it until the bundle is written.
    name : str
        Of the bundle.
    held_out : callable, optional
        Which examples are kept from training, to probe on and to choose the genre threshold by;
        None: those of the split "val".
    labels : sequence of str, optional
        Labels that the genre head tells apart; None: all with at least 8 groups in training.
    start_from, start_trunk
        As for `prepare_training`.
    resume : bool
        Go on from the checkpoint of an unfinished training.
    cache : Path, optional
        Folder of the frame cache; None: the user's.
    workers, executor
        As for `prepare_training`.
    devices : int or "all", optional
        Devices to share each step (see `encoder.training.devices`); None: one, as the backend chooses.
    log_dir : Path, optional
        Folder for what TensorBoard shows.
    about : mapping, optional
        What else the bundle is to say of its training: "dataset" and "fold" where a fold was held out.
    watch : bool
        Measure held-out tracks after each epoch. Without, an epoch costs its training alone, `patience` has nothing
        to go by, and curves are of training only.
    teachers : sequence of Path
        Files of other encoders' answers to learn from (see `io.teacher_files`), in the order of their weights.
    extra : sequence of Example
        Music that only teaches, without its labels, at most `extra_share` of a batch.

    Yields
    ------
    FramesReady or Problem
        Per file, while audio is decoded.
    TeacherMatch
        Per teacher file.
    EpochReport
    BundleWritten
        Once, at the end.

    Raises
    ------
    DatasetError
        Where there is too little to learn from.
    SettingsError, BundleError, MissingExtra, MusicembError
    """
    for event in prepare_training(
        examples,
        settings,
        held_out=held_out,
        labels=labels,
        start_from=start_from,
        start_trunk=start_trunk,
        cache=cache,
        workers=workers,
        executor=executor,
        teachers=teachers,
        extra=extra,
    ):
        if isinstance(event, TrainingData):
            yield from _train_and_write(event, out, name, resume, devices, log_dir, about or {}, watch)
        else:
            yield event


def checkpoint_of(out: Path) -> Path:
    """Where an unfinished training keeps its finished epochs: beside the bundle that it will be.

    Parameters
    ----------
    out : Path
        Folder of the bundle.

    Returns
    -------
    Path
    """
    return out.with_name(f"{out.name}.checkpoint.npz")


def _train_and_write(
    data: TrainingData,
    out: Path,
    name: str,
    resume: bool,
    devices: int | Literal["all"] | None,
    log_dir: Path | None,
    told: Mapping[str, Any],
    watch: bool,
) -> Iterator[EpochReport | BundleWritten]:
    opened = open_training(data, data.train.settings, devices)
    judge = make_probe(data) if watch else None
    log = open_log(log_dir)
    early = opened.supervised and opened.settings.training.patience > 0 and judge is not None
    checkpoint = checkpoint_of(out)
    out.parent.mkdir(parents=True, exist_ok=True)
    history: list[EpochReport] = []
    for report in opened.run(
        probe=watch_held_out(data, judge) if watch else None,
        # The learning rate ends near 0, so the last weights are the ones to keep; a best epoch chosen on few
        # held-out tracks is mostly luck, and in pure Tile2Vec it would let labels in.
        best_by="precision@5" if early else "",
        checkpoint=checkpoint,
        resume=resume,
    ):
        history.append(report)
        if log is not None:
            log_epoch(log, report)
        yield report
    with log or nullcontext():
        yield write_trained(data, opened, history, out=out, name=name, about=told, best=early, watch=watch, log=log)
    checkpoint.unlink(missing_ok=True)


def write_trained(
    data: TrainingData,
    opened: OpenTraining,
    history: Sequence[EpochReport],
    *,
    out: Path,
    name: str,
    about: Mapping[str, Any],
    best: bool = False,
    watch: bool = False,
    log: EventLog | None = None,
) -> BundleWritten:
    """Write the bundle of a training that is over.

    Parameters
    ----------
    data : TrainingData
    opened : OpenTraining
        With the weights that were learned.
    history : sequence of EpochReport
    out : Path
    name : str
    about : mapping
        What else the bundle is to say of its training.
    best : bool
        Whether the weights are those of the best epoch, not of the last.
    watch : bool
        Measure held-out tracks where no epoch did.
    log : EventLog, optional

    Returns
    -------
    BundleWritten
    """
    from musicemb.encoder.convert import convert_bundle
    from musicemb.encoder.networks.network import embed_in_batches
    from musicemb.encoder.networks.weights import read_weights

    network, settings, front_end, started = opened.network, opened.settings, data.front_end, data.started

    def embed(features: Floats) -> Floats:
        return embed_in_batches(network, features)

    trained_on = dict(Counter(e.corpus or "unnamed" for e in data.train_examples))
    held_out = len(data.val_examples)
    teachers = [teacher.shape.name for teacher in data.train.teachers]
    shown = (max(history, key=_best_first) if best else history[-1]).probe if history else {}
    if not history and watch and (probe := watch_held_out(data, make_probe(data))) is not None:
        shown = probe(embed)
    data = subsample(data, FITTED_TRACKS)
    train_vectors = data.train.embed_tracks(embed, front_end)
    val_vectors = data.validation.embed_tracks(embed, front_end) if data.val_examples else train_vectors[:0]
    head = _fit_head(train_vectors, data.train.labels, val_vectors, data.validation.labels, data.labels)
    bundle = write_bundle(
        out,
        name=name,
        settings=settings,
        front_end=front_end,
        weights=read_weights(network),
        projection=fit_projection(train_vectors, min(PROJECTION_COMPONENTS, len(train_vectors) - 1)),
        genre_head=head,
        tag_heads=fit_tags(train_vectors, data),
        about={
            **about,
            "input_shape": list(opened.shape),
            "parameters": int(network.count_params()),
            "trained_on": trained_on,
            "held_out": held_out,
            "started_from": None if started is None else started.id,
            **_trunk(data),
            "labels_taught": opened.supervised or (started is not None and started.knows_labels),
            "teachers": teachers,
            "epochs": len(history),
            "minutes": round(sum(report.seconds for report in history) / 60, 1),
            "held_out_figures": dict(shown),
            "backend": opened.devices.backend,
            "devices": opened.devices.count,
            "program": __version__,
            "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        },
        texts={"history.csv": _history_csv(history)} if history else {},
    )
    bundle, no_runtime = convert_bundle(bundle, data.train.sample(front_end, INT8_SEGMENTS))
    (bundle.folder / "MODEL_CARD.md").write_text(model_card(bundle, history), encoding="utf-8")
    record_training(bundle, data, history, train_vectors, val_vectors, log)
    return BundleWritten(bundle, dict(shown), no_runtime)


def _trunk(data: TrainingData) -> dict[str, Any]:
    """Where the weights began, also those of a bundle that was fine-tuned: weights never forget it."""
    if data.trunk is not None:
        return {"trunk": data.trunk.about}
    if data.started is not None and "trunk" in data.started.about:
        return {"trunk": data.started.about["trunk"]}
    return {}


def _best_first(report: EpochReport) -> float:
    return report.probe.get("precision@5", float(report.epoch))


def _fit_head(
    train_vectors: Floats, train_labels: Any, val_vectors: Floats, val_labels: Any, labels: Sequence[str]
) -> GenreHead | None:
    told = train_labels >= 0
    if len(set(train_labels[told].tolist())) < 2:
        return None
    head = fit_genre_head(train_vectors[told], [labels[i] for i in train_labels[told]])
    asked = val_labels >= 0
    if not asked.any():
        return head
    return choose_threshold(head, apply_head(val_vectors[asked], head), [labels[i] for i in val_labels[asked]])


def _history_csv(history: Sequence[EpochReport]) -> str:
    text = io.StringIO()
    names = ["epoch", "loss", "neighbour", "distant", "active", "waiting", "seconds", "learning_rate"]
    parts = list(dict.fromkeys(name for report in history for name in report.parts))
    probes = sorted({name for report in history for name in report.probe})
    table = csv.writer(text, lineterminator="\n")
    table.writerow([*names, *(f"loss: {name}" for name in parts), *probes])
    for report in history:
        values = [getattr(report, item) for item in names] + [report.parts.get(item, "") for item in parts]
        values += [report.probe.get(item, "") for item in probes]
        table.writerow([f"{value:.6g}" if isinstance(value, float) else value for value in values])
    return text.getvalue()
