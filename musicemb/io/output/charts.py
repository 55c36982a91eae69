"""Pictures as PNG bytes: charts of figures, and what every picture here is made with.

Lines have the colours that colour-blind people tell apart best (Okabe and Ito: Color universal design, 2008)
and differ in stroke or mark as well; tables go from white to dark blue, so that they can be printed.
Figures are drawn without a window system and without global state.
"""

from __future__ import annotations

import contextlib
import io
import logging
import textwrap
import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

_INK = "#333333"
_PALE = "#8a8a8a"
_LINES = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
_MARKS = ("o", "s", "D", "^", "v", "P")

MOST_NUMBERED = 30
"""Rows of a table up to which its cells hold numbers; smaller ones could not be read."""

LONGEST_NAME = 24
"""Letters of a row's name; longer ones are cut, or they would leave no room for the table."""

HELD_OUT = "held out"
"""A curve whose name ends so is dashed, in the colour of what it is the counterpart of."""


def draw_curves(panels: Mapping[str, Mapping[str, Sequence[float]]], *, title: str, across: str = "epoch") -> bytes:
    """Curves over epochs, a panel per kind of figure.

    Parameters
    ----------
    panels : mapping
        Panel's title -> curve's name -> a value per epoch; NaN leaves a gap.
    title : str
    across : str
        What the horizontal axis counts.

    Returns
    -------
    bytes
        PNG.
    """
    figure, axes = canvas(4.6 * max(len(panels), 1), 3.9, len(panels))
    for axis, (name, curves) in zip(axes, panels.items(), strict=True):
        kinds: dict[str, int] = {}
        for curve, values in curves.items():
            kind = curve.removesuffix(f", {HELD_OUT}")
            place = kinds.setdefault(kind, len(kinds)) % len(_LINES)
            axis.plot(
                np.arange(1, len(values) + 1),
                values,
                color=_LINES[place],
                ls="--" if curve.endswith(HELD_OUT) else "-",
                lw=1.8,
                # A lone epoch between gaps would be an invisible line.
                marker=_MARKS[place] if len(values) < 13 else None,
                ms=4,
                label=plain(curve, LONGEST_NAME),
            )
        _frame(axis, across, "")
        axis.set_title(plain(name), fontsize=10, color=_INK)
        axis.xaxis.get_major_locator().set_params(integer=True)
        if curves:
            below = {"loc": "upper center", "bbox_to_anchor": (0.5, -0.18)}
            axis.legend(fontsize=8, frameon=False, ncols=2, handlelength=3.5, **below)
    figure.suptitle(plain(title), fontsize=11, color=_INK)
    return png(figure)


def draw_matrix(
    values: NDArray[Any], names: Sequence[str], *, title: str, rows: str = "", columns: str = "", counts: bool = False
) -> bytes:
    """A square table as a picture with its numbers: a confusion, or distances of labels.

    Parameters
    ----------
    values : ndarray [shape=(n, n)]
    names : sequence of str
        Of rows and columns.
    title, rows, columns : str
        What is shown, and what the axes are.
    counts : bool
        Numbers are counts: they are coloured by their share of the row.

    Returns
    -------
    bytes
        PNG.
    """
    table = np.asarray(values, np.float64)
    shade = table / np.maximum(table.sum(axis=1, keepdims=True), 1) if counts else table
    numbered = len(names) <= MOST_NUMBERED
    size = 1.6 + len(names) * (0.55 if numbered else 0.2)
    figure, (axis,) = canvas(size + 1.2, size + 0.9, 1, "compressed")
    known = shade[np.isfinite(shade)]
    low, high = (0.0, 1.0) if counts else (float(known.min(initial=0)), float(known.max(initial=1e-9)))
    axis.imshow(shade, cmap="Blues", vmin=low, vmax=high)
    # White lines between the cells; the map of colours begins at white, too, so the frame goes.
    axis.set_xticks(np.arange(len(names) + 1) - 0.5, minor=True)
    axis.set_yticks(np.arange(len(names) + 1) - 0.5, minor=True)
    axis.grid(which="minor", color="white", lw=1.5)
    axis.spines[:].set_visible(False)
    axis.tick_params(which="both", length=0, colors=_INK)
    labels = [plain(name, LONGEST_NAME) for name in names]
    letters = 8 if numbered else 5
    axis.set_xticks(range(len(names)), labels, rotation=45, ha="right", rotation_mode="anchor", fontsize=letters)
    axis.set_yticks(range(len(names)), labels, fontsize=letters)
    for (row, column), value in np.ndenumerate(table if numbered else table[:0]):
        dark = (shade[row, column] - low) / max(high - low, 1e-9) > 0.55
        text = f"{value:.0f}" if counts else f"{value:.2f}" if np.isfinite(value) else "-"
        ink = _PALE if counts and not value else "white" if dark else _INK
        weight = "bold" if row == column else "normal"
        axis.text(column, row, text, ha="center", va="center", fontsize=8, color=ink, weight=weight)
    axis.set_xlabel(columns, color=_INK)
    axis.set_ylabel(rows, color=_INK)
    axis.set_title(_wrapped(title, size), fontsize=10, color=_INK)
    return png(figure)


