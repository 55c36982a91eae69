"""Who holds a catalogue: a living process of this machine, or one of another machine that gave a sign of life."""

from __future__ import annotations

import os
import sqlite3
from datetime import UTC, datetime, timedelta

import pytest

from musicemb.io.catalogue import schema
from musicemb.io.catalogue.safety import holder
from musicemb.records import Holder

NOW = datetime.now(UTC)


def read(pid: int, started: float, host: str, seen: datetime = NOW) -> Holder | None:
    connection = sqlite3.connect(":memory:")
    connection.execute(next(one for one in schema.MIGRATIONS[4] if "TABLE holder" in one))
    row = ("t", pid, started, host, "musicemb scan", NOW.isoformat(), seen.isoformat())
    connection.execute("INSERT INTO holder VALUES (?, ?, ?, ?, ?, ?, ?)", row)
    found = holder.read_holder(connection)
    connection.close()
    return None if found is None else found[0]


def test_this_process_lives() -> None:
    pid, started, host, _ = holder.this_process()
    assert pid == os.getpid()
    assert read(pid, started, host) == Holder(pid, "", "musicemb scan", NOW.isoformat())


def test_a_process_that_is_gone_or_whose_number_is_used_again_holds_nothing() -> None:
    pid, started, host, _ = holder.this_process()
    assert read(2**22 + 5, started, host) is None
    assert read(pid, started - 3600, host) is None


def test_another_machine_is_believed_for_a_while() -> None:
    pid, started, _, _ = holder.this_process()
    found = read(pid, started, "nas/pid:[7]")
    assert found is not None
    assert found.host == "nas"
    assert read(pid, started, "nas", seen=NOW - holder.SILENCE - timedelta(minutes=1)) is None


def test_a_holder_in_words() -> None:
    since = datetime(2026, 11, 26, 14, 2).astimezone().isoformat()
    assert holder.describe(Holder(12, "nas", "musicemb scan /m", since)) == (
        "process 12 on nas (musicemb scan /m), since 2026-11-26 14:02"
    )


def test_the_command_is_one_short_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["/usr/lib/musicemb/__main__.py", "scan", "a\nb", "\udcff", "x" * 500])
    command = holder.this_process()[3]
    assert command.startswith("musicemb scan 'a b' ")
    assert command.isprintable()
    assert len(command) <= 160
