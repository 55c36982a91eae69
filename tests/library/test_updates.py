"""What changes a library, or the tags of its files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sounds
from fake_encoder import FakeEncoder
from tag_files import IDENTIFIED, identified_file
from tagged_library import add
from typed_commands import embedded

from musicemb.errors import CatalogueError
from musicemb.io.tags.reader import read_tags
from musicemb.library import Executor, Library, SerialExecutor, Work, WorkerFailure
from musicemb.records import FoundFile, Guess, ScanSummary
from musicemb.workflows.genres.vocabulary import GuessPreferences


def test_tags_are_planned_written_and_taken_back(tmp_path: Path) -> None:
    path = sounds.write_music(tmp_path / "plain.mp3", 1.0)
    before = path.read_bytes()
    with Library.open(tmp_path / "own.sqlite") as library:
        add(library.catalogue, path, "jazz", 0.7)
        assert library.plan_tags(min_confidence=0.9) == []
        plan = library.plan_tags()
        assert [change.after for change in plan] == [("Jazz",)]
        assert read_tags(path).genres == ()
        assert [each.status for each in library.apply_tags(plan)] == ["written"]
        assert read_tags(path).genres == ("Jazz",)
        assert [each.status for each in library.apply_undo(library.plan_undo())] == ["written"]
    assert path.read_bytes() == before


def test_a_scan_runs_on_the_executor_that_it_is_given(tmp_path: Path) -> None:
    paths = [sounds.write_music(tmp_path / "music" / f"{seed}.mp3", 3.0, seed=seed) for seed in range(2)]
    worked: list[Path] = []

    class Own:
        def run(self, work: Work[Any, Any], items: Sequence[Any]) -> Iterator[tuple[Any, Any | WorkerFailure]]:
            for item, result in SerialExecutor().run(work, items):
                worked.append(item.path)
                yield item, result if item.path != paths[1] else WorkerFailure("exception", "was in the way")

    executor: Executor = Own()
    with Library.open(tmp_path / "own.sqlite", encoder=FakeEncoder()) as library:
        *_, summary = library.scan([tmp_path / "music"], executor=executor)
        assert [track.path for track in library.tracks()] == paths[:1]
    assert isinstance(summary, ScanSummary) and sorted(worked) == paths
    assert [(problem.path, problem.reason) for problem in summary.failed] == [(paths[1], "was in the way")]


def test_guesses_for_a_plan_keep_to_its_own_vocabulary(filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def guess_all(inputs: object, settings: object, preferences: object) -> dict[int, Guess]:
        asked.append(preferences)
        return {}

    monkeypatch.setattr("musicemb.workflows.genres.guess.guess_all", guess_all)
    with Library.open(filled, encoder=FakeEncoder(), read_only=True) as library:
        assert len(library.plan_tags(vocabulary=[], max_genres=1)) == 1  # as the last scan was told: what is stored
        assert asked == []
        assert library.plan_tags(vocabulary=["Rock"], max_genres=2) == []
        assert asked == [GuessPreferences(("Rock",), 2)]


def test_a_plan_to_forget_is_applied_as_it_was_shown(filled: Path) -> None:
    with Library.open(filled, encoder=FakeEncoder()) as library:
        plan = library.plan_forgetting(["/music/Odd"])
        assert library.status().tracks == 40
        assert library.forget(plan) == len(plan.tracks) == 20
        assert library.status().tracks == 20


def test_a_scan_that_is_refused_changes_no_wish(tmp_path: Path) -> None:
    path = tmp_path / "own.sqlite"
    with Library.open(path) as first, Library.open(path, encoder=FakeEncoder()) as second:
        with first.catalogue.holding():
            with pytest.raises(CatalogueError, match="held by process"):
                list(second.scan([tmp_path], with_mixes=True))
            with pytest.raises(CatalogueError, match="held by process"):
                second.forget()
        assert not second.catalogue.with_mixes


def test_a_scan_reads_identifiers_of_what_was_scanned_before(
    filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = identified_file(tmp_path / "a.flac")
    found = path.stat()
    monkeypatch.setattr("musicemb.workflows.library.scan.scan_library", lambda *_, **__: iter(()))
    with Library.open(filled, encoder=FakeEncoder()) as library:
        known = replace(embedded(7), file=FoundFile(path, found.st_size, found.st_mtime_ns))
        track = library.catalogue.put_track(known, FakeEncoder().id)
        with library.catalogue.transaction() as connection:
            connection.execute("DELETE FROM identifier")  # as an older version left it
        stages = list(library.scan([tmp_path]))
        assert [type(stage).__name__ for stage in stages] == ["ScanStage"]
        assert library.catalogue.identifiers() == {track: IDENTIFIED}
        assert library.load().identifiers == {track: IDENTIFIED}
