"""The tracks that a person names on the command line; asks where words fit several."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from musicemb.cli.progress import note
from musicemb.cli.session import Session
from musicemb.cli.wording import first_few, printable, short_path
from musicemb.errors import AmbiguousTrack, TrackNotFound

if TYPE_CHECKING:
    from collections.abc import Sequence

    from musicemb.library import Library
    from musicemb.records import Track

OFFERED = 20
"""Candidates shown where words fit several tracks."""


def find_named(session: Session, library: Library, text: str) -> Track | Path:
    """The track in the library that is meant, or the file outside it.

    Parameters
    ----------
    session : Session
    library : Library
    text : str

    Returns
    -------
    Track or Path

    Raises
    ------
    TrackNotFound, AmbiguousTrack
    """
    try:
        return find_known(session, library, text)
    except TrackNotFound:
        outside = Path(text).expanduser()
        if outside.is_file():
            return outside
        raise


def find_known(session: Session, library: Library, text: str) -> Track:
    """The track in the library that is meant.

    Parameters
    ----------
    session : Session
    library : Library
    text : str

    Returns
    -------
    Track

    Raises
    ------
    TrackNotFound, AmbiguousTrack
    """
    try:
        return library.find(text)
    except AmbiguousTrack as several:
        return _choose(session, several)


def _choose(session: Session, several: AmbiguousTrack) -> Track:
    candidates: Sequence[Track] = several.candidates  # type: ignore[assignment]
    if not session.interactive():
        lines = (f"  {printable(track.name)}  ({short_path(track.path)})" for track in candidates)
        note("\n".join(first_few(lines, OFFERED)))
        raise several
    offered = candidates[:OFFERED]
    for place, track in enumerate(offered, start=1):
        note(f"{place:3}  {track.name}  ({short_path(track.path)})")
    if len(candidates) > OFFERED:
        note(f"     and {len(candidates) - OFFERED} more: add words to narrow it down")
    answer = click.prompt("Which one", type=click.IntRange(1, len(offered)), err=True)
    return offered[answer - 1]
