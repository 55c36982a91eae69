"""The plan of an evaluation: its tracks, and the systems whose vectors are compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from musicemb.core.evaluation.baselines import choose_metric
from musicemb.core.evaluation.probes import TRAIN, split_groups
from musicemb.core.evaluation.retrieval import Metric
from musicemb.core.vectors.pca import fit_projection, project
from musicemb.datasets.classes import eligible_classes, fold_classes
from musicemb.datasets.music import fold_of
from musicemb.errors import DatasetError
from musicemb.records import Example, Floats, Projection

EvaluatedSplit = Literal["val", "train+val", "test"]

ARTISTS = 8
"""Fewest artists that a genre is judged by."""

COMPONENTS = 16
"""Directions that baselines are clustered in, where the encoder does not say how many."""


@dataclass(frozen=True)
class Plan:
    """Which tracks serve for what."""

    examples: tuple[Example, ...]
    """Every track that may be looked at: of all corpora, labelled or not. Vectors go by this order."""
    corpus: str
    split: EvaluatedSplit
    classes: tuple[str, ...]
    labelled: tuple[int, ...]
    """Rows of the tracks that figures rest on: of the corpus, with one of the classes."""
    folds: NDArray[np.int64]
    """Fold of each of those, shape (n_labelled,)."""
    held: tuple[int, ...]
    """Rows of the corpus' tracks, labelled or not, in the split: what is clustered and degraded."""
    fitted: tuple[int, ...]
    """Rows that baselines are standardised on."""

    @property
    def scored(self) -> list[Example]:
        """The labelled tracks."""
        return [self.examples[row] for row in self.labelled]


@dataclass(frozen=True)
class System:
    """Vectors of all tracks of a plan by one way of describing them."""

    name: str
    vectors: NDArray[Any]
    """Shape (n_examples, d); for baselines standardised on the fitted rows."""
    metric: Metric = "cosine"
    projection: Projection | None = None
    """Space to cluster in."""
    mean: NDArray[Any] | float = 0.0
    scale: NDArray[Any] | float = 1.0
    """What raw descriptions were standardised by."""

    def adapt(self, raw: NDArray[Any]) -> NDArray[Any]:
        """Raw descriptions (of degraded copies) as `vectors` are.

        Parameters
        ----------
        raw : ndarray [shape=(n, d)]

        Returns
        -------
        ndarray [shape=(n, d)], float64
            Standardised as `vectors` were; the encoder's stay as they are.
        """
        return (np.asarray(raw, np.float64) - self.mean) / self.scale

    def projected(self, rows: Sequence[int]) -> Floats:
        """Vectors of some rows in the space to cluster in.

        Parameters
        ----------
        rows : sequence of int
            Of `vectors`.

        Returns
        -------
        ndarray [shape=(n_rows, n_components)], float32
            Unit length; all dimensions of `vectors` where there is no projection.
        """
        return project(np.asarray(self.vectors[list(rows)], np.float32), self.projection)


