"""The dataset options of ``retrain`` and ``evaluate``: a collection, the library, or a dataset by its name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from musicemb.cli.progress import Bar, note
from musicemb.cli.session import Session
from musicemb.cli.wording import plural, size

if TYPE_CHECKING:
    from musicemb.datasets.registry import Dataset
    from musicemb.records import Example, Problem


DATASET_NAMES = ("music", "dcase", "esc10")
"""Keys of `datasets.registry.DATASETS`, which would load numpy for the sake of a help text."""


def music_or_sounds(
    session: Session,
    dataset: str,
    data: Path | None,
    *,
    fold: int,
    download: bool,
    classes: str | None,
    problems: list[Problem] | None = None,
) -> list[Example]:
    """The examples that the options select for a training.

    Parameters
    ----------
    session : Session
    dataset : str
        One of `DATASET_NAMES`.
    data : Path, optional
    fold : int
        Official fold that is held out (sounds).
    download : bool
        Fetch what is missing.
    classes : str, optional
        Preset of labels (music).
    problems : list of Problem, optional
        Files whose tags could not be read are added.

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
    from musicemb.datasets.registry import DATASETS, hold_out, read_sounds

    known = DATASETS[dataset]
    if classes and not known.is_music:
        raise click.UsageError("--classes needs --dataset music")
    if download:
        check_download(dataset)
    if known.is_music:
        return _music(session, data, classes, problems)
    if fold > known.folds:
        raise click.UsageError(f"--fold {fold}: {known.title} has {known.folds} official folds")
    return hold_out(read_sounds(dataset, find_sounds(dataset, data, download=download)), fold)


def find_sounds(dataset: str, data: Path | None, *, download: bool, evaluation: bool = False) -> Path:
    """The folder of a dataset of sound events.

    Parameters
    ----------
    dataset : str
        Its name in `datasets.registry.DATASETS`.
    data : Path, optional
        Default: the dataset's own folder in the user's data, where it has one.
    download : bool
        Fetch what is missing.
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
    from musicemb.datasets.registry import DATASETS
    from musicemb.errors import DatasetError
    from musicemb.io.user_folders import user_data_folder

    known = DATASETS[dataset]
    if download:
        check_download(dataset)
    if data is not None:
        folder = data.expanduser()
    elif known.folder:
        folder = user_data_folder() / "datasets" / known.folder
    else:
        raise DatasetError(f"{dataset} has no default folder: name the unpacked dataset with --data")
    if download:
        for part, record in known.records.items():
            # Each in a folder of its own: both have an audio/ and a meta.txt.
            if part == "development" or evaluation:
                _download(known, part, record, folder)
    if known.find is not None and known.how_to_get is not None:
        try:
            known.find(folder)
        except DatasetError:
            raise DatasetError(known.how_to_get(folder)) from None
    return folder


def missing_data(session: Session, dataset: str, data: Path | None) -> str:
    """Why a dataset cannot be read, as far as its folders show.

    Parameters
    ----------
    session : Session
    dataset : str
        One of `DATASET_NAMES`.
    data : Path, optional

    Returns
    -------
    str
        "" where there is something.
    """
    from musicemb.datasets.registry import DATASETS
    from musicemb.errors import MusicembError

    try:
        if not DATASETS[dataset].is_music:
            find_sounds(dataset, data, download=False)
        elif data is None:
            with session.open(read_only=True):
                return ""
    except MusicembError as problem:
        return str(problem)
    return f"{data} does not exist" if data is not None and not data.expanduser().exists() else ""


def check_download(dataset: str) -> None:
    """Refuse ``--download`` for a dataset that cannot be downloaded.

    Parameters
    ----------
    dataset : str
        Its name in `datasets.registry.DATASETS`.

    Raises
    ------
    click.UsageError
    """
    from musicemb.datasets.registry import DATASETS

    there = {name: known.title for name, known in DATASETS.items() if known.records}
    if dataset not in there:
        names = " or ".join(f"--dataset {name}" for name in there)
        raise click.UsageError(f"--download fetches {' and '.join(there.values())} and needs {names}")


def _music(session: Session, data: Path | None, classes: str | None, problems: list[Problem] | None) -> list[Example]:
    from musicemb.datasets.classes import choose_classes
    from musicemb.workflows.datasets.examples import library_examples, music_examples

    if data is not None:
        examples = music_examples(data.expanduser(), problems)
    else:
        with session.open(read_only=True) as library:
            examples = library_examples(library.catalogue)
    return choose_classes(examples, classes) if classes else examples


def _download(dataset: Dataset, part: str, record: int, folder: Path) -> None:
    from musicemb.workflows.datasets.download import ArchiveUnpacked, RecordListed, download_record

    file: Any = None
    done = 0
    with Bar("downloading") as bar:
        for event in download_record(record, folder / part):
            if isinstance(event, RecordListed):
                if event.archives:
                    note(
                        f"downloading {dataset.title}, {part}: {plural(event.archives, 'archive')}, "
                        f"{size(event.size)}; sizes and MD5 sums are checked against the record. {dataset.terms}"
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
