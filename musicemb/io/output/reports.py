"""A written report and the pictures that it shows, as files beside each other."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from musicemb.errors import MusicembError
from musicemb.io.output.files import check_output, write_output

MARK = b"<!-- musicemb evaluate -->"
"""Stands at the beginning of every report: such a one may be replaced. Readers of Markdown do not show it."""


def picture_links(report: Path, names: Mapping[str, bytes]) -> dict[str, str]:
    """Where a report's pictures will lie, as links from the report.

    Parameters
    ----------
    report : Path
    names : mapping
        Name of each picture -> PNG.

    Returns
    -------
    dict
        Name -> link, such as "result_pictures/linear-confusion.png", quoted as Markdown needs it.
    """
    return {name: quote(f"{picture_folder(report).name}/{_file_name(name)}") for name in names}


def picture_folder(report: Path) -> Path:
    """The folder of a report's pictures: beside it, and named after it.

    Parameters
    ----------
    report : Path

    Returns
    -------
    Path
    """
    return report.with_name(f"{report.stem}_pictures")


def check_report(report: Path, *, force: bool = False) -> None:
    """Refuse a report that could not be written, before hours are spent on its contents.

    Parameters
    ----------
    report : Path
    force : bool
        Replace a file that is no report.

    Raises
    ------
    ConsentMissing
        Where a file is there that is no report, and `force` is not given.
    MusicembError
        Where nothing can be written there, or a file has the name of the pictures' folder.
    """
    check_output(report, force=force, ours=MARK)
    pictures = picture_folder(report)
    if os.path.lexists(pictures) and not pictures.is_dir():
        raise MusicembError(
            f"{pictures} is not a folder, and the report's pictures would go there: name another report"
        )


def save_report(report: Path, text: str, pictures: Mapping[str, bytes], *, force: bool = False) -> None:
    """Write a report after its pictures, each whole or not at all.

    Parameters
    ----------
    report : Path
        An older report is replaced.
    text : str
        Markdown, with the links of `picture_links`.
    pictures : mapping
        Name -> PNG. Without any, no folder is made.
    force : bool
        Replace a file that is no report.

    Raises
    ------
    ConsentMissing
        As `check_report`.
    MusicembError
        If a file cannot be written; what stood there before stays.
    """
    check_report(report, force=force)
    folder = picture_folder(report)
    try:
        if pictures:
            folder.mkdir(exist_ok=True)
    except OSError as error:
        raise MusicembError(f"{folder} cannot be made: {error.strerror or error}") from None
    for name, png in pictures.items():
        write_output(folder / _file_name(name), png, force=True)
    write_output(report, MARK + b"\n\n" + text.encode("utf-8", "replace"), force=force, ours=MARK)


def _file_name(picture: str) -> str:
    return f"{picture.replace(' ', '-')}.png"
