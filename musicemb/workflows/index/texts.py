"""Tables in the index of a large library: all words of its texts, its artists and its albums.

A misspelled word is compared with each word once, not with each track, and only tracks with words that it may mean are
looked at.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from musicemb.core.similarity.folding import fold_text
from musicemb.io.index.array_file import ArrayFile, Column, column

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from musicemb.io.catalogue.catalogue import Catalogue
    from musicemb.records import Integers

BETWEEN = "\x1f"
"""Between the texts of a track; folded text holds no control characters, and what takes lines apart takes it for
space."""
By = Literal["artist", "album"]
TrackLine = tuple[int, str]
"""A track's id, and its folded artist, title, album and file name with `BETWEEN` between them."""
_PLACES: Mapping[By, int] = {"artist": 0, "album": 2}


def gather_texts(
    catalogue: Catalogue, outgrown: ArrayFile | None = None, reach: int = 0
) -> tuple[Integers, dict[str, Column], bytearray]:
    """The arrays of the index for searches by words.

    Parameters
    ----------
    catalogue : Catalogue
    outgrown : ArrayFile, optional
        An index that knows all tracks up to `reach`, of which nothing has changed.
    reach : int

    Returns
    -------
    ids : ndarray [shape=(n,)], int64
        Tracks of higher numbers that are not gone, ascending.
    columns : dict of str to Column
        Of all tracks: where the line of each ends, all words with the tracks that have them, artists and albums.
    text : bytearray
        The lines of these.
    """
    before = [] if outgrown is None else [outgrown]
    ids, ends, text = list[int](), list[int](), bytearray()
    words, said, counts = dict[str, int](), array("i"), array("i")
    names: dict[By, dict[str, int]] = {
        by: {name: place for file in before for place, name in enumerate(_read_lines(file, f"{by}s"))} for by in _PLACES
    }
    homes: dict[By, array[int]] = {by: array("i") for by in _PLACES}
    for track_id, *texts in catalogue.texts(after=reach):
        folded = [fold_text(one) for one in texts]
        line = BETWEEN.join(folded)
        text += f"{line}\n".encode("utf-8", "surrogatepass")
        ids.append(track_id)
        ends.append(len(text))
        own = set(line.split())
        said.extend([words.setdefault(word, len(words)) for word in own])
        counts.append(len(own))
        for by, place in _PLACES.items():
            name = folded[place]
            homes[by].append(names[by].setdefault(name, len(names[by])) if name else -1)
    start = sum(len(file["text"]) for file in before)
    parts = [*(file["text ends"] for file in before), np.array(ends, np.int64) + start]
    columns = {"text ends": column(np.int64, parts)} | _word_columns(words, said, counts, outgrown)
    for by in _PLACES:
        columns[f"{by}s"] = _lines(names[by])
        columns[f"{by} of"] = column(np.int32, [*(file[f"{by} of"] for file in before), np.array(homes[by], np.int32)])
    return np.array(ids, np.int64), columns, text


def _word_columns(
    words: dict[str, int], said: array[int], counts: array[int], outgrown: ArrayFile | None
) -> dict[str, Column]:
    """All words, sorted, and the rows of the tracks that have each."""
    ordered = sorted(words)
    places = np.zeros(len(ordered), np.int32)
    places[[words[word] for word in ordered]] = np.arange(len(ordered))
    of_row = places[np.array(said, np.int32)]
    rows = np.repeat(np.arange(len(counts), dtype=np.int32), np.array(counts, np.int32))
    ends = np.cumsum(np.bincount(of_row, minlength=len(ordered)))
    rows = rows[np.argsort(of_row, kind="stable")]
    if outgrown is not None:
        ordered, ends, rows = _merge(outgrown, ordered, ends, rows + len(outgrown["text ids"]))
    return {
        "words": _lines(ordered),
        "word ends": column(np.int64, [ends]),
        "word rows": column(np.int32, [rows]),
    }


def _merge(
    outgrown: ArrayFile, came: list[str], ends: Integers, rows: NDArray[Any]
) -> tuple[list[str], Integers, NDArray[Any]]:
    """The words of an index and those of further tracks, whose rows go behind the others of each word."""
    known, known_ends = spelled_words(outgrown), outgrown["word ends"]
    ordered = sorted({*known, *came})
    at = {word: place for place, word in enumerate(ordered)}
    places = [np.array([at[word] for word in own], dtype=np.int64) for own in (known, came)]
    counts = np.zeros(len(ordered), dtype=np.int64)
    for own, its_ends in zip(places, (known_ends, ends), strict=True):
        counts[own] += np.diff(its_ends, prepend=0)
    behind = _starts(known_ends)[np.searchsorted(places[0], places[1], side="right")]
    merged = np.insert(outgrown["word rows"], np.repeat(behind, np.diff(ends, prepend=0)), rows)
    return ordered, np.cumsum(counts), merged


