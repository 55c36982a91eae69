"""download: the archives of a published dataset, fetched, verified and unpacked where training looks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from musicemb.datasets.dcase import DEVELOPMENT_RECORD
from musicemb.io.download import Fetched, fetch, list_record, unpack

RECORDS = "https://zenodo.org/api/records"

_ARCHIVES = "archives"
"""Folder in the dataset's that holds archives which are not unpacked yet."""


@dataclass(frozen=True)
class ArchiveUnpacked:
    """One archive is done; it is deleted, its name stays noted."""

    name: str


def download_dcase(
    folder: Path, *, record: int = DEVELOPMENT_RECORD, records: str = RECORDS
) -> Iterator[Fetched | ArchiveUnpacked]:
    """Fetch a dataset of DCASE 2018 Task 5; what is there already is not fetched again.

    Sizes and MD5 sums are those that the record itself lists. An archive is deleted once it is
    unpacked, so that the disk never holds all of it twice.

    Parameters
    ----------
    folder : Path
        Where it is unpacked.
    record : int
        Of the development or the evaluation dataset.
    records : str
        Address of the server's records.

    Yields
    ------
    Fetched, ArchiveUnpacked

    Raises
    ------
    DatasetError
        If the server, the connection or the disk fails; the next call goes on from there.
    """
    waiting = folder / _ARCHIVES
    noted = waiting / f"{record}.done"
    done = set(noted.read_text(encoding="utf-8").split("\n")) if noted.is_file() else set()
    for file in list_record(f"{records}/{record}"):
        mark = f"{file.name} {file.md5}"
        if mark in done or not file.name.endswith(".zip"):
            continue
        yield from fetch(file, waiting)
        archive = waiting / file.name
        unpack(archive, folder)
        with noted.open("a", encoding="utf-8") as text:
            text.write(mark + "\n")
        archive.unlink()
        yield ArchiveUnpacked(file.name)
