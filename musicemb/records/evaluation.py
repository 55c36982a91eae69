"""Figures and the evaluations that hold them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from musicemb.records.audio import Problem


@dataclass(frozen=True)
class Figure:
    """A measured number with its 95 % bootstrap interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} ({self.low:.3f} to {self.high:.3f})"


@dataclass(frozen=True)
class MeasureStage:
    """The progress of an evaluation, or of another long calculation."""

    text: str
    done: int = 0
    total: int = 0
    """Steps of this stage; 0 where it has none."""


@dataclass(frozen=True)
class Evaluation:
    """The quality of an encoder on a dataset, with baselines; every table is by system."""

    encoder_id: str
    encoder_name: str
    data: str
    """Name of the dataset's folder or table."""
    corpus: str
    split: str
    """"val", "train+val" (cross-validated) or "test"."""
    classes: tuple[str, ...]
    tracks: int
    """Labelled tracks that the figures rest on."""
    artists: int
    results: dict[str, dict[str, Figure]]
    """System -> figure; the encoder is the first one."""
    differences: dict[str, dict[str, Figure]]
    """Baseline -> the encoder's figure minus its, paired."""
    groups: dict[str, dict[str, float]]
    """System -> number of clusters and the largest one's share, for each way of clustering."""
    f1: dict[str, float]
    """F1 of each class by the linear probe on the encoder."""
    confusion: tuple[tuple[int, ...], ...]
    """Of that probe: a row per true class, a column per predicted one."""
    guesses: dict[str, Any]
    damaged: dict[str, dict[str, Figure]]
    """System -> kind of damage -> share that found its original first."""
    corpora: dict[str, dict[str, Figure]]
    """System -> how well the corpus can be predicted from a vector."""
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()
    by_class: dict[str, dict[str, Figure]] = field(default_factory=dict)
    """"precision@5", "linear F1", "dense F1", ... of the encoder -> class -> figure."""
    dense_confusion: tuple[tuple[int, ...], ...] = ()
    """As `confusion`, of the small classifier."""


@dataclass(frozen=True)
class SoundEvaluation:
    """The quality of an encoder on a dataset of sound events, by the dataset's official folds."""

    encoder_id: str
    encoder_name: str
    dataset: str
    """Its name in `datasets.registry.DATASETS`."""
    files: int
    """That the folds hold out."""
    tested: int
    """Files of the evaluation dataset (DCASE); 0 where it is not there."""
    groups: int
    """Recording sessions (DCASE) or clips (ESC): what intervals are drawn over."""
    folds: int
    classes: tuple[str, ...]
    results: dict[str, dict[str, Figure]]
    """System -> figure; the encoder is the first one."""
    differences: dict[str, dict[str, Figure]]
    """Baseline -> the encoder's figure minus its, paired."""
    f1: dict[str, float]
    """F1 of each class by the linear probe on the encoder, mean over folds."""
    confusion: tuple[tuple[int, ...], ...]
    """Of that probe: a row per true class, a column per predicted one."""
    published: dict[str, float]
    """Macro-F1 of others, in per cent, where all of the dataset was measured; else empty."""
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()
    by_class: dict[str, dict[str, Figure]] = field(default_factory=dict)
    """"linear F1" and "dense F1" -> class -> the encoder's, mean over folds."""
    dense_confusion: tuple[tuple[int, ...], ...] = ()
    """As `confusion`, of the small classifier."""
