"""A figure in words."""

from __future__ import annotations

from musicemb.records import Figure


def test_a_figure_says_its_interval() -> None:
    assert str(Figure(0.5, 0.41234, 1.0)) == "0.500 (0.412 to 1.000)"
