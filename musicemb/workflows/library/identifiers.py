"""Reads MBID and ISRC of tracks that an older version scanned: their tags alone, no audio."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from musicemb.errors import TagError
from musicemb.records import FoundFile, KnownFile, ScanStage, TrackTags
from musicemb.workflows.library.roots import count_of

if TYPE_CHECKING:
    from musicemb.io.catalogue.catalogue import Catalogue

_READERS = 4
_AT_ONCE = 500
"""Files after which what was read is stored."""


def fill_identifiers(catalogue: Catalogue) -> Iterator[ScanStage]:
    """Read the identifiers of tracks of which none were read yet, as far as their files are as they were.

    What was changed since, or is not there, is left to the scan.

    Parameters
    ----------
    catalogue : Catalogue

    Yields
    ------
    ScanStage
        How far it is; nothing where nothing is to do.
    """
    from concurrent.futures import ThreadPoolExecutor

    wanted = catalogue.without_identifiers()
    rows = [row for row in catalogue.known_files("") if row.id in wanted] if wanted else []
    for start in range(0, len(rows), _AT_ONCE):
        yield ScanStage(f"reading identifiers in the tags of {count_of(len(rows), 'file')}")
        some = rows[start : start + _AT_ONCE]
        with ThreadPoolExecutor(_READERS) as readers:
            found = list(readers.map(_read, some))
        catalogue.put_all_identifiers((row.id, tags) for row, tags in zip(some, found, strict=True) if tags is not None)


def _read(row: KnownFile) -> TrackTags | None:
    """The tags; None where the file is not what it was, or may be read another time."""
    from musicemb.io.tags.reader import read_tags

    try:
        found = FoundFile.from_status(row.path, row.path.stat())
        return read_tags(row.path) if (found.size, found.mtime_ns) == (row.size, row.mtime_ns) else None
    except TagError as error:
        return None if error.transient else TrackTags()
    except (OSError, ValueError):
        return None
