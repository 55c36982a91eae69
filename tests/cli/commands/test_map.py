"""map as it is typed."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from fake_encoder import FakeEncoder
from searched_library import LISTENING
from typed_commands import Type, embedded

from musicemb.io.catalogue.catalogue import open_catalogue
from musicemb.settings import MapSettings

EVIL = "\x1b[31m</script><script>alert(1)</script>\r\n\u2028שיר 🎵"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    quick = replace(MapSettings(), early_iterations=50, iterations=75)
    monkeypatch.setattr("musicemb.workflows.mapping.map.MapSettings", lambda: quick)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_page_is_written_and_renewed(library: Path, type_: Type, here: Path) -> None:
    typed = type_("map")
    assert (typed.status, typed.out) == (0, b""), typed.err
    assert typed.err.startswith("musicemb-map.html: 40 tracks, laid out (")
    first = (here / "musicemb-map.html").read_bytes()
    assert first.startswith(b"<!DOCTYPE html>")
    typed = type_("map")
    assert "positions unchanged" in typed.err
    assert (here / "musicemb-map.html").read_bytes() == first
    with open_catalogue(library) as catalogue:
        catalogue.put_track(embedded(40), FakeEncoder().id)
    assert "41 tracks, 1 new one placed" in type_("map").err
    assert type_("map", "--again").err.startswith("musicemb-map.html: 41 tracks, laid out")
    assert names(here) == ["musicemb-map.html"]


def test_json_says_what_was_done(library: Path, type_: Type, here: Path) -> None:
    document = type_("map", "-o", "m.html", "--png", "m.png", "--json").json
    size = (here / "m.html").stat().st_size
    groups = document.pop("colourings")
    assert [group["tracks"] for group in groups["cluster"]] == [20, 19, 1]
    assert list(groups) == ["cluster", "genre"]
    assert document == {
        "schema": 1, "tracks": 40, "new": 40, "layout": "laid out", "stored": True, "output": "m.html", "png": "m.png",
        "bytes": size,
    }  # fmt: skip
    document = type_("map", "--png", "n.png", "--color", "genre", "--json").json
    assert (document["output"], document["layout"]) == (None, "kept")
    assert document["bytes"] == (here / "n.png").stat().st_size
    assert (here / "n.png").read_bytes() != (here / "m.png").read_bytes()
    assert names(here) == ["m.html", "m.png", "n.png"]
    assert type_("map", "--png", "n.png").status == 0  # of ours: renewed


def test_a_dash_prints(library: Path, type_: Type, here: Path) -> None:
    page = type_("map", "-o", "-")
    assert (page.status, page.err) == (0, "")
    assert page.out.startswith(b"<!DOCTYPE html>")
    assert page.out.rstrip().endswith(b"</html>")
    picture = type_("map", "--png", "-")
    assert picture.out.startswith(b"\x89PNG\r\n\x1a\n")
    assert picture.out.endswith(b"IEND\xaeB`\x82")
    assert names(here) == []


def test_a_dash_does_not_print_to_a_terminal(library: Path, type_: Type, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    typed = type_("map", "-o", "-")
    assert typed.status == 2
    assert "terminal" in typed.err
    assert typed.out == b""


@pytest.mark.parametrize(
    "words",
    [
        ("-o", "-", "--json"),
        ("-o", "a", "--png", "a"),
        ("-o", "-", "--png", "-"),
        ("--png", "a.png", "--open"),
        ("-o", "-", "--open"),
        ("--color", "loudness"),
    ],
)
def test_wishes_that_contradict_each_other(library: Path, type_: Type, here: Path, words: tuple[str, ...]) -> None:
    typed = type_("map", *words)
    assert typed.status == 2
    assert typed.out == b""
    assert names(here) == []


def test_targets_that_cannot_be_written_are_said_before_the_work(library: Path, type_: Type, here: Path) -> None:
    (here / "mine.html").write_text("about musicemb map")
    (here / "mine.png").write_text("musicemb map")
    for words, status, text in (
        (("-o", here), 1, "is a folder"),
        (("-o", here / "no" / "map.html"), 1, "folder does not exist"),
        (("-o", "mine.html"), 2, "--force"),
        (("--png", "mine.png"), 2, "--force"),
        (("--png", here), 1, "is a folder"),
    ):
        typed = type_("map", *words)
        assert (typed.status, typed.out) == (status, b"")
        assert text in typed.err
        assert len(typed.err.splitlines()) == 1
        assert "Traceback" not in typed.err
    with open_catalogue(library) as catalogue:
        assert not len(catalogue.layout(FakeEncoder().id)[0])
    assert (here / "mine.html").read_text() == "about musicemb map"
    assert type_("map", "-o", "mine.html", "--force").status == 0
    assert (here / "mine.html").read_bytes().startswith(b"<!DOCTYPE")


def test_no_library_and_an_empty_one_are_said(own_library: Path, type_: Type, here: Path) -> None:
    for _ in range(2):
        typed = type_("map")
        assert typed.status == 1
        assert "musicemb scan" in typed.err
        assert len(typed.err.splitlines()) == 1
        open_catalogue(own_library).close()
    assert names(here) == []


@pytest.mark.skipif(os.name != "posix" or os.getuid() == 0, reason="no file is read-only for this user")
def test_a_read_only_library_has_a_map(library: Path, type_: Type) -> None:
    library.chmod(0o400)
    typed = type_("map")
    assert typed.status == 0
    assert "are not kept" in typed.err


def test_places_that_are_not_kept_are_said(library: Path, type_: Type, monkeypatch: pytest.MonkeyPatch) -> None:
    from musicemb.errors import CatalogueError

    def locked(*_: object, **__: object) -> None:
        raise CatalogueError("locked")

    monkeypatch.setattr("musicemb.io.catalogue.catalogue.Catalogue.put_layout", locked)
    typed = type_("map", "--json")
    assert typed.json["stored"] is False
    assert "are not kept" in typed.err


def test_evil_words_reach_neither_terminal_nor_picture(library: Path, type_: Type, here: Path) -> None:
    with open_catalogue(library) as catalogue:
        catalogue.put_track(embedded(50, title=EVIL, artist="Even\udcff", genres=("x" * 10_000,)), FakeEncoder().id)
    typed = type_("map", "-o", "m.html", "--png", "m.png", "--color", "genre")
    assert typed.status == 0, typed.err
    assert "\x1b" not in typed.err
    assert b"alert(1)" not in (here / "m.html").read_bytes()


def test_open_shows_the_page(library: Path, type_: Type, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", lambda address: opened.append(address) or False)
    typed = type_("map", "-o", "a b.html", "--open")
    assert opened == [(here / "a b.html").as_uri()]
    assert f"no browser was found: open {opened[0]}" in typed.err


def test_where_nothing_is_grouped_colours_are_genres(library: Path, type_: Type, here: Path) -> None:
    with open_catalogue(library) as catalogue:
        catalogue.put_clusters(FakeEncoder().id, [], {})
    for words in ((), ("--color", "genre")):
        assert type_("map", "-o", f"{len(words)}.html", *words).status == 0
    assert (here / "0.html").read_bytes() == (here / "2.html").read_bytes()
    type_("map", "-o", "c.html", "--color", "cluster")
    assert (here / "c.html").read_bytes() != (here / "0.html").read_bytes()


def test_moods_take_an_encoder_that_hears_them(library: Path, type_: Type, here: Path) -> None:
    typed = type_("map", "--color", "mood")
    assert (typed.status, typed.out, typed.err.count("\n"), names(here)) == (1, b"", 1, [])
    assert "scan --reembed" in typed.err
    typed = type_("map", "--color", "tempo")
    assert (typed.status, typed.out, typed.err.count("\n"), names(here)) == (1, b"", 1, [])
    assert "no tempo was measured" in typed.err
    heard = type_("map", "--color", "mood", "--json", encoder=LISTENING)
    assert heard.status == 0, heard.err
    assert list(heard.json["colourings"]) == ["cluster", "genre", "mood", "voice", "energy"]


def test_the_suffix_says_what_is_drawn(library: Path, here: Path, type_: Type) -> None:
    for _ in range(2):  # of ours: renewed
        assert type_("map", "--png", "map.svg").status == 0
    assert (here / "map.svg").read_bytes().startswith(b"<?xml")
    typed = type_("map", "--png", "map.jpg")
    assert typed.status == 2
    assert "must be one of .png, .svg" in typed.err
    assert names(here) == ["map.svg"]
