"""What the commands say while they measure."""

from __future__ import annotations

from pathlib import Path

import pytest

from musicemb.cli.progress import follow
from musicemb.records import MeasureStage, Problem


def test_problems_are_told_and_the_result_is_handed_out(capsys: pytest.CaptureFixture[str]) -> None:
    closed = []

    def steps():
        try:
            yield MeasureStage("reading")
            yield MeasureStage("files", 1, 2)
            yield Problem(Path("/m/a.mp3"), "is empty", "failed")
            yield MeasureStage("files", 2, 2)
            yield 42
        finally:
            closed.append(True)

    assert follow(steps(), int) == 42
    assert closed
    told = capsys.readouterr()
    assert (told.out, told.err) == ("", "/m/a.mp3: is empty\n")
