"""export as it is typed."""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import pytest
from fake_encoder import FakeEncoder, made_tag_heads
from typed_commands import Type


def test_a_table_is_written_and_told(library: Path, type_: Type, tmp_path: Path) -> None:
    target = tmp_path / "library.csv"
    heads = FakeEncoder(tag_heads=made_tag_heads(("calm", "mood")))
    typed = type_("export", "-o", target, encoder=heads)
    assert typed.status == 0, typed.err
    assert "40 tracks" in typed.text
    assert "vectors of 16 dimensions" in typed.text
    rows = list(csv.DictReader(target.read_text(encoding="utf-8").splitlines()))
    assert (len(rows), rows[4]["title"], rows[4]["genre"], rows[4]["cluster_name"]) == (40, "Song 4", "Rock", "Rock")
    assert float(rows[4]["sound_calm"]) > 0.9
    typed = type_("export", "-o", target, encoder=heads)
    assert (typed.status, typed.err.count("\n")) == (2, 1)
    assert type_("export", "-o", target, "--force", "--no-vectors", "--json").json["written"][0]["dimensions"] == 0


def test_a_table_goes_down_a_pipe_as_into_a_file(library: Path, type_: Type, tmp_path: Path) -> None:
    for form in ("csv", "jsonl"):
        target = tmp_path / f"library.{form}"
        assert type_("export", "-o", target).status == 0
        typed = type_("export", "-o", "-", "--format", form)
        assert (typed.status, typed.out) == (0, target.read_bytes())
    assert type_("export", "-o", "-").out == (tmp_path / "library.csv").read_bytes()


def test_the_projector(library: Path, type_: Type, tmp_path: Path) -> None:
    typed = type_("export", "--tensorboard", tmp_path / "projector", "--json")
    assert typed.json["written"][0]["tracks"] == 40
    assert len((tmp_path / "projector" / "vectors.tsv").read_text().splitlines()) == 40


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ([], "name a file with --output FILE"),
        (["--tensorboard", "x", "--segments"], "need --output"),
        (["-o", "library.xls"], "the suffix sets the format"),
        (["-o", "library.csv", "--segments"], "cannot hold segments"),
        (["-o", "no/library.csv"], "its folder does not exist"),
        (["-o", "-", "--json"], "prints the table and nothing else"),
        (["-o", "-", "--tensorboard", "x"], "prints the table and nothing else"),
        (["-o", "-", "--segments"], "cannot hold segments"),
        (["-o", "-", "--format", "npz"], "--format"),
        (["-o", "library.csv", "--format", "csv"], "the suffix sets the format"),
    ],
)
def test_wrong_usage_is_one_line(
    words: list[str], complaint: str, library: Path, type_: Type, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    typed = type_("export", *words)
    assert typed.status in (1, 2)
    assert complaint in typed.err.splitlines()[-1]
    assert list(tmp_path.iterdir()) == []


def test_without_pyarrow_one_line_says_what_to_install(
    library: Path, type_: Type, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    typed = type_("export", "-o", tmp_path / "library.parquet")
    assert (typed.status, typed.err.count("\n")) == (1, 1)
    assert "Parquet needs PyArrow" in typed.err


def test_an_empty_library_is_one_line(own_library: Path, type_: Type, tmp_path: Path) -> None:
    typed = type_("export", "-o", tmp_path / "library.csv")
    assert (typed.status, typed.err.count("\n")) == (1, 1)
    assert "nothing scanned yet" in typed.err
