"""scan, from the shell to the summary."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import sounds
from fake_encoder import FakeEncoder
from paths import with_tests_on_path
from typed_commands import Type

from musicemb.cli import run
from musicemb.cli.session import Session
from musicemb.errors import BundleError, CatalogueError
from musicemb.io.catalogue.catalogue import open_catalogue

MakeLibrary = Callable[..., Path]


@pytest.mark.processes
def test_tracks_of_one_name_are_shown_by_their_paths(tmp_path: Path, type_: Type) -> None:
    for seed, folder in enumerate(("one", "two")):
        sounds.write(tmp_path / folder / "same.flac", sounds.music(2.0, seed, 16_000, channels=1), 16_000)
    shown = type_("scan", tmp_path, "--workers", "1").text
    assert f"{tmp_path / 'one' / 'same.flac'}  {tmp_path / 'two' / 'same.flac'}" in shown


@pytest.mark.processes
def test_a_small_folder(tmp_library: MakeLibrary, type_: Type) -> None:
    music = tmp_library(4)
    (music / "empty.mp3").write_bytes(b"")
    (music / "page.mp3").write_bytes(b"<!DOCTYPE html><html></html>" * 30)
    typed = type_("scan", music, "--workers", "1")
    assert typed.status == 3, typed.err
    assert typed.err == ""
    shown = typed.text
    assert shown.startswith(f"Scanned {music} in ")
    assert "4 tracks in the library: 4 new, 2 failed" in shown
    assert "Too few tracks to group (4 of 30)" in shown
    assert shown.count("Artist ") >= 4
    assert f"  {music / 'empty.mp3'}: is empty" in shown
    assert 'musicemb similar "Artist' in shown

    again = type_("scan", "--json")
    assert again.status == 0, again.err
    assert again.json["unchanged"] == 4
    assert again.json["remembered"] == 2
    assert again.json["failed"] == []
    assert again.json["library"] == os.environ["MUSICEMB_LIBRARY"]

    (music / "Artist 0" / "Album 0" / "Track 0.mp3").rename(music / "moved.mp3")
    moved = type_("scan", music, "--retry-failed", "--json", "--workers", "1")
    assert moved.status == 3
    assert (moved.json["moved"], moved.json["unchanged"], len(moved.json["failed"])) == (1, 3, 2)


@pytest.mark.parametrize(("words", "status"), [(["scan"], 2), (["scan", "/no/such/folder"], 1)])
def test_nothing_to_scan(words: list[str], status: int, type_: Type) -> None:
    typed = type_(*words)
    assert typed.status == status
    assert typed.err.splitlines()[-1].startswith(("musicemb: ", "Error: "))


def test_no_such_encoder(capsys: pytest.CaptureFixture[str], own_library: Path) -> None:
    def load(folder: object) -> FakeEncoder:
        raise BundleError(f"{folder} is not an encoder bundle")

    assert run(["scan", ".", "--encoder", "/no/bundle"], Session(load_encoder=load)) == 1
    assert capsys.readouterr().err == "musicemb: /no/bundle is not an encoder bundle\n"


def test_write_without_consent_is_refused_before_the_work(tmp_library: MakeLibrary, type_: Type) -> None:
    typed = type_("scan", tmp_library(1), "--write")
    assert typed.status == 2
    assert "--yes" in typed.err
    assert type_("status", "--json").status == 1


SCRIPT = """
import os, sys, time
from dataclasses import dataclass
from fake_encoder import FakeEncoder
from musicemb.cli import run
from musicemb.cli.session import Session

@dataclass(frozen=True)
class Slow(FakeEncoder):
    def embed(self, features):
        time.sleep(float(os.environ["SECONDS_A_TRACK"]))
        return super().embed(features)

if __name__ == "__main__":
    sys.exit(run(sys.argv[1:], Session(load_encoder=lambda folder: Slow())))
"""


@pytest.mark.processes
@pytest.mark.skipif(os.name != "posix", reason="signals are sent otherwise there")
def test_an_interruption_keeps_what_is_done(tmp_library: MakeLibrary, tmp_path: Path, own_library: Path) -> None:
    music = tmp_library(6)
    script = tmp_path / "slow.py"
    script.write_text(SCRIPT)
    environment = {**with_tests_on_path(), "SECONDS_A_TRACK": "0.5"}
    command = [sys.executable, str(script), "scan", str(music), "--workers", "1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as process:
        for _ in range(2400):
            time.sleep(0.05)
            # Until the first track is stored there may be no catalogue to look at.
            with contextlib.suppress(CatalogueError), open_catalogue(read_only=True) as catalogue:
                if catalogue.tracks():
                    break
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert out == b""
    assert b"of 6 done and kept" in err and b"Traceback" not in err
    with open_catalogue() as catalogue:
        kept = len(catalogue.tracks())
    assert 1 <= kept < 6
    environment["SECONDS_A_TRACK"] = "0"
    finished = subprocess.run(command, capture_output=True, env=environment, timeout=120, check=False)
    assert finished.returncode == 0, finished.stderr
    assert f"{6 - kept} new, {kept} unchanged".encode() in finished.stdout


@pytest.mark.processes
def test_where_much_of_the_library_vanishes_the_scan_says_so_first(tmp_library: MakeLibrary, type_: Type) -> None:
    music = tmp_library(6)
    assert type_("scan", music, "--workers", "1").status == 0
    for path in sorted(music.rglob("*.mp3"))[:2]:
        path.unlink()
    typed = type_("scan", music, "--regroup", "--workers", "1")
    assert "2 of 6 tracks are no longer there" in typed.err
    assert "no longer there" not in type_("scan", music).err
