"""schema: the documents' schemas, from the command line."""

from __future__ import annotations

import json

import pytest

from musicemb.cli import run
from musicemb.documents import read_schema, schema_names


def test_the_command_prints_one_or_their_names(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["schema"]) == 0
    assert capsys.readouterr().out.split() == schema_names()
    assert run(["schema", "similar"]) == 0
    assert json.loads(capsys.readouterr().out) == read_schema("similar")
