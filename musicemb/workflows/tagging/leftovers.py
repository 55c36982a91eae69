"""Removes the unfinished copies that a killed run left beside the music."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from musicemb.errors import CatalogueError
from musicemb.io.silent_drives import NoAnswerError, ask
from musicemb.io.tags.replacing.atomic_replace import sweep

if TYPE_CHECKING:
    from musicemb.io.catalogue.catalogue import Catalogue

_WRITING = "folders being written"
"""Where the catalogue keeps the folders of a run until it has ended."""


@contextmanager
def writing_beside(catalogue: Catalogue, paths: Iterable[Path]) -> Iterator[None]:
    """Remember the folders of files for as long as they are written, so that a kill can be cleaned up after.

    Parameters
    ----------
    catalogue : Catalogue
        Open for writing.
    paths : iterable of Path
        The files.

    Yields
    ------
    None
    """
    kept = _remembered(catalogue)
    _remember(catalogue, kept | _folders(_targets(paths)))
    try:
        yield
    finally:
        with contextlib.suppress(CatalogueError):
            _remember(catalogue, kept)


def remove_leftovers(catalogue: Catalogue, paths: Iterable[Path]) -> list[Path]:
    """Remove what a killed run left.

    Parameters
    ----------
    catalogue : Catalogue
        Knows where a run was killed; one that is read-only removes nothing.
    paths : iterable of Path
        Files whose folders are looked through, too.

    Returns
    -------
    list of Path
        What was removed: files of exactly our naming that no living process holds.
    """
    if catalogue.read_only:
        return []
    remembered = _remembered(catalogue)
    gone: list[Path] = []
    silent: set[str] = set()
    for folder in sorted(remembered | _folders(paths)):
        try:
            gone += ask(Path(folder), lambda: sweep(Path(folder)))  # noqa: B023
        except NoAnswerError:
            silent.add(folder)
    away = {folder for folder in remembered if folder in silent or not Path(folder).is_dir()}  # it will come back
    if away != remembered:
        _remember(catalogue, away)
    return gone


def is_unfinished(catalogue: Catalogue) -> bool:
    """Whether a run was killed whose half-made copies could not be looked for yet: its drive is away.

    Parameters
    ----------
    catalogue : Catalogue

    Returns
    -------
    bool
    """
    return bool(_remembered(catalogue))


def _targets(paths: Iterable[Path]) -> Iterator[Path]:
    """The files themselves: what is written lies beside these, not beside a link."""
    for path in paths:
        with contextlib.suppress(OSError, RuntimeError, ValueError):
            yield ask(path, path.resolve)


def _folders(paths: Iterable[Path]) -> set[str]:
    folders = set()
    for folder in {path.parent for path in paths}:
        with contextlib.suppress(OSError, RuntimeError, ValueError):
            folders.add(str(ask(folder, folder.resolve)))
    return folders


def _remembered(catalogue: Catalogue) -> set[str]:
    text = catalogue.preference(_WRITING)
    return set(json.loads(text)) if text else set()


def _remember(catalogue: Catalogue, folders: set[str]) -> None:
    if folders != _remembered(catalogue):
        catalogue.prefer(_WRITING, json.dumps(sorted(folders)) if folders else "")
