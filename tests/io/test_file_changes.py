"""What changes on disk is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from musicemb.errors import MusicembError
from musicemb.io import file_changes as room
from musicemb.io.file_changes import may_be_music, watch_folders

pytest.importorskip("watchfiles", reason="watchfiles is not installed: pip install 'musicemb[watch]'")


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("a.mp3", True),
        ("Vol. 2", True),
        ("Album", True),
        (".nomusic", True),
        ("cover.JPG", False),
        (".a.mp3.part", False),
        ("a.mp3.part", False),
        ("library.sqlite-wal", False),
        ("x.m3", True),
    ],
)
def test_what_may_be_music(name: str, found: bool) -> None:
    assert may_be_music(Path("/m", name)) is found


@pytest.mark.parametrize("poll", [False, True])
def test_a_new_file_is_told_and_a_cover_is_not(tmp_path: Path, poll: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "POLL_SECONDS", 0.1)
    changes = watch_folders([tmp_path], poll=poll, tick=0.1)
    assert next(changes) == set()
    (tmp_path / "cover.jpg").write_bytes(b"x")
    (tmp_path / "a.mp3").write_bytes(b"x")
    for found in changes:  # pytest's own time limit is the suite's; a tick is a tenth of a second
        if found:
            assert tmp_path / "a.mp3" in found
            assert tmp_path / "cover.jpg" not in found
            break
    changes.close()


def test_a_folder_that_went_ends_it_or_tells_nothing(tmp_path: Path) -> None:
    changes = watch_folders([tmp_path / "no"], tick=0.1)
    assert next(changes, set()) == set()
    changes.close()


def test_what_the_system_refuses_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> object:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("watchfiles.watch", refuse)
    with pytest.raises(MusicembError, match="--poll"):
        next(watch_folders([tmp_path]))
