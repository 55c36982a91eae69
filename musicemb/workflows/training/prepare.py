"""Before a training: audio becomes frames, and examples become a training and a validation set."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from musicemb.core.evaluation.class_distances import silhouette
from musicemb.core.evaluation.retrieval import precision_at
from musicemb.core.signal.features import count_frames, make_front_end
from musicemb.encoder.runtime.bundle import Bundle, read_bundle
from musicemb.errors import DatasetError, SettingsError
from musicemb.records import Example, Floats, FrontEnd, Problem
from musicemb.settings import EncoderSettings
from musicemb.workflows.embedding.cached_frames import FramesReady, cache_frames, load_frames
from musicemb.workflows.training.track_set import TrackSet

PROBE_SEGMENTS = 8
"""Segments per track that the probe after each epoch listens to."""

PROBE_TRACKS = 4000
"""Tracks of each side that the probe listens to; of more, as many drawn by chance: a probe must not take
longer than its epoch, and all pairs of a hundred thousand are more than memory."""

ALONE = "precision@5 alone"
"""Figure of held-out tracks among the held-out alone: no label that a training saw takes part in it."""

_MOST_WEIGHT = 4.0
"""Times that the rarest class counts at most: a class of a handful of tracks would be learned by heart."""

Probe = Callable[[Callable[[Floats], Floats]], dict[str, float]]


@dataclass(frozen=True)
class TrainingData:
    """What one or more trainings start from."""

    train: TrackSet
    validation: TrackSet
    """The held-out tracks."""
    train_examples: Sequence[Example]
    """One per track of `train`."""
    val_examples: Sequence[Example]
    """One per track of `validation`."""
    labels: tuple[str, ...]
    """Labels that are told apart."""
    front_end: FrontEnd
    """Standardised on the training set, or that of the bundle to start from."""
    started: Bundle | None
    """Bundle whose weights to start from."""


def prepare_training(
    examples: Sequence[Example],
    settings: EncoderSettings,
    *,
    held_out: Callable[[Example], bool] | None = None,
    labels: Sequence[str] | None = None,
    start_from: Path | None = None,
    cache: Path | None = None,
    workers: int | None = None,
) -> Iterator[FramesReady | Problem | TrainingData]:
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
    cache : Path, optional
        Folder of the frame cache; None: the user's.
    workers : int, optional
        Processes that decode.

    Yields
    ------
    FramesReady or Problem
        Per file, while audio is decoded.
    TrainingData
        Once, at the end.

    Raises
    ------
    DatasetError
        Where there is too little to learn from.
    SettingsError, BundleError
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
    usable = [e for e in usable if e.path in frames]
    for example in usable:
        if len(frames[example.path]) < length:
            yield Problem(example.path, f"is shorter than a segment of {front_end.segments.length:g} s", "skipped")
    usable = [e for e in usable if len(frames[e.path]) >= length]
    if labels is None:
        labels = _tellable([e for e in usable if not held_out(e)])
    train_examples = [e for e in usable if not held_out(e)]
    val_examples = [e for e in usable if held_out(e)]
    if len(train_examples) < 2:
        raise DatasetError(
            f"{len(train_examples)} tracks of at least {settings.segments.length:g} s to learn from; it takes two"
        )
    train = _track_set(train_examples, frames, labels, settings)
    shares = _share_out(train_examples, labels) if settings.training.all_genres else None
    if shares is None and settings.augmentation.mix_share and labels:  # what is mixed has no one label
        shares = np.eye(len(labels) + 1, len(labels), k=-1, dtype=np.float32)[train.labels + 1]
    train = replace(train, shares=shares)
    if started is None and front_end.settings.standardise:
        mean, std = train.measure(front_end)
        front_end = replace(front_end, band_mean=mean, band_std=std)
    yield TrainingData(
        train,
        _track_set(val_examples, frames, labels, settings),
        train_examples,
        val_examples,
        tuple(labels),
        front_end,
        started,
    )


def _is_val(example: Example) -> bool:
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
    examples: Sequence[Example], frames: dict[Path, Any], labels: Sequence[str], settings: EncoderSettings
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


def make_probe(data: TrainingData, *, alone: bool = False) -> Probe | None:
    """Precision of held-out tracks among all labelled tracks of their own corpora, and over the held-out alone.

    Parameters
    ----------
    data : TrainingData
    alone : bool
        Measure over the held-out alone, which costs a fraction.

    Returns
    -------
    callable or None
        None where fewer than two labels are held out.
    """
    train, validation = data.train, data.validation
    train_examples, val_examples = data.train_examples, data.val_examples
    front_end = data.front_end
    corpora = {e.corpus for e in val_examples}
    near = _some_of(
        [i for i, e in enumerate(train_examples) if train.labels[i] >= 0 and e.corpus in corpora], PROBE_TRACKS
    )
    asked = _some_of([i for i in range(len(val_examples)) if validation.labels[i] >= 0], PROBE_TRACKS)
    if len(asked) < 2 or len({int(validation.labels[i]) for i in asked}) < 2:
        return None
    gallery, queries = _part(train, near), _part(validation, asked)
    labels = [str(label) for label in (*queries.labels, *gallery.labels)]
    groups = [e.group for e in (*(val_examples[i] for i in asked), *(train_examples[i] for i in near))]

    def probe(embed: Callable[[Floats], Floats]) -> dict[str, float]:
        held = queries.embed_tracks(embed, front_end, most=PROBE_SEGMENTS)
        n = len(held)
        among_themselves = {
            ALONE: _mean(precision_at(held, labels[:n], groups[:n])),
            "silhouette": silhouette(held, labels[:n]),
        }
        if alone:
            return among_themselves
        known = gallery.embed_tracks(embed, front_end, most=PROBE_SEGMENTS) if near else held[:0]
        vectors = np.concatenate([held, known])
        return {
            "precision@5": _mean(precision_at(vectors, labels, groups)[:n]),
            "1-nn": _mean(precision_at(vectors, labels, groups, 1)[:n]),
            **among_themselves,
        }

    return probe


def _mean(values: Any) -> float:
    """Mean over what could be asked; NaN where nothing could."""
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else float("nan")


def subsample(data: TrainingData, most: int) -> TrainingData:
    """Training data with fewer tracks, to embed (not to draw batches from).

    Parameters
    ----------
    data : TrainingData
    most : int
        Tracks of each side; of more, as many are drawn by chance, always the same.

    Returns
    -------
    TrainingData
    """
    train_examples = _some_of(list(range(len(data.train_examples))), most)
    val_examples = _some_of(list(range(len(data.val_examples))), most)
    return replace(
        data,
        train=_part(data.train, train_examples),
        validation=_part(data.validation, val_examples),
        train_examples=[data.train_examples[i] for i in train_examples],
        val_examples=[data.val_examples[i] for i in val_examples],
    )


def _some_of(rows: list[int], most: int) -> list[int]:
    if len(rows) <= most:
        return rows
    chosen: list[int] = np.random.default_rng(0).permutation(rows)[:most].tolist()
    return sorted(chosen)


def _part(tracks: TrackSet, chosen: Sequence[int]) -> TrackSet:
    index = np.asarray(chosen, dtype=np.int64)
    frames = [tracks.frames[i] for i in chosen]
    return TrackSet(frames, tracks.artists[index], tracks.labels[index], tracks.settings)


def class_weights(train: TrackSet, n_labels: int) -> Floats:
    """Weight per class of the genre losses: rare ones count more, tempered by a square root.

    Parameters
    ----------
    train : TrackSet
    n_labels : int
        Labels that are told apart.

    Returns
    -------
    ndarray [shape=(n_classes,)], float32
        Mean 1; n_classes is n_labels, or more where tracks are of several genres.
    """
    if train.shares is None:
        counts = np.bincount(train.labels[train.labels >= 0], minlength=n_labels).astype(np.float32)
    else:
        counts = train.shares.sum(axis=0)
    weights = np.sqrt(counts.max() / np.maximum(counts, 1.0))
    weights = np.minimum(weights, _MOST_WEIGHT)
    return np.asarray(weights / weights.mean(), dtype=np.float32)
