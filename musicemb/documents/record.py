"""Any record of the program as a JSON document."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from musicemb.documents.duplicates import duplicates_document
from musicemb.documents.genres import reasons_document
from musicemb.documents.library import problem_document, scan_document, status_document
from musicemb.documents.search import search_document
from musicemb.documents.tagging import (
    applied_document,
    change_document,
    entry_document,
    run_document,
    value_change_document,
)
from musicemb.documents.tracks import cluster_document, collection_document, match_document, track_document
from musicemb.documents.upkeep import check_document

if TYPE_CHECKING:
    from musicemb.records import Track

SCHEMA = 1
"""Rises when a key goes away or changes its meaning; new keys may come at any time."""

_DOCUMENTS: dict[str, Callable[[Any], dict[str, Any]]] = {
    "Track": track_document,
    "CollectionMatch": collection_document,
    "CheckReport": check_document,
    "Duplicates": duplicates_document,
    "ValueChange": value_change_document,
    "Problem": problem_document,
    "LibraryStatus": status_document,
    "Reasons": reasons_document,
    "Search": search_document,
    "Change": change_document,
    "Applied": applied_document,
    "JournalEntry": entry_document,
    "Run": run_document,
}
"""By the record's name: to import the records would load NumPy, and the commands' help is to be light."""


def to_json(
    record: Any, *, tracks: Mapping[int, Track] | None = None, library: str | Path | None = None
) -> dict[str, Any]:
    """A record as plain JSON types, with the keys that the commands' ``--json`` has.

    Parameters
    ----------
    record : dataclass instance
        Track, Match, Cluster, ScanSummary, LibraryStatus, Reasons, Change, Applied, ... A record that no command
        prints by itself has the names of its fields as keys.
    tracks : mapping of int to Track, optional
        By id: those that the "typical" of a cluster stands for; others are left out.
    library : str or Path, optional
        The catalogue's file, for "library" of a scan.

    Returns
    -------
    dict
        With "schema". Undecodable bytes of paths stand as surrogates; `json.dumps` with its default settings writes
        them as escapes.

    Raises
    ------
    TypeError
        For what is no record.
    """
    if not dataclasses.is_dataclass(record) or isinstance(record, type):
        raise TypeError(f"{record!r} is no record of musicemb")
    name, known = type(record).__name__, tracks or {}
    subject: Any = record
    if name == "Match":
        document = match_document(subject, where=subject.spans is not None)
    elif name == "Cluster":
        document = cluster_document(subject, [known[id_] for id_ in subject.typical if id_ in known])
    elif name == "ScanSummary":
        document = scan_document(subject, Path(library or ""), known)
    elif name in _DOCUMENTS:
        document = _DOCUMENTS[name](subject)
    else:
        document = fields_document(subject)
    return {"schema": SCHEMA, **document}


def fields_document(record: Any) -> dict[str, Any]:
    """The fields of a record by their names, in plain JSON types.

    Parameters
    ----------
    record : dataclass instance

    Returns
    -------
    dict
        A figure is {"value", "low", "high"}; what could not be measured is null, a path is text, an array a list.
    """
    return {item.name: _plain(getattr(record, item.name)) for item in dataclasses.fields(record)}


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return fields_document(value)
    if isinstance(value, Mapping):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, float):
        return round(value, 6) if math.isfinite(value) else None
    if isinstance(value, str | int | bool) or value is None:
        return value
    return _plain(value.tolist()) if hasattr(value, "tolist") else str(value)
