"""Lists of genre words that the listener writes: their aliases, and the words that may be guessed.

Both are plain text in UTF-8, one entry a line; empty lines and lines that begin with # are passed over.
Aliases: ``spelling; spelling = genre``, and ``spelling = -`` for a word that is no genre.
A vocabulary: one genre a line, as it shall be written.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from musicemb.errors import SettingsError

_LARGEST = 1_000_000
"""Bytes; what is longer is not a list of genres."""


def read_aliases(path: Path) -> dict[str, str]:
    """Aliases of genres.

    Parameters
    ----------
    path : Path
        Absent: there are none.

    Returns
    -------
    dict of str to str
        Spelling -> genre, "" for a word that is none.

    Raises
    ------
    SettingsError
        If the file cannot be read, or a line is not understood; it names the line.
    """
    if not path.exists():
        return {}
    found: dict[str, str] = {}
    for number, line in _lines(path):
        left, sign, genre = (part.strip() for part in line.partition("="))
        spellings = [text for part in left.split(";") if (text := part.strip())]
        if not sign or not spellings or not genre:
            raise SettingsError(
                f'{path}, line {number}: "{line[:60]}" is not an alias; write: spelling; spelling = genre '
                "(or = - for a word that is not a genre)"
            )
        if ";" in genre:
            raise SettingsError(f"{path}, line {number}: only one genre may follow the =")
        for spelling in spellings:
            if found.setdefault(spelling, "" if genre == "-" else genre) != ("" if genre == "-" else genre):
                raise SettingsError(f'{path}, line {number}: "{spelling[:60]}" has another genre already')
    return found


def read_vocabulary(path: Path) -> tuple[str, ...]:
    """Genres that may be guessed.

    Parameters
    ----------
    path : Path

    Returns
    -------
    tuple of str
        As written, each once.

    Raises
    ------
    SettingsError
        If the file is not there, cannot be read or holds no word.
    """
    words = tuple(dict.fromkeys(line for _, line in _lines(path)))
    if not words:
        raise SettingsError(f"{path} holds no genre; write one per line")
    return words


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
        text = content.decode("utf-8-sig")
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{path} is not text in UTF-8") from None
    if len(content) > _LARGEST or "\0" in text:
        raise SettingsError(f"{path} is not a list of genres")
    for number, line in enumerate(text.splitlines(), start=1):
        if (entry := line.strip()) and not entry.startswith("#"):
            yield number, entry
