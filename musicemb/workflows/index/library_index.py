"""The index of a large library: what queries need of all tracks, in one file that is mapped into memory.

The catalogue is the truth, and the one file to back up: an index can be made again at any time, is looked at only where
it says the catalogue's present edition, and a library without one answers the same, but reads all tracks for it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np

from musicemb.core.vectors.neighbours import unit_rows
from musicemb.io.catalogue.safety.network_mounts import on_network
from musicemb.io.index.array_file import Column, column, damaged_blocks, open_arrays, write_arrays
from musicemb.io.index.places import index_places
from musicemb.records import Floats, Integers
from musicemb.workflows.index.contents import ChangedMeanwhile, LibraryIndex, index_columns, make_room, read_index
from musicemb.workflows.index.summaries import all_retagged

if TYPE_CHECKING:
    from musicemb.io.catalogue.catalogue import Catalogue

FEWEST_INDEXED = 3000
"""Tracks from which on a library has an index: fewer are read in a moment."""
CONTENTS = 5
"""Raised by one whenever what is stored, or how it is computed, changes."""


_OPENED: WeakKeyDictionary[Catalogue, tuple[int, LibraryIndex | None]] = WeakKeyDictionary()
"""The index of each open catalogue, with the edition for which it was looked for."""


def open_index(catalogue: Catalogue, *, make: bool = True) -> LibraryIndex | None:
    """The index of a library; it is made if it is missing or outdated, unless another process is changing the library.

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
    """Make an up-to-date index, if the library is large and has none; called after changes.

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


def open_outgrown(catalogue: Catalogue) -> tuple[LibraryIndex, int] | None:
    """The last index, if tracks were only added since: its data are still valid.

    Of some tracks the genres that we wrote may be others (`Catalogue.genre_words` tells them).

    Parameters
    ----------
    catalogue : Catalogue

    Returns
    -------
    index : LibraryIndex
    reach : int
        Tracks of higher numbers are not in it.
    None
        Where there is none.
    """
    edition, reach = catalogue.indexed()
    found = None if edition is None else _find(catalogue, edition) or _find(catalogue, edition, "since")
    return None if found is None else (found, reach)


def stored_vectors(catalogue: Catalogue, outgrown: LibraryIndex, reach: int) -> tuple[Integers, Floats]:
    """The vectors of `Catalogue.vectors` at unit length; only those added since the last index are read from there.

    Parameters
    ----------
    catalogue : Catalogue
    outgrown : LibraryIndex
    reach : int
        Both of `open_outgrown`.

    Returns
    -------
    ids : ndarray [shape=(n,)], int64
    vectors : ndarray [shape=(n, d)], float32
    """
    ids, vectors = catalogue.vectors(outgrown.encoder_id, after=reach)
    if not len(ids):
        return outgrown.ids, outgrown.vectors
    return np.concatenate([outgrown.ids, ids]), np.concatenate([outgrown.vectors, unit_rows(vectors)[0]])


def grow_index(catalogue: Catalogue, outgrown: LibraryIndex, reach: int, *extensions: Extension) -> bool:
    """Make an index that fits from the last one and the tracks that came since.

    Parameters
    ----------
    catalogue : Catalogue
    outgrown : LibraryIndex
    reach : int
        Both of `open_outgrown`.
    *extensions : Extension
        What is to be in it besides, of all tracks.

    Returns
    -------
    bool
        Whether it is there; False where it could not be written, or the catalogue was changed meanwhile.
    """
    edition = catalogue.edition()
    told = {one.name: one.facts for one in extensions}
    for place in index_places(catalogue.path, remote=on_network(catalogue.path)):
        with contextlib.suppress(OSError, ChangedMeanwhile):
            make_room(catalogue, place)
            columns = index_columns(catalogue, edition, outgrown.file, reach)
            for one in extensions:
                columns = {**one.columns, **columns}
            _put(catalogue, place, edition, columns, told)
            _OPENED[catalogue] = edition, _open(place, catalogue, edition)
            return True
    return False


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
            _put(catalogue, place, edition, columns, told, index.file.facts["since"])
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


def _find(catalogue: Catalogue, edition: int, by: str = "edition") -> LibraryIndex | None:
    for place in index_places(catalogue.path):
        found = _open(place, catalogue, edition, by)
        if found is not None:
            return found
    return None


def _open(place: Path, catalogue: Catalogue, edition: int, by: str = "edition") -> LibraryIndex | None:
    opened = open_arrays(place)
    wanted = {"contents": CONTENTS, by: edition, "encoder": catalogue.active_encoder}
    if opened is None or {key: opened.facts.get(key) for key in wanted} != wanted:
        return None
    return read_index(opened)


def _make(catalogue: Catalogue, edition: int) -> LibraryIndex | None:
    """Write the index to the first place that takes it; None, and a notice, where none does."""
    reason = ""
    for place in index_places(catalogue.path, remote=on_network(catalogue.path)):
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            _write(catalogue, place, edition)
        except ChangedMeanwhile:
            return None  # the next query makes one
        except OSError as error:
            reason = f"{place}: {error.strerror or error}"
        else:
            return _open(place, catalogue, edition)
    catalogue.notices.append(
        f"the index, which makes answers quick, could not be written ({reason}); the answers are the same"
    )
    return None


def _write(catalogue: Catalogue, place: Path, edition: int) -> None:
    make_room(catalogue, place)
    outgrown = open_outgrown(catalogue)
    if outgrown is None or next(catalogue.texts(after=outgrown[1]), None) is not None:
        _put(catalogue, place, edition, index_columns(catalogue, edition), {})
        return
    # Nothing but genres that we wrote: all else is kept, and the next scan may begin with this one.
    (index, reach), since = outgrown, catalogue.indexed()[0]
    columns = index.file.columns() | index_columns(catalogue, edition, index.file, reach)
    columns["retagged"] = column(np.int64, [np.array(all_retagged(catalogue, index.file), dtype=np.int64)])
    _put(catalogue, place, edition, columns, index.file.facts["extensions"], since)


def _put(
    catalogue: Catalogue,
    place: Path,
    edition: int,
    columns: Mapping[str, Column],
    extensions: Mapping[str, Any],
    since: int | None = None,
) -> None:
    """Write an index; `since` names the edition that the catalogue has noted, where that is an earlier one."""
    facts = {"contents": CONTENTS, "edition": edition, "encoder": catalogue.active_encoder, "extensions": extensions}
    mode = 0o666
    with contextlib.suppress(OSError):
        mode &= catalogue.path.stat().st_mode
    write_arrays(place, facts | {"since": since}, columns, mode=mode)
