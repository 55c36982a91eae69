"""scan, from the shell to the summary."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import sounds
from fake_encoder import FakeEncoder
from paths import with_tests_on_path
from typed_commands import Type

from musicemb.cli import run
from musicemb.cli.session import Session, program_name
from musicemb.cli.views.scan_summary import show_summary
from musicemb.errors import BundleError, CatalogueError
from musicemb.io.catalogue.catalogue import open_catalogue
from musicemb.records import Problem, ScanSummary

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
    assert "Too few tracks to cluster (4 of 30)" in shown
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
import sys, time
from dataclasses import dataclass
from fake_encoder import FakeEncoder
from musicemb.cli import run
from musicemb.cli import run
from musicemb.cli.session import Session

@dataclass(frozen=True)
class Slow(FakeEncoder):
    def embed(self, features):
        time.sleep(0.5)
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
    environment = with_tests_on_path()
    command = [sys.executable, str(script), "scan", str(music), "--workers", "1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as process:
        for _ in range(1200):
            time.sleep(0.1)
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
    finished = subprocess.run(command, capture_output=True, env=environment, timeout=120, check=False)
    assert finished.returncode == 0, finished.stderr
    assert f"{6 - kept} new, {kept} unchanged".encode() in finished.stdout


def summary(**changes: object) -> ScanSummary:
    plain = ScanSummary(
        new=0, changed=0, moved=0, retagged=0, gone=0, unchanged=40, skipped=(), failed=(), tracks=40, clusters=(),
        noise=1, pairs=(), too_few=False, guesses=0, taggable=0, encoder_id="fake00000000", elapsed=3.2,
    )  # fmt: skip
    return replace(plain, **changes)  # type: ignore[arg-type]


def test_the_summary_says_what_to_do_next(library: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken = tuple(Problem(Path(f"/music/{n}.mp3"), "is damaged", "failed") for n in range(15))
    silent = (Problem(Path("/music/s.mp3"), "is silent", "skipped"),)
    with open_catalogue() as catalogue:
        clusters = tuple(catalogue.clusters("fake00000000"))
        problems = {"failed": broken, "skipped": silent}
        said = summary(clusters=clusters, guesses=9, taggable=7, gone=2, newer_encoder="n1", notes=("x",), **problems)
        show_summary(Session(), catalogue, said, [Path("/music")])
    shown = capsys.readouterr().out
    assert "40 unchanged, 2 gone, 1 skipped, 15 failed" in shown
    assert "2 clusters; 1 track in no cluster" in shown
    assert "9 genre guesses for tracks without a genre tag\n  Rock 9\n" in shown
    assert "  is damaged: 15 files\n    /music/0.mp3\n" in shown and "    and 12 more\n" in shown
    assert "  /music/s.mp3: is silent\n" in shown
    for command in (
        'musicemb similar "Even - Song 0"', "musicemb clusters 0", "musicemb tag --dry-run",
        "musicemb status --problems", "musicemb forget --gone", "musicemb scan --reembed",
    ):  # fmt: skip
        assert f"  {command} " in shown
    assert "to 7 files" in shown


def test_the_summary_of_nothing_special_is_short(library: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with open_catalogue() as catalogue:
        show_summary(Session(), catalogue, summary(noise=40), [Path("/music"), Path("/more")])
    shown = capsys.readouterr().out
    assert shown.startswith("Scanned 2 places in 3.2 s\n40 tracks in the library: 40 unchanged\n")
    assert "Next" not in shown and "failed" not in shown
    assert "No clusters" in shown


def test_the_program_is_named_as_it_can_be_typed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert program_name("musicemb") == "musicemb"
    assert program_name("/x/musicemb/__main__.py").endswith(" -m musicemb")
    script = tmp_path / "musicemb"
    script.touch(mode=0o755)
    monkeypatch.setenv("PATH", "/nowhere")
    assert program_name(str(script)) == str(script)
    if os.name == "posix":
        monkeypatch.setenv("PATH", str(tmp_path))
        assert program_name(str(script)) == "musicemb"
