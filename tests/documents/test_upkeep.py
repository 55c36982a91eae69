"""A check in JSON."""

from __future__ import annotations

from pathlib import Path

from jsonschema import Draft202012Validator

from musicemb.documents import check_document, read_schema, to_json
from musicemb.records import CheckReport, Finding, Repair


def test_a_check_in_json() -> None:
    finding = Finding("missing", "1 file is missing", "run musicemb scan", (Path("/m/a"),))
    repair = Repair(Path("/l.damaged"), {"track": 2}, {"journal": (7,)})
    found = check_document(CheckReport(Path("/l"), (finding,), 2, 3, (Path("/m/x"),), (Path("/l.b"),), "who", repair))
    assert found == {
        "library": "/l",
        "tracks": 2,
        "entries": 3,
        "findings": [
            {"kind": "missing", "text": "1 file is missing", "advice": "run musicemb scan", "paths": ["/m/a"]}
        ],
        "removed": ["/m/x"],
        "backups": ["/l.b"],
        "held_by": "who",
        "repair": {"kept": "/l.damaged", "saved": {"track": 2}, "lost": {"journal": [7]}},
    }
    assert check_document(CheckReport(Path("/l"), ()))["repair"] is None
    Draft202012Validator(read_schema("check")).validate(to_json(CheckReport(Path("/l"), ())))
