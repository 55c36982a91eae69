"""The tables of words, artists and albums say the same as the texts of the tracks themselves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from catalogue_values import ANY_TEXT
from hypothesis import given, settings
from hypothesis import strategies as st
from laws import trials

from musicemb.core.similarity.folding import fold_text
from musicemb.io.catalogue.catalogue import Catalogue, open_catalogue
from musicemb.io.index.array_file import ArrayFile, open_arrays, write_arrays
from musicemb.workflows.index.texts import (
    BETWEEN,
    all_lines,
    gather_texts,
    ids_by_name,
    lines_with_any,
    names_in,
    spelled_words,
)

Row = tuple[int, str, str, str, str]


class Texts(Catalogue):
    """A catalogue that has nothing but texts."""

    def __init__(self, rows: list[Row]) -> None:
        self._rows = rows

    def texts(self, *, after: int = 0) -> Iterator[Row]:
        return iter([row for row in self._rows if row[0] > after])


def indexed(catalogue: Catalogue, folder: Path, outgrown: ArrayFile | None = None, reach: int = 0) -> ArrayFile:
    """What `gather_texts` gives, written and opened."""
    from musicemb.io.index.array_file import column

    ids, columns, text = gather_texts(catalogue, outgrown, reach)
    before = [] if outgrown is None else [outgrown]
    whole = {
        **columns,
        "text ids": column(np.int64, [*(file["text ids"] for file in before), ids]),
        "text": column(np.uint8, [*(file["text"] for file in before), np.frombuffer(text, np.uint8)]),
    }
    write_arrays(folder / f"texts {reach}", {}, whole)
    opened = open_arrays(folder / f"texts {reach}")
    assert opened is not None
    return opened


WORDS = st.lists(st.sampled_from(["rose", "Ivy", "rosa", "!!!", "Ängste", "7"]), max_size=3).map(" ".join) | ANY_TEXT
ROWS = st.lists(st.tuples(WORDS, WORDS, WORDS, WORDS), max_size=12).map(
    lambda rows: [(3 * number + 1, *texts) for number, texts in enumerate(rows)]
)


@settings(max_examples=trials(40), deadline=None)
@given(ROWS, st.integers(0, 12))
def test_tables_that_grew_are_those_of_all_texts(
    tmp_path_factory: pytest.TempPathFactory, rows: list[Row], known: int
) -> None:
    folder = tmp_path_factory.mktemp("index")
    known = min(known, len(rows))
    outgrown = indexed(Texts(rows[:known]), folder)
    grown = indexed(Texts(rows), folder, outgrown, rows[known - 1][0] if known else 0)
    whole = indexed(Texts(rows), tmp_path_factory.mktemp("whole"))
    assert {name: grown[name].tolist() for name in grown.columns()} == {
        name: whole[name].tolist() for name in whole.columns()
    }


@settings(max_examples=trials(60), deadline=None)
@given(ROWS, st.lists(st.sets(st.sampled_from(["rose", "ivy", "rosa", "!!!", "angste", "7", "none"])), max_size=2))
def test_the_tables_say_what_the_texts_say(
    tmp_path_factory: pytest.TempPathFactory, rows: list[Row], choices: list[set[str]]
) -> None:
    catalogue = Texts(rows)
    file = indexed(catalogue, tmp_path_factory.mktemp("index"))
    lines = [(one, BETWEEN.join(map(fold_text, texts))) for one, *texts in rows]
    assert list(all_lines(catalogue, file)) == list(all_lines(catalogue, None)) == lines
    words = spelled_words(file)
    assert words == sorted({word for _, line in lines for word in line.split()})
    meant = [dict.fromkeys(choice, 100.0) for choice in choices]
    held = [(one, line) for one, line in lines if all(choice & set(line.split()) for choice in choices)]
    assert lines_with_any(file, words, meant) == held
    for by in ("artist", "album"):
        names, ids = ids_by_name(catalogue, file, by)
        plain_names, plain_ids = ids_by_name(catalogue, None, by)
        assert names == plain_names and {name: ids[name] for name in names} == dict(plain_ids)


def test_names_are_those_of_tracks() -> None:
    lines = {
        BETWEEN.join(("nina", "sinnerman", "pastel", "01 x")): "nina sinnerman",
        BETWEEN.join(("", "sinnerman", "pastel", "01 x")): "sinnerman",
        BETWEEN.join(("nina", "", "pastel", "01 x")): "01 x",
    }
    assert names_in(list(lines)) == list(lines.values())
    assert names_in([]) == []


def test_gone_tracks_have_no_words(tmp_path: Path) -> None:
    from searched_library import ENCODER, put

    with open_catalogue(tmp_path / "library.sqlite") as catalogue:
        catalogue.set_active_encoder(ENCODER, "fake")
        for number in range(3):
            put(catalogue, number)
        gone = next(track.id for track in catalogue.tracks())
        catalogue.mark_gone([gone])
        assert gone not in [one for one, _ in all_lines(catalogue, indexed(catalogue, tmp_path))]
