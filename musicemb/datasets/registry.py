"""All datasets by name, with what training, evaluation and the commands need to know of each.

To add one: a reader in a module of its own, and its entry in `DATASETS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from musicemb.datasets import dcase, dcase_published, esc, music
from musicemb.errors import DatasetError
from musicemb.records import Example


@dataclass(frozen=True)
class Dataset:
    """A dataset: how it is read, and what is known of it."""

    title: str
    """For people."""
    read: Callable[[Path], list[Example]]
    """From its folder. Of sounds, `fold` says which official fold holds each file out."""
    is_music: bool = False
    folds: int = 0
    """Official folds."""
    radius: float | None = None
    """Seconds between anchor and neighbour in training; None: no limit."""
    folder: str = ""
    """Its folder below the datasets of the user's data; "" where it has none."""
    find: Callable[[Path], Path] | None = None
    """Raises `DatasetError` where it is not in a folder."""
    how_to_get: Callable[[Path], str] | None = None
    """What to do where it is not in a folder."""
    records: Mapping[str, int] = field(default_factory=dict)
    """Part ("development", "evaluation") -> Zenodo record; empty where it cannot be downloaded."""
    terms: str = ""
    """Under which terms it may be used."""
    read_evaluation: Callable[[Path], list[Example]] | None = None
    """Its separate evaluation dataset, of split "test"; nothing where the folder does not hold it."""
    files: int = 0
    """Of the whole dataset; 0 where nothing depends on it."""
    published: Mapping[str, float] = field(default_factory=dict)
    """Macro-F1 of others on the whole dataset, in per cent."""


def _read_dcase_evaluation(folder: Path) -> list[Example]:
    try:
        dcase.find_evaluation(folder)
    except DatasetError:
        return []
    return dcase.read_evaluation(folder)


DATASETS: Mapping[str, Dataset] = {
    "music": Dataset("music", music.read_music, is_music=True),
    "dcase": Dataset(
        "DCASE 2018 Task 5",
        dcase.read_development,
        folds=dcase.FOLDS,
        radius=dcase.RADIUS,
        folder="dcase2018-task5",
        find=dcase.find_development,
        how_to_get=dcase_published.how_to_get,
        records={
            "development": dcase_published.DEVELOPMENT_RECORD,
            "evaluation": dcase_published.EVALUATION_RECORD,
        },
        terms="Free for non-commercial use: see its EULA",
        read_evaluation=_read_dcase_evaluation,
        files=dcase_published.SEGMENTS,
        published=dcase_published.PUBLISHED,
    ),
    "esc10": Dataset("ESC-10", esc.read_esc, folds=esc.FOLDS),
}
"""By the name that commands take."""


def read_sounds(dataset: str, folder: Path, *, evaluation: bool = False) -> list[Example]:
    """Read a dataset of sound events; `fold` says which official fold holds each file out.

    Parameters
    ----------
    dataset : str
        Its name in `DATASETS`.
    folder : Path
        The dataset, or for DCASE a folder that holds it.
    evaluation : bool
        The evaluation dataset too, where there is one and the folder holds it; its split is "test".

    Returns
    -------
    list of Example
        Ordered by path, those of the evaluation dataset last.

    Raises
    ------
    DatasetError
        If it is not there or damaged.
    """
    known = DATASETS[dataset]
    found = known.read(folder)
    if evaluation and known.read_evaluation is not None:
        found += known.read_evaluation(folder)
    return found


def hold_out(examples: list[Example], fold: int) -> list[Example]:
    """Split by an official fold.

    Parameters
    ----------
    examples : list of Example
        With `fold` set.
    fold : int
        From 1.

    Returns
    -------
    list of Example
        Those of the fold in split "val", all others in "train".

    Raises
    ------
    DatasetError
        If no file is in that fold.
    """
    if not any(example.fold == fold for example in examples):
        last = max((example.fold for example in examples), default=0)
        raise DatasetError(f"no file is held out by fold {fold}; the folds are 1 to {last}")
    return [replace(example, split="val" if example.fold == fold else "train") for example in examples]
