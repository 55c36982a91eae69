"""The scorecard of the listener's own library, as typed."""

from __future__ import annotations

import io
import re
import sys
from pathlib import Path

import numpy as np
import pytest
from fake_encoder import FakeEncoder
from typed_commands import Type, embedded

from musicemb.io.catalogue.catalogue import open_catalogue
from musicemb.io.output.reports import MARK


def tagged(library: Path, artists: int = 20) -> None:
    with open_catalogue(library) as catalogue:
        for number in range(40):
            genre = ("Rock", "Jazz")[number % 2]
            catalogue.put_track(
                embedded(number, genres=(genre,), artist=f"Artist {number % artists}"), FakeEncoder().id
            )


def test_the_scorecard_is_shown_written_and_printed(library: Path, type_: Type, tmp_path: Path) -> None:
    tagged(library)
    report = tmp_path / "scorecard.md"
    typed = type_("evaluate", "--mfcc-tracks", "0", "--report", report)
    assert typed.status == 0, typed.err
    assert typed.text.strip() == report.read_text(encoding="utf-8").removeprefix(MARK.decode()).strip()
    assert "of the guesses are right" in typed.text
    document = type_("evaluate", "--mfcc-tracks", "0", "--json").json
    assert document["schema"] == 1
    assert document["results"]["three witnesses"]["accuracy of guesses"]["value"] > 0.9
    assert {"three witnesses", "neighbours", "commonest genre"} == document["results"].keys()
    assert [one["threshold"] for one in document["curve"]] == sorted(one["threshold"] for one in document["curve"])
    assert np.isfinite(document["bins"][0]["confidence"])


def test_files_that_are_away_do_not_stop_it(library: Path, type_: Type) -> None:
    tagged(library)
    typed = type_("evaluate", "--mfcc-tracks", "5", "--workers", "1")
    assert typed.status == 3, typed.err
    assert "5 files could not be read for the MFCC statistics" in typed.err
    assert "of the guesses are right" in typed.text


class Terminal(io.StringIO):
    """A stdout that somebody looks at."""

    def isatty(self) -> bool:
        return True


def test_on_a_screen_it_is_short_and_fits(library: Path, type_: Type, monkeypatch: pytest.MonkeyPatch) -> None:
    tagged(library)
    monkeypatch.setenv("COLUMNS", "50")
    monkeypatch.setenv("NO_COLOR", "1")
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", terminal := Terminal())
        err = type_("evaluate", "--mfcc-tracks", "0").err
    shown = re.sub(r"\x1b\[[0-9;]*m", "", terminal.getvalue())
    lines = shown.splitlines()
    assert "|" not in shown and "#" not in shown
    assert max(map(len, lines)) <= 50
    rows = [line.split() for line in lines]
    document = type_("evaluate", "--mfcc-tracks", "0", "--json").json
    told = {row[0]: row[1:3] for row in rows if row[:1] in (["Rock"], ["Jazz"])}
    assert told == {name: [str(one["tracks"]), str(one["guessed"])] for name, one in document["by_genre"].items()}
    curve = [row for row in rows if len(row) == 4 and row[0].startswith("0.")]
    assert curve[0][:2] == ["0.00", "100%"] and len(curve) >= 10
    assert "very word" in shown
    assert "musicemb evaluate --report FILE" in " ".join(err.split())
