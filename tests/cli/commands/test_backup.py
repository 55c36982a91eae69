"""``backup``: a copy that can be read, restored after a question, and never over another file unasked."""

from __future__ import annotations

from pathlib import Path

from typed_commands import Type

from musicemb.io.catalogue.catalogue import open_catalogue


def test_a_copy_is_read_and_restored(library: Path, type_: Type, tmp_path: Path) -> None:
    target = tmp_path / "copy.sqlite"
    typed = type_("backup", target)
    assert (typed.status, typed.err) == (0, "")
    assert "holds a complete copy (" in typed.text
    assert type_("status", "--library", target, "--json").json["tracks"] == 40
    with open_catalogue(library) as catalogue:
        catalogue.forget_tracks([1, 2])
    typed = type_("backup", "--restore", target, "--yes")
    assert typed.status == 0, typed.err
    assert typed.text.startswith("restored: 40 tracks, 0 journal entries; the file that was there is kept as ")
    assert type_("status", "--json").json["tracks"] == 40
    assert len(list(library.parent.glob("*.replaced-*"))) == 1


def test_a_file_that_is_there_is_left_alone(library: Path, type_: Type, tmp_path: Path) -> None:
    target = tmp_path / "copy.sqlite"
    target.write_text("mine")
    typed = type_("backup", target)
    assert (typed.status, target.read_text()) == (2, "mine")
    assert "use --force" in typed.err
    found = type_("backup", target, "--force", "--json").json
    assert (found["backup"], found["bytes"], found["kept"]) == (str(target), target.stat().st_size, None)
    assert type_("backup", library, "--force").status == 1


def test_restoring_asks(library: Path, type_: Type, tmp_path: Path) -> None:
    before = library.read_bytes()
    assert type_("backup", tmp_path / "copy").status == 0
    typed = type_("backup", "--restore", tmp_path / "copy")
    assert (typed.status, library.read_bytes()) == (2, before)
    assert "add --yes" in typed.err
    found = type_("backup", "--restore", tmp_path / "copy", "--yes", "--json").json
    assert found["restored"] is True
    assert Path(found["kept"]).is_file()


def test_nothing_to_copy_or_to_restore_is_one_line(own_library: Path, type_: Type, tmp_path: Path) -> None:
    for words in (("backup", tmp_path / "copy"), ("backup", "--restore", tmp_path / "none", "--yes")):
        typed = type_(*words)
        assert (typed.status, typed.err.count("\n"), typed.out) == (1, 1, b"")
    assert list(tmp_path.glob("copy*")) == []