def draw_intervals(
    results: Mapping[str, Mapping[str, tuple[float, float, float]]], *, title: str, first: int = 0
) -> bytes:
    """Figures with their intervals side by side.

    Parameters
    ----------
    results : mapping
        System -> figure -> (value, low, high); NaN for low and high draws the value alone.
    title : str
    first : int
        Number of the first system's colour and mark, so that one keeps them from picture to picture.

    Returns
    -------
    bytes
        PNG.
    """
    names = list(dict.fromkeys(name for one in results.values() for name in one))
    row = 0.16 * max(len(results), 1) + 0.14
    figure, (axis,) = canvas(8.5, 1.4 + row * max(len(names), 1), 1)
    step = 0.78 / max(len(results), 1)
    for place in range(1, len(names), 2):
        axis.axhspan(place - 0.5, place + 0.5, color="#f3f3f3", lw=0)
    for number, (system, figures) in enumerate(results.items(), start=first):
        colour = _LINES[number % len(_LINES)]
        told = np.array([figures.get(name, (np.nan,) * 3) for name in names], np.float64).reshape(-1, 3)
        y = np.arange(len(names)) + (number - first - (len(results) - 1) / 2) * step
        axis.hlines(y, told[:, 1], told[:, 2], color=colour, lw=2)
        mark = _MARKS[number % len(_MARKS)]
        axis.plot(told[:, 0], y, mark, color=colour, ms=5, label=plain(system, LONGEST_NAME))
    axis.set_yticks(range(len(names)), [plain(name, LONGEST_NAME) for name in names])
    axis.set_ylim(max(len(names), 1) - 0.5, -0.5)
    _frame(axis, "", "")
    axis.grid(axis="y", visible=False)
    axis.set_xlim(left=min(0.0, axis.get_xlim()[0]))
    if axis.get_xlim()[0] < 0:
        axis.axvline(0, color=_INK, lw=1)
    axis.tick_params(axis="y", length=0)
    if results:
        axis.legend(fontsize=8, frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    axis.set_title(_wrapped(title, 8.5), fontsize=10, color=_INK)
    return png(figure)


def draw_risk(
    curve: Sequence[Mapping[str, float]], *, title: str, marked: tuple[float, float, str] | None = None
) -> bytes:
    """What share of guesses is wrong, for each share of tracks that is guessed about.

    Parameters
    ----------
    curve : sequence of mapping
        coverage, risk, low and high (its interval), each 0 to 1.
    title : str
    marked : (float, float, str), optional
        Coverage and risk of a point to mark, and its name.

    Returns
    -------
    bytes
        PNG.
    """
    figure, (axis,) = canvas(5.6, 4.2, 1)
    coverage, risk, low, high = (np.array([row[key] for row in curve]) for key in ("coverage", "risk", "low", "high"))
    axis.fill_between(coverage, low, high, color=_LINES[0], alpha=0.18, lw=0, label="95 % interval")
    axis.plot(coverage, risk, color=_LINES[0], lw=2, label="share wrong")
    if marked is not None and np.isfinite(marked[:2]).all():
        axis.plot([marked[0]], [marked[1]], _MARKS[2], color=_LINES[1], ms=8, label=plain(marked[2]))
    _frame(axis, "coverage: share of tracks guessed about, the surest first", "risk: share of guesses that are wrong")
    axis.set_xlim(0, 1)
    axis.set_ylim(bottom=0)
    axis.legend(fontsize=8, frameon=False, loc="upper left")
    axis.set_title(_wrapped(title, 5.6), fontsize=10, color=_INK)
    return png(figure)


def draw_calibration(bins: Sequence[Mapping[str, float]], *, title: str) -> bytes:
    """How often a confidence comes true.

    Parameters
    ----------
    bins : sequence of mapping
        confidence (mean), right (share), low and high (its interval), each 0 to 1.
    title : str

    Returns
    -------
    bytes
        PNG.
    """
    figure, (axis,) = canvas(4.8, 4.8, 1)
    sure, right, low, high = (np.array([row[key] for row in bins]) for key in ("confidence", "right", "low", "high"))
    axis.plot([0, 1], [0, 1], ls=":", color=_PALE, label="as said")
    axis.vlines(sure, low, high, color=_LINES[0], lw=1.8, label="95 % interval")
    axis.plot(sure, right, "o", color=_LINES[0], ms=6, label="tracks, in bins of equal number")
    _frame(axis, "confidence", "share of guesses that are right")
    axis.set_xlim(0, 1)
    axis.set_ylim(0, 1)
    axis.set_aspect("equal")
    axis.legend(fontsize=8, frameon=False, loc="upper left")
    axis.set_title(_wrapped(title, 4.8), fontsize=10, color=_INK)
    return png(figure)


def canvas(width: float, height: float, panels: int, layout: Any = "constrained") -> tuple[Any, list[Any]]:
    """An empty figure, and its panels side by side.

    Parameters
    ----------
    width, height : float
        Inches.
    panels : int
    layout : str
        As Matplotlib names it.

    Returns
    -------
    figure : matplotlib.figure.Figure
    axes : list of matplotlib.axes.Axes
    """
    # Its first run lists the fonts of the machine and says so on stderr.
    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
    # Without pyplot: it keeps every figure in a global list.
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), dpi=110, layout=layout, facecolor="white")
    return figure, [figure.add_subplot(1, max(panels, 1), place + 1) for place in range(panels)]


