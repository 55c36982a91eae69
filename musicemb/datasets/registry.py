"""Datasets of sound events by name, with their official folds: what training and evaluation ask for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from musicemb.datasets import dcase, esc
from musicemb.errors import DatasetError
from musicemb.records import Example

SOUND_DATASETS = ("dcase", "esc10")
"""Names of them, as commands take them."""

OFFICIAL_FOLDS = {"dcase": dcase.FOLDS, "esc10": esc.FOLDS}


def read_sounds(dataset: str, folder: Path, *, evaluation: bool = False) -> list[Example]:
    """Read a dataset of sound events; `fold` says which official fold holds each file out.

    Parameters
    ----------
    dataset : str
        "dcase" (development dataset) or "esc10".
    folder : Path
        The dataset, or for DCASE a folder that holds it.
    evaluation : bool
        DCASE: the evaluation dataset too, where the folder holds it; its split is "test".

    Returns
    -------
    list of Example
        Ordered by path, those of the evaluation dataset last.

    Raises
    ------
    DatasetError
        If it is not there or damaged.
    """
    if dataset != "dcase":
        return esc.read_esc(folder)
    found = dcase.read_development(folder)
    if evaluation:
        try:
            dcase.find_evaluation(folder)
        except DatasetError:
            return found
        found += dcase.read_evaluation(folder)
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
