"""Charts of a report: one for what was measured, and none for what was not."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from made_evaluations import FOUND, GUESSES, SOUNDS

from musicemb.io.output import charts
from musicemb.io.output.reports import picture_links
from musicemb.workflows.evaluation.report import write_report, write_sound_report
from musicemb.workflows.evaluation.report_charts import draw_evaluation

NAMES = {
    "figures",
    "differences",
    "classes",
    "linear confusion",
    "dense confusion",
    "risk",
    "calibration",
    "damaged copies",
}


@pytest.fixture
def plain_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures small and without a layout, which takes most of the time: that there are any is asked, and which.

    test_evaluate.py has the command draw all of them as they are.
    """

    def png(figure: Any, software: str | None = None) -> bytes:
        figure.set_layout_engine("none")
        content = io.BytesIO()
        with charts.letters_may_be_missing():
            figure.savefig(content, format="png", dpi=20)
        return content.getvalue()

    monkeypatch.setattr(charts, "png", png)


@pytest.mark.usefixtures("plain_pictures")
def test_every_section_is_drawn_and_shown() -> None:
    drawn = draw_evaluation(FOUND)
    assert set(drawn) == NAMES
    assert all(png.startswith(b"\x89PNG") for png in drawn.values())
    assert drawn["linear confusion"] != drawn["dense confusion"]
    text = write_report(FOUND, picture_links(Path("report.md"), drawn))
    assert text.count("![") == len(NAMES)
    assert "![linear confusion](report_pictures/linear-confusion.png)" in text


@pytest.mark.usefixtures("plain_pictures")
def test_what_was_not_measured_is_not_drawn() -> None:
    drawn = draw_evaluation(replace(FOUND, guesses={}, damaged={}, dense_confusion=(), by_class={}))
    assert set(drawn) == {"figures", "differences", "linear confusion"}


@pytest.mark.usefixtures("plain_pictures")
@pytest.mark.parametrize("threshold", [None, 1.0])
def test_a_head_that_never_speaks_marks_no_point(threshold: float | None) -> None:
    figures = {} if threshold is None else GUESSES["figures"]
    guesses = {**GUESSES, "threshold": threshold, "figures": figures}
    alone = replace(FOUND, results={}, differences={}, by_class={}, damaged={}, dense_confusion=(), guesses=guesses)
    assert "risk" in draw_evaluation(alone)


@pytest.mark.usefixtures("plain_pictures")
def test_sounds_are_drawn_too() -> None:
    drawn = draw_evaluation(SOUNDS)
    assert set(drawn) == {"figures", "differences", "classes", "linear confusion", "dense confusion"}
    assert write_sound_report(SOUNDS, dict.fromkeys(drawn, "x.png")).count("](x.png)") == 5
    less = replace(SOUNDS, by_class={}, dense_confusion=())
    assert set(draw_evaluation(less)) == {"figures", "differences", "linear confusion"}
