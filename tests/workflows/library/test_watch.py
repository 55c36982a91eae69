"""Watching, with a clock and changes of the test's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from musicemb.errors import CatalogueError, LibraryRootError, SettingsError
from musicemb.records import FoundFile, WatchNotice
from musicemb.workflows.library.watch import RETRY, Watcher


class Script(Exception):
    """The script has come to its end."""


class World:
    """A clock, folders and what happens to them at each tick of a second."""

    def __init__(self, *steps: Callable[[], set[Path] | None]) -> None:
        self.now, self.steps = 0.0, list(steps)
        self.scans: list[tuple[float, list[str]]] = []
        self.error: Exception | None = None
        self.held = False
        self.waits: list[Path] = []

    def scan(self, folders: Sequence[Path], ready: Callable[[FoundFile], bool]) -> Iterator[object]:
        if self.error is not None:
            raise self.error
        self.scans.append((self.now, [folder.name for folder in folders]))
        for path in self.waits:
            ready(FoundFile(path, 1, 1))  # it is not as it was found
        yield from ()

    def watch(self, folders: Sequence[Path], poll: bool) -> Iterator[set[Path]]:
        while True:
            self.now += 1
            if not self.steps:
                raise Script
            yield self.steps.pop(0)() or set()

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        if not self.steps:
            raise Script
        self.steps.pop(0)()

    def run(self, *folders: Path) -> list[str]:
        watcher = Watcher(
            self.scan,  # type: ignore[arg-type]
            lambda: "somebody" if self.held else None,
            folders,
            watch=self.watch,
            clock=lambda: self.now,
            sleep=self.sleep,
        )
        said = []
        with pytest.raises(Script):
            for event in watcher.run():
                assert isinstance(event, WatchNotice)
                said.append(event.text)
        return said


def nothing() -> None:
    return None


@pytest.fixture
def music(tmp_path: Path) -> Path:
    (tmp_path / "music").mkdir()
    return tmp_path / "music"


def test_it_scans_at_first_and_once_all_is_quiet(music: Path) -> None:
    def change(name: str) -> Callable[[], set[Path]]:
        return lambda: {music / name}

    world = World(nothing, change("a.mp3"), change("a.mp3"), change("b.mp3"), *[nothing] * 8)
    world.run(music)
    # The last change was at 4, five seconds before 9.
    assert world.scans == [(1.0, ["music"]), (9.0, ["music"])]


def test_an_endless_download_does_not_keep_the_others_waiting(music: Path) -> None:
    steps = [lambda: {music / "a.mp3", music / "b.mp3"}, *[lambda: {music / "b.mp3"}] * 61, *[nothing] * 6]
    world = World(nothing, *steps)
    world.run(music)
    assert [when for when, _ in world.scans] == [1.0, 62.0, 68.0]


def test_what_is_still_written_is_looked_at_again(music: Path) -> None:
    world = World(*[nothing] * 9)
    (music / "a.mp3").write_bytes(b"x")
    world.waits = [music / "a.mp3"]
    world.run(music)
    assert [when for when, _ in world.scans] == [1.0, 6.0]


def test_only_the_folder_where_something_happened_is_scanned(tmp_path: Path, music: Path) -> None:
    (tmp_path / "other").mkdir()
    world = World(nothing, lambda: {music / "x" / "a.mp3"}, *[nothing] * 6)
    world.run(music, tmp_path / "other")
    assert [names for _, names in world.scans] == [["music", "other"], ["music"]]


def test_a_folder_that_disappears_and_comes_back(music: Path, tmp_path: Path) -> None:
    def away() -> set[Path]:
        music.rename(tmp_path / "away")
        return {music}

    def back() -> None:
        (tmp_path / "away").rename(music)

    world = World(nothing, away, *[nothing] * 9, back, *[nothing] * 3)
    said = world.run(music)
    assert said == [
        f"{music} is not available: its tracks stay in the library until it is back",
        f"{music} is available again",
    ]
    assert [names for _, names in world.scans] == [["music"]] * 2  # none while it was away
    assert world.scans[1][0] > 10


def test_an_emptied_folder_is_told_once(music: Path) -> None:
    world = World(nothing, lambda: {music / "a.mp3"}, *[nothing] * 6)
    world.error = LibraryRootError("held 3 tracks and now holds no audio")
    assert world.run(music) == ["held 3 tracks and now holds no audio"]


def test_a_drive_that_takes_its_empty_mount_points_place_is_told(music: Path, tmp_path: Path) -> None:
    def mount() -> set[Path]:
        music.rename(tmp_path / "mount point")
        music.mkdir()
        world.error = None
        return {music}

    world = World(nothing, lambda: {music / "a.mp3"}, *[nothing] * 6, mount, *[nothing] * 3)
    world.error = LibraryRootError("held 3 tracks and now holds no audio")
    assert world.run(music) == ["held 3 tracks and now holds no audio", f"{music} is available again"]
    assert len(world.scans) == 1


def test_it_waits_for_another_process_and_goes_on(music: Path) -> None:
    world = World(*[nothing] * 30)
    world.error, world.held = CatalogueError("is held by process 7"), True

    def free() -> None:
        world.error, world.held = None, False

    world.steps[12] = free
    assert world.run(music) == ["is held by process 7 (watch tries again by itself)"]
    assert [when for when, _ in world.scans] == [1 + 2 * RETRY]


def test_a_library_that_is_broken_ends_it(music: Path) -> None:
    world = World(*[nothing] * 3)
    world.error = CatalogueError("the library was replaced")
    watcher = Watcher(world.scan, lambda: None, [music], watch=world.watch, clock=lambda: world.now, sleep=world.sleep)  # type: ignore[arg-type]
    with pytest.raises(CatalogueError, match="replaced"):
        list(watcher.run())


def test_once_gives_a_growing_file_one_more_chance(music: Path) -> None:
    (music / "a.mp3").write_bytes(b"x")
    world = World(*[nothing] * 9)
    world.waits = [music / "a.mp3"]
    watcher = Watcher(world.scan, lambda: None, [music], clock=lambda: world.now, sleep=world.sleep)  # type: ignore[arg-type]
    list(watcher.once())
    assert [when for when, _ in world.scans] == [0.0, 5.0]

    world.error, world.held = CatalogueError("is held by process 7"), True
    watcher = Watcher(world.scan, lambda: "somebody", [music], clock=lambda: world.now, sleep=world.sleep)  # type: ignore[arg-type]
    assert [event.text for event in watcher.once() if isinstance(event, WatchNotice)] == [
        "another musicemb is working on the library: nothing was done"
    ]


def test_no_folder_is_wrong_usage() -> None:
    with pytest.raises(SettingsError, match="name a folder"):
        Watcher(lambda *_: iter(()), lambda: None, [])
