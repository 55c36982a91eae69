"""Trouble at every step of a write: full disks, refused calls and kills leave the old file or the new one."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sounds
from paths import ROOT
from tag_files import leftovers, put

from musicemb.errors import TagError
from musicemb.io.tags import formats as tagkinds
from musicemb.io.tags.reader import read_tags
from musicemb.io.tags.replacing import atomic_replace as replacing
from musicemb.io.tags.replacing.atomic_replace import sweep
from musicemb.io.tags.writer import edit_tag

STEPS: tuple[tuple[Any, str], ...] = (
    (os, "open"),
    (os, "fdopen"),
    (shutil, "copyfileobj"),
    (shutil, "copystat"),
    (os, "utime"),
    (os, "fsync"),
    (Path, "replace"),
    (tagkinds, "identify"),
    (replacing, "_replace"),
)
"""Where the system may refuse."""


def write(path: Path) -> None:
    kinds = {".mp3": "TCON", ".m4a": "\xa9gen"}
    with edit_tag(path, {kinds.get(path.suffix, "GENRE"): ["Jazz"]}) as edit:
        edit.commit()


def left(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.name.startswith(".musicemb")]


@contextmanager
def broken(place: Any, name: str, at: int, error: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Let one call of a function fail: the one with number `at`."""
    calls: list[int] = []
    real: Callable[..., Any] = getattr(place, name)

    def call(*arguments: Any, **named: Any) -> Any:
        calls.append(1)
        if len(calls) == at + 1:
            raise OSError(error, os.strerror(error))
        return real(*arguments, **named)

    with monkeypatch.context() as patch:
        patch.setattr(place, name, call)
        yield calls


@pytest.mark.parametrize(
    ("suffix", "error"),
    [("mp3", errno.ENOSPC), ("mp3", errno.EACCES), ("flac", errno.EIO), ("ogg", errno.ENOSPC), ("m4a", errno.EACCES)],
)
def test_any_refused_call_leaves_a_sound_file(
    tmp_path: Path, suffix: str, error: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = sounds.write_music(tmp_path / f"a.{suffix}", 1.0, title="T", genre="Rock")
    original = path.read_bytes()
    refused = 0
    for place, name in STEPS:
        for at in range(40):
            path.write_bytes(original)
            reason = ""
            with broken(place, name, at, error, monkeypatch) as calls:
                try:
                    write(path)
                except TagError as problem:
                    reason = problem.reason
            if reason:
                refused += 1
                assert path.read_bytes() == original
            else:
                assert read_tags(path).genres == ("Jazz",)
            assert not left(tmp_path)
            if len(calls) <= at:
                break
    assert refused >= 6


def test_a_disk_that_fills_up_while_writing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = sounds.write_music(tmp_path / "a.mp3", 1.0, title="T")
    original = path.read_bytes()

    def half(source: Any, target: Any, length: int = 0) -> None:
        target.write(source.read(1000))
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(shutil, "copyfileobj", half)
    with pytest.raises(TagError, match="No space left") as caught:
        write(path)
    assert caught.value.transient and path.read_bytes() == original and not left(tmp_path)


KILLED = """
import os, signal, sys
from pathlib import Path
from musicemb.io.tags.writer import edit_tag
from musicemb.io.tags.replacing.atomic_replace import sweep
from musicemb.io.tags.reader import read_tags
import mutagen.id3, mutagen.flac, mutagen.ogg, mutagen.mp4, mutagen.apev2

path, field, folder = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[1]).parent
original = path.read_bytes()

def write():
    with edit_tag(path, {field: ["Jazz"]}) as edit:
        edit.commit()

def killed_at(number):
    # Every audit event is a step of the write: opening, renaming, syncing, removing, listing.
    seen = [0]
    def hook(event, arguments):
        if event.startswith(("open", "os.", "shutil.", "mmap.", "fcntl.", "tempfile.")):
            seen[0] += 1
            if seen[0] == number:
                os.kill(os.getpid(), signal.SIGKILL)
    sys.addaudithook(hook)
    write()

write()
new, finished, number, leftovers = path.read_bytes(), False, 0, 0
while not finished:
    number += 1
    path.write_bytes(original)
    child = os.fork()
    if not child:
        killed_at(number)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    finished = status == 0
    assert path.read_bytes() in (original, new), f"half a file after step {number}"
    leftovers += len(sweep(folder))
    assert [entry.name for entry in folder.iterdir()] == [path.name], f"something left after step {number}"
print(number, leftovers, path.read_bytes() == new)
"""


@pytest.mark.processes
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and SIGKILL")
@pytest.mark.parametrize(
    ("suffix", "field"), [("mp3", "TCON"), ("flac", "GENRE"), ("opus", "GENRE"), ("m4a", "\xa9gen")]
)
def test_a_kill_at_any_step_leaves_the_old_file_or_the_new(tmp_path: Path, suffix: str, field: str) -> None:
    path = sounds.write_music(tmp_path / "music" / f"a.{suffix}", 1.0, title="T")
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(path), field],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONUTF8": "1"},
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    steps, leftovers, finished = done.stdout.split()
    assert int(steps) > 10 and int(leftovers) > 3 and finished == "True"


