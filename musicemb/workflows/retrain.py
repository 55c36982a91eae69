"""retrain: a dataset becomes an encoder bundle."""

from __future__ import annotations

import csv
import datetime
import io
import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from musicemb import __version__
from musicemb.core.features import count_bands, count_frames, make_front_end
from musicemb.core.genres import apply_head
from musicemb.core.learning import choose_threshold, fit_genre_head
from musicemb.core.projection import fit_projection
from musicemb.core.retrieval import precision_at
from musicemb.encoder.bundle import Bundle, read_bundle, write_bundle
from musicemb.encoder.checkpoints import EpochReport
from musicemb.errors import DatasetError, SettingsError
from musicemb.io.quiet import quiet_stderr
from musicemb.records import Example, Floats, FrontEnd, GenreHead, Problem
from musicemb.settings import EncoderSettings
from musicemb.workflows.frames import FramesReady, cache_frames, load_frames
from musicemb.workflows.lessons import Lessons
from musicemb.workflows.modelcard import model_card

PROJECTION_COMPONENTS = 16
"""PCA directions that clustering works in: 10 000 tracks in 2 s, against 16 s in 128 dimensions."""

PROBE_SEGMENTS = 8
"""Segments per track that the probe after each epoch listens to."""


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
    usable = [example for example in examples if example.split != "test"]
    if held_out is None:
        held_out = _is_val
    front_end = make_front_end(settings.front_end, settings.segments)
    started = None if start_from is None else read_bundle(start_from)
    if started is not None:
        if started.settings.network != settings.network:
            raise SettingsError(f"{start_from} holds another network than the one asked for; leave its options out")
        front_end = started.front_end
        settings = replace(settings, front_end=front_end.settings, segments=front_end.segments)
    ready = []
    apart = any(example.channels > 1 for example in usable)
    for event in cache_frames([e.path for e in usable], front_end, folder=cache, workers=workers, apart=apart):
        yield event
        if isinstance(event, FramesReady):
            ready.append(event)
    frames = load_frames(ready)
    length = count_frames(front_end)
    usable = [e for e in usable if e.path in frames and len(frames[e.path]) >= length]
    if labels is None:
        labels = _tellable([e for e in usable if not held_out(e)])
    taught = [e for e in usable if not held_out(e)]
    checked = [e for e in usable if held_out(e)]
    if len(taught) < 2:
        raise DatasetError(
            f"{len(taught)} tracks of at least {settings.segments.length:g} s to learn from; it takes two"
        )
    lessons = _lessons(taught, frames, labels, settings)
    if started is None:
        mean, std = lessons.measure(front_end)
        front_end = replace(front_end, band_mean=mean, band_std=std)
    yield from _train_and_write(
        lessons,
        _lessons(checked, frames, labels, settings),
        taught,
        checked,
        labels,
        front_end,
        out,
        name,
        started,
        resume,
    )


