"""Tables of genres: what is read, and what is refused in one line."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musicemb.errors import MusicembError
from musicemb.io.genre_table import read_genre_table

WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1).filter(lambda text: text == text.strip())


def test_columns_are_found_by_name_whatever_parts_them(tmp_path: Path) -> None:
    table = tmp_path / "genres.csv"
    for mark in ",;\t":
        cells = [["Title", " GENRE ", "year", "Artist"], ["So What", "Jazz", "1959", "Miles Davis"]]
        table.write_text("\n".join(mark.join(line) for line in cells), encoding="utf-8-sig")
        (row,) = read_genre_table(table)
        assert (row.line, row.path, row.artist, row.title, row.genres) == (2, "", "Miles Davis", "So What", ("Jazz",))
        assert row.name == "Miles Davis - So What"


def test_several_genres_no_genre_and_short_lines(tmp_path: Path) -> None:
    table = tmp_path / "genres.csv"
    table.write_text('path,genre,genres\n"a, b.mp3 ",Rock; Pop ;;Rock,Other\nc.mp3\n\n,Jazz,\n')
    rows = read_genre_table(table)
    assert [(row.line, row.path, row.genres) for row in rows] == [(2, "a, b.mp3 ", ("Rock", "Pop")), (3, "c.mp3", ())]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "lacks a column genre.*it holds nothing"),
        (b"a,b,c,d,e,f,g\n", r"lacks a column genre.*\(it holds a, b, c, d, e, f, \.\.\.\)"),
        (b"genre,artist\nRock,A\n", "lacks a column path, or artist and title"),
        ("path,genre\na.mp3,Ráp".encode("latin-1"), "not text in UTF-8"),
        (b'path,genre\n"' + b"x" * 140_000, "line 2: is no CSV"),
    ],
)
def test_what_is_no_such_table_is_one_line(content: bytes, complaint: str, tmp_path: Path) -> None:
    table = tmp_path / "genres.csv"
    table.write_bytes(content)
    with pytest.raises(MusicembError, match=complaint) as error:
        read_genre_table(table)
    assert "\n" not in str(error.value)


def test_what_is_no_file_is_one_line(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "absent.csv"):
        with pytest.raises(MusicembError, match="cannot be read"):
            read_genre_table(path)


@given(st.lists(st.tuples(WORDS, WORDS, st.lists(WORDS.filter(lambda word: ";" not in word), unique=True))))
def test_what_a_csv_writer_wrote_is_read(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str, list[str]]]
) -> None:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(
        [("artist", "title", "genre"), *((one, two, "; ".join(three)) for one, two, three in rows)]
    )
    table = tmp_path_factory.mktemp("tables") / "genres.csv"
    table.write_text(text.getvalue(), encoding="utf-8", newline="")
    found = [(row.artist, row.title, list(row.genres)) for row in read_genre_table(table)]
    assert found == [(one, two, three) for one, two, three in rows]