@pytest.mark.processes
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs SIGKILL")
def test_kills_at_random_moments(tmp_path: Path) -> None:
    import random
    import signal
    import time

    path = sounds.write_music(tmp_path / "a.mp3", 1.0, title="T")
    path.write_bytes(path.read_bytes() + bytes(4_000_000))
    original = path.read_bytes()
    loop = (
        "import sys; from pathlib import Path; from musicemb.io.tags.writer import edit_tag\n"
        "path, n = Path(sys.argv[1]), 0\n"
        "print('ready', flush=True)\n"
        "while True:\n"
        "    n += 1\n"
        "    with edit_tag(path, {'TCON': [f'Genre {n % 7}'] * (n % 2)}) as edit: edit.commit()\n"
    )
    for seed in range(2):
        child = subprocess.Popen([sys.executable, "-c", loop, str(path)], stdout=subprocess.PIPE, cwd=ROOT)
        assert child.stdout and child.stdout.readline() == b"ready\n"
        time.sleep(random.Random(seed).uniform(0.05, 0.2))
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()
        assert len(read_tags(path).genres) <= 1 and read_tags(path).title == "T"
        assert path.read_bytes().endswith(original[-4_000_000:])
        replacing.sweep(tmp_path)
        assert not left(tmp_path)


def test_mode_owner_and_attributes_stay_and_time_moves(tmp_path: Path) -> None:
    path = sounds.write_music(tmp_path / "a.mp3", 1.0)
    path.chmod(0o640)
    os.utime(path, ns=(1_000_000_000, 2_000_000_000))
    attribute = False
    if hasattr(os, "setxattr"):
        try:
            os.setxattr(path, "user.note", b"mine")
            attribute = True
        except OSError:
            pass
    before = path.stat()
    put(path, "Jazz")
    after = path.stat()
    assert stat.S_IMODE(after.st_mode) == (0o640 if os.name != "nt" else stat.S_IMODE(before.st_mode))
    assert (after.st_uid, after.st_gid) == (before.st_uid, before.st_gid)
    assert after.st_mtime_ns > before.st_mtime_ns
    if attribute:
        assert os.getxattr(path, "user.note") == b"mine"


def test_a_symbolic_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    path = sounds.write_music(tmp_path / "real" / "a.mp3", 1.0)
    link = tmp_path / "link.mp3"
    link.symlink_to(path)
    put(link, "Jazz")
    assert link.is_symlink() and read_tags(path).genres == ("Jazz",)
    assert not leftovers(tmp_path) and not leftovers(path.parent)


def test_hard_links_are_not_parted(tmp_path: Path) -> None:
    path = sounds.write_music(tmp_path / "a.mp3", 1.0)
    os.link(path, tmp_path / "b.mp3")
    with pytest.raises(TagError, match="2 hard links") as caught:
        put(path, "Jazz")
    assert not caught.value.transient


def test_read_only_file_and_folder(tmp_path: Path) -> None:
    path = sounds.write_music(tmp_path / "music" / "a.mp3", 1.0)
    original = path.read_bytes()
    path.chmod(0o444)
    with pytest.raises(TagError, match="is read-only") as caught:
        put(path, "Jazz")
    assert caught.value.transient
    path.chmod(0o644)
    path.parent.chmod(0o555)
    try:
        with pytest.raises(TagError, match="read-only folder"):
            put(path, "Jazz")
    finally:
        path.parent.chmod(0o755)
    assert path.read_bytes() == original and not leftovers(path.parent)


