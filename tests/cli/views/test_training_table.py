"""A training as it is watched."""

from __future__ import annotations

import io
import sys
from dataclasses import replace

import pytest

from musicemb.cli.views.training_table import SHOWN_EPOCHS, TrainingTable
from musicemb.encoder.training.checkpoints import EpochReport

REPORT = EpochReport(
    epoch=1, epochs=20, loss=1.23456, neighbour=0.5, distant=1.5, active=0.25, waiting=0.031, seconds=12.4,
    learning_rate=0.002,
)  # fmt: skip


class Terminal(io.StringIO):
    """A stderr that can be redrawn."""

    def isatty(self) -> bool:
        return True


def test_a_line_per_epoch_where_nobody_watches(capsys: pytest.CaptureFixture[str]) -> None:
    with TrainingTable() as table:
        table.add(REPORT)
        table.add(replace(REPORT, epoch=2, probe={"precision@5": 0.75, "silhouette": float("nan")}))
    assert capsys.readouterr().err.splitlines() == [
        "epoch 1  loss 1.235  neighbour 0.500  distant 1.500  active 25%  waiting 3%  s 12",
        "epoch 2  loss 1.235  neighbour 0.500  distant 1.500  active 25%  waiting 3%  s 12  precision@5 0.750",
    ]


def test_of_several_teachers_the_mean_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    parts = {"genres": 2.0, "tags a": 1.0, "tags b": 0.5, "tagsoup": 9.0}
    with TrainingTable() as table:
        table.add(replace(REPORT, parts=parts, probe={"held-out loss": 1.5}))
    shown = capsys.readouterr().err
    assert shown.startswith("epoch 1  loss 1.235  genres 2.000  tags 0.750  held out 1.500  neighbour 0.500  ")


def test_the_last_epochs_stay_in_sight_of_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("NO_COLOR", "1")
    with TrainingTable() as table:
        for epoch in range(1, SHOWN_EPOCHS + 4):
            table.add(replace(REPORT, epoch=epoch))
    last = terminal.getvalue().rpartition("epoch")[2]
    shown = [int(line.split()[0]) for line in last.splitlines() if line.split() and line.split()[0].isdecimal()]
    assert shown == list(range(4, SHOWN_EPOCHS + 4))