def open_texts(catalogue: Catalogue) -> ArrayFile | None:
    """The index of a library, as `open_index` gives it.

    Parameters
    ----------
    catalogue : Catalogue

    Returns
    -------
    ArrayFile or None
        None for a small library.
    """
    from musicemb.workflows.index.library_index import open_index

    index = open_index(catalogue)
    return None if index is None else index.file


def spelled_words(file: ArrayFile) -> list[str]:
    """All words of all texts.

    Parameters
    ----------
    file : ArrayFile
        Of an index.

    Returns
    -------
    list of str
        Folded, sorted.
    """
    return _read_lines(file, "words")


def lines_with_any(file: ArrayFile, words: Sequence[str], meant: Sequence[Mapping[str, float]]) -> list[TrackLine]:
    """The lines of tracks that have one word, at least, of each of some choices.

    Parameters
    ----------
    file : ArrayFile
        Of an index.
    words : sequence of str
        As `spelled_words` gives them.
    meant : sequence of mappings with words as keys
        The choices.

    Returns
    -------
    list of TrackLine
        By id.
    """
    ids, starts, rows = file["text ids"], _starts(file["word ends"]), file["word rows"]
    kept = np.ones(len(ids), dtype=bool)
    for choice in meant:
        held = np.zeros(len(ids), dtype=bool)
        for place in (place for place, word in enumerate(words) if word in choice):
            held[rows[starts[place] : starts[place + 1]]] = True
        kept &= held
    found = np.flatnonzero(kept)
    text, begins = file["text"].data, _starts(file["text ends"])
    spans = zip(ids[found].tolist(), begins[found].tolist(), begins[found + 1].tolist(), strict=True)
    return [(one, bytes(text[start : end - 1]).decode("utf-8", "surrogatepass")) for one, start, end in spans]


def all_lines(catalogue: Catalogue, file: ArrayFile | None) -> Iterator[TrackLine]:
    """The lines of all tracks.

    Parameters
    ----------
    catalogue : Catalogue
    file : ArrayFile or None
        Of its index, where it has one.

    Returns
    -------
    iterator of TrackLine
        By id.
    """
    if file is None:
        return folded_lines(catalogue.texts())
    return zip(file["text ids"].tolist(), _read_lines(file, "text"), strict=True)


def folded_lines(texts: Iterable[tuple[int, str, str, str, str]]) -> Iterator[TrackLine]:
    """The lines of some tracks.

    Parameters
    ----------
    texts : iterable of (id, artist, title, album, name)

    Returns
    -------
    iterator of TrackLine
    """
    return ((track_id, BETWEEN.join(map(fold_text, fields))) for track_id, *fields in texts)


def names_in(lines: Sequence[str]) -> list[str]:
    """The folded names of tracks: artist and title, or its file's where there is no title.

    Parameters
    ----------
    lines : sequence of str

    Returns
    -------
    list of str
    """
    fields = BETWEEN.join(lines).split(BETWEEN)  # all at once: of 100,000 each by itself takes three times as long
    parts = zip(fields[::4], fields[1::4], fields[3::4], strict=True) if lines else ()
    return [f"{artist} {title}" if artist and title else title or name for artist, title, name in parts]


def ids_by_name(catalogue: Catalogue, file: ArrayFile | None, by: By) -> tuple[list[str], Mapping[str, list[int]]]:
    """A mapping from all artists, or all albums, to the ids of their tracks.

    Parameters
    ----------
    catalogue : Catalogue
    file : ArrayFile or None
        Of its index, where it has one.
    by : {"artist", "album"}

    Returns
    -------
    names : list of str
        Folded, each once, in the order of their first tracks.
    ids : mapping of str to list of int
        Ascending.
    """
    if file is not None:
        names = _read_lines(file, f"{by}s")
        return names, _IdsByName(names, file["text ids"], file[f"{by} of"])
    found: dict[str, list[int]] = {}
    for track_id, line in all_lines(catalogue, None):
        if name := line.split(BETWEEN)[_PLACES[by]]:
            found.setdefault(name, []).append(track_id)
    return list(found), found


class _IdsByName(dict[str, list[int]]):
    """The ids of each name, found on demand."""

    def __init__(self, names: Sequence[str], ids: Integers, homes: NDArray[np.int32]) -> None:
        super().__init__()
        self._names, self._ids, self._homes = names, ids, homes

    def __missing__(self, name: str) -> list[int]:
        found: list[int] = self._ids[self._homes == self._names.index(name)].tolist()
        return found


def _starts(ends: Integers) -> Integers:
    return np.concatenate([np.zeros(1, np.int64), ends])


def _lines(texts: Iterable[str]) -> Column:
    text = "".join(f"{one}\n" for one in texts).encode("utf-8", "surrogatepass")
    return column(np.uint8, [np.frombuffer(text, np.uint8)])


def _read_lines(file: ArrayFile, name: str) -> list[str]:
    return file[name].tobytes().decode("utf-8", "surrogatepass").split("\n")[:-1]
