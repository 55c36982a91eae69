"""The end of a scan, as people see it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from musicemb.cli import verbosity
from musicemb.cli.session import Session
from musicemb.cli.views.scan_summary import show_summary
from musicemb.io.catalogue.catalogue import open_catalogue
from musicemb.records import Cluster, Problem, ScanSummary


def summary(**changes: object) -> ScanSummary:
    plain = ScanSummary(
        new=0, changed=0, moved=0, retagged=0, gone=0, unchanged=40, skipped=(), failed=(), tracks=40, clusters=(),
        noise=1, pairs=(), too_few=False, guesses=0, taggable=0, encoder_id="fake00000000", elapsed=3.2,
    )  # fmt: skip
    return replace(plain, **changes)  # type: ignore[arg-type]


def test_the_summary_says_what_to_do_next(library: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken = tuple(Problem(Path(f"/music/{n}.mp3"), "is damaged", "failed") for n in range(15))
    silent = (Problem(Path("/music/s.mp3"), "is silent", "skipped"),)
    with open_catalogue() as catalogue:
        clusters = tuple(catalogue.clusters("fake00000000"))
        problems = {"failed": broken, "skipped": silent}
        said = summary(clusters=clusters, guesses=9, taggable=7, gone=2, newer_encoder="n1", notes=("x",), **problems)
        show_summary(Session(), catalogue, said, [Path("/music")])
    shown = capsys.readouterr().out
    assert "40 unchanged, 2 gone, 1 skipped, 15 failed" in shown
    assert "2 groups; 1 track in no group" in shown
    assert "9 genre guesses for tracks without a genre tag\n  Rock 9\n" in shown
    assert "  is damaged: 15 files\n    /music/0.mp3\n" in shown and "    and 12 more\n" in shown
    assert "  /music/s.mp3: is silent\n" in shown
    for command in (
        'musicemb similar "Even - Song 0"', "musicemb clusters 0", "musicemb tag --dry-run",
        "musicemb status --problems", "musicemb forget --gone", "musicemb scan --reembed",
    ):  # fmt: skip
        assert f"  {command} " in shown
    assert "  show what would be written to which files\n" in shown


def test_the_summary_of_nothing_special_is_short(library: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with open_catalogue() as catalogue:
        show_summary(Session(), catalogue, summary(noise=40), [Path("/music"), Path("/more")])
    shown = capsys.readouterr().out
    assert shown.startswith("Scanned 2 places in 3.2 s\n40 tracks in the library: 40 unchanged\n")
    assert "Next" not in shown and "failed" not in shown
    assert "No groups" in shown


def test_only_the_ten_largest_groups_are_shown(library: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clusters = tuple(Cluster(place, f"Group {place}", 5 + place, ()) for place in range(13))
    with open_catalogue() as catalogue:
        show_summary(Session(), catalogue, summary(clusters=clusters), [Path("/music")])
        shown = capsys.readouterr().out
        assert "13 groups" in shown
        assert [f"Group {place} " in shown.replace("\n", " \n") for place in range(13)] == [False] * 3 + [True] * 10
        assert "and 3 smaller ones: musicemb clusters" in shown
        verbosity.be_verbose()
        try:
            show_summary(Session(), catalogue, summary(clusters=clusters), [Path("/music")])
        finally:
            verbosity.reset()
    assert "Group 0" in capsys.readouterr().out
