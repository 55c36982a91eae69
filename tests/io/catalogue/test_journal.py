"""The journal: what was written comes back exactly, in order, and outlives the tracks."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from laws import trials
from made_tracks import embedded

from musicemb.errors import CatalogueError
from musicemb.io.catalogue.catalogue import Catalogue, open_catalogue

ANY_TEXT = st.text(st.characters(), max_size=12)
FIELDS = st.dictionaries(ANY_TEXT, st.lists(ANY_TEXT, max_size=3), max_size=3)


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    with open_catalogue(tmp_path / "library.sqlite") as opened:
        yield opened


@pytest.fixture(scope="module")
def shared_catalogue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalogue]:
    with open_catalogue(tmp_path_factory.mktemp("journal") / "library.sqlite") as opened:
        yield opened


def test_runs_come_oldest_first_with_their_files(catalogue: Catalogue) -> None:
    first, second = catalogue.start_run("tag", "abc"), catalogue.start_run("undo")
    catalogue.add_journal(first, Path("/m/a.mp3"), "h1", {"TCON": []}, {"TCON": ["Rock"]}, {"tag": "none before"})
    catalogue.add_journal(first, Path("/m/b.mp3"), "h2", {"TCON": ["x"]}, {"TCON": ["Rock"]})
    runs = catalogue.runs()
    assert [(run.id, run.kind, run.files, run.encoder_id) for run in runs] == [
        (first, "tag", 2, "abc"),
        (second, "undo", 0, ""),
    ]
    started = datetime.fromisoformat(runs[0].started)
    assert started.tzinfo is not None
    assert abs((datetime.now(UTC) - started).total_seconds()) < 60


def test_entries_come_in_the_order_of_writing(catalogue: Catalogue) -> None:
    run = catalogue.start_run("tag")
    paths = [Path(f"/m/{name}.mp3") for name in "cab"]
    ids = [catalogue.add_journal(run, path, "h", {}, {}) for path in paths]
    assert [(entry.id, entry.path, entry.run) for entry in catalogue.journal(run)] == [
        (row, path, run) for row, path in zip(ids, paths, strict=True)
    ]
    assert catalogue.journal(run + 1) == []


def test_undone_and_dropped(catalogue: Catalogue) -> None:
    run = catalogue.start_run("tag")
    kept, undone, dropped = (catalogue.add_journal(run, Path("/m/a"), "h", {}, {}) for _ in range(3))
    catalogue.mark_undone(undone)
    catalogue.drop_journal(dropped)
    assert [(entry.id, entry.undone) for entry in catalogue.journal(run)] == [(kept, False), (undone, True)]
    with pytest.raises(CatalogueError, match="no journal entry"):
        catalogue.mark_undone(dropped)


def test_entry_of_an_unknown_run_is_refused(catalogue: Catalogue) -> None:
    with pytest.raises(CatalogueError):
        catalogue.add_journal(99, Path("/m/a"), "h", {}, {})


def test_journal_outlives_its_track(catalogue: Catalogue) -> None:
    track_id = catalogue.put_track(embedded("/m/a.mp3"), "first")
    run = catalogue.start_run("tag", "first")
    catalogue.add_journal(run, Path("/m/a.mp3"), "h", {"genre": []}, {"genre": ["Rock"]})
    catalogue.mark_gone([track_id])
    assert catalogue.forget_gone() == 1
    catalogue.delete_vectors("first")
    assert [entry.after for entry in catalogue.journal(run)] == [{"genre": ["Rock"]}]


@settings(deadline=None, max_examples=trials(40))
@given(
    name=st.binary(min_size=1, max_size=12).filter(lambda raw: b"\0" not in raw and b"/" not in raw),
    before=FIELDS,
    after=FIELDS,
    note=st.dictionaries(ANY_TEXT, ANY_TEXT, max_size=3),
)
def test_entry_comes_back_as_it_was_given(
    shared_catalogue: Catalogue,
    name: bytes,
    before: dict[str, list[str]],
    after: dict[str, list[str]],
    note: dict[str, str],
) -> None:
    path = Path("/m") / os.fsdecode(name)
    run = shared_catalogue.start_run("tag")
    shared_catalogue.add_journal(run, path, "h", before, after, note)
    (entry,) = shared_catalogue.journal(run)
    assert (entry.path, entry.before, entry.after, entry.note) == (path, before, after, note)
    assert os.fsencode(entry.path) == os.fsencode(path)


def damage(catalogue: Catalogue, change: str) -> None:
    """Alter journal rows behind the program's back."""
    with sqlite3.connect(catalogue.path) as connection:
        connection.execute(f"UPDATE journal SET {change}")
    connection.close()


@pytest.mark.parametrize(
    "change",
    ['after = \'{"TCON": ["Pop"]}\'', "before = CAST(x'ff' AS TEXT)", "path = 5", "undone = 'x'", "checksum = NULL"],
)
def test_a_damaged_entry_says_so_and_stays_damaged(catalogue: Catalogue, change: str) -> None:
    run = catalogue.start_run("tag")
    catalogue.add_journal(run, Path("/m/a"), "h", {"TCON": ["Rock"]}, {"TCON": ["Jazz"]})
    whole = catalogue.add_journal(run, Path("/m/b"), "h", {}, {})
    damage(catalogue, f"{change} WHERE id < {whole}")
    for _ in range(2):
        broken, sound = catalogue.journal(run)
        assert (broken.damaged, broken.before, broken.after) == (True, {}, {})
        assert not sound.damaged
        assert catalogue.open_entries() == {"h": [sound.id]}
        with pytest.raises(CatalogueError, match="nothing was marked"):
            catalogue.mark_undone(broken.id)
        catalogue.mark_left(broken.id)
