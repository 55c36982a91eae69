"""The lock on a catalogue: a row that names a process, and is valid as long as that process lives."""

from __future__ import annotations

import os
import shlex
import sqlite3
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from musicemb.records import Holder


SILENCE = timedelta(minutes=15)
"""After this long without a word the process of another machine, which cannot be looked for, counts as gone."""
_SAME_TIME = 2.0
"""Seconds by which two readings of when a process started may differ: the system's clock is set now and then."""
_LONGEST = 160


def this_process() -> tuple[int, float, str, str]:
    """Process id, when it started (seconds since 1970), machine and command line of this process."""
    words = [Path(sys.argv[0] or "python").name, *sys.argv[1:]]
    if words[0] == "__main__.py":
        words[0] = "musicemb"
    command = " ".join(shlex.join(words).split())
    shown = command if len(command) <= _LONGEST else f"{command[: _LONGEST - 3]}..."
    return os.getpid(), _started(os.getpid()) or 0.0, _machine(), shown.encode("utf-8", "replace").decode()


def read_holder(connection: sqlite3.Connection) -> tuple[Holder, str] | None:
    """The process that holds a catalogue.

    Parameters
    ----------
    connection : sqlite3.Connection

    Returns
    -------
    holder : Holder
    token : str
        Tells its holders apart where they are one process.
        None in place of both where nobody holds it, or a process that is gone.

    Raises
    ------
    sqlite3.Error, ValueError, TypeError
        Where the row cannot be read.
    """
    row = connection.execute("SELECT token, pid, started, host, command, since, seen FROM holder").fetchone()
    if row is None:
        return None
    from musicemb.records import Holder

    token, pid, started, machine, command, since, seen = row
    here = machine == _machine()
    if here:
        began = _started(int(pid))
        alive = began is not None and abs(began - float(started)) < _SAME_TIME
    else:
        alive = datetime.now(UTC) - datetime.fromisoformat(seen) < SILENCE
    holder = Holder(int(pid), "" if here else str(machine).partition("/")[0], str(command), str(since))
    return (holder, str(token)) if alive else None


def describe(holder: Holder) -> str:
    """A holder in words.

    Parameters
    ----------
    holder : Holder

    Returns
    -------
    str
        "process 123 on nas (musicemb scan /music), since 2026-11-26 14:02".
    """
    since = datetime.fromisoformat(holder.since).astimezone()
    where = f" on {holder.host}" if holder.host else ""
    return f"process {holder.pid}{where} ({holder.command}), since {since:%Y-%m-%d %H:%M}"


def _machine() -> str:
    """Name of this machine; on Linux with its table of processes, which containers do not share."""
    import socket

    try:
        return f"{socket.gethostname()}/{os.readlink('/proc/self/ns/pid')}"  # noqa: PTH115 - no path
    except OSError:
        return socket.gethostname()


def _started(pid: int) -> float | None:
    import psutil

    try:
        return float(psutil.Process(pid).create_time())
    except psutil.AccessDenied:
        return None
    except (psutil.Error, ValueError, OverflowError):
        return None
