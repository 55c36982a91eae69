"""Tables of reports: figures with their intervals, and cells that cannot break a table."""

from __future__ import annotations

import math

from musicemb.records import Figure
from musicemb.workflows.evaluation.markdown import confusion_table, escape, figure_table, figure_text, table

NAN = math.nan


def test_a_table_has_a_line_per_row_and_escapes_its_border() -> None:
    assert table(["a", "b"], [["1|2", "3"]]) == "| a | b |\n| --- | --- |\n| 1\\|2 | 3 |"
    assert table(["a", "b"], [], align_right=True) == "| a | b |\n| --- | ---: |"


def test_names_are_shown_as_they_are() -> None:
    assert escape("R*B <_x_> [1] `\\`") == "R\\*B \\<\\_x\\_\\> \\[1\\] \\`\\\\\\`"


def test_figures_say_their_interval_where_they_have_one() -> None:
    assert figure_text(Figure(0.365, 0.332, 0.398)) == ".365 [.332, .398]"
    assert figure_text(Figure(-0.02, -1.5, 0.1)) == "-.020 [-1.500, .100]"
    assert figure_text(Figure(0.5, NAN, NAN)) == ".500"
    assert figure_text(Figure(NAN, NAN, NAN)) == figure_text(None) == "-"


def test_figures_that_nobody_has_are_left_out() -> None:
    results = {"one": {"x": Figure(0.5, NAN, NAN)}, "two": {}}
    assert figure_table(results, ["x", "y"]) == "|  | one | two |\n| --- | --- | --- |\n| x | .500 | - |"


def test_true_against_predicted() -> None:
    lines = confusion_table(["a", "b"], [[3, 1], [0, 2]], {"a": 0.857}).split("\n")
    assert lines[2:] == ["| a | 4 | 0.86 | 3 | 1 |", "| b | 2 | 0.00 | 0 | 2 |"]
