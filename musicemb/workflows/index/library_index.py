"""The index of a large library: what queries need of all tracks, in one file that is mapped into memory.

The catalogue is the truth, and the one file to back up: an index can be made again at any time, is looked at only where
it says the catalogue's present edition, and a library without one answers the same, but reads all tracks for it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from musicemb.core.vectors.hubness import NeighbourhoodStats
from musicemb.core.vectors.neighbours import unit_rows
from musicemb.io.catalogue.safety.network_mounts import on_network
from musicemb.io.index.array_file import ArrayFile, Column, column, damaged_blocks, open_arrays, write_arrays
from musicemb.io.index.places import index_places
from musicemb.records import Floats, Integers
from musicemb.workflows.index.neighbourhoods import usual_distances
from musicemb.workflows.index.summaries import summary_columns
from musicemb.workflows.index.texts import BETWEEN, gather_texts

if TYPE_CHECKING:
    from musicemb.io.catalogue.catalogue import Catalogue

FEWEST_INDEXED = 3000
"""Tracks from which on a library has an index: fewer are read in a moment."""
CONTENTS = 3
"""Raised by one whenever what is stored, or how it is computed, changes."""

_ROWS = 1 << 16
"""Tracks handled at once while it is made."""
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
        """What `extend_index` was told of an extension.

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
            at = part.find(first)
            while at >= 0:
                line = int(np.searchsorted(ends, at + offset, side="right"))
                start, end = int(starts[line]) - offset, int(ends[line]) - offset
                held = part[start : end - 1]
                if all(word in held for word in others):
                    artist, title, album, name = held.decode("utf-8", "surrogatepass").split(BETWEEN)
                    yield int(self.text_ids[line]), (artist, title, album, name)
                at = part.find(first, end)
            row = last


_OPENED: WeakKeyDictionary[Catalogue, tuple[int, LibraryIndex | None]] = WeakKeyDictionary()
"""The index of each open catalogue, with the edition for which it was looked for."""


def open_index(catalogue: Catalogue, *, make: bool = True) -> LibraryIndex | None:
    """The index of a library; made where there is none that fits, unless another process is changing the library.

    Parameters
    ----------
    catalogue : Catalogue
        May be read-only. Is told (`notices`) where an index could not be written.
    make : bool
        False only looks for one.

    Returns
    -------
    LibraryIndex or None
        None for a small library, and where none can be had: the catalogue has it all.
    """
    edition = catalogue.edition()
    known = _OPENED.get(catalogue)
    if known is None or known[0] != edition:
        found = _find(catalogue, edition)
        if found is None and not make:
            return None
        if found is None and catalogue.embedded(FEWEST_INDEXED) == FEWEST_INDEXED and catalogue.holder() is None:
            found = _make(catalogue, edition)
        known = edition, found
        _OPENED[catalogue] = known
    return known[1]


def refresh_index(catalogue: Catalogue) -> Iterator[str]:
    """Make an index that fits, if the library is large and has none; for whoever has just changed it.

    Parameters
    ----------
    catalogue : Catalogue

    Yields
    ------
    str
        What takes a moment, before it does.
    """
    edition = catalogue.edition()
    if catalogue.embedded(FEWEST_INDEXED) == FEWEST_INDEXED and _find(catalogue, edition) is None:
        yield "preparing quick answers"
        _make(catalogue, edition)


@dataclass(frozen=True)
class Extension:
    """Further arrays in an index, for a workflow that needs more than vectors and words."""

    name: str
    facts: Any
    """What they were made from, besides the catalogue; fit for JSON."""
    columns: Mapping[str, Column]


