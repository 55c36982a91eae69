"""Prepares a training: decodes audio to frames, and splits examples into a training and a validation set."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from musicemb.core.signal.features import compute_features, count_frames, make_front_end
from musicemb.encoder.networks.trunk import Trunk
from musicemb.encoder.runtime.bundle import Bundle, read_bundle
from musicemb.errors import DatasetError, SettingsError
from musicemb.extras import require, require_keras
from musicemb.io.audio.native_stderr import silence_native_stderr
from musicemb.io.teacher_files import read_teacher
from musicemb.records import Example, Floats, FrontEnd, Problem, Teacher, TeacherMatch
from musicemb.settings import EncoderSettings
from musicemb.workflows.embedding.cached_frames import FramesReady, cache_frames, load_frames
from musicemb.workflows.parallel.executor import Executor
from musicemb.workflows.training.teachers import EXTRA, admit_extra, join_teachers, match_teacher
from musicemb.workflows.training.track_set import TrackSet


@dataclass(frozen=True)
class TrainingData:
    """The data of one or more trainings."""

    train: TrackSet
    validation: TrackSet
    """The held-out tracks."""
    train_examples: Sequence[Example]
    """One per track of `train`."""
    val_examples: Sequence[Example]
    """One per track of `validation`."""
    labels: tuple[str, ...]
    """Labels that are learned."""
    front_end: FrontEnd
    """Standardised on the training set, or that of the bundle to start from."""
    started: Bundle | None
    """Bundle whose weights to start from."""
    trunk: Trunk | None = None
    """Published tagger's weights to start from."""


def prepare_training(
    examples: Sequence[Example],
    settings: EncoderSettings,
    *,
    held_out: Callable[[Example], bool] | None = None,
    labels: Sequence[str] | None = None,
    start_from: Path | None = None,
    start_trunk: Path | None = None,
    cache: Path | None = None,
    workers: int | None = None,
    executor: Executor | None = None,
    teachers: Sequence[Path] = (),
    extra: Sequence[Example] = (),
) -> Iterator[FramesReady | Problem | TeacherMatch | TrainingData]:
    """Decode, split and measure a dataset.

    Parameters
    ----------
    examples : sequence of Example
        Those of the split "test" are left out, always.
    settings : EncoderSettings
    held_out : callable, optional
        Which examples are kept from training; None: those of the split "val".
    labels : sequence of str, optional
        Labels to tell apart; None: all with at least 8 groups in training. Further genres that tracks
        are of (`Example.genres`) are taught to the network, but are no labels.
    start_from : Path, optional
        Bundle whose weights to start from; its front-end is taken over.
    start_trunk : Path, optional
        LiteRT file of a published tagger whose weights to start from (see `encoder.runtime.tagger_file`).
    cache : Path, optional
        Folder of the frame cache; None: the user's.
    workers : int, optional
        Processes that decode.
    executor : Executor, optional
        Decodes in place of the `workers`.
    teachers : sequence of Path
        Teacher files (see `io.teacher_files`), in the order of their weights.
    extra : sequence of Example
        Music that only teaches, without its labels.

    Yields
    ------
    FramesReady or Problem
        Per file, while audio is decoded.
    TeacherMatch
        Per teacher file.
    TrainingData
        Once, at the end.

    Raises
    ------
    DatasetError
        Where there is too little to learn from, or a teacher file does not serve.
    MissingExtra
        Where what trains or draws is not installed.
    SettingsError, BundleError
    """
    require_keras("a training")
    require("a training", "matplotlib")
    read = join_teachers([read_teacher(file) for file in teachers])  # before hours of decoding
    front_end = make_front_end(settings.front_end, settings.segments)
    trunk = None if start_trunk is None else _open_trunk(start_trunk, settings, front_end)
    started = None if start_from is None else read_bundle(start_from)
    if started is not None:
        if started.settings.network != settings.network:
            raise SettingsError(f"{start_from} holds another network than the one asked for; leave its options out")
        front_end = started.front_end
        settings = replace(settings, front_end=front_end.settings, segments=front_end.segments)
    examples = [*examples, *admit_extra(extra, examples, held_out or is_val)]
    usable = [example for example in examples if example.split != "test"]
    ready = []
    apart = any(example.channels > 1 for example in usable)
    for event in cache_frames(
        [example.path for example in usable], front_end, folder=cache, workers=workers, apart=apart, executor=executor
    ):
        yield event
        if isinstance(event, FramesReady):
            ready.append(event)
    yield from assemble_training(
        usable,
        load_frames(ready),
        settings,
        front_end,
        held_out=held_out,
        labels=labels,
        started=started,
        trunk=trunk,
        teachers=read,
    )


