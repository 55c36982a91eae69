"""Markdown: tables, and figures with their intervals in them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from musicemb.records import Figure


def table(head: Sequence[str], rows: Sequence[Sequence[str]], *, align_right: bool = False) -> str:
    """A table as Markdown.

    Parameters
    ----------
    head : sequence of str
    rows : sequence of sequence of str
        Cells as long as the head; "|" is escaped.
    align_right : bool
        Align all columns but the first to the right.

    Returns
    -------
    str
    """
    rule = ["---", *["---:" if align_right else "---"] * (len(head) - 1)]
    lines = [head, rule, *rows]
    return "\n".join("| " + " | ".join(str(cell).replace("|", "\\|") for cell in line) + " |" for line in lines)


def escape(text: str) -> str:
    """Escape what Markdown would read as formatting in a table's cell.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
    """
    return "".join(f"\\{sign}" if sign in "\\`*_<>[]" else sign for sign in text)


def figure_text(figure: Figure | None) -> str:
    """A figure for a table: ".365 [.332, .398]"; "-" where there is none.

    Parameters
    ----------
    figure : Figure or None

    Returns
    -------
    str
        The value alone where it has no interval.
    """
    if figure is None or not math.isfinite(figure.value):
        return "-"
    if not math.isfinite(figure.low):
        return _short(figure.value)
    return f"{_short(figure.value)} [{_short(figure.low)}, {_short(figure.high)}]"


def _short(value: float) -> str:
    return f"{value:.3f}".replace("0.", ".", 1) if abs(value) < 1 else f"{value:.3f}"


def figure_table(results: Mapping[str, Mapping[str, Figure]], names: Sequence[str]) -> str:
    """Figures by system, as Markdown.

    Parameters
    ----------
    results : mapping
        System -> figure's name -> Figure.
    names : sequence of str
        Rows, as far as anybody has them.

    Returns
    -------
    str
    """
    shown = [name for name in names if any(name in one for one in results.values())]
    rows = [[name, *(figure_text(one.get(name)) for one in results.values())] for name in shown]
    return table(["", *results], rows)


def confusion_table(classes: Sequence[str], confusion: Sequence[Sequence[int]], f1: Mapping[str, float]) -> str:
    """True against predicted classes, as Markdown.

    Parameters
    ----------
    classes : sequence of str
    confusion : sequence of sequence of int
        A row per true class.
    f1 : mapping of str to float

    Returns
    -------
    str
    """
    rows = [
        [label, str(sum(row)), f"{f1.get(label, 0):.2f}", *(str(count) for count in row)]
        for label, row in zip(classes, confusion, strict=True)
    ]
    return table(["true \\ said", "all", "F1", *classes], rows)
