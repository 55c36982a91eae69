"""The contents of an index: read from the catalogue, or from the last index and the tracks that were added since."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from musicemb.core.vectors.hubness import NeighbourhoodStats
from musicemb.core.vectors.neighbours import unit_rows
from musicemb.io.index.array_file import ArrayFile, Column, column
from musicemb.records import Floats, Integers
from musicemb.workflows.index.neighbourhoods import usual_distances
from musicemb.workflows.index.summaries import summary_columns
from musicemb.workflows.index.texts import BETWEEN, gather_texts

if TYPE_CHECKING:
    from musicemb.io.catalogue.catalogue import Catalogue

_ROWS = 1 << 16
"""Tracks per block while the index is made."""
_SPARE = 100_000_000
"""Bytes that must stay free on the disk."""
_ALL = 1 << 40
_TEXT_AT_ONCE = 1 << 22


@dataclass(frozen=True)
class LibraryIndex:
    """An index that fits its catalogue."""

    encoder_id: str
    ids: Integers
    """Tracks that are not gone and have a vector, ascending."""
    vectors: Floats
    """Unit rows."""
    stats: NeighbourhoodStats
    text_ids: Integers
    """Tracks that are not gone, ascending."""
    text_ends: Integers
    """Where the line of each ends in `text`."""
    text: memoryview
    """A line per track: folded artist, title, album and file name."""
    file: ArrayFile
    """What `extend_index` has added is in there too."""

    def extended_with(self, name: str) -> Any:
        """The JSON value that `extend_index` stored with an extension.

        Parameters
        ----------
        name : str

        Returns
        -------
        JSON types
            None where there is none of that name.
        """
        return self.file.facts["extensions"].get(name)

    def lines_with(self, words: Sequence[str]) -> Iterator[tuple[int, tuple[str, ...]]]:
        """Tracks whose texts hold all of some words, as a whole or inside of other words.

        Parameters
        ----------
        words : sequence of str
            Folded, without spaces.

        Yields
        ------
        track_id : int
            Ascending.
        texts : (artist, title, album, name)
            Folded.
        """
        first, *others = sorted((word.encode("utf-8", "surrogatepass") for word in words), key=len, reverse=True)
        starts = np.concatenate([[0], self.text_ends])
        row, ends = 0, self.text_ends
        while row < len(ends):
            # Whole lines, as many as fit.
            last = max(int(np.searchsorted(ends, starts[row] + _TEXT_AT_ONCE, side="right")), row + 1)
            offset = int(starts[row])
            part = bytes(self.text[offset : int(ends[last - 1])])
            # A word that no line contains ends the search early, without looking at the lines of the other words.
            at = part.find(first) if all(word in part for word in others) else -1
            while at >= 0:
                end = part.find(b"\n", at)
                held = part[part.rfind(b"\n", 0, at) + 1 : end]
                if all(word in held for word in others):
                    line = int(np.searchsorted(ends, at + offset, side="right"))
                    artist, title, album, name = held.decode("utf-8", "surrogatepass").split(BETWEEN)
                    yield int(self.text_ids[line]), (artist, title, album, name)
                at = part.find(first, end)
            row = last


def read_index(opened: ArrayFile) -> LibraryIndex:
    """An index as it stands in its file.

    Parameters
    ----------
    opened : ArrayFile

    Returns
    -------
    LibraryIndex
    """
    stats = opened["stats"]
    return LibraryIndex(
        opened.facts["encoder"],
        opened["ids"],
        opened["vectors"],
        NeighbourhoodStats(stats[0], stats[1], stats[2], stats[3]),
        opened["text ids"],
        opened["text ends"],
        opened["text"].data,
        opened,
    )


class ChangedMeanwhile(Exception):
    """The catalogue is no longer what the first arrays were read from."""


def make_room(catalogue: Catalogue, place: Path) -> None:
    """See to it that an index can be written.

    Parameters
    ----------
    catalogue : Catalogue
    place : Path
        The file; its folder must be there.

    Raises
    ------
    OSError
        Where too little is free on the disk.
    """
    import shutil

    needed = catalogue.embedded(_ALL) * 1024 + _SPARE
    if shutil.disk_usage(place.parent).free < needed:
        raise OSError(f"less than {needed // 1_000_000} MB are free")


def index_columns(
    catalogue: Catalogue, edition: int, outgrown: ArrayFile | None = None, reach: int = 0
) -> dict[str, Column]:
    """The arrays of an index, extensions left out.

    Parameters
    ----------
    catalogue : Catalogue
    edition : int
        Of the catalogue; must still be its own when the last array is written, else `ChangedMeanwhile` is raised.
    outgrown : ArrayFile, optional
        The last index, if nothing has changed since but that tracks came.
    reach : int
        The highest number of a track that this one knows.

    Returns
    -------
    dict of str to Column
    """
    encoder_id = catalogue.active_encoder or ""
    ids, stats = usual_distances(catalogue, encoder_id)
    before = _LastIndex(outgrown)
    text_ids, text_columns, text = gather_texts(catalogue, outgrown, reach)
    all_ids = np.concatenate([*before.part("text ids"), text_ids])
    return {
        "ids": column(np.int64, [ids]),
        "vectors": column(np.float32, _unit_vectors(catalogue, encoder_id, outgrown, reach)),
        "stats": column(np.float64, [stats]),
        "text ids": column(np.int64, [all_ids]),
        **text_columns,
        **summary_columns(catalogue, encoder_id, text_ids, outgrown, reach),
        "text": column(
            np.uint8, chain(before.part("text"), _unless_changed(catalogue, edition, np.frombuffer(text, np.uint8)))
        ),
    }


class _LastIndex:
    """The arrays of the last index, none where there is none."""

    def __init__(self, file: ArrayFile | None) -> None:
        self._file = file

    def part(self, name: str) -> list[NDArray[Any]]:
        return [] if self._file is None else [self._file[name]]


def _unit_vectors(catalogue: Catalogue, encoder_id: str, outgrown: ArrayFile | None, reach: int) -> Iterator[Floats]:
    if outgrown is not None:
        yield outgrown["vectors"]
        _, vectors = catalogue.vectors(encoder_id, after=reach)
        if len(vectors):
            yield unit_rows(vectors)[0]
        return
    for _, part in catalogue.vector_blocks(encoder_id, _ROWS):
        yield unit_rows(part)[0]


def _unless_changed(catalogue: Catalogue, edition: int, last: NDArray[np.uint8]) -> Iterator[NDArray[np.uint8]]:
    """The last array; before it is given, all others have been read."""
    if catalogue.edition() != edition:
        raise ChangedMeanwhile
    yield last
