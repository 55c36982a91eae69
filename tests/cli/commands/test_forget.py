"""forget: folders and tracks leave the library, files stay."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest
from typed_commands import Type

from musicemb.io.catalogue.catalogue import open_catalogue


def test_forget(library: Path, type_: Type) -> None:
    assert type_("forget").status == 2
    assert type_("forget", "--gone").err == "no track's file is gone\n"
    with open_catalogue() as catalogue:
        catalogue.mark_gone([track.id for track in catalogue.tracks()][:3])
    refused = type_("forget", "--gone")
    assert refused.status == 2
    assert "--yes" in refused.err
    assert "3 gone (musicemb forget --gone)" in type_("status").text
    assert type_("forget", "--gone", "--yes", "--json").json == {"schema": 1, "forgotten": 3}
    assert type_("status", "--json").json["gone"] == 0


def test_forget_a_folder(library: Path, type_: Type) -> None:
    assert type_("forget", "/music", "--gone").status == 2
    unknown = type_("forget", "/elsewhere")
    assert (unknown.status, unknown.text) == (1, "")
    assert "/elsewhere: the library holds nothing from there" in unknown.err
    refused = type_("forget", "/music")
    assert refused.status == 2
    assert "--yes" in refused.err
    forgotten = type_("forget", "/music", "--yes")
    assert forgotten.text == "40 tracks removed\n"
    assert "/music is not scanned any more" in forgotten.err
    emptied = type_("status", "--json").json
    assert (emptied["tracks"], emptied["roots"], emptied["problems"]) == (0, [], [])
    after = [type_(*words) for words in (["clusters"], ["map"], ["similar", "Even 30"], ["playlist", "Even 30"])]
    assert [(one.status, len(one.err.splitlines())) for one in after] == [(0, 1), (1, 1), (1, 1), (1, 1)]


@pytest.mark.parametrize(("answer", "left"), [("n", 40), ("y", 20)])
def test_the_answer_counts(answer: str, left: int, library: Path, type_: Type, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{answer}\n"))
    typed = type_("forget", "/music/Odd", terminal=True)
    assert typed.status == 0
    assert "/music/Odd from the library? [y/N]" in typed.err
    assert ("nothing was removed" in typed.err) == (left == 40)
    assert type_("status", "--json").json["tracks"] == left
