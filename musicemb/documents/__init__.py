"""JSON documents, as ``--json`` prints them. Their structure is stable: see each command's help, and `schemas`.

`to_json` makes one of any record; the other functions are the parts that the commands put together.
"""

from __future__ import annotations

from musicemb.documents.duplicates import duplicates_document
from musicemb.documents.genres import reasons_document
from musicemb.documents.library import problem_document, scan_document, status_document
from musicemb.documents.record import SCHEMA, to_json
from musicemb.documents.schemas import read_schema, schema_names
from musicemb.documents.search import search_document, words_document
from musicemb.documents.serving import (
    group_document,
    mapping_document,
    path_document,
    similar_tracks_document,
    tracks_page_document,
)
from musicemb.documents.tagging import (
    applied_document,
    change_document,
    entry_document,
    run_document,
    value_change_document,
)
from musicemb.documents.tracks import (
    CLUSTER_HELP,
    TRACK_HELP,
    VALUES_HELP,
    WORDS_HELP,
    cluster_document,
    collection_document,
    families_document,
    match_document,
    track_document,
    values_document,
)
from musicemb.documents.upkeep import check_document

__all__ = [
    "CLUSTER_HELP",
    "SCHEMA",
    "TRACK_HELP",
    "VALUES_HELP",
    "WORDS_HELP",
    "applied_document",
    "change_document",
    "check_document",
    "cluster_document",
    "collection_document",
    "duplicates_document",
    "entry_document",
    "families_document",
    "group_document",
    "mapping_document",
    "match_document",
    "path_document",
    "problem_document",
    "read_schema",
    "reasons_document",
    "run_document",
    "scan_document",
    "schema_names",
    "search_document",
    "similar_tracks_document",
    "status_document",
    "to_json",
    "track_document",
    "tracks_page_document",
    "value_change_document",
    "values_document",
    "words_document",
]
