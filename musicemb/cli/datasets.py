"""Which examples ``retrain`` and ``evaluate`` work on: a collection, the library, or a dataset by its name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from musicemb.cli.progress import Bar, note
from musicemb.cli.session import Session

if TYPE_CHECKING:
    from musicemb.records import Example

DATASETS = ("music", "dcase", "esc10")

DCASE_FOLDER = "dcase2018-task5"
"""Below the datasets of the user's data."""


def music_or_sounds(
    session: Session, dataset: str, data: Path | None, *, fold: int, download: bool, classes: str | None
) -> list[Example]:
    """Examples that a training is asked to learn from.

    Parameters
    ----------
    session : Session
    dataset : str
        One of `DATASETS`.
    data : Path, optional
    fold : int
        Official fold that is held out (sounds).
    download : bool
        Fetch what is missing (DCASE).
    classes : str, optional
        Preset of labels (music).

    Returns
    -------
    list of Example

    Raises
    ------
    MusicembError
        If there is nothing to read.
    click.UsageError
        For options that do not go together.
    """
    from musicemb.datasets.sounds import hold_out, read_sounds

    if download and dataset != "dcase":
        raise click.UsageError("--download fetches DCASE 2018 Task 5: it goes with --dataset dcase")
    if classes and dataset != "music":
        raise click.UsageError("--classes goes with --dataset music")
    if dataset == "music":
        return _music(session, data, classes)
    return hold_out(read_sounds(dataset, find_sounds(dataset, data, download=download)), fold)


def find_sounds(dataset: str, data: Path | None, *, download: bool) -> Path:
    """Folder of a dataset of sound events.

    Parameters
    ----------
    dataset : str
        "dcase" or "esc10".
    data : Path, optional
        Default for DCASE: `datasets/dcase2018-task5` in the user's data.
    download : bool
        Fetch what is missing (DCASE).

    Returns
    -------
    Path

    Raises
    ------
    MusicembError
        If it is not there; the text says what to do.
    """
    from musicemb.datasets import dcase
    from musicemb.errors import DatasetError
    from musicemb.io.folders import user_data_folder

    if dataset != "dcase":
        if data is None:
            raise DatasetError("esc10 has no folder of its own: name the unpacked dataset with --data")
        return data.expanduser()
    folder = data.expanduser() if data is not None else user_data_folder() / "datasets" / DCASE_FOLDER
    if download:
        _download(folder)
    try:
        dcase.find_development(folder)
    except DatasetError:
        record = f"https://zenodo.org/records/{dcase.DEVELOPMENT_RECORD}"
        raise DatasetError(
            f"DCASE 2018 Task 5 is not in {folder}. Its development dataset is free for non-commercial use at "
            f"{record}: {dcase.ARCHIVES[dcase.DEVELOPMENT_RECORD]} (about 46 GB; as much again unpacked). "
            "Unpack all of them there, name another folder with --data, or let --download fetch, verify and unpack them"
        ) from None
    return folder


def _music(session: Session, data: Path | None, classes: str | None) -> list[Example]:
    from musicemb.datasets.classes import choose_classes
    from musicemb.workflows.examples import library_examples, music_examples

    if data is not None:
        examples = music_examples(data.expanduser())
    else:
        with session.open(read_only=True) as catalogue:
            examples = library_examples(catalogue)
    return choose_classes(examples, classes) if classes else examples


def _download(folder: Path) -> None:
    from musicemb.workflows.download import ArchiveUnpacked, download_dcase

    note("fetching DCASE 2018 Task 5 (development); it is free for non-commercial use, see EULA.pdf in it")
    file: Any = None
    done = 0
    with Bar("fetching") as bar:
        for event in download_dcase(folder):
            if isinstance(event, ArchiveUnpacked):
                note(f"{event.name}: verified and unpacked")
                continue
            if file != event.file:
                file, done = event.file, 0
                bar.start(max(1, file.size >> 20), file.name)
            while done < event.done >> 20:
                done += 1
                bar.advance("")