def assemble_training(
    examples: Sequence[Example],
    frames: Mapping[Path, Any],
    settings: EncoderSettings,
    front_end: FrontEnd,
    *,
    held_out: Callable[[Example], bool] | None = None,
    labels: Sequence[str] | None = None,
    started: Bundle | None = None,
    trunk: Trunk | None = None,
    teachers: Sequence[Teacher] = (),
) -> Iterator[Problem | TeacherMatch | TrainingData]:
    """Split and measure what is decoded already.

    Parameters
    ----------
    examples : sequence of Example
        Those of the split "test" are left out, always; extra music is of the corpus `EXTRA`.
    frames : mapping
        Path -> packed frames; examples without are left out.
    settings : EncoderSettings
    front_end : FrontEnd
        Its bands are standardised on the training set, unless `started` is given.
    held_out, labels : optional
        As in `prepare_training`.
    started : Bundle, optional
        That whose weights to start from.
    trunk : Trunk, optional
        Published tagger's weights to start from.
    teachers : sequence of Teacher

    Yields
    ------
    Problem
        Per track that is too short.
    TeacherMatch
        Per teacher.
    TrainingData
        Once, at the end.

    Raises
    ------
    DatasetError
        Where there is too little to learn from, or a teacher knows no track of the training set.
    """
    held_out = held_out or is_val
    length = count_frames(front_end)
    usable = [e for e in examples if e.split != "test" and e.path in frames]
    for example in usable:
        if len(frames[example.path]) < length:
            yield Problem(example.path, f"is shorter than a segment of {front_end.segments.length:g} s", "skipped")
    usable = [e for e in usable if len(frames[e.path]) >= length]
    train_examples = [e for e in usable if e.corpus == EXTRA or not held_out(e)]
    val_examples = [e for e in usable if e.corpus != EXTRA and held_out(e)]
    if labels is None:
        labels = _tellable(train_examples)
    if sum(e.corpus != EXTRA for e in train_examples) < 2:
        raise DatasetError(
            f"{len(train_examples)} tracks of at least {settings.segments.length:g} s to learn from; "
            "at least two are needed"
        )
    train = _track_set(train_examples, frames, labels, settings)
    shares = _share_out(train_examples, labels) if settings.training.all_genres else None
    if shares is None and settings.augmentation.mix_share and labels:  # what is mixed has no one label
        shares = np.eye(len(labels) + 1, len(labels), k=-1, dtype=np.float32)[train.labels + 1]
    extra = np.array([e.corpus == EXTRA for e in train_examples])
    train = replace(train, shares=shares, extra=extra if extra.any() else None)
    # Targets are looked up for the training set alone: what a teacher says of anything held out stays unread.
    matched = [match_teacher(teacher, train_examples) for teacher in teachers]
    yield from (match for match, _ in matched)
    train = replace(train, teachers=tuple(targets for _, targets in matched))
    if started is None and front_end.settings.standardise:
        mean, std = train.measure(front_end)
        front_end = replace(front_end, band_mean=mean, band_std=std)
    validation = _track_set(val_examples, frames, labels, settings)
    yield TrainingData(train, validation, train_examples, val_examples, tuple(labels), front_end, started, trunk)


def _open_trunk(path: Path, settings: EncoderSettings, front_end: FrontEnd) -> Trunk:
    """A tagger's trunk that fits the settings and gives what the tagger's own graph gives."""
    from musicemb.encoder.networks.trunk import refuse_misfit
    from musicemb.encoder.runtime.tagger_file import prove_trunk, read_trunk

    trunk = read_trunk(path)
    refuse_misfit(settings, trunk)
    if trunk.changed:
        return trunk  # its weights are no longer those of a tagger's graph
    # The tagger itself knows no level but its own.
    front_end = replace(front_end, settings=replace(front_end.settings, level=None))
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with silence_native_stderr():  # TensorFlow and LiteRT comment on their own loading
        prove_trunk(path, trunk, lambda samples: compute_features(samples, front_end))
    return trunk


def is_val(example: Example) -> bool:
    """Whether an example is of the split "val", which is held out unless something else is.

    Parameters
    ----------
    example : Example

    Returns
    -------
    bool
    """
    return example.split == "val"


def _tellable(examples: Sequence[Example], groups: int = 8) -> tuple[str, ...]:
    """Labels with enough groups that a head can learn the label, not its few makers."""
    makers: dict[str, set[str]] = {}
    for example in examples:
        if example.label:
            makers.setdefault(example.label, set()).add(example.group)
    return tuple(sorted(label for label, found in makers.items() if len(found) >= groups))


def _share_out(examples: Sequence[Example], labels: Sequence[str]) -> Floats | None:
    """Equal parts of all genres of each track that enough groups share; None where none is of several."""
    if not any(example.genres for example in examples):
        return None
    words = [example.genres or ((example.label,) if example.label else ()) for example in examples]
    spread = [replace(e, label=word) for e, several in zip(examples, words, strict=True) for word in several]
    classes = [*labels, *(word for word in _tellable(spread) if word not in labels)]
    number = {word: i for i, word in enumerate(classes)}
    shares = np.zeros((len(examples), len(classes)), dtype=np.float32)
    for row, several in zip(shares, words, strict=True):
        row[[number[word] for word in several if word in number]] = 1.0
    return np.asarray(shares / np.maximum(shares.sum(axis=1, keepdims=True), 1.0), dtype=np.float32)


def _track_set(
    examples: Sequence[Example], frames: Mapping[Path, Any], labels: Sequence[str], settings: EncoderSettings
) -> TrackSet:
    number = {label: i for i, label in enumerate(labels)}
    # Sessions and clips of a sound dataset are as near as an artist's tracks: one moment recorded by two
    # nodes, or two takes of one clip, are never distant.
    known = {e.path: bool(e.artist or e.moment or e.fold) for e in examples}
    artists = {group: i for i, group in enumerate(sorted({e.group for e in examples if known[e.path]}))}
    begin = np.array([np.nan if e.start is None else e.start for e in examples], dtype=np.float64)
    return TrackSet(
        frames=[frames[e.path] for e in examples],
        artists=np.array([artists[e.group] if known[e.path] else -1 for e in examples], dtype=np.int64),
        labels=np.array([number.get(e.label, -1) for e in examples], dtype=np.int64),
        settings=settings,
        offsets=begin if np.isfinite(begin).any() else None,
    )
