"""Shows the progress of a training: a live table in a terminal, one line per epoch elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from musicemb.cli.progress import note, plain_console, watched

if TYPE_CHECKING:
    from musicemb.encoder.training.checkpoints import EpochReport

SHOWN_EPOCHS = 12
"""Rows that stay in sight."""

_PARTS = ("genres", "relation", "tags", "vectors")
"""What the name of a loss begins with -> its column, where there is such a loss; of several teachers their mean."""

_COLUMNS = ("epoch", "loss", "held out", "neighbour", "distant", "active", "waiting", "s", "precision@5", "silhouette")


class TrainingTable:
    """Shows epochs as they end; use it as a context."""

    def __init__(self) -> None:
        self._reports: list[EpochReport] = []
        self._live: Any = None

    def __enter__(self) -> TrainingTable:
        return self

    def __exit__(self, *_: object) -> None:
        if self._live is not None:
            self._live.stop()

    def add(self, report: EpochReport) -> None:
        """Show an epoch.

        Parameters
        ----------
        report : EpochReport
        """
        self._reports.append(report)
        if not watched():
            cells = zip(_columns(report), _cells(report), strict=True)
            note("  ".join(f"{name} {cell}" for name, cell in cells if cell))
            return
        if self._live is None:
            from rich.live import Live

            self._live = Live(console=plain_console(), auto_refresh=False)
            self._live.start()
        self._live.update(self._table(), refresh=True)

    def _table(self) -> Any:
        from rich import box
        from rich.table import Table

        table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
        for column in _columns(self._reports[-1]):
            table.add_column(column, justify="right", no_wrap=True)
        for report in self._reports[-SHOWN_EPOCHS:]:
            table.add_row(*_cells(report))
        return table


def _parts(report: EpochReport) -> dict[str, float]:
    found = {}
    for kind in _PARTS:
        values = [value for name, value in report.parts.items() if name == kind or name.startswith(f"{kind} ")]
        if values:
            found[kind] = sum(values) / len(values)
    return found


def _columns(report: EpochReport) -> list[str]:
    return [*_COLUMNS[:2], *_parts(report), *_COLUMNS[2:]]


def _cells(report: EpochReport) -> list[str]:
    probe = report.probe
    return [
        f"{report.epoch}",
        f"{report.loss:.3f}",
        *(f"{value:.3f}" for value in _parts(report).values()),
        _three(probe.get("held-out loss")),
        f"{report.neighbour:.3f}",
        f"{report.distant:.3f}",
        f"{report.active:.0%}",
        f"{report.waiting:.0%}",
        f"{report.seconds:.0f}",
        _three(probe.get("precision@5")),
        _three(probe.get("silhouette")),
    ]


def _three(value: float | None) -> str:
    return "" if value is None or value != value else f"{value:.3f}"
