"""How numbers, names, paths and spans of time are worded for people."""

from __future__ import annotations

import os
import shlex
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from musicemb.records import Problem, TeacherMatch, Track


_TURNING = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
"""Unicode's bidirectional classes of explicit embeddings, overrides and isolates."""
_MOST_NAMED = 5
"""Files that are named in a line about several."""
_MOST_SEEDS = 3
"""Number of seeds up to which all are named."""
_LONGEST_GENRE = 60
"""Characters of a genre that are shown."""


def printable(text: str) -> str:
    """Text without control characters, which tags and file names may contain.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
        On one line; control characters and undecodable bytes are replaced by U+FFFD. Marks that turn the
        direction of what follows are left out: one that is not closed would turn the rest of the line.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_shown(character) for character in text)


def _shown(character: str) -> str:
    category = unicodedata.category(character)
    if unicodedata.bidirectional(character) in _TURNING:
        return ""
    if category in ("Zl", "Zp") or character in "\t\r\n":
        return " "
    return "\ufffd" if category in ("Cc", "Cs", "Cn") else character


def short_path(path: Path) -> str:
    """A path as people write it: below the home folder it starts with ``~``.

    Parameters
    ----------
    path : Path

    Returns
    -------
    str
        Printable.
    """
    text = str(path)
    home = _home(os.environ.get("HOME"), os.environ.get("USERPROFILE"))
    if home != os.sep and text.startswith(home + os.sep):
        text = "~" + text[len(home) :]
    return printable(text)


@lru_cache(maxsize=8)
def _home(*_: str | None) -> str:
    """The home folder, looked up once unless the environment changes."""
    try:
        return str(Path.home())
    except RuntimeError:  # nobody's home
        return os.sep


def plural(count: int, one: str, many: str = "") -> str:
    """A count with its word.

    Parameters
    ----------
    count : int
    one : str
        The word for one.
    many : str
        The word for several; by default `one` with an s.

    Returns
    -------
    str
        "1 track", "12 345 tracks".
    """
    return f"{number(count)} {one if count == 1 else many or one + 's'}"


def number(count: int) -> str:
    """A count with spaces between thousands from 10 000 on.

    Parameters
    ----------
    count : int

    Returns
    -------
    str
    """
    return f"{count:,}".replace(",", " ") if abs(count) >= 10_000 else str(count)


def duration(seconds: float) -> str:
    """A time span in words.

    Parameters
    ----------
    seconds : float

    Returns
    -------
    str
        "0.4 s", "42 s", "3 min 5 s", "2 h 10 min".
    """
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s" if whole % 60 else f"{whole // 60} min"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def clock(seconds: float) -> str:
    """A position in a track, as players show it.

    Parameters
    ----------
    seconds : float

    Returns
    -------
    str
        "1:12", "1:02:05".
    """
    whole = max(0, round(seconds))
    if whole < 3600:
        return f"{whole // 60}:{whole % 60:02}"
    return f"{whole // 3600}:{whole % 3600 // 60:02}:{whole % 60:02}"


def size(count: int) -> str:
    """A number of bytes in words.

    Parameters
    ----------
    count : int

    Returns
    -------
    str
        "812 bytes", "3.2 MB".
    """
    if count < 1000:
        return plural(count, "byte")
    units = (("kB", 1e3), ("MB", 1e6), ("GB", 1e9))
    unit, power = next((pair for pair in units if count < 999.5 * pair[1]), units[-1])
    value = count / power
    return f"{value:.1f} {unit}" if value < 99.95 else f"{value:.0f} {unit}"


def left_out(problems: Sequence[Problem]) -> str:
    """The message about files that a training leaves out.

    Parameters
    ----------
    problems : sequence of Problem
        At least one.

    Returns
    -------
    str
        "2 files are left out; a.mp3: is silent; b.mp3: is empty".
    """
    verb = "is" if len(problems) == 1 else "are"
    return f"{plural(len(problems), 'file')} {verb} left out; {named(problems)}"


def named(problems: Sequence[Problem]) -> str:
    """Files with their reasons, a few of them.

    Parameters
    ----------
    problems : sequence of Problem

    Returns
    -------
    str
        "a.mp3: is silent; b.mp3: is empty; and 3 more".
    """
    told = [f"{printable(problem.path.name)}: {printable(problem.reason)}" for problem in problems[:_MOST_NAMED]]
    return "; ".join([*told, f"and {number(len(problems) - _MOST_NAMED)} more"][: len(problems)])


def quoted(text: str) -> str:
    """Arguments quoted for a shell.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
    """
    text = printable(text)
    if os.name == "posix":
        plain = not any(mark in text for mark in '"\\$`!')
        return f'"{text}"' if " " in text and plain else shlex.quote(text)
    return f'"{text}"' if not text or any(mark in text for mark in " &^()'") else text


def genre_of(track: Track) -> str:
    """The genre to show: the listener's own words, else our guess marked with ``~``.

    Parameters
    ----------
    track : Track

    Returns
    -------
    str
        "" where nothing is known; a tag that is no word but a text is cut.
    """
    if track.tags.listener_genres:
        words = ", ".join(track.tags.listener_genres)
        return words if len(words) <= _LONGEST_GENRE else words[: _LONGEST_GENRE - 1] + "…"
    if track.guess is not None:
        return f"~{'; '.join(track.guess.genres)}"
    return "".join(f"~{genre}" for genre in track.tags.genres[:1])


def seeds_named(seeds: Sequence[Track | Path], by: Literal["artist", "album", ""] = "") -> str:
    """The seeds of a query in one line, however many there are.

    Parameters
    ----------
    seeds : sequence of Track or Path
        At least one.
    by : str
        Several tracks of one artist are told by their name, and for "album" those of one album by its.

    Returns
    -------
    str
        "Nina Simone", "Nina Simone - Sinnerman and 4 other tracks".
    """
    if by and len(seeds) > 1:
        tags = [None if isinstance(seed, Path) else seed.tags for seed in seeds]
        artists, albums = ({one and getattr(one, key) for one in tags} for key in ("artist", "album"))
        for shared in (albums, artists) if by == "album" else (artists,):
            if len(shared) == 1 and (name := shared.pop()):
                return str(name)
    names = [seed.name for seed in seeds]
    if len(names) <= _MOST_SEEDS:
        return " and ".join(names)
    return f"{names[0]} and {len(names) - 1} other tracks"


def first_few(items: Iterable[Any], shown: int, spell: Callable[[Any], str] = str) -> Iterator[str]:
    """The first few of a list, then how many more there are.

    Parameters
    ----------
    items : iterable
    shown : int
    spell : callable
        Makes a text of each item that is shown.

    Yields
    ------
    str
    """
    everything = list(items)
    # One more line instead of "and 1 more": it takes the same space and says more.
    count = shown if len(everything) > shown + 1 else len(everything)
    yield from map(spell, everything[:count])
    if count < len(everything):
        yield f"and {number(len(everything) - count)} more"


def matched_tracks(match: TeacherMatch) -> str:
    """How a teacher file fits a training set, in a line.

    Parameters
    ----------
    match : TeacherMatch

    Returns
    -------
    str
    """
    text = f"teacher {match.name}: targets for {match.matched} of {plural(match.of, 'track')}"
    if match.missing:
        shown = ", ".join(match.missing[:3])
        text += f"; none for {len(match.missing)} ({shown}{', ...' if len(match.missing) > 3 else ''})"
    if match.unused:
        text += f"; {plural(match.unused, 'track')} of its own not trained on"
    return text
