"""tag --review as a conversation: keys are typed at it, and it is left, killed and gone on with."""

from __future__ import annotations

import io
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import click
import pytest
import sounds
from paths import with_tests_on_path
from tagged_library import ENCODER, add, snapshot
from typed_commands import Type

from musicemb.io.catalogue.catalogue import open_catalogue
from musicemb.io.tags.reader import read_tags
from musicemb.records import NOISE, Cluster, GenreOdds

Keys = Callable[..., None]
INTERRUPT = "\x03"


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> Keys:
    """``keys("a", "q", lines="trance\\n")``: what is typed next, one key or one line after the other."""

    def typed(*pressed: str, lines: str = "") -> None:
        left = list(pressed)

        def getchar(echo: bool = False) -> str:
            key = left.pop(0) if left else "\x04"
            if key == INTERRUPT:
                raise KeyboardInterrupt
            if key == "\x04":
                raise EOFError
            return key

        monkeypatch.setattr(click, "getchar", getchar)
        monkeypatch.setattr(sys, "stdin", io.StringIO(lines))

    return typed


@pytest.fixture
def music(own_library: Path, tmp_path: Path) -> Path:
    """Five files without a genre, three of them in a group."""
    root = tmp_path / "music"
    with open_catalogue(own_library) as catalogue:
        for number in range(5):
            path = root / f"{number}.mp3"
            sounds.write_music(path, 1.0, seed=number, artist="A", title=f"T{number}")
            add(catalogue, path, "Techno", 0.9 - number / 10)
        ids = [track.id for track in catalogue.tracks()]
        labels = {id_: (7 if place < 3 else NOISE, 0.9, 7) for place, id_ in enumerate(ids)}
        catalogue.put_clusters(ENCODER, [Cluster(7, "Techno, fast", 3)], labels)
        likely = {"techno": 0.8, "electronic": 0.9, "trance": 0.2}
        catalogue.put_odds(ENCODER, {id_: GenreOdds(likely, 0.6, "neighbours") for id_ in ids})
    return root


def genres(music: Path) -> list[tuple[str, ...]]:
    return [read_tags(path).genres for path in sorted(music.iterdir())]


def test_all_ways_to_answer(music: Path, type_: Type, keys: Keys) -> None:
    # One by one: accepted, another word by its number, typed after a word that is none; then the two in no cluster.
    keys("o", "a", "2", "e", "o", "s", "a", lines="123\nacid house\ny\n")
    typed = type_("tag", "--review", terminal=True)
    assert typed.status == 0, typed.err
    assert "group 1 of 2: Techno, fast, 3 tracks to decide" in typed.err
    assert "2 of 3 in Techno, fast" in typed.err
    assert "or  1 Electronic 0.90  2 Trance 0.20" in typed.err
    assert '"123" is not a genre' in typed.err
    assert "4 to write, 1 skipped" in typed.err
    assert "4 files would get a genre: Techno 2, Trance 1, Acid House 1" in typed.text
    assert "Write to 4 files? [y/N]" in typed.err and "4 written\nrun musicemb undo" in typed.text
    assert genres(music) == [("Techno",), ("Trance",), ("Acid House",), (), ("Techno",)]
    again = type_("tag", "--review", terminal=True)
    assert again.status == 0
    assert "nothing to decide: you skipped 1 track before (--again asks about them)" in again.err
    assert type_("tag", "--dry-run").text.startswith("nothing to write")


def test_a_whole_group_and_the_rest_of_one(music: Path, type_: Type, keys: Keys) -> None:
    keys("a", "o", "g", lines="y\n")
    typed = type_("tag", "--review", terminal=True)
    assert "3 tracks accepted" in typed.err and "2 tracks accepted" in typed.err
    assert genres(music) == [("Techno",)] * 5
    assert [read_tags(path).our_genres for path in sorted(music.iterdir())] == [("Techno",)] * 5


def test_a_word_for_a_whole_group(music: Path, type_: Type, keys: Keys) -> None:
    keys("e", "e", "b", "e", "q", lines="\n123\nacid house\ntrance\n")
    typed = type_("tag", "--review", terminal=True)
    assert "(e) type another for all" in " ".join(typed.err.split())
    assert '"123" is not a genre' in typed.err and "Acid House" in typed.err
    assert "3 to write, 2 left to decide" in typed.err
    keys("q")
    assert [(one.verdict, one.genres) for one in decisions()] == [("chosen", ("Trance",))] * 3


def test_nothing_is_written_before_the_listener_says_so(music: Path, type_: Type, keys: Keys) -> None:
    before = snapshot(music)
    keys("a", "q")
    left = type_("tag", "--review", terminal=True)
    assert left.status == 0
    assert "3 to write, 2 left to decide\nwhat you decided is kept for the next musicemb tag --review\n" in left.err
    assert left.text == ""
    keys("s", lines="n\n")
    no = type_("tag", "--review", terminal=True)
    assert "group 1" not in no.err.split("tracks to decide")[0]
    assert "nothing was written\nwhat you decided is kept" in no.err
    assert snapshot(music) == before
    keys(lines="y\n")
    yes = type_("tag", "--review", terminal=True)
    assert "3 written" in yes.text
    assert genres(music) == [("Techno",)] * 3 + [()] * 2


def test_write_now_leaves_the_rest_for_later(music: Path, type_: Type, keys: Keys) -> None:
    keys("n", "o", "a", "w", lines="y\n")
    typed = type_("tag", "--review", terminal=True)
    assert "1 to write, 4 left to decide" in typed.err
    assert genres(music) == [(), (), (), ("Techno",), ()]


