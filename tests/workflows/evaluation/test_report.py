"""An evaluation in words: every figure where its heading says, and no word of what was not measured."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from made_evaluations import FOUND, GUESSES, HALF, SOUNDS

from musicemb.records import Figure, Problem
from musicemb.workflows.evaluation.report import write_report, write_sound_report


def sections(text: str) -> dict[str, list[str]]:
    """Heading -> the lines below it that are not empty."""
    found: dict[str, list[str]] = {}
    for line in filter(None, text.splitlines()):
        if line.startswith("#"):
            found[line.lstrip("# ")] = rows = []
        else:
            rows.append(line)
    return found


def test_the_head_says_what_was_measured_on_what() -> None:
    told = sections(write_report(FOUND))["one on data"]
    assert told[0] == (
        "Encoder `id`; split val (fitted on train, tested on val); 40 labelled tracks by 20 artists; classes: blues, "
        "jazz."
    )
    assert "tested on test" in write_report(replace(FOUND, split="test"))
    assert "cross-validated over five folds of artists" in write_report(replace(FOUND, split="train+val"))
    assert write_report(replace(FOUND, data="", corpus="c")).startswith("# one on c\n")
    assert write_report(replace(FOUND, data="")).startswith("# one on the dataset\n")


def test_every_section_has_its_figures() -> None:
    told = sections(write_report(FOUND))
    assert told["Retrieval, probes and groups"] == [
        "|  | encoder | commonest genre |",
        "| --- | --- | --- |",
        "| precision@5 | .500 [.400, .600] | - |",
        "| linear accuracy | - | .500 [.400, .600] |",
        "| AMI | - | - |",
    ]
    assert "| linear accuracy | -.100 [-.200, .100] |" in told["Differences: encoder minus baseline"]
    assert told["Differences: encoder minus baseline"][-1] == "| encoder | 2 | 50% | 50% |"
    by_class = told["Classes"]
    assert "| jazz | - | - |" in by_class
    assert "| jazz | 20 | 0.50 | 5 | 15 |" in by_class
    assert by_class[by_class.index("Small dense classifier on the encoder:") + 3] == "| blues | 20 | 0.00 | 10 | 10 |"
    assert told["Damaged copies that find their original first"][-1] == "| a 10 s cut | .500 [.400, .600] |"
    assert not {"Notes"} & told.keys()


def test_guesses_have_a_row_per_confidence() -> None:
    told = sections(write_report(FOUND))["Genre guesses"]
    assert told[0] == (
        "A genre head refitted for each fold of artists on 40 labelled tracks, 2 genres. The bundle's own head guesses "
        "from a confidence of 0.60 on."
    )
    assert "| 0.50 | .500 [.400, .600] | - |" in told
    assert told.count("| 0.40 | .300 | 20 |") == 2
    silent = replace(FOUND, guesses={**GUESSES, "threshold": None, "figures": {}})
    assert "The bundle's own head" not in write_report(silent)


def test_what_was_not_measured_has_no_heading() -> None:
    less = replace(FOUND, guesses={}, damaged={}, dense_confusion=(), by_class={})
    text = write_report(less)
    assert "![" not in text and "\n\n\n" not in text
    assert list(sections(text)) == [
        "one on data",
        "Retrieval, probes and groups",
        "Differences: encoder minus baseline",
        "Classes",
    ]


def test_leaks_problems_and_notes_come_last() -> None:
    more = replace(
        FOUND,
        corpora={"encoder": {"accuracy": HALF, "commonest": Figure(0.25, 0.2, 0.3)}},
        problems=(Problem(Path("/music/a.mp3"), "cannot be decoded", "failed"),),
        notes=("the calibration error rests on 40 tracks",),
    )
    told = sections(write_report(more))
    assert list(told)[-3:] == [
        "Corpus leakage: how well a linear probe tells the collection from a vector",
        "1 files left out",
        "Notes",
    ]
    assert told["1 files left out"] == ["- a.mp3: cannot be decoded"]
    assert told["Notes"] == ["- the calibration error rests on 40 tracks"]


@pytest.mark.parametrize(("folds", "words"), [(1, "1 official fold,"), (5, "5 official folds,")])
def test_a_report_on_sounds_says_its_protocol(folds: int, words: str) -> None:
    told = sections(write_sound_report(replace(SOUNDS, folds=folds)))
    (head,) = (name for name in told if name.startswith("one on "))
    assert "40 files; 20 sessions or clips" in told[head][0] and words in told[head][0]
    assert "| linear macro-F1 | .500 [.400, .600] |" in told["Results"]
    assert "| linear macro-F1 | .100 [-.100, .300] |" in told["Differences: encoder minus baseline"]


def test_a_report_on_sounds_says_nothing_that_was_not_measured() -> None:
    full = write_sound_report(SOUNDS)
    assert "Small dense" in full and "Published" not in full and "of the evaluation dataset" not in full
    less = write_sound_report(replace(SOUNDS, by_class={}, dense_confusion=()))
    assert "Small dense" not in less and "![" not in less
    tested = write_sound_report(replace(SOUNDS, tested=7, published={"a net": 62.19}, notes=("so",)))
    assert "; 7 of the evaluation dataset;" in tested
    told = sections(tested)
    assert told["Published macro-F1 of other systems"] == ["- a net: 62.19 %"]
    assert told["Notes"] == ["- so"]
