"""Lists of genre words that the listener writes: their aliases, and the words that may be guessed.

Both are plain text in UTF-8, one entry a line; empty lines and lines that begin with # are passed over.
Aliases: ``spelling; spelling = genre``, and ``spelling = -`` for a word that is no genre. In the same file, what
belongs to what: ``genre; genre < family``, and ``genre < -`` for a family of its own.
A vocabulary: one genre a line, as it shall be written.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from musicemb.errors import SettingsError
from musicemb.settings.files import open_regular

_LARGEST = 1_000_000
"""Bytes; what is longer is not a list of genres."""


def read_genres(path: Path) -> tuple[dict[str, str], dict[str, str]]:
    """Aliases of genres, and what belongs to what.

    Parameters
    ----------
    path : Path
        Absent: there are none.

    Returns
    -------
    aliases : dict of str to str
        Spelling -> genre, "" for a word that is none.
    families : dict of str to str
        Genre -> the one that it belongs to, "" for a family of its own.

    Raises
    ------
    SettingsError
        If the file cannot be read, or a line is not understood; it names the line.
    """
    found: tuple[dict[str, str], dict[str, str]] = {}, {}
    if not path.exists():
        return found
    for number, line in _lines(path):
        sign = min((sign for sign in "=<" if sign in line), key=line.index, default="")
        left, _, right = (part.strip() for part in line.partition(sign or "\0"))
        words = [text for part in left.split(";") if (text := part.strip())]
        if not sign or not words or not right:
            raise SettingsError(
                f'{path}, line {number}: "{line[:60]}" is neither an alias nor a family; write: spelling; spelling = '
                "genre (or = - for a word that is not a genre), or: genre; genre < family"
            )
        if ";" in right:
            raise SettingsError(f"{path}, line {number}: only one genre may follow the {sign}")
        if sign == "<" and "<" in right:
            raise SettingsError(
                f'{path}, line {number}: a line says what belongs to one family; write "a < b < c" as two lines, '
                '"a < b" and "b < c"'
            )
        target = "" if right == "-" else right
        for word in words:
            if sign == "<" and word.casefold() == target.casefold():
                raise SettingsError(f'{path}, line {number}: "{word[:60]}" cannot belong to itself')
            if found[sign == "<"].setdefault(word, target) != target:
                what = "belongs to another family already" if sign == "<" else "has another genre already"
                raise SettingsError(f'{path}, line {number}: "{word[:60]}" {what}')
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
        with open_regular(path) as file:
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
