"""retrain: a dataset becomes an encoder bundle."""

from __future__ import annotations

import csv
import datetime
import io
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from musicemb import __version__
from musicemb.core.genres.head import choose_threshold, fit_genre_head
from musicemb.core.genres.names import apply_head
from musicemb.core.signal.features import count_bands, count_frames
from musicemb.core.vectors.pca import fit_projection
from musicemb.encoder.runtime.bundle import Bundle, write_bundle
from musicemb.encoder.training.checkpoints import EpochReport
from musicemb.io.audio.native_stderr import quiet_stderr
from musicemb.records import Example, Floats, GenreHead, Problem
from musicemb.settings import INT8_SEGMENTS, EncoderSettings
from musicemb.workflows.embedding.cached_frames import FramesReady
from musicemb.workflows.training.model_card import model_card
from musicemb.workflows.training.monitoring import log_epoch, open_log, record_training, watch_held_out
from musicemb.workflows.training.prepare import TrainingData, class_weights, make_probe, prepare_training, subsample

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
    resume: bool = False,
    cache: Path | None = None,
    workers: int | None = None,
    devices: int | Literal["all"] | None = None,
    log_dir: Path | None = None,
    about: Mapping[str, Any] | None = None,
    watch: bool = True,
) -> Iterator[FramesReady | Problem | EpochReport | BundleWritten]:
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
    start_from : Path, optional
        Bundle whose weights to start from (fine-tune); its front-end is taken over.
    resume : bool
        Go on from the checkpoint of an unfinished training.
    cache : Path, optional
        Folder of the frame cache; None: the user's.
    workers : int, optional
        Processes that decode.
    devices : int or "all", optional
        Devices to share each step (see `encoder.training.devices`); None: one, as the backend chooses.
    log_dir : Path, optional
        Folder for what TensorBoard shows.
    about : mapping, optional
        What else the bundle is to say of its training: "dataset" and "fold" where a fold was held out.
    watch : bool
        Measure held-out tracks after each epoch. Without, an epoch costs its training alone, `patience` has nothing
        to go by, and curves are of training only.

    Yields
    ------
    FramesReady or Problem
        Per file, while audio is decoded.
    EpochReport
    BundleWritten
        Once, at the end.

    Raises
    ------
    DatasetError
        Where there is too little to learn from.
    SettingsError, BundleError, MusicembError
    """
    for event in prepare_training(
        examples, settings, held_out=held_out, labels=labels, start_from=start_from, cache=cache, workers=workers
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
    # TensorFlow comments from C++ on its own loading; nobody can act on that.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with quiet_stderr():
        from musicemb.encoder.training.devices import open_devices

        shared = open_devices(devices)
    from musicemb.encoder.convert import convert_bundle
    from musicemb.encoder.networks.network import build_network, embed_in_batches
    from musicemb.encoder.networks.weights import read_weights
    from musicemb.encoder.runtime.litert import open_network
    from musicemb.encoder.training.loop import train_network

    train, train_examples, val_examples, labels = data.train, data.train_examples, data.val_examples, data.labels
    settings, front_end, started = train.settings, data.front_end, data.started
    shape = (count_frames(front_end), count_bands(front_end.settings))
    with shared.scope():
        if started is None:
            network = build_network(settings, *shape, seed=settings.training.seed)
        else:
            network = open_network(started)
    supervised = settings.training.label_weight > 0 and len(labels) > 1
    weights = class_weights(train, len(labels)) if supervised else None
    judge = make_probe(data) if watch else None
    probe = watch_held_out(data, judge) if watch else None
    log = open_log(log_dir)
    early = supervised and settings.training.patience > 0 and judge is not None
    checkpoint = checkpoint_of(out)
    out.parent.mkdir(parents=True, exist_ok=True)
    history: list[EpochReport] = []
    for report in train_network(
        network,
        train.batches(front_end, balance=supervised),
        settings.training,
        n_labels=0 if weights is None else len(weights),
        class_weights=weights,
        probe=probe,
        # The learning rate ends near 0, so the last weights are the ones to keep; a best epoch chosen on few
        # held-out tracks is mostly luck, and in pure Tile2Vec it would let labels in.
        best_by="precision@5" if early else "",
        checkpoint=checkpoint,
        resume=resume,
        devices=shared,
    ):
        history.append(report)
        if log is not None:
            log_epoch(log, report)
        yield report

    def embed(features: Floats) -> Floats:
        return embed_in_batches(network, features)

    data = subsample(data, FITTED_TRACKS)
    train, validation = data.train, data.validation
    train_vectors = train.embed_tracks(embed, front_end)
    val_vectors = validation.embed_tracks(embed, front_end) if val_examples else train_vectors[:0]
    head = _fit_head(train_vectors, train.labels, val_vectors, validation.labels, labels)
    shown = max(history, key=_best_first) if early else history[-1]
    bundle = write_bundle(
        out,
        name=name,
        settings=settings,
        front_end=front_end,
        weights=read_weights(network),
        projection=fit_projection(train_vectors, min(PROJECTION_COMPONENTS, len(train_vectors) - 1)),
        genre_head=head,
        about={
            **told,
            "input_shape": list(shape),
            "parameters": int(network.count_params()),
            "trained_on": dict(Counter(e.corpus or "unnamed" for e in train_examples)),
            "held_out": len(val_examples),
            "started_from": None if started is None else started.id,
            "labels_taught": supervised or (started is not None and started.knows_labels),
            "epochs": len(history),
            "minutes": round(sum(report.seconds for report in history) / 60, 1),
            "held_out_figures": dict(shown.probe),
            "backend": shared.backend,
            "devices": shared.count,
            "program": __version__,
            "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        },
        texts={"history.csv": _history_csv(history)},
    )
    bundle, no_runtime = convert_bundle(bundle, train.sample(front_end, INT8_SEGMENTS))
    (bundle.folder / "MODEL_CARD.md").write_text(model_card(bundle, history), encoding="utf-8")
    with log or nullcontext():
        record_training(bundle, data, history, train_vectors, val_vectors, log)
    checkpoint.unlink(missing_ok=True)
    yield BundleWritten(bundle, dict(shown.probe), no_runtime)


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
    probes = sorted({name for report in history for name in report.probe})
    table = csv.writer(text, lineterminator="\n")
    table.writerow([*names, *probes])
    for report in history:
        values = [getattr(report, item) for item in names] + [report.probe.get(item, "") for item in probes]
        table.writerow([f"{value:.6g}" if isinstance(value, float) else value for value in values])
    return text.getvalue()
