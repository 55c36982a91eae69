"""download: the archives of a published dataset, fetched, verified and unpacked where training looks."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from musicemb.errors import DatasetError
from musicemb.io.download import DownloadProgress, fetch, list_record, unpack

RECORDS = "https://zenodo.org/api/records"

_ARCHIVES = "archives"
"""Folder in the dataset's that holds archives which are not unpacked yet."""

_UNPACKED = 2.1
"""Bytes on disk per byte of archive (12-bit samples in 16-bit files), with some to spare."""


@dataclass(frozen=True)
class RecordListed:
    """The files of a record that must be downloaded."""

    archives: int
    size: int
    """Bytes of them."""


@dataclass(frozen=True)
class ArchiveUnpacked:
    """One archive is unpacked; it is deleted, and its name is recorded."""

    name: str


def download_record(
    record: int, folder: Path, *, records: str | None = None
) -> Iterator[RecordListed | DownloadProgress | ArchiveUnpacked]:
    """Fetch the archives of a record; what is there already is not fetched again.

    Sizes and MD5 sums are those that the record itself lists. An archive is deleted once it is
    unpacked, so that the disk never holds all of it twice.

    Parameters
    ----------
    record : int
        Number of the record.
    folder : Path
        Where it is unpacked.
    records : str, optional
        Address of the server's records; None: Zenodo's.

    Yields
    ------
    RecordListed
        First.
    DownloadProgress, ArchiveUnpacked

    Raises
    ------
    DatasetError
        If the server, the connection or the disk fails; the next call goes on from there.
    """
    waiting = folder / _ARCHIVES
    noted = waiting / f"{record}.done"
    try:
        done = set(noted.read_text(encoding="utf-8").split("\n")) if noted.is_file() else set()
        waiting.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(waiting).free
    except OSError as error:
        raise DatasetError(f"cannot write to {waiting}: {error.strerror}") from None
    missing = [
        file
        for file in list_record(f"{records or RECORDS}/{record}")
        if file.name.endswith(".zip") and f"{file.name} {file.md5}" not in done
    ]
    yield RecordListed(len(missing), sum(file.size for file in missing))
    needed = int(sum(file.size for file in missing) * _UNPACKED)
    if needed > free:
        raise DatasetError(
            f"unpacked it takes about {needed / 1e9:.0f} GB and {folder} has {free / 1e9:.0f} GB free; "
            "name another folder with --data"
        )
    for file in missing:
        yield from fetch(file, waiting)
        archive = waiting / file.name
        unpack(archive, folder)
        try:
            with noted.open("a", encoding="utf-8") as text:
                text.write(f"{file.name} {file.md5}\n")
            archive.unlink()
        except OSError as error:
            raise DatasetError(f"cannot write to {waiting}: {error.strerror}") from None
        yield ArchiveUnpacked(file.name)