def extend_index(catalogue: Catalogue, *extensions: Extension) -> None:
    """Write further arrays into the index that is open.

    Parameters
    ----------
    catalogue : Catalogue
        Of which `open_index` has given an index; nothing is done where it has changed since, or nothing can be written.
    *extensions : Extension
        Arrays that are there already are replaced.
    """
    edition, index = _OPENED.get(catalogue, (0, None))
    if index is None or not extensions or catalogue.edition() != edition:
        return
    columns, told = index.file.columns(), {**index.file.facts["extensions"]}
    for one in extensions:
        columns |= one.columns
        told[one.name] = one.facts
    for place in index_places(catalogue.path, remote=on_network(catalogue.path)):
        with contextlib.suppress(OSError):
            _put(catalogue, place, edition, columns, told)
            _OPENED[catalogue] = edition, _open(place, catalogue, edition)
            return


def damaged_index(catalogue: Catalogue) -> Path | None:
    """Compare the index, where there is one that fits, with its checksums.

    Parameters
    ----------
    catalogue : Catalogue

    Returns
    -------
    Path or None
        The file, where it is not as it was written.
    """
    edition = catalogue.edition()
    for place in index_places(catalogue.path):
        if _open(place, catalogue, edition) is not None:
            with contextlib.suppress(OSError):
                if damaged_blocks(place):
                    return place
    return None


def _find(catalogue: Catalogue, edition: int) -> LibraryIndex | None:
    for place in index_places(catalogue.path):
        found = _open(place, catalogue, edition)
        if found is not None:
            return found
    return None


def _open(place: Path, catalogue: Catalogue, edition: int) -> LibraryIndex | None:
    opened = open_arrays(place)
    wanted = {"contents": CONTENTS, "edition": edition, "encoder": catalogue.active_encoder}
    if opened is None or {key: opened.facts.get(key) for key in wanted} != wanted:
        return None
    return _read(opened)


def _read(opened: ArrayFile) -> LibraryIndex:
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


def _make(catalogue: Catalogue, edition: int) -> LibraryIndex | None:
    """Write the index to the first place that takes it; None, and a notice, where none does."""
    reason = ""
    for place in index_places(catalogue.path, remote=on_network(catalogue.path)):
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            _write(catalogue, place, edition)
        except _ChangedMeanwhile:
            return None  # the next query makes one
        except OSError as error:
            reason = f"{place}: {error.strerror or error}"
        else:
            return _open(place, catalogue, edition)
    catalogue.notices.append(f"the file that makes answers quick could not be written ({reason}); they are the same")
    return None


def _write(catalogue: Catalogue, place: Path, edition: int) -> None:
    import shutil

    encoder_id = catalogue.active_encoder or ""
    needed = catalogue.embedded(_ALL) * 1024 + _SPARE
    if shutil.disk_usage(place.parent).free < needed:
        raise OSError(f"less than {needed // 1_000_000} MB are free")
    ids, stats = usual_distances(catalogue, encoder_id)
    text_ids, text_columns, text = gather_texts(catalogue)
    columns = {
        "ids": column(np.int64, [ids]),
        "vectors": column(np.float32, (unit_rows(part)[0] for _, part in catalogue.vector_blocks(encoder_id, _ROWS))),
        "stats": column(np.float64, [stats]),
        "text ids": column(np.int64, [text_ids]),
        **text_columns,
        **summary_columns(catalogue, encoder_id, text_ids),
        "text": column(np.uint8, _unless_changed(catalogue, edition, np.frombuffer(text, np.uint8))),
    }
    _put(catalogue, place, edition, columns, {})


def _put(
    catalogue: Catalogue, place: Path, edition: int, columns: Mapping[str, Column], extensions: Mapping[str, Any]
) -> None:
    facts = {"contents": CONTENTS, "edition": edition, "encoder": catalogue.active_encoder, "extensions": extensions}
    mode = 0o666
    with contextlib.suppress(OSError):
        mode &= catalogue.path.stat().st_mode
    write_arrays(place, facts, columns, mode=mode)


def _unless_changed(catalogue: Catalogue, edition: int, last: NDArray[np.uint8]) -> Iterator[NDArray[np.uint8]]:
    """The last array; before it is given, all others have been read."""
    if catalogue.edition() != edition:
        raise _ChangedMeanwhile
    yield last


class _ChangedMeanwhile(Exception):
    """The catalogue is no longer what the first arrays were read from."""
