"""Schemas: complete in themselves, strict, one for every document. What commands print is checked in `type_`."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from musicemb.cli import run
from musicemb.cli.app import cli
from musicemb.documents import read_schema, schema_names
from musicemb.documents.schemas import FOLDER
from musicemb.errors import SettingsError


def objects(schema: Any) -> list[dict[str, Any]]:
    """All schemas of objects within one."""
    if isinstance(schema, list):
        return [found for one in schema for found in objects(one)]
    if not isinstance(schema, dict):
        return []
    return [schema] * (schema.get("type") == "object") + [found for one in schema.values() for found in objects(one)]


@pytest.mark.parametrize("name", schema_names())
def test_a_schema_is_valid_and_allows_no_key_that_it_does_not_name(name: str) -> None:
    schema = read_schema(name)
    Draft202012Validator.check_schema(schema)
    assert json.loads((FOLDER / f"{name}.json").read_text())["title"] == schema["title"]
    for part in objects(schema):
        assert part["additionalProperties"] is False or set(part) <= {"type", "additionalProperties", "description"}
    assert "common.json" not in json.dumps(schema)


def test_shared_parts_come_along_and_others_do_not() -> None:
    assert set(read_schema("playlist")["$defs"]) == {"guess", "schema", "term", "track", "where_words"}
    assert set(read_schema("undo-list")["$defs"]) == {"run", "schema"}


def test_every_command_with_json_has_a_schema() -> None:
    commands = {name for name, command in cli.commands.items() if any("--json" in one.opts for one in command.params)}
    assert commands | {"serve"} == {name.split("-")[0] for name in schema_names()}  # of the server's own API


def test_a_document_that_drifts_is_seen() -> None:
    check = Draft202012Validator(read_schema("forget")).validate
    check({"schema": 1, "forgotten": 3})
    for wrong in ({"schema": 1}, {"schema": 2, "forgotten": 3}, {"schema": 1, "forgotten": 3, "gone": 1}):
        with pytest.raises(ValidationError):
            check(wrong)


@pytest.mark.parametrize("name", ["common", "../schemas/scan", ""])
def test_an_unknown_document_is_one_line(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["schema", name]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    with pytest.raises(SettingsError, match="there is no document"):
        read_schema(name)
