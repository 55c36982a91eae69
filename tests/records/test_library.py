"""What goes out of a library to other programs, and what comes in from them."""

from __future__ import annotations

import pytest

from musicemb.records import GenreRow


@pytest.mark.parametrize(
    ("row", "name"),
    [
        (GenreRow(2, "a.mp3", "Artist", "Title", ()), "a.mp3"),
        (GenreRow(2, "", "Artist", "Title", ()), "Artist - Title"),
        (GenreRow(2, "", "", "Title", ()), "Title"),
        (GenreRow(2, "", "", "", ("Rock",)), ""),
    ],
)
def test_a_row_of_genres_is_called_by_what_it_names(row: GenreRow, name: str) -> None:
    assert row.name == name
