"""Tables of genres that other programs, or the listener, wrote: CSV with a header."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from musicemb.errors import MusicembError
from musicemb.records import GenreRow
from musicemb.settings.files import read_bounded

_LARGEST = 512 << 20
"""Bytes; a table of a million tracks with their vectors is larger, but nobody's list of genres is."""
_MARKS = (",", ";", "\t")
_GENRE_COLUMNS = ("genre", "genres")
"""The first that is there is read: an export has both."""
_EXAMPLE = "path,genre   or   artist,title,genre"


def read_genre_table(path: Path) -> list[GenreRow]:
    """The rows of a table of genres.

    Parameters
    ----------
    path : Path
        CSV in UTF-8, parted by commas, semicolons or tabs. The header names the columns: "genre" (or "genres"; several
        are parted by semicolons), and "path", or "artist" and "title", or all three; others are passed over.

    Returns
    -------
    list of GenreRow
        Without those in which nothing is named.

    Raises
    ------
    MusicembError
        Where the file cannot be read, or is no such table; it says what is missing.
    """
    try:
        text = read_bounded(path, _LARGEST).decode("utf-8-sig")
    except (OSError, ValueError) as error:
        if isinstance(error, UnicodeDecodeError):
            raise MusicembError(f"{path} is not text in UTF-8: save it as CSV with the encoding UTF-8") from None
        raise MusicembError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}") from None
    first = text.partition("\n")[0]
    mark = max(_MARKS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark)
    rows: list[GenreRow] = []
    try:
        columns = _columns(path, next(reader, []))
        for cells in reader:
            found = _read_row(cells, columns, reader.line_num)
            if found.name:
                rows.append(found)
    except csv.Error as error:
        raise MusicembError(f"{path}, line {reader.line_num}: is no CSV ({error})") from None
    return rows


def _columns(path: Path, header: Sequence[str]) -> dict[str, int]:
    names = [name.strip().casefold() for name in header]
    places: dict[str, int] = {name: names.index(name) for name in ("path", "artist", "title") if name in names}
    genre = next((name for name in _GENRE_COLUMNS if name in names), None)
    missing = ""
    if genre is None:
        missing = "a column genre"
    elif "path" not in places and not {"artist", "title"} <= places.keys():
        missing = "a column path, or artist and title"
    if missing or genre is None:
        shown = ", ".join(name[:20] for name in names[:6] if name) or "nothing"
        more = ", ..." if len(names) > 6 else ""
        raise MusicembError(f"{path} lacks {missing}: its first line must be a header such as   {_EXAMPLE}   "
                            f"(it holds {shown}{more})")  # fmt: skip
    return {**places, "genre": names.index(genre)}


def _read_row(cells: Sequence[str], columns: dict[str, int], line: int) -> GenreRow:
    def cell(name: str) -> str:
        place = columns.get(name, len(cells))
        return cells[place].strip() if place < len(cells) else ""

    words = dict.fromkeys(word.strip() for word in cell("genre").split(";"))
    # A path may end in a space: it stays as it is written.
    place = columns.get("path", len(cells))
    path = cells[place] if place < len(cells) else ""
    genres = tuple(word for word in words if word)
    return GenreRow(line, path if path.strip() else "", cell("artist"), cell("title"), genres)