def plan_evaluation(
    examples: Sequence[Example], split: EvaluatedSplit, corpus: str | None = None, *, artists: int = ARTISTS
) -> Plan:
    """Choose tracks, classes and folds.

    Parameters
    ----------
    examples : sequence of Example
        Of all corpora. Those without a split, where others have one, are left out, as are those of
        test unless it is the split.
    split : str
        "val": fitted on train. "test": fitted on train and val. "train+val": cross-validated over
        official folds where all have one, else over artists.
    corpus : str, optional
        Default: the one with most labelled tracks in that split.
    artists : int
        Fewest that a genre has, in train and val.

    Returns
    -------
    Plan

    Raises
    ------
    DatasetError
        If there is nothing to measure on.
    """
    known = {example.label for example in examples}
    usable = list(fold_classes(examples) if "pop/rock" in known else examples)
    if any(example.split for example in usable):
        usable = [example for example in usable if example.split]
    if split != "test":
        usable = [example for example in usable if example.split != "test"]
    asked = {"val": ("val",), "test": ("test",), "train+val": ("train", "val", "")}[split]
    present = Counter(example.corpus for example in usable if example.label and example.split in asked)
    if not present:
        raise DatasetError(f"the split {split} has no labelled track")
    if corpus is None:
        corpus = max(present, key=lambda name: (present[name], name))
    if corpus not in present:
        raise DatasetError(
            f"no corpus {corpus!r} with labels in the split {split}; there are {', '.join(sorted(present))}"
        )
    # The rule counts the labels of test tracks, whatever the split that is measured on.
    whole = [one for one in (fold_classes(examples) if "pop/rock" in known else examples) if one.corpus == corpus]
    classes = eligible_classes(whole, artists=artists, test_tracks=4 if artists >= ARTISTS else 0)
    if len(classes) < 2:
        raise DatasetError(
            f"{len(classes)} of {len({one.label for one in whole} - {''})} genres have {artists} artists to learn "
            "from; at least two such genres are needed"
        )
    labelled = [row for row, one in enumerate(usable) if one.corpus == corpus and one.label in classes]
    folds = _folds([usable[row] for row in labelled], split)
    if len(set(folds.tolist()) - {TRAIN}) == 0:
        raise DatasetError(f"the split {split} has no labelled track of {', '.join(classes)}")
    return Plan(
        examples=tuple(usable),
        corpus=corpus,
        split=split,
        classes=classes,
        labelled=tuple(labelled),
        folds=folds,
        held=tuple(row for row, one in enumerate(usable) if one.corpus == corpus and one.split in asked),
        fitted=tuple(
            row
            for row, one in enumerate(usable)
            if one.corpus == corpus and (split == "train+val" or one.split not in asked)
        ),
    )


def encoder_system(name: str, vectors: NDArray[Any], projection: Projection | None) -> System:
    """The encoder (or its random twin): vectors as they are, cosine, the product's own projection.

    Parameters
    ----------
    name : str
        As reports have it.
    vectors : ndarray [shape=(n_examples, d)]
        In the order of the plan's examples.
    projection : Projection or None
        Space to cluster in; None: that of the vectors.

    Returns
    -------
    System
    """
    return System(name, np.asarray(vectors, np.float64), "cosine", projection)


def baseline_system(name: str, vectors: NDArray[Any], plan: Plan, components: int = COMPONENTS) -> System:
    """A baseline: standardised on train, compared by the better metric on train, PCA fitted on train.

    A track that it could not describe (a row of NaN) counts as average.

    Parameters
    ----------
    name : str
        As reports have it.
    vectors : ndarray [shape=(n_examples, d)]
        Raw, in the order of the plan's examples.
    plan : Plan
        Its fitted rows are what is called train here.
    components : int
        Directions of the PCA that it is clustered in; never more than there are dimensions or fitted rows.

    Returns
    -------
    System
    """
    fitted = list(plan.fitted)
    raw = np.asarray(vectors, np.float64)
    known = raw[[row for row in fitted if np.isfinite(raw[row]).all()]]
    mean, deviation = known.mean(axis=0), known.std(axis=0)
    scale = np.where(deviation > 1e-12, deviation, 1)
    scaled = (raw - mean) / scale
    scaled[~np.isfinite(scaled).all(axis=1)] = 0
    train = [row for row in plan.labelled if row in set(fitted)]
    metric = choose_metric(scaled[train], [plan.examples[row] for row in train])
    projection = fit_projection(scaled[fitted].astype(np.float32), components)
    return System(name, scaled, metric, projection, mean, scale)


def _folds(examples: Sequence[Example], split: EvaluatedSplit) -> NDArray[np.int64]:
    if split != "train+val":
        return np.array([0 if example.split == split else TRAIN for example in examples], np.int64)
    if examples and all(example.fold for example in examples):
        return np.array([example.fold - 1 for example in examples], np.int64)
    folds = np.array([fold_of(example.group) for example in examples], np.int64)
    if len(set(folds.tolist())) < 5:
        # So few artists that chance left a fold empty: deal them out evenly instead.
        labels, groups = [example.label for example in examples], [example.group for example in examples]
        count = min(5, len(set(groups)))
        folds = split_groups(labels, groups, count) if count > 1 else np.full(len(examples), TRAIN)
    return folds