@contextlib.contextmanager
def letters_may_be_missing() -> Iterator[None]:
    """Draw without a complaint: a letter that no font here has is a box.

    Yields
    ------
    None
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from", UserWarning)
        yield


def plain(text: str, most: int = 60) -> str:
    """No mathematics in a label, no control characters, and no more letters than `most`.

    Parameters
    ----------
    text : str
    most : int

    Returns
    -------
    str
    """
    shown = "".join(character if character.isprintable() else " " for character in text)
    shown = (shown if len(shown) <= most else f"{shown[: most - 1]}…").replace("$", r"\$")
    return f"\u200b{shown}" if shown.startswith("_") else shown  # legends leave out what begins with an underscore


def png(figure: Any, software: str | None = None) -> bytes:
    """A figure, drawn; in it is written what made it.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    software : str or None

    Returns
    -------
    bytes
        PNG.
    """
    content = io.BytesIO()
    with letters_may_be_missing():
        figure.draw_without_rendering()  # a layout can change ticks, whose labels need another layout
        figure.savefig(content, format="png", metadata={"Software": software})
    return content.getvalue()


def _frame(axis: Any, across: str, up: str) -> None:
    axis.spines[["top", "right"]].set_visible(False)
    axis.spines[["left", "bottom"]].set_color(_PALE)
    axis.tick_params(colors=_INK)
    axis.set_xlabel(across, color=_INK)
    axis.set_ylabel(up, color=_INK)
    axis.set_axisbelow(True)
    axis.grid(alpha=0.25)


def _wrapped(title: str, inches: float) -> str:
    return "\n".join(textwrap.wrap(plain(title, 200), int(inches * 13)))
