"""Which files a scan finds, and in which order."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

import pytest

from musicemb.errors import LibraryRootError
from musicemb.io import silent_drives
from musicemb.io.audio.discovery import find_audio
from musicemb.records import FoundFile, PassedOver, Problem

posix_only = pytest.mark.skipif(os.name == "nt", reason="needs POSIX names, modes or links")


def fill(root: Path, *names: str) -> Path:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * len(name))
    return root


def found(*roots: Path, exclude: tuple[str, ...] = ()) -> list[str]:
    """Paths relative to the first root; fails on a Problem."""
    results = [result for result in find_audio(list(roots), exclude=exclude) if not isinstance(result, PassedOver)]
    assert all(isinstance(result, FoundFile) for result in results), results
    return [Path(os.path.relpath(result.path, roots[0])).as_posix() for result in results]


def problems(*roots: Path) -> list[Problem]:
    return [result for result in find_audio(list(roots)) if isinstance(result, Problem)]


def test_files_come_sorted_with_size_and_time(tmp_path: Path) -> None:
    fill(tmp_path, "b/2.mp3", "b/1.flac", "a.MP3", "c.opus", "b/cover.jpg", "b/a/x.m4a", "notes.txt", "README")
    assert found(tmp_path) == ["a.MP3", "c.opus", "b/1.flac", "b/2.mp3", "b/a/x.m4a"]
    first = next(find_audio([tmp_path]))
    assert isinstance(first, FoundFile)
    assert first.path.is_absolute()
    assert (first.size, first.mtime_ns) == (5, first.path.stat().st_mtime_ns)


def test_hidden_and_marked_folders_are_passed_over(tmp_path: Path) -> None:
    fill(tmp_path, "a.mp3", "._a.mp3", ".b.mp3", ".trash/c.mp3", "talk/.nomusic", "talk/d.mp3", "talk/deep/e.mp3")
    assert found(tmp_path) == ["a.mp3"]
    assert found(tmp_path / "talk") == []


def passed_over(root: Path) -> dict[str, str]:
    """What was not looked into, by path relative to the root."""
    results = [result for result in find_audio([root]) if isinstance(result, PassedOver)]
    return {result.path.relative_to(root).as_posix(): result.kind for result in results}


def test_a_title_that_begins_with_dots_is_not_hidden(tmp_path: Path) -> None:
    names = ["...And Justice for All/1.mp3", ".38 Special/2.mp3", "..baby.mp3", ".5 The Gray Chapter.flac"]
    fill(tmp_path, *names, ".git/x.mp3", ".hidden.mp3", ".notes.txt")
    assert sorted(found(tmp_path)) == sorted(names)
    assert passed_over(tmp_path) == {".git": "hidden folder", ".hidden.mp3": "hidden file"}


def test_what_was_deleted_stays_away(tmp_path: Path) -> None:
    bins = ["$RECYCLE.BIN", "#recycle", "@eaDir", ".Trash-1000", ".recycle", "System Volume Information", "__MACOSX"]
    fill(tmp_path, "a.mp3", *(f"{name}/deep/b.mp3" for name in bins))
    assert found(tmp_path) == ["a.mp3"]
    assert passed_over(tmp_path) == dict.fromkeys(bins, "system folder")


def test_music_that_nothing_decodes_is_counted(tmp_path: Path) -> None:
    fill(tmp_path, "a.mid", "b.MOD", "c.m4p", "d.jpg", "e.wv", "f.mka")
    assert found(tmp_path) == ["e.wv", "f.mka"]
    assert passed_over(tmp_path) == dict.fromkeys(["a.mid", "b.MOD", "c.m4p"], "format")


def test_what_is_named_is_taken_even_if_hidden(tmp_path: Path) -> None:
    fill(tmp_path, ".b.mp3", ".music/c.mp3")
    assert found(tmp_path, tmp_path / ".b.mp3", tmp_path / ".music") == [".b.mp3", ".music/c.mp3"]


@pytest.mark.parametrize(
    ("pattern", "left"),
    [
        ("*.wma", ["a.mp3", "Live/1.mp3", "Live/Rome/2.mp3", "x/Live/3.mp3"]),
        ("Live", ["a.mp3", "b.wma"]),
        ("Live/", ["a.mp3", "b.wma"]),
        ("./Live", ["a.mp3", "b.wma"]),
        ("Live/*", ["a.mp3", "b.wma", "x/Live/3.mp3"]),
        ("Live/Rome", ["a.mp3", "b.wma", "Live/1.mp3", "x/Live/3.mp3"]),
        ("*/Live/*", ["a.mp3", "b.wma"]),
        ("*/a.mp3", ["b.wma", "Live/1.mp3", "Live/Rome/2.mp3", "x/Live/3.mp3"]),
        ("**/Rome", ["a.mp3", "b.wma", "Live/1.mp3", "x/Live/3.mp3"]),
        ("[0-9].mp3", ["a.mp3", "b.wma"]),
        ("*", []),
        ("", ["a.mp3", "b.wma", "Live/1.mp3", "Live/Rome/2.mp3", "x/Live/3.mp3"]),
    ],
)
def test_exclude(tmp_path: Path, pattern: str, left: list[str]) -> None:
    fill(tmp_path, "a.mp3", "b.wma", "Live/1.mp3", "Live/Rome/2.mp3", "x/Live/3.mp3")
    assert found(tmp_path, exclude=(pattern,)) == left


def test_exclude_by_whole_path_and_across_accents(tmp_path: Path) -> None:
    fill(tmp_path, "a.mp3", "Live/1.mp3", "Caf\u00e9/2.mp3")
    assert found(tmp_path, exclude=(str(tmp_path / "Live"), "Cafe\u0301")) == ["a.mp3"]


def test_a_file_named_directly_is_excluded_by_its_name(tmp_path: Path) -> None:
    fill(tmp_path, "a.mp3")
    assert found(tmp_path / "a.mp3", exclude=("*.mp3",)) == []


def test_a_file_reached_by_two_roots_comes_once(tmp_path: Path) -> None:
    fill(tmp_path, "a/1.mp3", "b/2.mp3")
    assert found(tmp_path, tmp_path / "a", tmp_path / "a" / "1.mp3", tmp_path) == ["a/1.mp3", "b/2.mp3"]
    assert found(tmp_path / "b", tmp_path / "b" / ".." / "a", tmp_path) == ["2.mp3", "../a/1.mp3"]


@posix_only
def test_links(tmp_path: Path) -> None:
    music, far = fill(tmp_path / "music", "b/1.mp3"), fill(tmp_path / "far", "2.mp3", "three.mp3")
    (music / "a circle").symlink_to(music)
    (music / "a link to b").symlink_to(music / "b")
    (music / "a.mp3").symlink_to(music / "b" / "1.mp3")
    (music / "elsewhere").symlink_to(far)
    (music / "b" / "3.mp3").symlink_to(far / "three.mp3")
    (music / "b" / "4.mp3").hardlink_to(music / "b" / "1.mp3")
    # Known by their own path first, what only links reach comes last, each once.
    assert found(music) == ["b/1.mp3", "b/4.mp3", "elsewhere/2.mp3", "elsewhere/three.mp3"]


@posix_only
def test_links_that_lead_nowhere(tmp_path: Path) -> None:
    music = fill(tmp_path / "music", "a.mp3")
    (music / "dead.mp3").symlink_to(tmp_path / "no")
    (music / "drive").symlink_to(tmp_path / "unmounted")
    (music / "circle.mp3").symlink_to(music / "circle.mp3")
    (music / "cover.jpg").symlink_to(tmp_path / "no.jpg")
    assert [(problem.path.name, problem.transient) for problem in problems(music)] == [
        ("circle.mp3", True),
        ("dead.mp3", True),
        ("drive", True),
    ]


@posix_only
def test_names_that_are_no_unicode_survive(tmp_path: Path) -> None:
    name = os.fsencode(tmp_path) + b"/\xff\xfe caf\xe9.mp3"
    try:
        with open(name, "wb"):  # noqa: PTH123
            pass
    except OSError:
        pytest.skip("this file system takes Unicode names only")
    (result,) = find_audio([tmp_path], exclude=["*.wma"])
    assert isinstance(result, FoundFile)
    assert os.fsencode(result.path) == name


@posix_only
@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_folder_is_a_problem_that_may_pass(tmp_path: Path) -> None:
    music = fill(tmp_path, "a.mp3", "closed/b.mp3", "z/c.mp3")
    (music / "closed").chmod(0)
    try:
        results = list(find_audio([music]))
        with pytest.raises(LibraryRootError, match="cannot be opened: permission denied"):
            find_audio([music / "closed"])
    finally:
        (music / "closed").chmod(0o700)
    assert [result.path.name for result in results] == ["a.mp3", "closed", "c.mp3"]
    assert isinstance(results[1], Problem)
    assert results[1].transient
    assert "permission denied" in results[1].reason


def test_a_folder_whose_listing_fails_is_a_problem_that_may_pass(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(tmp_path, "a.mp3", "broken/b.mp3", "gone/c.mp3", "z/d.mp3")
    real = os.scandir

    def scandir(path: Path) -> object:
        if Path(path).name == "broken":
            raise OSError(5, "Input/output error")
        if Path(path).name == "gone":
            raise FileNotFoundError(2, "No such file or directory")
        return real(path)

    with monkeypatch.context() as patch:
        patch.setattr(os, "scandir", scandir)
        results = list(find_audio([tmp_path]))
    assert [result.path.name for result in results] == ["a.mp3", "broken", "d.mp3"]
    assert isinstance(results[1], Problem)
    assert results[1].reason == "this folder cannot be read: input/output error"


@posix_only
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mp3")
    (problem,) = problems(tmp_path)
    assert "regular file" in problem.reason


@pytest.mark.parametrize("name", ["no such folder", "no.mp3", "nul\0byte"])
def test_an_unknown_root_is_said_at_once(tmp_path: Path, name: str) -> None:
    fill(tmp_path, "a.mp3")
    with pytest.raises(LibraryRootError) as caught:
        find_audio([tmp_path / name, tmp_path / "nor this"])
    assert name in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["no such folder", "no.mp3", "nul\0byte"])
def test_an_unknown_root_beside_others_is_a_problem(tmp_path: Path, name: str) -> None:
    fill(tmp_path / "music", "a.mp3")
    problem, file = find_audio([tmp_path / name, tmp_path / "music"])
    assert isinstance(problem, Problem) and isinstance(file, FoundFile)
    assert (problem.path, problem.kind, problem.transient) == (tmp_path / name, "failed", True)


@pytest.mark.parametrize(("name", "word"), [("notes.txt", ".txt files are not known as audio"), ("README", "suffix")])
def test_a_named_file_that_is_not_audio_is_a_problem(tmp_path: Path, name: str, word: str) -> None:
    fill(tmp_path, name)
    (problem,) = problems(tmp_path / name)
    assert problem.path == tmp_path / name
    assert word in problem.reason
    assert "mp3" in problem.reason


def test_deep_folders(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*["d"] * 200) if sys.platform == "linux" else tmp_path / "d"
    fill(deep, "x.mp3")
    assert len(found(tmp_path)) == 1


@posix_only
def test_a_date_beyond_64_bits_is_a_date(tmp_path: Path) -> None:
    fill(tmp_path, "a.mp3", "b.mp3")
    os.utime(tmp_path / "a.mp3", (10**10, 10**10))  # the year 2286
    if (tmp_path / "a.mp3").stat().st_mtime < 9.9e9:
        pytest.skip("this file system keeps no such date")
    first, second = find_audio([tmp_path])
    assert isinstance(first, FoundFile) and isinstance(second, FoundFile)
    assert first.mtime_ns == 2**63 - 1 > second.mtime_ns


def test_a_folder_on_a_drive_that_does_not_answer_is_one_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(tmp_path, "a/1.mp3", "dead/2.mp3", "dead/below/3.mp3", "z/4.mp3")
    monkeypatch.setattr(silent_drives, "WAIT", 0.3)
    monkeypatch.setattr(silent_drives, "_mount_of", str)
    held, scandir = threading.Event(), os.scandir

    def silent(folder: Path) -> object:
        if folder == tmp_path / "dead":
            held.wait()
        return scandir(folder)

    monkeypatch.setattr(os, "scandir", silent)
    results = list(find_audio([tmp_path]))
    held.set()
    silent_drives._silent.clear()
    assert [result.path.name for result in results if isinstance(result, FoundFile)] == ["1.mp3", "4.mp3"]
    (problem,) = (result for result in results if isinstance(result, Problem))
    assert (problem.path, problem.reason) == (tmp_path / "dead", "cannot be read: its drive does not answer")
    assert problem.transient
