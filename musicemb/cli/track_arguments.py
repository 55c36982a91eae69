"""Finds the tracks named on the command line, by path or words; also ``--bpm`` and ``--key``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from musicemb.cli.options import Command
from musicemb.cli.progress import note
from musicemb.cli.session import Session
from musicemb.cli.wording import first_few, printable, short_path
from musicemb.errors import AmbiguousTrack, TrackNotFound
from musicemb.settings import AUDIO_SUFFIXES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from musicemb.core.values.limits import ValueLimits
    from musicemb.library import Library
    from musicemb.records import MusicalKey, Track

OFFERED = 20
"""Candidates shown where words fit several tracks."""


def join_words(arguments: Sequence[str]) -> list[str]:
    """Join the arguments to seeds: a quoted argument is one seed, and consecutive words without quotes are one seed.

    Parameters
    ----------
    arguments : sequence of str
        As the shell gave them.

    Returns
    -------
    list of str
        "code monkey" of the two words; a file is a seed of its own.
    """
    seeds: list[str] = []
    loose = False
    for text in arguments:
        alone = " " in text or _is_file(text)
        if loose and not alone:
            seeds[-1] += f" {text}"
        else:
            seeds.append(text)
        loose = not alone
    return seeds


def _is_file(text: str) -> bool:
    if os.sep in text or Path(text).suffix.lower() in AUDIO_SUFFIXES:
        return True
    try:
        return Path(text).expanduser().is_file()
    except (OSError, ValueError, RuntimeError):  # no path of this system; nobody's home
        return False


def find_named(session: Session, library: Library, text: str) -> Track | Path:
    """The track in the library that is named, or a file outside it.

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
    """The track in the library that is named.

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
        found = library.find(text)
    except AmbiguousTrack as several:
        return _choose(session, several)
    if not _is_file(text) and not library.holds_words(found, text):
        note(f"{text!r} is taken for {found.name}")
    return found


def _choose(session: Session, several: AmbiguousTrack) -> Track:
    candidates: Sequence[Track] = several.candidates  # type: ignore[assignment]
    if not session.interactive():
        lines = (f"  {printable(track.name)}  ({short_path(track.path)})" for track in candidates)
        note("\n".join(first_few(lines, OFFERED)), urgent=True)
        raise several
    offered = candidates[:OFFERED]
    for place, track in enumerate(offered, start=1):
        note(f"{place:3}  {track.name}  ({short_path(track.path)})", urgent=True, hang=3)
    if len(candidates) > OFFERED:
        note(f"     and {len(candidates) - OFFERED} more: add words to narrow it down")
    answer = click.prompt("Which one (q: none)", value_proc=lambda text: _chosen_place(text, len(offered)), err=True)
    if not answer:
        raise click.Abort
    return offered[answer - 1]


def _chosen_place(text: str, count: int) -> int:
    """The number that was typed; 0 means none of them."""
    if text.strip().casefold() in ("q", "quit"):
        return 0
    if text.strip().isdecimal() and 1 <= int(text) <= count:
        return int(text)
    raise click.UsageError(f"type a number from 1 to {count}, or q for none of them")


class ValueRange(click.ParamType):  # type: ignore[type-arg]
    """A range of tempos, or a list of keys, as typed."""

    def __init__(self, name: str) -> None:
        self.name = name

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read what was typed.

        Parameters
        ----------
        value : object
        param : click.Parameter or None
        ctx : click.Context or None

        Returns
        -------
        tuple of float, or frozenset of MusicalKey
        """
        from musicemb.core.values.limits import read_bpm, read_keys

        try:
            return (read_bpm if self.name == "bpm" else read_keys)(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


def value_options(command: Command) -> Command:
    """``--bpm`` and ``--key``: tempos and keys that tracks must have.

    Parameters
    ----------
    command : callable

    Returns
    -------
    callable
    """
    keys = click.option(
        "--key",
        "keys",
        type=ValueRange("key"),
        metavar="KEY",
        help='Only tracks in a key: "8A" or "Am"; "8A+" also takes the keys that mix with it; several with commas.',
    )
    tempos = click.option(
        "--bpm", type=ValueRange("bpm"), metavar="FROM-TO", help='Only tracks of a tempo: "120-128", "-100", "140-".'
    )
    return tempos(keys(command))


def read_limits(bpm: tuple[float, float] | None, keys: frozenset[MusicalKey] | None) -> ValueLimits:
    """What ``--bpm`` and ``--key`` say.

    Parameters
    ----------
    bpm : tuple of float, or None
    keys : frozenset of MusicalKey, or None

    Returns
    -------
    ValueLimits
    """
    from musicemb.core.values.limits import ValueLimits

    return ValueLimits(*(bpm or (0.0, float("inf"))), keys or frozenset())
