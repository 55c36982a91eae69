"""``evaluate`` without a dataset, as typed."""

from __future__ import annotations

from pathlib import Path

from typed_commands import Type


def test_too_few_artists_and_no_library_are_one_line(library: Path, type_: Type, tmp_path: Path) -> None:
    typed = type_("evaluate", "--mfcc-tracks", "0")  # two artists
    assert (typed.status, typed.out) == (1, b"")
    assert typed.err.strip().count("\n") == 0
    absent = type_("evaluate", "--mfcc-tracks", "0", "--library", tmp_path / "absent.sqlite")
    assert absent.status == 1
    folder = type_("evaluate", "--mfcc-tracks", "0", "--report", tmp_path / "no folder" / "x.md")
    assert "its folder does not exist" in folder.err
