"""The map of a library as a picture: PNG or SVG."""

from __future__ import annotations

import io
from typing import Any

import numpy as np

from musicemb.io.output.charts import canvas, letters_may_be_missing, plain, png
from musicemb.records import MusicMap
from musicemb.settings import MAP_GREY

_NAME = "musicemb map"
MAP_MARKS = {".png": f"Software\0{_NAME}".encode(), ".svg": f"<dc:title>{_NAME}</dc:title>".encode()}
"""Suffixes of the pictures that can be drawn -> what stands in the beginning of such a one: it may be replaced."""

_NAMED = 400
"""A group is named on the map from three tracks on, and from one in so many of all tracks."""


def draw_map(music: MusicMap, *, colour_by: str = "cluster", listed: int = 24, suffix: str = ".png") -> bytes:
    """The map of a library as a picture, with its largest groups named on it and in a legend.

    Parameters
    ----------
    music : MusicMap
    colour_by : str
        Key of `music.colourings`.
    listed : int
        Lines of the legend; the groups beyond are counted in one.
    suffix : str
        A key of `MAP_MARKS`.

    Returns
    -------
    bytes
    """
    colouring, count = music.colourings[colour_by], len(music.tracks)
    figure, (axis,) = canvas(13.0, 9.0, 1)
    # What is no group first: it lies below.
    for number in sorted(range(len(colouring.groups)), key=lambda at: -at):
        rows, group = colouring.members == number, colouring.groups[number]
        label = f"{plain(group.name, 32)}  {group.size:,}" if number < listed else None
        size = float(np.clip(9000 / count**0.85, 2.5, 70))
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
        fontsize=10,
        labelspacing=0.7,
        handletextpad=0.3,
    )
    for handle in legend.legend_handles:
        handle.set_sizes([45])
    with letters_may_be_missing():
        # A tempo or a mood lies all over the map: its middle is no place of it. As on the page, the groups have names.
        _name_groups(figure, axis, music, colour_by if colour_by in ("cluster", "genre") else "cluster")
    return _svg(figure) if suffix == ".svg" else png(figure, _NAME)


def _svg(figure: Any) -> bytes:
    """The picture as SVG text with letters as shapes, so that no font is needed."""
    import matplotlib

    content = io.BytesIO()
    with letters_may_be_missing(), matplotlib.rc_context({"svg.hashsalt": _NAME}):
        figure.draw_without_rendering()
        figure.savefig(content, format="svg", metadata={"Title": _NAME, "Date": None})
    return content.getvalue()


def _name_groups(figure: Any, axis: Any, music: MusicMap, colour_by: str) -> None:
    """At the member nearest to the medians of each; the largest first, and none over another."""
    from matplotlib.patheffects import withStroke

    figure.draw_without_rendering()  # from here on it is known how large a letter is on the map
    colouring = music.colourings[colour_by]
    taken: list[Any] = []
    for number, group in enumerate(colouring.groups):
        places = music.positions[colouring.members == number]
        if group.colour == MAP_GREY or len(places) < max(3, len(music.tracks) / _NAMED):
            continue
        x, y = places[((places - np.median(places, axis=0)) ** 2).sum(axis=1).argmin()]
        text = axis.annotate(
            plain(group.name, 28), (x, y), (0, 5), textcoords="offset points", ha="center", fontsize=9, weight="bold"
        )
        text.set_path_effects([withStroke(linewidth=3, foreground="white")])
        text.set_in_layout(False)
        box = text.get_window_extent()
        if box.x0 < 0 or box.x1 > figure.bbox.width:
            text.set_horizontalalignment("left" if box.x0 < 0 else "right")
            box = text.get_window_extent()
        if any(box.overlaps(other) for other in taken):
            text.remove()
        else:
            taken.append(box)
