"""What paths, sizes, times and payloads tell of a file: unchanged, returned, moved, a copy, or new."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import sounds

from musicemb.io.audio.payload_hash import payload_hash
from musicemb.records import FoundFile, KnownFile, Problem
from musicemb.workflows.library.changes import TrackIndex, compare_files, find_origin, recognise_files
from musicemb.workflows.library.roots import Places

ROOT = Path("/music").absolute()
EVERYWHERE, NOWHERE = Places([ROOT]), Places([])


def known(number: int, name: str, digest: str = "", *, gone: bool = False, embedded: bool = True) -> KnownFile:
    return KnownFile(number, ROOT / name, 100 + number, 1, digest or f"payload {number}", gone, embedded)


def found(name: str, size: int, time: int = 1) -> FoundFile:
    return FoundFile(ROOT / name, size, time)


def test_the_index_follows_a_track_to_its_new_place() -> None:
    index = TrackIndex([known(1, "a"), known(2, "b", "payload 1")])
    assert [row.id for row in index.holding("payload 1")] == [1, 2]
    index.put(replace(known(1, "c"), payload_hash="other"))
    assert index.at(ROOT / "a") is None
    assert [row.id for row in index.holding("payload 1")] == [2]
    index.put(known(3, "c"))  # another track at that path: the one before is no more
    assert sorted(row.id for row in index) == [2, 3]
    assert index.holding("other") == []


def test_files_are_sorted_by_path_size_and_time() -> None:
    index = TrackIndex([known(1, "same"), known(2, "touched"), known(3, "away"), known(4, "back", gone=True)])
    files = [found("same", 101), found("touched", 102, 9), found("back", 104), found("new", 7), found("moved", 103)]
    answer = compare_files(files, index, scanned=EVERYWHERE, unreadable=NOWHERE)
    assert answer.unchanged == 1
    assert [row.id for row in answer.returned] == [4]
    assert [file.path.name for file in answer.candidates] == ["touched", "moved"]  # of a missing track's size
    assert [file.path.name for file in answer.to_embed] == ["new"]
    assert sorted(answer.missing) == [2, 3]


def test_what_could_not_be_looked_into_is_not_missing() -> None:
    index = TrackIndex([known(1, "a/1"), known(2, "b/2")])
    answer = compare_files([], index, scanned=EVERYWHERE, unreadable=Places([ROOT / "a"]))
    assert list(answer.missing) == [2]
    assert compare_files([], index, scanned=Places([ROOT / "c"]), unreadable=NOWHERE).missing == {}


@pytest.mark.parametrize(
    ("transient", "time", "retry", "remembered"),
    [(False, 1, False, 1), (False, 1, True, 0), (True, 1, False, 0), (False, 2, False, 0)],
)
def test_a_failed_file_is_tried_again_only_where_that_may_help(
    transient: bool, time: int, retry: bool, remembered: int
) -> None:
    problem = Problem(ROOT / "bad", "no audio", "failed", transient, 5, 1)
    answer = compare_files(
        [found("bad", 5, time)],
        TrackIndex([]),
        scanned=EVERYWHERE,
        unreadable=NOWHERE,
        problems=[problem],
        retry_failed=retry,
    )
    assert (answer.remembered, len(answer.to_embed)) == (remembered, 1 - remembered)
    assert answer.forgotten == []


def test_problems_of_files_that_are_gone_are_forgotten() -> None:
    problems = [Problem(ROOT / "bad", "no audio", "failed"), Problem(Path("/other/bad").absolute(), "", "failed")]
    answer = compare_files([], TrackIndex([]), scanned=EVERYWHERE, unreadable=NOWHERE, problems=problems)
    assert answer.forgotten == [ROOT / "bad"]


def test_of_several_tracks_of_a_payload_the_missing_one_of_that_name_moved() -> None:
    rows = [known(1, "a/x", "same"), known(2, "b/y", "same"), known(3, "c/z", "same")]
    index, missing = TrackIndex(rows), {row.id: row for row in rows[:2]}
    assert find_origin(found("new/y", 1), "same", index, missing) == rows[1]
    assert find_origin(found("new/z", 1), "same", index, missing) == rows[0]
    assert find_origin(found("new/y", 1), "same", index, missing, claimed={2}) == rows[0]
    assert find_origin(found("new/y", 1), "another", index, missing) is None


def test_a_copy_of_a_file_that_is_still_there_is_no_move(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    row = replace(known(1, "a", "same"), path=tmp_path / "a")
    assert find_origin(FoundFile(tmp_path / "b", 0, 0), "same", TrackIndex([row]), {}) is None
    (tmp_path / "a").unlink()
    assert find_origin(FoundFile(tmp_path / "b", 0, 0), "same", TrackIndex([row]), {}) == row


def test_payloads_tell_who_stayed_who_moved_and_whom_nobody_knows(tmp_path: Path) -> None:
    paths = [tmp_path / f"{name}.wav" for name in ("stayed", "moved", "strange")]
    for seed, path in enumerate(paths):
        sounds.write(path, sounds.music(0.2, seed, sample_rate=8_000, channels=1), 8_000)
    broken = tmp_path / "broken.flac"
    broken.write_bytes(b"nothing")
    stayed = KnownFile(1, paths[0], 1, 1, payload_hash(paths[0]), False, True)
    moved = KnownFile(2, tmp_path / "before.wav", 1, 1, payload_hash(paths[1]), False, True)
    missing = {1: stayed, 2: moved}
    files = [FoundFile(path, path.stat().st_size, 2) for path in [*paths, broken]]
    answer = recognise_files(files, TrackIndex([stayed, moved]), missing)
    assert [(row.id, file.path) for row, file, _ in answer.stayed] == [(1, paths[0])]
    assert [(row.id, file.path) for row, file, _ in answer.moved] == [(2, paths[1])]
    assert {file.path for file in answer.unrecognised} == {paths[2], broken}
    assert missing == {}
