"""Reads artist, title, album and genre from the tags of any format, and tolerates damage."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import BinaryIO

from musicemb.errors import TagError
from musicemb.io.tags.fields import Kind
from musicemb.io.tags.formats import find_tags
from musicemb.io.tags.reading.id3_texts import genre_names
from musicemb.io.tags.reading.texts import OURS, Texts
from musicemb.records import TrackTags, plain_isrc, plain_mbid
from musicemb.settings.files import open_regular

_LONGEST = 200
"""Characters kept of a genre word or a name; what is longer is a mistake or an attack."""
_MOST = 50
"""Genre words kept of one file."""


def read_tags(path: Path) -> TrackTags:
    """Read the tags of a file.

    Parameters
    ----------
    path : Path
        What it holds decides how it is read, not its suffix.

    Returns
    -------
    TrackTags
        Empty where there is no tag or none that can be read. Every tag that a player could show is
        read, and the one that players prefer speaks first, for each of artist, title, album and genre.

    Raises
    ------
    TagError
        The file cannot be opened or read, or a tag in it trips its reader.
    """
    try:
        with open_regular(path) as file:
            found = _read_all(path, file)
    except OSError as error:
        raise TagError(path, f"cannot be read ({error.strerror or error})", transient=True) from error
    except MemoryError as error:
        raise TagError(path, "has a tag that needs more memory than is available", transient=True) from error
    except ValueError as error:  # a NUL in its name
        raise TagError(path, "has an invalid file name") from error
    return _fold(found)


def genre_words(values: Sequence[str], kind: Kind) -> tuple[str, ...]:
    """Genre words of a field's values, as `read_tags` tells them.

    Parameters
    ----------
    values : sequence of str
        As they stand in the file.
    kind : str
        "id3": numbers ("17", "(17)") mean names.

    Returns
    -------
    tuple of str
    """
    return _clean(genre_names(values) if kind == "id3" else values)


def _read_all(path: Path, file: BinaryIO) -> dict[str, Sequence[str]]:
    """The texts of all tags; of each, those of the first that has some."""
    found: dict[str, Sequence[str]] = {}
    try:
        for tag in find_tags(file):
            for name, values in tag.texts.items():
                if _clean(values):
                    found.setdefault(name, values)
    except (OSError, MemoryError):
        raise
    except Exception as error:  # damage of a kind that no reader foresaw; it must not pass for "no tag"
        raise TagError(path, f"has a tag that cannot be read ({type(error).__name__}: {error})") from error
    return found


def _fold(found: Texts) -> TrackTags:
    def one(name: str) -> str:
        return ", ".join(_clean(found.get(name, ())))[:_LONGEST]

    words, confidence, encoder = OURS
    return TrackTags(
        artist=one("artist"),
        title=one("title"),
        album=one("album"),
        genres=_clean(found.get("genre", ())),
        our_genres=_clean(found.get(words, ())),
        our_confidence=_share(one(confidence)),
        our_encoder=one(encoder),
        mbid=_first(found.get("mbid", ()), plain_mbid),
        isrc=_first(found.get("isrc", ()), plain_isrc),
    )


def _first(values: Iterable[str], plain: Callable[[str], str]) -> str:
    """The first value that is what it claims to be."""
    return next(filter(None, map(plain, _clean(values))), "")


def _clean(values: Iterable[str]) -> tuple[str, ...]:
    """Values without control signs, lone surrogates and empty ones; few and short enough to keep."""
    kept: dict[str, None] = {}
    for value in values:
        text = value[: 4 * _LONGEST].encode("utf-8", "ignore").decode("utf-8")
        text = "".join(sign if unicodedata.category(sign) != "Cc" else " " for sign in text)
        text = " ".join(text.split())[:_LONGEST].rstrip()
        if text:
            kept[text] = None
        if len(kept) == _MOST:
            break
    return tuple(kept)


def _share(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) and 0 <= number <= 1 else None
