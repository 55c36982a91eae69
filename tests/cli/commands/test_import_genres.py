"""import as it is typed."""

from __future__ import annotations

from pathlib import Path

import pytest
from typed_commands import Type

from musicemb.io.catalogue.catalogue import open_catalogue


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "genres.csv"
    path.write_text("artist,title,genre\nEven,Song 30,Bebop\nOdd,Song 31,Other\nNobody,Nothing,Rock\n")
    return path


def test_genres_are_taken_for_true_and_taken_back(library: Path, table: Path, type_: Type) -> None:
    dry = type_("import", table, "--dry-run", "--json")
    assert dry.status == 3, "some rows cannot be used"
    assert (dry.json["told"], dry.json["rows"]) == (1, 3)
    assert [one["line"] for one in dry.json["refused"]] == [3, 4]
    assert type_("status", "--json").json["imported"] == 0
    typed = type_("import", table)
    assert typed.status == 3
    assert "genres of 1 track imported" in typed.text
    assert typed.err.splitlines() == [
        "2 rows of 3 cannot be used:",
        "  line 3: Odd - Song 31: 'Other' is not a genre",
        "  line 4: Nobody - Nothing: is not a track of the library",
    ]
    assert type_("similar", "Even Song 4", "-n", "19", "--json").json["matches"][0]["imported"] in ([], ["Bebop"])
    assert "31 tagged" not in type_("status").text
    assert "1 imported" in type_("status").text
    assert "you imported Bebop" in type_("why", "Even Song 30").text
    assert type_("import", table).text == "1 track as before\n"
    assert type_("import", "--clear").status == 2, "nobody is there to ask"
    assert type_("import", "--clear", "--yes").status == 0
    with open_catalogue(library) as catalogue:
        assert catalogue.imported_genres() == {}
    assert type_("import", "--clear", "--yes").text == "nothing changes\n"


def test_what_cannot_be_imported_is_one_line(library: Path, tmp_path: Path, type_: Type) -> None:
    for words in ([], [tmp_path / "a.csv", "--clear"]):
        typed = type_("import", *words)
        assert (typed.status, "give a table FILE" in typed.err) == (2, True)
    typed = type_("import", tmp_path / "absent.csv")
    assert (typed.status, typed.err.count("\n")) == (1, 1)
    (tmp_path / "strange.csv").write_text("path,genre\n/nowhere.mp3,Rock\n")
    typed = type_("import", tmp_path / "strange.csv")
    assert typed.status == 1
    assert typed.err.splitlines()[-1].endswith("strange.csv: no row can be used; nothing was imported")


def test_an_export_that_is_imported_again_changes_no_genre(library: Path, tmp_path: Path, type_: Type) -> None:
    type_("export", "-o", tmp_path / "library.csv")
    with open_catalogue(library) as catalogue:
        before = [track.tags.listener_genres for track in catalogue.tracks()]
    assert type_("import", tmp_path / "library.csv").status == 0
    with open_catalogue(library) as catalogue:
        assert [track.tags.listener_genres for track in catalogue.tracks()] == before
