"""A report shows what was measured, and nothing that was not."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest

from musicemb.io.output.reports import picture_links
from musicemb.records import Evaluation, Figure, SoundEvaluation
from musicemb.workflows.evaluation.report import write_report, write_sound_report
from musicemb.workflows.evaluation.report_charts import draw_evaluation

HALF = Figure(0.5, 0.4, 0.6)
UNKNOWN = Figure(math.nan, math.nan, math.nan)
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

GUESSES = {
    "tracks": 40,
    "enough": False,
    "classes": ["blues", "jazz"],
    "threshold": 0.6,
    "figures": {"coverage": HALF, "accuracy of guesses": UNKNOWN},
    "bins": [{"confidence": 0.4, "right": 0.3, "low": math.nan, "high": math.nan, "tracks": 20}] * 2,
    "risk": [{"coverage": 0.5, "risk": 0.1, "low": 0.0, "high": 0.2}] * 2,
    "curve": [{"threshold": 0.5, "coverage": HALF, "accuracy": UNKNOWN}],
}

FOUND = Evaluation(
    encoder_id="id",
    encoder_name="one",
    data="data",
    corpus="",
    split="val",
    classes=("blues", "jazz"),
    tracks=40,
    artists=20,
    results={"encoder": {"precision@5": HALF, "AMI": UNKNOWN}, "commonest genre": {"linear accuracy": HALF}},
    differences={"commonest genre": {"linear accuracy": Figure(-0.1, -0.2, 0.1)}},
    groups={"encoder": {"clusters": 2, "largest share": 0.5, "k-means largest share": 0.5}},
    f1={"blues": 0.5, "jazz": 0.5},
    confusion=((10, 10), (5, 15)),
    guesses=GUESSES,
    damaged={"encoder": {"a 10 s cut": HALF}},
    corpora={},
    by_class={"precision@5": {"blues": HALF, "jazz": UNKNOWN}, "linear F1": {"blues": HALF}},
    dense_confusion=((10, 10), (0, 20)),
)


def test_every_section_is_drawn_and_shown() -> None:
    drawn = draw_evaluation(FOUND)
    assert set(drawn) == NAMES
    assert all(png.startswith(b"\x89PNG") for png in drawn.values())
    assert drawn["linear confusion"] != drawn["dense confusion"]
    text = write_report(FOUND, picture_links(Path("report.md"), drawn))
    assert text.count("![") == len(NAMES)
    assert "![linear confusion](report_pictures/linear-confusion.png)" in text
    assert "![" not in write_report(FOUND)


def test_what_was_not_measured_is_not_drawn() -> None:
    drawn = draw_evaluation(replace(FOUND, guesses={}, damaged={}, dense_confusion=(), by_class={}))
    assert set(drawn) == {"figures", "differences", "linear confusion"}


@pytest.mark.parametrize("threshold", [None, 1.0])
def test_a_head_that_never_speaks_marks_no_point(threshold: float | None) -> None:
    figures = {} if threshold is None else GUESSES["figures"]
    assert "risk" in draw_evaluation(replace(FOUND, guesses={**GUESSES, "threshold": threshold, "figures": figures}))


def test_sounds_are_drawn_too() -> None:
    results = {"encoder": {"linear macro-F1": HALF, "dense accuracy": HALF}}
    differences = {"MFCC statistics": {"linear macro-F1": Figure(0.1, -0.1, 0.3)}}
    facts = ("id", "one", "esc10", 40, 0, 20, 5)
    shared = {"classes": ("dog", "rain"), "f1": {"dog": 0.5, "rain": 0.5}, "published": {}}
    names = ("encoder_id", "encoder_name", "dataset", "files", "tested", "groups", "folds")
    found = SoundEvaluation(
        **dict(zip(names, facts, strict=True)),  # type: ignore[arg-type]
        **shared,  # type: ignore[arg-type]
        results=results,
        differences=differences,
        confusion=((10, 10), (5, 15)),
        by_class={"linear F1": {"dog": HALF, "rain": UNKNOWN}, "dense F1": {"dog": HALF, "rain": HALF}},
        dense_confusion=((10, 10), (0, 20)),
    )
    drawn = draw_evaluation(found)
    assert set(drawn) == {"figures", "differences", "classes", "linear confusion", "dense confusion"}
    assert write_sound_report(found, dict.fromkeys(drawn, "x.png")).count("](x.png)") == 5
    less = replace(found, by_class={}, dense_confusion=())
    assert set(draw_evaluation(less)) == {"figures", "differences", "linear confusion"}
    assert "Small dense" not in write_sound_report(less)
