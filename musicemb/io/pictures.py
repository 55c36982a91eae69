"""Pictures as PNG bytes: the only place that draws.

Colours are those of viridis and of a palette that colour-blind people tell apart (Okabe and Ito 2008).
Figures are drawn without a window system and without global state.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from musicemb.map_records import MusicMap

MAP_MARK = b"Software\0musicemb map"
"""Stands in the beginning of every picture of a map: such a one may be replaced."""

_INK = "#333333"
_LINES = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")


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
    figure, axes = _canvas(4.6 * max(len(panels), 1), 3.6, len(panels))
    for axis, (name, curves) in zip(axes, panels.items(), strict=True):
        for colour, (curve, values) in zip(_LINES * len(curves), curves.items(), strict=False):
            x = np.arange(1, len(values) + 1)
            axis.plot(x, values, color=colour, label=_plain(curve), marker="o" if len(values) < 3 else None, lw=1.8)
        axis.set_title(_plain(name), fontsize=10, color=_INK)
        axis.set_xlabel(across)
        axis.spines[["top", "right"]].set_visible(False)
        axis.grid(alpha=0.25)
        axis.xaxis.get_major_locator().set_params(integer=True)
        axis.legend(fontsize=8, frameon=False)
    figure.suptitle(_plain(title), fontsize=11, color=_INK)
    return _png(figure)


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
    size = 2.2 + 0.55 * len(names)
    figure, (axis,) = _canvas(size + 1.2, size, 1)
    low, high = (0.0, 1.0) if counts else (float(shade.min(initial=0)), float(shade.max(initial=1e-9)))
    axis.imshow(shade, cmap="viridis", vmin=low, vmax=high)
    labels = [_plain(name) for name in names]
    axis.set_xticks(range(len(names)), labels, rotation=45, ha="right", fontsize=8)
    axis.set_yticks(range(len(names)), labels, fontsize=8)
    for (row, column), value in np.ndenumerate(table):
        bright = (shade[row, column] - low) / max(high - low, 1e-9) > 0.6
        text = f"{value:.0f}" if counts else f"{value:.2f}"
        axis.text(column, row, text, ha="center", va="center", fontsize=7, color="black" if bright else "white")
    axis.set_xlabel(columns)
    axis.set_ylabel(rows)
    axis.set_title(_plain(title), fontsize=10, color=_INK)
    return _png(figure)


def draw_intervals(results: Mapping[str, Mapping[str, tuple[float, float, float]]], *, title: str) -> bytes:
    """Figures with their intervals side by side.

    Parameters
    ----------
    results : mapping
        Contestant -> figure -> (value, low, high).
    title : str

    Returns
    -------
    bytes
        PNG.
    """
    names = list(dict.fromkeys(name for one in results.values() for name in one))
    figure, (axis,) = _canvas(8.0, 1.2 + 0.55 * len(names), 1)
    step = 0.7 / max(len(results), 1)
    for number, (contestant, figures) in enumerate(results.items()):
        colour = _LINES[number % len(_LINES)]
        for place, name in enumerate(names):
            value, low, high = figures.get(name, (np.nan,) * 3)
            y = place + (number - (len(results) - 1) / 2) * step
            axis.plot([low, high], [y, y], color=colour, lw=2)
            axis.plot([value], [y], "o", color=colour, ms=5, label=_plain(contestant) if place == 0 else None)
    axis.set_yticks(range(len(names)), [_plain(name) for name in names])
    axis.invert_yaxis()
    axis.set_xlim(left=min(0.0, axis.get_xlim()[0]))
    axis.grid(axis="x", alpha=0.25)
    axis.spines[["top", "right"]].set_visible(False)
    axis.legend(fontsize=8, frameon=False, loc="center left", bbox_to_anchor=(1.0, 0.5))
    axis.set_title(_plain(title), fontsize=10, color=_INK)
    return _png(figure)


def draw_map(music: MusicMap, *, colour_by: str = "cluster", listed: int = 24) -> bytes:
    """The map of a library as a picture, with a legend of its largest groups.

    Parameters
    ----------
    music : MusicMap
    colour_by : str
        Key of `music.colourings`.
    listed : int
        Lines of the legend; the groups beyond are counted in one.

    Returns
    -------
    bytes
        PNG.
    """
    import warnings

    colouring, count = music.colourings[colour_by], len(music.tracks)
    figure, (axis,) = _canvas(13.0, 9.0, 1)
    # What is no group first: it lies below.
    for number in sorted(range(len(colouring.groups)), key=lambda at: -at):
        rows, group = colouring.members == number, colouring.groups[number]
        label = f"{_plain(group.name, 32)}  {group.size:,}" if number < listed else None
        size = float(np.clip(9000 / count**0.85, 1.5, 70))
        axis.scatter(*music.positions[rows].T, s=size, c=group.colour, alpha=0.8, linewidths=0, label=label)
    axis.set_aspect("equal", adjustable="datalim")
    axis.set_axis_off()
    axis.margins(0.04)
    handles, labels = axis.get_legend_handles_labels()
    rest = len(colouring.groups) - listed
    title = None if rest <= 0 else f"the {listed} largest of {len(colouring.groups)}"
    legend = axis.legend(
        handles[::-1],
        labels[::-1],
        title=title,
        loc="center left",
        bbox_to_anchor=(1.0, 0.5),
        frameon=False,
        fontsize=9,
    )
    for handle in legend.legend_handles:
        handle.set_sizes([40])
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing")  # a name in letters that the font lacks shows boxes
        return _png(figure, MAP_MARK.decode().partition("\0")[2])


def _canvas(width: float, height: float, panels: int) -> tuple[Any, list[Any]]:
    # Without pyplot: it keeps every figure in a global list.
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), dpi=110, layout="constrained", facecolor="white")
    return figure, [figure.add_subplot(1, max(panels, 1), place + 1) for place in range(panels)]


def _plain(text: str, longest: int = 60) -> str:
    """No mathematics in a label, no control characters, and not longer than a picture is wide."""
    shown = "".join(character if character.isprintable() else " " for character in text).replace("$", r"\$")
    return shown if len(shown) <= longest else shown[: longest - 1].rstrip("\\") + "…"


def _png(figure: Any, software: str | None = None) -> bytes:
    content = io.BytesIO()
    figure.savefig(content, format="png", metadata={"Software": software})
    return content.getvalue()
