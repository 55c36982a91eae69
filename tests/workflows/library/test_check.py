"""A check tells what is wrong and what to do, removes what killed runs left, and repairs where it is asked to."""

from __future__ import annotations

import os
import shutil
import sqlite3
import threading
from pathlib import Path
from typing import Any

import pytest
import sounds
from tagged_library import add, snapshot

from musicemb.errors import CatalogueError
from musicemb.io import silent_drives
from musicemb.io.catalogue.catalogue import open_catalogue
from musicemb.io.catalogue.safety.copies import copies_of
from musicemb.records import CheckReport
from musicemb.workflows.index.library_index import open_index
from musicemb.workflows.library.check import check_library
from musicemb.workflows.tagging.tag import apply_tags, plan_tags
from musicemb.workflows.tagging.undo import apply_undo, plan_undo


@pytest.fixture
def music(tmp_path: Path) -> Path:
    return tmp_path / "music"


@pytest.fixture
def library(tmp_path: Path, music: Path) -> Path:
    """Three tagged files."""
    path = tmp_path / "library.sqlite"
    with open_catalogue(path) as catalogue:
        for number in range(3):
            add(catalogue, sounds.write_music(music / f"{number}.mp3", 1.0, seed=number), "Jazz")
        catalogue.add_root(music)
        list(apply_tags(catalogue, plan_tags(catalogue)))
    return path


def check(path: Path, **options: Any) -> CheckReport:
    *_, report = check_library(path, **options)
    assert isinstance(report, CheckReport)
    return report


def test_a_library_that_is_well(library: Path) -> None:
    before = library.read_bytes()
    report = check(library)
    assert (report.findings, report.tracks, report.entries, report.repair) == ((), 3, 3, None)
    assert report.copies == tuple(copies_of(library))
    assert check(library, repair=True).repair is None
    assert library.read_bytes()[100:] == before[100:]


def test_a_damaged_index_goes(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("musicemb.workflows.index.library_index.FEWEST_INDEXED", 1)
    with open_catalogue(library, read_only=True) as catalogue:
        assert open_index(catalogue) is not None
    index = library.with_name(f"{library.name}.index")
    assert check(library).removed == ()
    whole = index.read_bytes()
    index.write_bytes(whole[:9000] + bytes([whole[9000] ^ 1]) + whole[9001:])
    report = check(library)
    assert (report.removed, report.findings) == ((index,), ())
    assert not index.exists()


def test_files_that_are_not_as_they_were(library: Path, music: Path) -> None:
    (music / "0.mp3").unlink()
    os.utime(music / "1.mp3", (1, 1))
    missing, changed = check(library).findings
    assert (missing.kind, missing.paths) == ("missing", (music / "0.mp3",))
    assert missing.text == "1 file not where the last scan found them"
    assert (changed.kind, changed.paths) == ("changed", (music / "1.mp3",))
    assert "run musicemb scan" in changed.advice


def test_a_date_that_the_catalogue_cannot_hold_is_no_change(library: Path, music: Path) -> None:
    far = 1 << 63
    os.utime(music / "1.mp3", ns=(far, far))
    if (music / "1.mp3").stat().st_mtime_ns < far:
        pytest.skip("this file system holds no date after 2262")
    with open_catalogue(library) as catalogue:
        add(catalogue, music / "1.mp3")
    assert check(library).findings == ()


def test_a_drive_that_does_not_answer_counts_as_away(
    library: Path, music: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(silent_drives, "WAIT", 0.2)
    monkeypatch.setattr(silent_drives, "_mount_of", str)
    held, stat = threading.Event(), Path.stat

    def silent(path: Path, **options: Any) -> os.stat_result:
        if path.name == "1.mp3" and isinstance(threading.current_thread(), silent_drives._HelperThread):
            held.wait()
        return stat(path, **options)

    monkeypatch.setattr(Path, "stat", silent)
    (missing,) = check(library).findings
    assert (missing.kind, missing.paths) == ("missing", (music / "1.mp3",))
    held.set()
    silent_drives._silent.clear()


def test_a_drive_that_is_away_is_one_finding(library: Path, music: Path) -> None:
    music.rename(music.with_name("away"))
    (finding,) = check(library).findings
    assert finding.text == f"{music} holds none of its 3 tracks"
    assert "mount its drive" in finding.advice


def test_what_a_killed_run_left_is_removed(library: Path, music: Path) -> None:
    left = music / f".musicemb-{'0' * 16}.partial"
    left.write_bytes(b"half")
    os.utime(left, (1, 1))
    report = check(library)
    assert (report.removed, report.findings) == ((left,), ())
    assert not left.exists()


def test_what_a_killed_command_wrote_last_is_taken_in(library: Path, tmp_path: Path) -> None:
    away = tmp_path / "away" / "library.sqlite"
    away.parent.mkdir()
    with open_catalogue(library) as catalogue:
        catalogue.start_run("tag")
        for suffix in ("", "-wal"):
            shutil.copy(f"{library}{suffix}", f"{away}{suffix}")
    assert check(away, repair=True).findings == ()
    assert not away.with_name("library.sqlite-wal").exists()
    with open_catalogue(away, read_only=True) as catalogue:
        assert len(catalogue.runs()) == 2


def test_damage_is_found_and_repaired_and_the_rest_is_undone(library: Path, music: Path) -> None:
    before = snapshot(music)
    with sqlite3.connect(library) as connection:
        connection.execute("UPDATE journal SET before = '{}' WHERE id = 2")
        connection.execute("UPDATE embedding SET vector = zeroblob(16) WHERE track = 1")
    connection.close()
    kinds = {finding.text for finding in check(library).findings if finding.damage}
    assert kinds == {
        "the vectors of 1 track do not match their checksums",
        "1 of the journal's entries do not match their checksums (ids 2): undo leaves these files alone",
    }
    report = check(library, repair=True)
    assert report.repair is not None
    assert (report.repair.lost["journal"], report.repair.lost["embedding"]) == ((2,), (1,))
    assert report.findings == ()
    assert snapshot(music) == before
    with open_catalogue(library) as catalogue:
        results = list(apply_undo(catalogue, plan_undo(catalogue)))
    assert [result.status for result in results] == ["written"] * 2


def test_a_file_that_cannot_be_opened_is_a_finding(library: Path) -> None:
    with library.open("r+b") as file:
        file.write(bytes(4096))
    (finding,) = check(library).findings
    assert finding.kind == "unreadable"
    report = check(library, repair=True)
    assert report.repair is not None
    assert (report.tracks, report.entries, report.repair.lost["journal"]) == (3, 3, ())


def test_what_is_no_library_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="nothing scanned yet"):
        check(tmp_path / "none")
    other = tmp_path / "other"
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE contact (name)")
    connection.close()
    with pytest.raises(CatalogueError, match="another program's"):
        check(other, repair=True)


def test_a_library_in_use_is_checked_but_not_repaired(library: Path) -> None:
    with open_catalogue(library) as catalogue, catalogue.holding():
        report = check(library)
        assert report.findings == ()
        assert report.holder.startswith(f"process {os.getpid()} (")
        with pytest.raises(CatalogueError, match="held by process"):
            check(library, repair=True)
