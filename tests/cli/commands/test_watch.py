"""watch as it is typed."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
import sounds
from paths import PACKAGE
from typed_commands import Type

from musicemb.io.catalogue.catalogue import open_catalogue

pytestmark = pytest.mark.processes


def test_once_hears_and_says_what_is_new(own_library: Path, type_: Type, tmp_path: Path) -> None:
    sounds.write_music(tmp_path / "music" / "a.mp3", 4.0, seed=1)
    typed = type_("watch", tmp_path / "music", "--once", "--settle", "0", "--workers", "1")
    assert (typed.status, typed.out) == (0, b"")
    assert "embedding 1 file" in typed.err
    assert "1 new: 1 track (" in typed.err
    typed = type_("watch", "--once", "--settle", "0")
    assert (typed.status, "nothing new: 1 track" in typed.err) == (0, True)


def test_events_are_lines_of_json(own_library: Path, type_: Type, tmp_path: Path) -> None:
    sounds.write_music(tmp_path / "music" / "a.mp3", 4.0, seed=1)
    (tmp_path / "music" / "b.mp3").write_bytes(b"no music")
    typed = type_("watch", tmp_path / "music", "--once", "--settle", "0", "--workers", "1", "--json")
    assert typed.status == 3
    assert [line["event"] for line in typed.lines] == ["hearing", "failed", "scanned"]
    hearing, failed, scanned = typed.lines
    assert hearing["files"] == 2
    assert failed["path"] == str(tmp_path / "music" / "b.mp3")
    assert (scanned["new"], scanned["failed"], scanned["tracks"], scanned["clusters"]) == (1, 1, 1, 0)


def test_a_file_that_is_being_written_waits(own_library: Path, type_: Type, tmp_path: Path) -> None:
    sounds.write_music(tmp_path / "music" / "a.mp3", 4.0, seed=1)
    sounds.write_music(tmp_path / "music" / "b.mp3", 4.0, seed=2)
    assert type_("watch", tmp_path / "music" / "a.mp3", "--once", "--settle", "0", "--workers", "1").status == 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("time.sleep", lambda seconds: None)
        typed = type_("watch", tmp_path / "music", "--once", "--settle", "3600")
    assert typed.status == 0
    assert "1 file still being written" in typed.err
    with open_catalogue() as catalogue:
        assert [track.path.name for track in catalogue.tracks()] == ["a.mp3"]


def test_a_folder_that_is_gone_is_one_line(own_library: Path, type_: Type, tmp_path: Path) -> None:
    typed = type_("watch", tmp_path / "no", "--once")
    assert typed.status == 1
    assert typed.err.count("\n") == 1
    assert type_("watch").status == 2


def test_the_units_of_the_page_are_understood(tmp_path: Path) -> None:
    """systemd's own check, of what PLAYERS.md says to write into files."""
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd is not here")
    page = (PACKAGE / "docs" / "PLAYERS.md").read_text(encoding="utf-8")
    units = {}
    for block in page.split("```ini\n")[1:]:
        first, _, rest = block.split("```")[0].partition("\n")
        units[first.removeprefix("# ~/.config/systemd/user/")] = rest
    assert {Path(name).suffix for name in units} >= {".service", ".timer"}
    for name, text in units.items():
        # The programs that they start lie elsewhere on this machine.
        (tmp_path / name).write_text(text.replace("%h/.local/bin/musicemb", "/bin/true"))
    for name in units:
        done = subprocess.run(
            [analyze, "--user", "verify", str(tmp_path / name)],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "XDG_RUNTIME_DIR": str(tmp_path)},
        )
        told = [line for line in done.stderr.splitlines() if str(tmp_path) in line or name in line]
        assert (done.returncode, told) == (0, []), done.stderr
