"""Finds the files to scan, and those that must wait."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from musicemb.records import FoundFile, PassedOver, Problem
from musicemb.workflows.library.changes import TrackIndex
from musicemb.workflows.library.roots import explain_absence

Ready = Callable[[FoundFile], bool]

STILL_WRITTEN = "is still being written"
"""Reason of a file that is not ready yet."""


def find_files(
    roots: Sequence[Path], exclude: Sequence[str], index: TrackIndex, ready: Ready | None = None
) -> tuple[list[FoundFile], list[PassedOver], list[Problem]]:
    """Look into the roots.

    Parameters
    ----------
    roots : sequence of Path
    exclude : sequence of str
        Globs of what to leave out.
    index : TrackIndex
        The catalogue's tracks.
    ready : callable, optional
        Asked of each file that is new or not as the catalogue knows it.

    Returns
    -------
    found : list of FoundFile
    passed_over : list of PassedOver
    troubles : list of Problem
        What cannot be read, and what is not ready: nothing of it counts as gone.
    """
    from musicemb.io.audio.discovery import find_audio

    found: list[FoundFile] = []
    passed_over: list[PassedOver] = []
    troubles: list[Problem] = []
    for item in find_audio(roots, exclude=exclude):
        if isinstance(item, Problem):
            troubles.append(explain_absence(item, roots, index))
        elif isinstance(item, PassedOver):
            passed_over.append(item)
        elif ready is not None and not _is_known(item, index) and not ready(item):
            troubles.append(Problem(item.path, STILL_WRITTEN, "skipped", transient=True))
        else:
            found.append(item)
    return found, passed_over, troubles


def _is_known(file: FoundFile, index: TrackIndex) -> bool:
    row = index.at(file.path)
    return row is not None and row.embedded and (row.size, row.mtime_ns) == (file.size, file.mtime_ns)
