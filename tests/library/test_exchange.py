"""A library's tables, from Python."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fake_encoder import FakeEncoder

from musicemb.errors import ConsentMissing
from musicemb.library import Library


def test_a_table_goes_out_and_genres_come_in(filled: Path, tmp_path: Path) -> None:
    with Library.open(filled, encoder=FakeEncoder()) as library:
        stages: list[str] = []
        written = library.export(tmp_path / "a.jsonl", on_stage=lambda stage: stages.append(stage.text))
        assert (written.tracks, written.dimensions) == (40, 16)
        assert stages[0] == "reading the library"
        rows = [json.loads(line) for line in (tmp_path / "a.jsonl").read_text().splitlines()]
        assert rows[1]["genre"] == ["Jazz"]
        with pytest.raises(ConsentMissing):
            library.export(tmp_path / "a.jsonl")
        assert library.export(str(tmp_path / "a.jsonl"), replace=True, vectors=False).dimensions == 0
        assert library.export_projector(tmp_path / "projector").tracks == 40

        (tmp_path / "genres.csv").write_text(f"path,genre\n{rows[30]['path']},Swing\n")
        plan = library.plan_import(tmp_path / "genres.csv")
        assert plan.told == 1
        assert list(library.apply_import(plan))
        assert library.find("Even Song 30").tags.listener_genres == ("Swing",)
        list(library.apply_import(library.plan_import(None)))
        assert library.find("Even Song 30").tags.listener_genres == ()
