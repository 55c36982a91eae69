"""The journal knows of a file before it is written, and forgets it where it was not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sounds
from tagged_library import add

from musicemb.errors import TagError
from musicemb.io.catalogue.catalogue import Catalogue, open_catalogue
from musicemb.records import Change
from musicemb.workflows.tagging.journalled import TagRun, Written, write_each


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    with open_catalogue(tmp_path / "library.sqlite") as opened:
        yield opened


@pytest.fixture
def changes(catalogue: Catalogue, tmp_path: Path) -> list[Change]:
    tracks = [add(catalogue, sounds.write_music(tmp_path / f"{n}.mp3", 1.0, seed=n)) for n in range(3)]
    return [Change(track, (), ("Rock",), 0.9, "fake") for track in tracks]


def edit(catalogue: Catalogue, change: Change, then: Exception | None) -> Any:
    """An edit that notes how many entries the journal had when it was put in place, or fails there."""

    def commit() -> Any:
        seen.append(sum(len(entries) for entries in catalogue.open_entries().values()))
        if then is not None:
            raise then
        return change.track

    seen: list[int] = []
    payload = change.track.payload_hash
    return SimpleNamespace(
        payload_hash=payload, before={"TCON": []}, after={"TCON": ["Rock"]}, note={}, commit=commit
    ), seen


def test_an_entry_is_there_before_the_file_and_gone_where_it_failed(
    catalogue: Catalogue, changes: list[Change]
) -> None:
    run = TagRun(catalogue)
    good, seen = edit(catalogue, changes[0], None)
    assert run.commit(changes[0].track, good, "fake") is changes[0].track
    assert seen == [1]
    bad, seen = edit(catalogue, changes[1], TagError(changes[1].track.path, "is read-only"))
    with pytest.raises(TagError, match="read-only"):
        run.commit(changes[1].track, bad, "fake")
    assert seen == [2]
    assert list(catalogue.open_entries()) == [changes[0].track.payload_hash]
    assert [(one.encoder_id, one.files) for one in catalogue.runs()] == [("fake", 1)]


def test_the_trouble_of_one_file_stays_its_own(catalogue: Catalogue, changes: list[Change]) -> None:
    def write(run: TagRun, change: Change) -> Written:
        if change is changes[1]:
            raise RecursionError("too deep")
        return "written"

    results = list(write_each(catalogue, changes, write))
    assert [(one.path, one.status) for one in results] == [
        (change.track.path, status) for change, status in zip(changes, ["written", "failed", "written"], strict=True)
    ]
    assert "too deep" in results[1].reason


def test_a_full_disk_ends_the_run(catalogue: Catalogue, changes: list[Change]) -> None:
    def write(run: TagRun, change: Change) -> Written:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        list(write_each(catalogue, changes, write))
