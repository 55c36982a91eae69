"""`to_json`: any record as plain JSON types, as the schemas say."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from jsonschema import Draft202012Validator
from typed_commands import embedded

from musicemb.documents import read_schema, schema_names, to_json
from musicemb.records import (
    Applied,
    Change,
    Cluster,
    CollectionMatch,
    Figure,
    Guess,
    JournalEntry,
    Match,
    MatchingSpan,
    Problem,
    Run,
    ScanSummary,
    Track,
)

TRACK = Track(7, Path("/music/a\udcff.mp3"), embedded(0, genres=("Rock",)).tags, 180.41234, "f" * 64, cluster=2,
              strength=0.123456, guess=Guess("rock; pop", 0.87654, "cluster"))  # fmt: skip


def check(part: str, document: dict[str, Any]) -> None:
    """That a document is what a part of the schemas says, and "schema" besides."""
    assert document.pop("schema") == 1
    parts = {name: one for each in schema_names() for name, one in read_schema(each)["$defs"].items()}
    Draft202012Validator({"$ref": f"#/$defs/{part}", "$defs": parts}).validate(document)


@pytest.mark.parametrize(
    ("part", "record"),
    [
        ("track", TRACK),
        ("problem", Problem(Path("/a.mp3"), "is empty", "failed")),
        ("change", Change(TRACK, ("Rock",), ("Rock", "Pop"), 0.5, "id")),
        ("result", Applied(Path("/a.mp3"), "written")),
        ("entry", JournalEntry(1, 1, Path("/a.mp3"), "", {"TCON": []}, {"TCON": ["Rock"]})),
        ("run", Run(1, "tag", "2026-11-26T10:00:00", 3, "id")),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_records_are_as_their_schemas_say(part: str, record: Any) -> None:
    check(part, to_json(record))


def test_numbers_are_rounded_and_paths_are_text() -> None:
    document = to_json(TRACK)
    assert (document["duration"], document["strength"], document["guess"]["confidence"]) == (180.412, 0.1235, 0.8765)
    assert document["path"] == "/music/a\udcff.mp3"
    assert json.loads(json.dumps(document)) == document


def test_a_cluster_holds_the_tracks_that_are_given() -> None:
    cluster = Cluster(2, "Rock", 5, typical=(7, 8))
    check("cluster", to_json(cluster))
    assert [one["id"] for one in to_json(cluster, tracks={7: TRACK})["typical"]] == [7]
    assert to_json(cluster)["typical"] == []


def test_a_match_has_its_spans_where_they_were_asked_for() -> None:
    span = MatchingSpan((0.0, 4.0), (8.0, 12.0), 0.9)
    assert "where" not in to_json(Match(TRACK, 0.9, 0.8))
    assert to_json(Match(TRACK, 0.9, 0.8, spans=(span,)))["where"][0]["there"] == [8.0, 12.0]


def test_an_artist_is_as_similar_says() -> None:
    document = to_json(CollectionMatch("Bach", "", 3, 0.12345678, TRACK))
    matches = {**read_schema("similar-by")["properties"]["matches"], "$defs": read_schema("similar-by")["$defs"]}
    assert document.pop("schema") == 1
    Draft202012Validator(matches).validate([document])
    assert (document["closeness"], document["nearest"]["id"]) == (0.123457, 7)


def test_a_summary_names_its_library() -> None:
    summary = ScanSummary(
        new=1, changed=0, moved=0, retagged=0, gone=0, unchanged=0, skipped=(), failed=(), tracks=1,
        clusters=(Cluster(2, "Rock", 1, (7,)),), noise=0, pairs=(), too_few=False, guesses=0, taggable=0,
        encoder_id="x",
    )  # fmt: skip
    document = to_json(summary, tracks={7: TRACK}, library="/l.sqlite")
    Draft202012Validator(read_schema("scan")).validate(document)
    assert (document["library"], document["clusters"][0]["typical"][0]["id"]) == ("/l.sqlite", 7)


@dataclass(frozen=True)
class Other:
    figure: Figure
    values: Any
    path: Path
    missing: float = float("nan")


def test_any_other_record_has_its_fields() -> None:
    record = Other(Figure(0.5, 0.25, float("inf")), np.array([1.5, 2.5], np.float32), Path("/a"))
    assert to_json(record) == {
        "schema": 1,
        "figure": {"value": 0.5, "low": 0.25, "high": None},
        "values": [1.5, 2.5],
        "path": "/a",
        "missing": None,
    }
    assert len(to_json(embedded(0))["vector"]) == 16


@pytest.mark.parametrize("nothing", [None, 3, {"a": 1}, Track])
def test_what_is_no_record_is_refused(nothing: Any) -> None:
    with pytest.raises(TypeError, match="no record"):
        to_json(nothing)
