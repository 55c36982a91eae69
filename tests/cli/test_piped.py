"""Stdout as the place of a file."""

from __future__ import annotations

import io
import json
import re
import sys

import click
import pytest

from musicemb.cli.piped import emit_line, stdout_for_data


class Terminal(io.TextIOWrapper):
    def isatty(self) -> bool:
        return True


def test_a_pipe_takes_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(pipe))
    assert stdout_for_data() is pipe


@pytest.mark.parametrize(
    ("stream", "complaint"), [(None, "stdout is closed"), (Terminal(io.BytesIO()), "print to a terminal")]
)
def test_where_bytes_cannot_go(
    stream: io.TextIOWrapper | None, complaint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdout", stream)
    with pytest.raises(click.UsageError, match=complaint):
        stdout_for_data()


def test_a_line_is_one_document_and_leaves_at_once(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    emit_line("failed", path="/music/\udcff\n.mp3", reason="is not audio")
    out = capsysbinary.readouterr().out
    assert (out.count(b"\n"), out[-1:]) == (1, b"\n")
    document = json.loads(out)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", document.pop("time"))
    assert document == {"schema": 1, "event": "failed", "path": "/music/\udcff\n.mp3", "reason": "is not audio"}
