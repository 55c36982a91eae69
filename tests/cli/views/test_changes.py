"""Planned changes, and what became of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import pytest

from musicemb.cli.session import Session
from musicemb.cli.views.changes import (
    SHOWN,
    apply_all,
    ask_and_apply,
    show_changes,
    show_results,
    tagging_document,
)
from musicemb.errors import ConsentMissing
from musicemb.library import Library
from musicemb.records import Applied, Change, Track, TrackTags


def change(number: int, *after: str, **given: Any) -> Change:
    track = Track(number, Path(f"/music/{number}.mp3"), TrackTags("Artist", f"Song {number}"), 180.0, "")
    return Change(track, given.pop("before", ()), after or ("Rock",), 0.876, "id", **given)


@dataclass
class Written:
    """Stands for a library: notes what it is to write."""

    changes: list[Change] = field(default_factory=list)

    def apply_tags(self, changes: Sequence[Change]) -> Iterator[Applied]:
        for each in changes:
            self.changes.append(each)
            yield Applied(each.track.path, "written")


def test_changes_are_counted_by_word_and_listed(capsys: pytest.CaptureFixture[str]) -> None:
    show_changes([change(1), change(2, "Pop", "Rock", before=("Pop",)), change(3, "Jazz")])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "3 files would get a genre: Rock 2, Jazz 1"
    assert lines[2].split() == ["before", "after", "confidence", "track"]
    assert [line.split() for line in lines[3:5]] == [
        ["-", "→", "Rock", "0.88", "Artist", "-", "Song", "1"],
        ["Pop", "→", "Pop,", "Rock", "0.88", "Artist", "-", "Song", "2"],
    ]


def test_of_many_changes_the_first_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    show_changes([change(number, f"Genre {number}") for number in range(SHOWN + 5)])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].endswith(f", Genre 7 1 and {SHOWN + 5 - 8} others")
    assert len(lines) == SHOWN + 4
    assert lines[-1] == "and 5 more, less sure (--dry-run shows all)"


def test_a_dry_run_shows_every_change_the_surest_first(capsys: pytest.CaptureFixture[str]) -> None:
    sure = [replace(change(number, "Rock"), confidence=0.6 + number / 100) for number in range(SHOWN + 5)]
    show_changes(sure, everything=True)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == SHOWN + 5 + 3
    told = [float(line.split("0.")[1][:2]) for line in lines[3:]]
    assert told == sorted(told, reverse=True)


def test_obstacles_are_told_by_reason(capsys: pytest.CaptureFixture[str]) -> None:
    show_changes([change(1, obstacle="is read-only"), change(2, obstacle="is read-only")])
    assert capsys.readouterr().out.startswith("2 files cannot be written\n  is read-only: 2 files\n    /music/1.mp3\n")
    show_changes([])
    assert capsys.readouterr().out.startswith("nothing to write: no file without a genre has a guess")


def test_beside_a_document_only_counts_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    show_changes([change(1), change(2, obstacle="is read-only")], on_stderr=True)
    show_changes([change(2, obstacle="is read-only")], on_stderr=True)
    out, err = capsys.readouterr()
    assert out == ""
    assert err == "1 file would get a genre: Rock 1\nnothing to write: 1 file cannot be written\n"


def test_results_are_counted_then_explained(capsys: pytest.CaptureFixture[str]) -> None:
    results = [
        Applied(Path("/1.mp3"), "written"),
        Applied(Path("/2.mp3"), "failed", "disk full"),
        Applied(Path("/3.mp3"), "unchanged"),
    ]
    show_results(Session(), results, done="written")
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "1 written, 1 unchanged, 1 failed"
    assert "failed: disk full" in lines[1] and lines[-1] == "run musicemb undo to take it back"
    show_results(Session(), results[:1], done="restored")
    assert capsys.readouterr().out == "1 restored\n"


def test_an_interruption_knows_how_far_it_got() -> None:
    session = Session()

    def applied() -> Iterator[Applied]:
        yield Applied(Path("/1.mp3"), "written")
        yield Applied(Path("/2.mp3"), "skipped")
        yield Applied(Path("/3.mp3"), "written")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        apply_all(session, applied(), 12, "writing", "run it again")
    assert session.kept == "2 files of 12 done; run it again"


def test_what_has_no_obstacle_is_written_after_consent() -> None:
    library, away = Written(), Session(interactive=lambda: False)
    changes = [change(1), change(2, obstacle="is read-only")]
    with pytest.raises(ConsentMissing):
        ask_and_apply(away, cast(Library, library), changes, yes=False)
    assert ask_and_apply(away, cast(Library, library), changes[1:], yes=False) == []
    assert library.changes == []
    assert ask_and_apply(away, cast(Library, library), changes, yes=True) == [Applied(Path("/music/1.mp3"), "written")]
    assert library.changes == changes[:1]
    assert away.kept == "1 file of 1 done; run musicemb undo to take it back"


def test_the_document_holds_both() -> None:
    document = tagging_document([change(1)], [Applied(Path("/1.mp3"), "written")])
    assert [each["path"] for each in document["changes"]] == ["/music/1.mp3"]
    assert document["results"] == [{"path": "/1.mp3", "status": "written", "reason": ""}]
