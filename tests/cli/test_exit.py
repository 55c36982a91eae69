"""How the program leaves, and what it never does: tracebacks, broken pipes, escapes in a pipe."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from fake_encoder import FakeEncoder
from typed_commands import Type, embedded

from musicemb.cli import run
from musicemb.cli.session import Session
from musicemb.errors import CatalogueError, SettingsError
from musicemb.io.catalogue.catalogue import open_catalogue

MUSICEMB = [sys.executable, "-m", "musicemb"]


def raising(error: BaseException) -> Any:
    def opened(self: Session, **_: object) -> Any:
        raise error

    return opened


@pytest.mark.parametrize(
    ("error", "status", "line"),
    [
        (CatalogueError("it is locked"), 1, "musicemb: it is locked"),
        (SettingsError("no such setting"), 2, "musicemb: no such setting"),
        (KeyboardInterrupt(), 130, "musicemb: interrupted; nothing was changed"),
        (OSError(28, "No space left on device", "/tmp/x"), 1, "musicemb: /tmp/x: No space left on device; nothing"),
        (ValueError("odd\nthing"), 1, "musicemb: this is a bug: ValueError: odd thing (nothing was changed; "),
    ],
)
def test_an_error_is_one_line_and_a_status(
    error: BaseException, status: int, line: str, type_: Type, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Session, "open", raising(error))
    typed = type_("status")
    assert typed.status == status
    assert typed.out == b""
    assert typed.err.strip().startswith(line)
    assert len(typed.err.strip().splitlines()) == 1


def test_a_bug_can_be_looked_at(type_: Type, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Session, "open", raising(ValueError("odd")))
    monkeypatch.setenv("MUSICEMB_DEBUG", "1")
    with pytest.raises(ValueError, match="odd"):
        type_("status")


@pytest.mark.processes
def test_the_status_reaches_the_shell(own_library: Path) -> None:
    finished = subprocess.run([*MUSICEMB, "status"], capture_output=True, text=True, timeout=60, check=False)
    assert finished.returncode == 1
    assert finished.stdout == ""
    assert finished.stderr.startswith("musicemb: ")


@pytest.mark.processes
@pytest.mark.parametrize("words", [["--help"], ["clusters", "0", "--json"]])
def test_a_closed_pipe_is_met_quietly(words: list[str], library: Path) -> None:
    with open_catalogue() as catalogue:  # more than a pipe holds
        ids = [catalogue.put_track(embedded(2 * number, album="x" * 600), FakeEncoder().id) for number in range(200)]
        catalogue.put_clusters(FakeEncoder().id, catalogue.clusters(FakeEncoder().id), dict.fromkeys(ids, (0, 0.5, 0)))
    with subprocess.Popen([*MUSICEMB, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(60) in (0, 1)


@pytest.mark.processes
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_and_no_stdout_at_all(library: Path) -> None:
    for command, status in (("clusters > /dev/full", 1), ("clusters >&-", 0), ("clusters --json >&-", 0)):
        shell = f"'{sys.executable}' -m musicemb {command}"
        finished = subprocess.run(shell, shell=True, capture_output=True, text=True, timeout=60, check=False)
        assert finished.returncode == status, finished.stderr
        assert "Traceback" not in finished.stderr and "bug" not in finished.stderr
        assert len(finished.stderr.splitlines()) == status


@pytest.mark.processes
def test_a_terminal_without_the_characters(library: Path) -> None:
    with open_catalogue() as catalogue:
        catalogue.put_track(embedded(41, title="坂本龍一 Jóga"), FakeEncoder().id)
    for words in (["similar", "jóga"], ["similar", "Odd Song 1"]):
        environment = {**os.environ, "PYTHONIOENCODING": "ascii:strict", "PYTHONUTF8": "0"}
        finished = subprocess.run([*MUSICEMB, *words], capture_output=True, env=environment, timeout=60, check=False)
        assert b"Traceback" not in finished.stderr
        assert finished.returncode in (0, 2), finished.stderr


def in_terminal(command: list[str], columns: int, **environment: str) -> str:
    """What a terminal of that width receives from a command."""
    pty = pytest.importorskip("pty", reason="no pseudo-terminals here", exc_type=ImportError)
    import fcntl
    import struct
    import termios

    parent, child = pty.openpty()
    fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    variables = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "COLUMNS", "FORCE_COLOR")}
    process = subprocess.Popen(
        command, stdin=child, stdout=child, stderr=child, env={**variables, "TERM": "xterm", **environment}
    )
    os.close(child)
    received = b""
    with contextlib.suppress(OSError):  # the terminal is gone once the program is
        while block := os.read(parent, 65536):
            received += block
    os.close(parent)
    assert process.wait(60) == 0, received
    return received.decode()


@pytest.mark.processes
@pytest.mark.parametrize("columns", [60, 120])
def test_a_table_fits_the_terminal(columns: int, library: Path) -> None:
    # One process for both commands.
    code = "from musicemb.cli import run; assert not run(['similar', 'Even Song 4']); assert not run(['clusters'])"
    received = in_terminal([sys.executable, "-c", code], columns)
    plain = re.sub(r"\x1b\[[0-9;]*m", "", received)
    # A command to type next is as long as this Python's name makes it.
    assert max(len(line) for line in plain.splitlines() if " -m musicemb " not in line) <= columns
    assert plain.count("/music/Even/") == 10  # of similar
    assert "id  tracks  name" in plain  # of clusters


@pytest.mark.processes
def test_colour_is_for_terminals_that_want_it(library: Path) -> None:
    assert "\x1b[" in in_terminal([*MUSICEMB, "clusters"], 80)
    assert not re.search(r"\x1b\[[0-9;]*3[0-7]", in_terminal([*MUSICEMB, "clusters"], 80, NO_COLOR="1"))
    finished = subprocess.run([*MUSICEMB, "clusters"], capture_output=True, timeout=60, check=True)
    assert b"\x1b" not in finished.stdout


def test_a_bug_that_damage_explains_is_told_as_damage(
    own_library: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_catalogue(own_library) as catalogue:
        catalogue.add_journal(catalogue.start_run("tag"), Path("/m/a"), "h", {}, {"TCON": ["Rock"]})

    def fail(*_: object, **__: object) -> None:
        raise AttributeError("odd")

    monkeypatch.setattr("musicemb.library.Library.status", fail)
    monkeypatch.delenv("MUSICEMB_DEBUG", raising=False)
    assert run(["status"]) == 1
    assert "this is a bug: AttributeError" in capsys.readouterr().err
    with open_catalogue(own_library) as catalogue, catalogue.transaction() as connection:
        connection.execute("UPDATE journal SET undone = 1")
    assert run(["status"]) == 1
    told = capsys.readouterr().err
    assert "bug" not in told
    assert "is damaged (checksums of journal): musicemb check --repair" in told
