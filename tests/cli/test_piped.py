"""Stdout as the place of a file."""

from __future__ import annotations

import io
import sys

import click
import pytest

from musicemb.cli.piped import stdout_for_data


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
