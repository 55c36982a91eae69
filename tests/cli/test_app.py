"""The command line as a whole: its commands, its help, its version."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typed_commands import Type

from musicemb import __version__
from musicemb.cli.app import cli


@pytest.mark.parametrize(
    "words", [["nonsense"], ["similar"], ["scan", "--workers", "0"], ["tag", "--policy", "all"], []]
)
def test_wrong_usage(words: list[str], type_: Type) -> None:
    typed = type_(*words)
    assert typed.status == 2
    assert typed.err.startswith("Usage: musicemb")


def test_help_and_version(type_: Type) -> None:
    assert type_("--version").text.startswith("musicemb ")
    for words in (["--help"], ["-h"], ["scan", "--help"]):
        typed = type_(*words)
        assert typed.status == 0
        assert typed.text.startswith("Usage: musicemb")
    shown = type_("--help").text
    assert all(f"  {status} " in shown for status in ("0", "1", "2", "3", "130"))


def test_commands_are_listed_in_the_order_in_which_people_need_them(type_: Type) -> None:
    listed = re.findall(r"^  ([a-z]+) ", type_("--help").text.partition("Commands:\n")[2], re.MULTILINE)
    assert listed == list(cli.commands)
    assert listed[0] == "scan" and listed.index("similar") < 3 and listed[-1] == "schema"
    assert type_("--version").text == f"musicemb {__version__}\n"


def test_the_nearest_command_or_option_is_named(type_: Type) -> None:
    assert "No such command 'simlar'. Did you mean 'similar'?" in type_("simlar", "x").err
    assert "There are scan, " in type_("zzzz").err
    assert "--dry-run" in type_("tag", "--dryrun").err
    assert type_("-V").text == type_("--version").text


@pytest.mark.processes
@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_that_is_here_completes(shell: str, tmp_path: Path) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    program = tmp_path / "bin" / "musicemb"
    program.parent.mkdir()
    program.write_text(f"#!{sys.executable}\nfrom musicemb.cli import main\nmain()\n")
    program.chmod(0o755)
    scripts = {
        "bash": 'eval "$(_MUSICEMB_COMPLETE=bash_source musicemb)"; COMP_WORDS=(musicemb dupl); COMP_CWORD=1; '
        "_musicemb_completion musicemb dupl musicemb; echo ${COMPREPLY[@]}",
        "zsh": "autoload -Uz compinit && compinit -u -D; zmodload zsh/zpty; "
        "zpty z zsh -f -i; zpty -w z 'PS1=; autoload -Uz compinit && compinit -u -D; "
        "eval \"$(_MUSICEMB_COMPLETE=zsh_source musicemb)\"; echo READY''NOW'; "
        "zpty -r z seen '*READYNOW*'; zpty -w -n z $'musicemb dupl\\t'; "
        "zpty -r z seen '*duplicates*'; print -r -- $seen",
        "fish": "_MUSICEMB_COMPLETE=fish_source musicemb | source; complete -C 'musicemb dupl'",
    }
    environment = {**os.environ, "PATH": f"{program.parent}:{os.environ['PATH']}", "HOME": str(tmp_path)}
    done = subprocess.run(
        [shell, "-c", scripts[shell]], env=environment, capture_output=True, text=True, timeout=60, check=True
    )
    assert "duplicates" in done.stdout


@pytest.mark.processes
@pytest.mark.parametrize(
    ("shell", "environment"),
    [
        ("bash", {"COMP_WORDS": "musicemb dupl", "COMP_CWORD": "1"}),
        ("zsh", {"COMP_WORDS": "musicemb dupl", "COMP_CWORD": "1"}),
        ("fish", {"COMP_WORDS": "musicemb dupl", "COMP_CWORD": "dupl"}),
    ],
)
def test_shells_complete_commands(shell: str, environment: dict[str, str]) -> None:
    def asked(what: str, **also: str) -> str:
        code = "import sys; sys.argv[0] = 'musicemb'; from musicemb.cli import main; main()"
        variables = {**os.environ, "_MUSICEMB_COMPLETE": f"{shell}_{what}", **also}
        done = subprocess.run([sys.executable, "-c", code], env=variables, capture_output=True, text=True, check=True)
        return done.stdout

    assert "duplicates" in asked("complete", **environment)
    if shell != "bash" or shutil.which("bash"):
        assert "_MUSICEMB_COMPLETE" in asked("source")


EACH = """
import sys
from musicemb.cli import run
for line in sys.argv[1:]:
    assert run(line.split()) == 0, line
    print("END OF", line, flush=True)
"""


@pytest.mark.processes
def test_a_terminal_of_40_columns_is_enough(library: Path) -> None:
    import struct

    fcntl, pty, termios = (pytest.importorskip(name) for name in ("fcntl", "pty", "termios"))  # POSIX only
    lines = ["clusters", "status", "similar even song 30", "duplicates", "config"]
    status = 1
    main_end, other_end = pty.openpty()
    try:
        fcntl.ioctl(other_end, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 40, 0, 0))
        with subprocess.Popen(
            [sys.executable, "-c", EACH, *lines], stdout=other_end, stderr=subprocess.DEVNULL,
            env={**os.environ, "COLUMNS": "40", "TERM": "xterm"},
        ) as process:  # fmt: skip
            os.close(other_end)
            shown = b""
            with contextlib.suppress(OSError):  # the terminal is gone once the process is
                while piece := os.read(main_end, 4096):
                    shown += piece
            status = process.wait()
    finally:
        os.close(main_end)
    assert status == 0
    for line in lines:
        answer, _, shown = shown.partition(f"END OF {line}\r\n".encode())
        assert answer, line


@pytest.mark.processes
def test_garbage_is_not_looked_for_while_a_question_is_answered() -> None:
    code = (
        "import atexit, gc\n"
        "frozen = lambda: print('frozen', gc.get_freeze_count() > 10_000)\n"
        "atexit.register(frozen)\n"  # what is registered first is called last
        "from musicemb.cli import main\n"
        "import sys; sys.argv[1:] = ['--version']\n"
        "before = gc.get_stats()[0]['collections']\n"
        "atexit.register(lambda: print('looked', gc.get_stats()[0]['collections'] - before))\n"
        "main()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    told = dict(line.split() for line in done.stdout.splitlines()[-2:])
    assert told["frozen"] == "True"
    assert int(told["looked"]) < 5  # some 100 times by Python's own threshold