def test_back_takes_answers_back(music: Path, type_: Type, keys: Keys) -> None:
    keys("b", "a", "b", "o", "s", "s", "b", "b", "a", "q")
    typed = type_("tag", "--review", terminal=True)
    assert "there is nothing to go back to" in typed.err
    assert "1 to write, 4 left to decide" in typed.err
    assert [one.verdict for one in decisions()] == ["accepted"]


def decisions() -> list:  # type: ignore[type-arg]
    with open_catalogue() as catalogue:
        return list(catalogue.decisions().values())


@pytest.mark.parametrize("key", ["q", "\x04", ""])
def test_ways_to_leave(music: Path, type_: Type, keys: Keys, key: str) -> None:
    keys("o", "a", "x", "\x1b[A", "aa", key)
    typed = type_("tag", "--review", terminal=True)
    assert typed.status == 0
    assert "1 to write, 4 left to decide" in typed.err


def test_an_interruption_keeps_what_was_decided(music: Path, type_: Type, keys: Keys) -> None:
    before = snapshot(music)
    keys("o", "a", "s", INTERRUPT)
    typed = type_("tag", "--review", terminal=True)
    assert typed.status == 130
    assert typed.err.splitlines()[-1] == (
        "musicemb: interrupted; what you decided is kept for the next musicemb tag --review"
    )
    assert [one.verdict for one in decisions()] == ["accepted", "skipped"]
    assert snapshot(music) == before
    keys("?", "q")
    again = type_("tag", "--review", terminal=True)
    assert "group 1 of 2: Techno, fast" not in again.err and "3 of 3 in Techno" not in again.err
    assert "1 of 1 in Techno, fast" in again.err
    assert "takes the last answer back" in again.err


def test_plain_tag_keeps_to_what_was_decided(music: Path, type_: Type, keys: Keys) -> None:
    keys("o", "2", "s", "q")
    type_("tag", "--review", terminal=True)
    lines = type_("tag", "--dry-run").text.splitlines()
    assert lines[0] == "4 files would get a genre: Techno 3, Trance 1"
    assert lines[3].split() == ["-", "→", "Trance", "yours", "A", "-", "T0"]
    assert type_("tag", "--yes").status == 0
    assert genres(music) == [("Trance",), (), ("Techno",), ("Techno",), ("Techno",)]


def test_all_can_be_asked_again(music: Path, type_: Type, keys: Keys) -> None:
    keys("s", "s")
    type_("tag", "--review", terminal=True)
    keys("a", "q")
    typed = type_("tag", "--review", "--again", terminal=True)
    assert "3 to write, 2 left to decide" in typed.err


def test_what_does_not_go_together_or_has_no_terminal_is_refused(music: Path, type_: Type) -> None:
    typed = type_("tag", "--review")
    assert typed.status == 2
    assert len(typed.err.splitlines()) == 1 and "no terminal to ask at" in typed.err
    for other in ("--dry-run", "--json", "--yes"):
        typed = type_("tag", "--review", other, terminal=True)
        assert typed.status == 2 and f"--review and {other} contradict each other" in typed.err
    typed = type_("tag", "--again")
    assert typed.status == 2 and "--again goes with --review" in typed.err


def test_files_that_cannot_be_written_are_not_asked_about(music: Path, type_: Type, keys: Keys) -> None:
    (music / "0.mp3").unlink()
    keys("a", "q")
    typed = type_("tag", "--review", terminal=True)
    assert "Techno, fast, 2 tracks to decide" in typed.err
    assert "1 file cannot be written; musicemb tag --dry-run says why" in typed.err


def test_a_library_that_is_away_leaves_nothing_to_decide(music: Path, type_: Type) -> None:
    music.rename(music.with_name("away"))
    typed = type_("tag", "--review", terminal=True)
    assert typed.status == 0
    assert "nothing to decide\n5 files cannot be written" in typed.err


@pytest.mark.processes
@pytest.mark.skipif(sys.platform == "win32", reason="has no pseudo-terminals")
@pytest.mark.parametrize(("columns", "end"), [(80, "SIGKILL"), (40, "SIGTERM")])
def test_a_real_terminal_and_a_kill(music: Path, own_library: Path, columns: int, end: str) -> None:
    import fcntl
    import pty
    import struct
    import termios

    before = snapshot(music)
    mine, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    environment = {**with_tests_on_path(), "TERM": "dumb", "MUSICEMB_LIBRARY": str(own_library)}
    environment.pop("COLUMNS", None)  # a worker of pytest-xdist has it set; the terminal's own width counts here
    command = [sys.executable, "-m", "musicemb", "tag", "--review"]
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment)
    seen = b""

    def wait(for_what: bytes) -> None:
        nonlocal seen
        since = time.monotonic()
        while for_what not in seen:
            assert time.monotonic() - since < 60, seen
            if select.select([mine], [], [], 2)[0]:
                seen += os.read(mine, 4096)

    def press(key: bytes) -> None:
        since = time.monotonic()
        # What is pressed before the program listens for a single key, the terminal echoes and drops.
        while termios.tcgetattr(theirs)[3] & termios.ICANON:
            assert time.monotonic() - since < 60, "no key is waited for"
            time.sleep(0.005)
        os.write(mine, key)

    try:
        wait(b"(?) help")
        for key, answer in ((b"o", b"1 of 3"), (b"a", b"2 of 3"), (b"s", b"3 of 3")):
            seen = b""
            press(key)
            wait(answer)
            wait(b"(?) help")
        assert b"\x1b" not in seen
        assert max(len(line) for line in seen.decode().splitlines()) <= columns
    finally:
        process.send_signal(signal.Signals[end])
        process.wait(60)
        os.close(mine)
        os.close(theirs)
    assert [one.verdict for one in decisions()] == ["accepted", "skipped"]
    assert snapshot(music) == before
