"""Which examples ``retrain`` and ``evaluate`` work on: a collection, the library, or a dataset by its name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from musicemb.cli.progress import Bar, note
from musicemb.cli.session import Session
from musicemb.cli.wording import plural, size

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
    from musicemb.datasets.registry import hold_out, read_sounds

    if classes and dataset != "music":
        raise click.UsageError("--classes goes with --dataset music")
    if dataset == "music":
        if download:
            raise click.UsageError("--download fetches DCASE 2018 Task 5: it goes with --dataset dcase")
        return _music(session, data, classes)
    return hold_out(read_sounds(dataset, find_sounds(dataset, data, download=download)), fold)


def find_sounds(dataset: str, data: Path | None, *, download: bool, evaluation: bool = False) -> Path:
    """Folder of a dataset of sound events.

    Parameters
    ----------
    dataset : str
        "dcase" or "esc10".
    data : Path, optional
        Default for DCASE: `datasets/dcase2018-task5` in the user's data.
    download : bool
        Fetch what is missing (DCASE).
    evaluation : bool
        Fetch the evaluation dataset as well.

    Returns
    -------
    Path

    Raises
    ------
    MusicembError
        If it is not there; the text says what to do.
    click.UsageError
        Where there is nothing to download.
    """
    from musicemb.datasets import dcase
    from musicemb.datasets.dcase_published import DEVELOPMENT_RECORD, EVALUATION_RECORD, how_to_get
    from musicemb.errors import DatasetError
    from musicemb.io.user_folders import user_data_folder

    if download and dataset != "dcase":
        raise click.UsageError("--download fetches DCASE 2018 Task 5: it goes with --dataset dcase")
    if dataset != "dcase":
        if data is None:
            raise DatasetError("esc10 has no folder of its own: name the unpacked dataset with --data")
        return data.expanduser()
    folder = data.expanduser() if data is not None else user_data_folder() / "datasets" / DCASE_FOLDER
    if download:
        # Each in a folder of its own: both have an audio/ and a meta.txt.
        _download("development", DEVELOPMENT_RECORD, folder)
        if evaluation:
            _download("evaluation", EVALUATION_RECORD, folder)
    try:
        dcase.find_development(folder)
    except DatasetError:
        raise DatasetError(how_to_get(folder)) from None
    return folder


def _music(session: Session, data: Path | None, classes: str | None) -> list[Example]:
    from musicemb.datasets.classes import choose_classes
    from musicemb.workflows.datasets.examples import library_examples, music_examples

    if data is not None:
        examples = music_examples(data.expanduser())
    else:
        with session.open(read_only=True) as library:
            examples = library_examples(library.catalogue)
    return choose_classes(examples, classes) if classes else examples


def _download(part: str, record: int, folder: Path) -> None:
    from musicemb.workflows.datasets.download import ArchiveUnpacked, RecordListed, download_record

    file: Any = None
    done = 0
    with Bar("fetching") as bar:
        for event in download_record(record, folder / part):
            if isinstance(event, RecordListed):
                if event.archives:
                    note(
                        f"fetching DCASE 2018 Task 5, {part}: {plural(event.archives, 'archive')}, {size(event.size)}; "
                        "sizes and MD5 sums are those that the record lists. Free for non-commercial use: see its EULA"
                    )
                continue
            if isinstance(event, ArchiveUnpacked):
                note(f"{event.name}: verified and unpacked")
                continue
            if file != event.file:
                file, done = event.file, 0
                bar.start(max(1, file.size >> 20), f"{file.name}, MB")
            while done < event.done >> 20:
                done += 1
                bar.advance("")