def test_a_file_that_changes_meanwhile_is_left_alone(tmp_path: Path) -> None:
    path = sounds.write_music(tmp_path / "a.mp3", 1.0)
    with edit_tag(path, {"TCON": ["Jazz"]}) as edit:
        path.write_bytes(path.read_bytes() + b"more")
        changed = path.read_bytes()
        with pytest.raises(TagError, match="changed by another program"):
            edit.commit()
    assert path.read_bytes() == changed and not leftovers(tmp_path)


def test_an_edit_that_is_not_committed_leaves_nothing(tmp_path: Path) -> None:
    path = sounds.write_music(tmp_path / "a.flac", 1.0)
    original = path.read_bytes()
    with edit_tag(path, {"GENRE": ["Jazz"]}) as edit:
        assert edit.tags.genres == ("Jazz",) and len(leftovers(tmp_path)) == 1
    assert path.read_bytes() == original and not leftovers(tmp_path)


def test_sweep_takes_only_what_a_kill_left(tmp_path: Path) -> None:
    left = tmp_path / ".musicemb-0123456789abcdef.partial"
    others = [".musicemb-0123456789abcdef.partial.txt", ".musicemb-xyz.partial", "musicemb.partial", ".hidden"]
    for name in (left.name, *others):
        (tmp_path / name).write_bytes(b"x")
    path = sounds.write_music(tmp_path / "a.mp3", 1.0)
    with edit_tag(path, {"TCON": ["Jazz"]}):
        living = set(leftovers(tmp_path)) - {left.name, *others}
        assert len(living) == 1
        assert sweep(tmp_path) == [left]
        assert living < set(leftovers(tmp_path)), "a write in progress is not disturbed"
    assert {name for name in others if (tmp_path / name).exists()} == set(others)


@pytest.mark.skipif(os.name == "nt", reason="the time of a change is not told there")
def test_an_edit_in_place_with_size_and_time_put_back_is_noticed(tmp_path: Path) -> None:
    path = sounds.write_music(tmp_path / "a.mp3", 1.0)
    before = path.stat()
    with edit_tag(path, {"TCON": ["Jazz"]}) as edit:
        with path.open("r+b") as file:
            file.seek(-10, 2)
            file.write(b"0123456789")
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
        changed = path.read_bytes()
        with pytest.raises(TagError, match="changed by another program"):
            edit.commit()
    assert path.read_bytes() == changed and not left(tmp_path)


@pytest.mark.skipif(not hasattr(os, "chown"), reason="files have no owner there")
@pytest.mark.parametrize("what", ["user", "group"])
def test_an_owner_that_cannot_be_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    path = sounds.write_music(tmp_path / "a.mp3", 1.0)
    if os.geteuid() != 0:
        pytest.skip("needs a file of another user")
    os.chown(path, 1234 if what == "user" else -1, 1234 if what == "group" else -1)
    original = path.read_bytes()

    def refuse(*_: object) -> None:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    with monkeypatch.context() as patch:
        patch.setattr(os, "chown", refuse)
        with pytest.raises(TagError, match=f"belongs to a.* {what}"):
            write(path)
    assert path.read_bytes() == original and not left(tmp_path)
    write(path)
    assert (path.stat().st_uid == 1234, path.stat().st_gid == 1234) == (what == "user", what == "group")


@pytest.mark.skipif(not hasattr(os, "setxattr"), reason="no extended attributes there")
def test_an_attribute_that_cannot_be_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = sounds.write_music(tmp_path / "a.mp3", 1.0)
    try:
        os.setxattr(path, "user.note", b"mine")
    except OSError:
        pytest.skip("this file system has none")
    original = path.read_bytes()
    monkeypatch.setattr(shutil, "copystat", shutil.copymode)
    with pytest.raises(TagError, match=r"could not keep \(user\.note\)"):
        write(path)
    assert path.read_bytes() == original and not left(tmp_path)


def test_a_date_in_a_far_future_becomes_now(tmp_path: Path) -> None:
    import time

    path = sounds.write_music(tmp_path / "a.mp3", 1.0)
    far = 10_413_792_000  # 2300
    os.utime(path, (far, far))
    write(path)
    assert abs(path.stat().st_mtime - time.time()) < 60
