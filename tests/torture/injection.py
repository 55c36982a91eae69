"""Puts faults into single system calls of a piece of work: a kill, or an error in place of the call.

The work runs in a fork of this process, which has imported all that it needs, so that a trial costs a fraction of a
second; strace takes hold of the fork before it begins.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

CALLS = (
    "write,pwrite64,writev,pwritev,ftruncate,fallocate,fsync,fdatasync,rename,renameat,renameat2,unlink,unlinkat,"
    "chmod,fchmod,fchmodat,chown,fchown,fchownat,utimensat,setxattr,lsetxattr,fsetxattr,flock,link,linkat,mkdir"
)
"""Calls that alter something, on Linux."""
READING_CALLS = "openat,newfstatat,getdents64,readlink"
"""Calls that open and look."""
_LONGEST_S = 120


class Outcome(NamedTuple):
    """How a piece of work ended."""

    status: int
    """What it returned; below 0: the signal that killed it."""
    told: str
    """What it wrote to stderr, a traceback included."""


def require_strace() -> None:
    """End with a line where strace is not installed."""
    if not shutil.which("strace"):
        sys.exit("strace is needed, which puts the faults in")


def read_arguments(words: Sequence[str], known: Sequence[str]) -> tuple[int, Sequence[str]]:
    """[STEP [FAULT ...]]; ends with a line where it is something else.

    Parameters
    ----------
    words : sequence of str
    known : sequence of str
        All faults.

    Returns
    -------
    int
    sequence of str
        All faults where none is named.
    """
    step, *faults = words or ["1"]
    if not step.isdecimal() or not int(step):
        sys.exit(f"STEP is a number from 1, not {step!r}")
    if strange := [fault for fault in faults if fault not in known]:
        sys.exit(f"unknown fault {strange[0]}; there are {', '.join(known)}")
    return int(step), faults or known


def count_calls(work: Callable[[], int], calls: str = CALLS) -> Counter[str]:
    """How often each of some calls is made.

    Parameters
    ----------
    work : callable
        Gives its exit status.
    calls : str
        Names of system calls.

    Returns
    -------
    Counter
    """
    with tempfile.NamedTemporaryFile("r", errors="replace") as log:
        _run(work, "-o", log.name, "-e", f"trace={calls}")
        lines = log.read()
    return Counter(re.findall(r"^\d+ +(\w+)\(", lines, re.MULTILINE))


def run_with_fault(work: Callable[[], int], call: str, at: int, fault: str) -> Outcome:
    """Run with one fault.

    Parameters
    ----------
    work : callable
        Gives its exit status.
    call : str
        System call.
    at : int
        Which of them, from 1 on.
    fault : str
        "KILL", or an error such as "ENOSPC".

    Returns
    -------
    Outcome
    """
    what = "signal=KILL" if fault == "KILL" else f"error={fault}"
    return _run(work, "-o", os.devnull, "-e", f"inject={call}:{what}:when={at}")


def run_with_stall(work: Callable[[], int], path: Path, call: str, seconds: float) -> Outcome:
    """Run with a file or folder that does not answer: the first call that names it waits.

    Parameters
    ----------
    work : callable
        Gives its exit status.
    path : Path
    call : str
        System calls, or a class of them such as "%file".
    seconds : float
        How long it waits; the call is made then.

    Returns
    -------
    Outcome
    """
    return _run(work, "-o", os.devnull, "-P", str(path), "-e", f"inject={call}:delay_enter={seconds * 1e6:.0f}:when=1")


def _run(work: Callable[[], int], *options: str) -> Outcome:
    with tempfile.TemporaryFile() as told:
        child = os.fork()
        if child == 0:
            _be_the_child(work, told.fileno())
        os.waitpid(child, os.WUNTRACED)
        command = ["strace", "-f", "-p", str(child), *options]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as strace:
            assert strace.stderr is not None
            line = strace.stderr.readline()
            assert "attached" in line, line
            os.kill(child, signal.SIGCONT)
            _, status = os.waitpid(child, 0)
            strace.stderr.read()
        told.seek(0)
        return Outcome(os.waitstatus_to_exitcode(status), told.read().decode(errors="replace"))


def _be_the_child(work: Callable[[], int], told: int) -> None:
    status = 70
    try:
        os.dup2(told, 2)
        signal.alarm(_LONGEST_S)
        os.kill(os.getpid(), signal.SIGSTOP)
        status = work()
    except BaseException:
        os.write(2, traceback.format_exc().encode())
    finally:
        os._exit(status)
