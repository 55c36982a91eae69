"""A file that a person asked for is written whole or not at all, and none is replaced unasked."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from musicemb.errors import ConsentMissing, MusicembError
from musicemb.io.output.files import check_output, open_output, write_output

MARK = b"made by us"


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_what_is_there_is_replaced_when_asked_or_when_it_is_ours(tmp_path: Path) -> None:
    path = tmp_path / "map.html"
    write_output(path, b"first")
    for ours in (b"", MARK):
        with pytest.raises(ConsentMissing, match="--force"):
            write_output(path, b"second", ours=ours)
    assert path.read_bytes() == b"first"
    write_output(path, b"<p>" + MARK, force=True)
    write_output(path, b"third", ours=MARK)
    assert path.read_bytes() == b"third"
    path.write_bytes(b" " * 5000 + MARK)  # not in its beginning: this is a file about us, not one by us
    with pytest.raises(ConsentMissing):
        check_output(path, ours=MARK)
    assert names(tmp_path) == ["map.html"]


def test_where_nothing_can_be_written_one_line_says_why(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    for path, word in (
        (tmp_path, "is a folder"),
        (tmp_path / "no" / "map.html", "folder does not exist"),
        (tmp_path / "file" / "map.html", "folder does not exist"),
        (tmp_path / ("x" * 300), "cannot be written"),
    ):
        with pytest.raises(MusicembError, match=word) as caught:
            write_output(path, b"data", force=True)
        assert "\n" not in str(caught.value)
    assert names(tmp_path) == ["file"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_or_a_device_is_no_file_to_replace(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path(os.devnull)):
        with pytest.raises(MusicembError, match="not a file"):
            write_output(path, b"data", force=True)


@pytest.mark.skipif(os.name != "posix" or os.getuid() == 0, reason="no folder is read-only for this user")
def test_a_read_only_folder_is_said(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(MusicembError, match="read-only"):
            check_output(tmp_path / "map.html")
    finally:
        tmp_path.chmod(0o700)


@pytest.mark.skipif(os.name != "posix", reason="links need rights elsewhere")
def test_a_link_stays_and_what_it_leads_to_is_replaced_on_its_own_drive(tmp_path: Path) -> None:
    there = tmp_path / "there"
    there.mkdir()
    (there / "real.html").write_bytes(b"old")
    link = tmp_path / "link.html"
    link.symlink_to(there / "real.html")
    write_output(link, b"new", force=True)
    assert link.is_symlink()
    assert (there / "real.html").read_bytes() == b"new"
    (tmp_path / "round").symlink_to(tmp_path / "round")
    with pytest.raises(MusicembError, match="cannot be written"):
        write_output(tmp_path / "round", b"x", force=True)


def test_a_full_disk_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "map.html"
    path.write_bytes(b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("musicemb.io.output.files.os.fsync", full)
    with pytest.raises(MusicembError, match="No space left"):
        write_output(path, b"new", force=True)
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["map.html"]


@pytest.mark.parametrize("there", [True, False])
def test_a_full_disk_leaves_what_was_there(there: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    path = tmp_path / "library.csv"
    if there:
        path.write_bytes(b"before")
    monkeypatch.setattr(os, "fsync", full)
    with (
        pytest.raises(MusicembError, match=r"library\.csv cannot be written: No space left"),
        open_output(path, force=True) as file,
    ):
        file.write(b"half of it")
    assert names(tmp_path) == ["library.csv"] * there
    assert not there or path.read_bytes() == b"before"


def test_work_that_fails_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="halfway"), open_output(tmp_path / "library.csv") as file:
        file.write(b"half of it")
        raise ValueError("halfway")
    assert names(tmp_path) == []