def _train_and_write(
    lessons: Lessons,
    exam: Lessons,
    taught: Sequence[Example],
    checked: Sequence[Example],
    labels: Sequence[str],
    front_end: FrontEnd,
    out: Path,
    name: str,
    started: Bundle | None,
    resume: bool,
) -> Iterator[EpochReport | BundleWritten]:
    # TensorFlow comments from C++ on its own loading; nobody can act on that.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with quiet_stderr():
        from musicemb.encoder.trainee import Trainee  # noqa: F401
    from musicemb.encoder.convert import convert_bundle
    from musicemb.encoder.networks import build_network
    from musicemb.encoder.runtime import open_network
    from musicemb.encoder.training import embed_in_batches, train_network
    from musicemb.encoder.weights import read_weights

    settings = lessons.settings
    shape = (count_frames(front_end), count_bands(front_end.settings))
    network = build_network(settings, *shape, seed=settings.training.seed) if started is None else open_network(started)
    supervised = settings.training.label_weight > 0 and len(labels) > 1
    probe = _make_probe(lessons, exam, taught, checked, front_end)
    early = supervised and settings.training.patience > 0 and probe is not None
    checkpoint = out.with_name(f"{out.name}.checkpoint.npz")
    out.parent.mkdir(parents=True, exist_ok=True)
    history: list[EpochReport] = []
    for report in train_network(
        network,
        lessons.batches(front_end, balance=supervised),
        settings.training,
        n_labels=len(labels) if supervised else 0,
        class_weights=_class_weights(lessons.labels, len(labels)) if supervised else None,
        probe=probe,
        # The learning rate ends near 0, so the last weights are the ones to keep; a best epoch chosen on few
        # held-out tracks is mostly luck, and in pure Tile2Vec it would let labels in.
        best_by="precision@5" if early else "",
        checkpoint=checkpoint,
        resume=resume,
    ):
        history.append(report)
        yield report

    def embed(features: Floats) -> Floats:
        return embed_in_batches(network, features)

    taught_vectors = lessons.embed_tracks(embed, front_end)
    checked_vectors = exam.embed_tracks(embed, front_end) if checked else taught_vectors[:0]
    head = _fit_head(taught_vectors, lessons.labels, checked_vectors, exam.labels, labels)
    shown = max(history, key=_best_first) if early else history[-1]
    bundle = write_bundle(
        out,
        name=name,
        settings=settings,
        front_end=front_end,
        weights=read_weights(network),
        projection=fit_projection(taught_vectors, min(PROJECTION_COMPONENTS, len(taught_vectors) - 1)),
        genre_head=head,
        about={
            "input_shape": list(shape),
            "parameters": int(network.count_params()),
            "trained_on": dict(Counter(e.corpus or "unnamed" for e in taught)),
            "held_out": len(checked),
            "started_from": None if started is None else started.id,
            "epochs": len(history),
            "minutes": round(sum(report.seconds for report in history) / 60, 1),
            "held_out_figures": dict(shown.probe),
            "backend": os.environ.get("KERAS_BACKEND", "tensorflow"),
            "program": __version__,
            "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        },
        texts={"history.csv": _history_csv(history)},
    )
    bundle, no_runtime = convert_bundle(bundle)
    (bundle.folder / "MODEL_CARD.md").write_text(model_card(bundle, history), encoding="utf-8")
    checkpoint.unlink(missing_ok=True)
    yield BundleWritten(bundle, dict(shown.probe), no_runtime)


def _is_val(example: Example) -> bool:
    return example.split == "val"


def _best_first(report: EpochReport) -> float:
    return report.probe.get("precision@5", float(report.epoch))


def _tellable(examples: Sequence[Example], groups: int = 8) -> tuple[str, ...]:
    """Labels with enough groups that a head can learn the label, not its few makers."""
    makers: dict[str, set[str]] = {}
    for example in examples:
        if example.label:
            makers.setdefault(example.label, set()).add(example.group)
    return tuple(sorted(label for label, found in makers.items() if len(found) >= groups))


def _lessons(
    examples: Sequence[Example], frames: dict[Path, Any], labels: Sequence[str], settings: EncoderSettings
) -> Lessons:
    number = {label: i for i, label in enumerate(labels)}
    # Sessions and clips of a sound dataset are as near as an artist's tracks: one moment recorded by two
    # nodes, or two takes of one clip, are never distant.
    known = {e.path: bool(e.artist or e.moment or e.fold) for e in examples}
    artists = {group: i for i, group in enumerate(sorted({e.group for e in examples if known[e.path]}))}
    return Lessons(
        frames=[frames[e.path] for e in examples],
        artists=np.array([artists[e.group] if known[e.path] else -1 for e in examples], dtype=np.int64),
        labels=np.array([number.get(e.label, -1) for e in examples], dtype=np.int64),
        settings=settings,
    )


def _make_probe(
    lessons: Lessons, exam: Lessons, taught: Sequence[Example], checked: Sequence[Example], front_end: FrontEnd
) -> Callable[[Callable[[Floats], Floats]], dict[str, float]] | None:
    """Precision of held-out tracks among all labelled tracks of their own corpora, and over the held-out alone."""
    corpora = {e.corpus for e in checked}
    near = [i for i, e in enumerate(taught) if lessons.labels[i] >= 0 and e.corpus in corpora]
    asked = [i for i in range(len(checked)) if exam.labels[i] >= 0]
    if len(asked) < 2 or len({int(exam.labels[i]) for i in asked}) < 2:
        return None
    gallery, queries = _part(lessons, near), _part(exam, asked)
    labels = [str(label) for label in (*queries.labels, *gallery.labels)]
    groups = [e.group for e in (*(checked[i] for i in asked), *(taught[i] for i in near))]

    def probe(embed: Callable[[Floats], Floats]) -> dict[str, float]:
        held = queries.embed_tracks(embed, front_end, most=PROBE_SEGMENTS)
        known = gallery.embed_tracks(embed, front_end, most=PROBE_SEGMENTS) if near else held[:0]
        vectors, n = np.concatenate([held, known]), len(held)
        return {
            "precision@5": float(np.nanmean(precision_at(vectors, labels, groups)[:n])),
            "1-nn": float(np.nanmean(precision_at(vectors, labels, groups, 1)[:n])),
            "precision@5 alone": float(np.nanmean(precision_at(held, labels[:n], groups[:n]))),
        }

    return probe


def _part(lessons: Lessons, chosen: Sequence[int]) -> Lessons:
    index = np.asarray(chosen, dtype=np.int64)
    frames = [lessons.frames[i] for i in chosen]
    return Lessons(frames, lessons.artists[index], lessons.labels[index], lessons.settings)


def _fit_head(
    taught: Floats, taught_labels: Any, checked: Floats, checked_labels: Any, labels: Sequence[str]
) -> GenreHead | None:
    told = taught_labels >= 0
    if len(set(taught_labels[told].tolist())) < 2:
        return None
    head = fit_genre_head(taught[told], [labels[i] for i in taught_labels[told]])
    asked = checked_labels >= 0
    if not asked.any():
        return head
    return choose_threshold(head, apply_head(checked[asked], head), [labels[i] for i in checked_labels[asked]])


def _class_weights(labels: Any, n_labels: int) -> Floats:
    counts = np.bincount(labels[labels >= 0], minlength=n_labels).astype(np.float32)
    weights = np.sqrt(counts.max() / np.maximum(counts, 1.0))
    return np.asarray(weights / weights.mean(), dtype=np.float32)


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
