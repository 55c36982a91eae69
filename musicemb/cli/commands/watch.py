"""The command ``watch``."""

from __future__ import annotations

import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from musicemb.cli.options import FILE, library_option
from musicemb.cli.piped import emit_line
from musicemb.cli.progress import note
from musicemb.cli.session import FAILED, Session, pass_session
from musicemb.cli.wording import duration, plural, printable, short_path

if TYPE_CHECKING:
    from musicemb.records import ScanSummary


@click.command(
    "watch",
    short_help="Keep the library up to date while music comes and goes.",
    epilog="""\b
--json prints one document per line, {"schema": 1, "time": UTC, "event", ...}
  "watching": "folders"; "notice": "text"; "hearing": "files": how many;
  "failed": "path", "reason";
  "scanned": "new", "changed", "moved", "retagged", "gone", "failed",
  "tracks", "clusters", "seconds"
""",
)
@click.argument("paths", nargs=-1, type=FILE)
@click.option("--once", is_flag=True, help="Scan once and exit, for timers.")
@click.option(
    "--settle",
    type=click.FloatRange(min=0),
    metavar="SECONDS",
    default=5.0,
    show_default=True,
    help="Time for which a file must not change before it is embedded.",
)
@click.option(
    "--poll",
    is_flag=True,
    help="Check the folders every few seconds, where the system does not report changes (network drives).",
)
@click.option(
    "--exclude", multiple=True, metavar="GLOB", help="Skip files and folders that match; repeatable, and remembered."
)
@click.option(
    "--workers", type=click.IntRange(min=1), metavar="N", help="Number of worker processes (default: as for scan)."
)
@click.option("--json", "as_json", is_flag=True, help="Print a line of JSON for everything that happens.")
@library_option()
@pass_session
def watch_command(
    session: Session,
    paths: tuple[Path, ...],
    once: bool,
    settle: float,
    poll: bool,
    exclude: tuple[str, ...],
    workers: int | None,
    as_json: bool,
) -> int | None:
    """Scan PATHS, then again whenever files in them are added, changed or removed, until Ctrl-C.

    Without PATHS, the folders of earlier scans are watched. A file that is still being written is left alone until it
    has stopped changing for a while. The tracks of a drive that is missing stay in the library, and it is scanned again
    once it is back. While another scan or tag is running, watch waits. With --once, it scans once and exits, for use
    by a timer.

    \b
    Examples:
      musicemb watch ~/Music
      musicemb watch --once
      musicemb watch --json >> events.jsonl
    """
    from musicemb.extras import require
    from musicemb.records import ScanPlanned, ScanProgress, ScanSummary, WatchNotice
    from musicemb.workflows.library.configuration import roots_to_scan

    if not once:
        require("watch", "watchfiles")
    failed = False
    with session.open() as library:
        folders = paths or tuple(roots_to_scan(library.catalogue))
        if not folders:
            raise click.UsageError(
                f"no folder is given and none was scanned before: run {session.command('watch ~/Music')}"
            )
        session.kept = "what was embedded is kept"
        events = library.watch(folders, once=once, settle=settle, poll=poll, exclude=exclude, workers=workers)
        if not once:
            if as_json:
                emit_line("watching", folders=[str(folder) for folder in folders])
            note(f"watching {', '.join(short_path(folder) for folder in folders)}; Ctrl-C ends it")
        with closing(events):  # type: ignore[type-var]
            first = True
            for event in events:
                if isinstance(event, WatchNotice):
                    _say(event.text)
                    if as_json:
                        emit_line("notice", text=event.text)
                elif isinstance(event, ScanPlanned) and event.to_embed:
                    _say(f"embedding {plural(event.to_embed, 'file')}")
                    if as_json:
                        emit_line("hearing", files=event.to_embed)
                elif isinstance(event, ScanProgress) and event.status == "failed":
                    _say(f"{event.path}: {event.reason}")
                    if as_json:
                        emit_line("failed", path=str(event.path), reason=event.reason)
                elif isinstance(event, ScanSummary):
                    if as_json:
                        emit_line("scanned", **_counts(event))
                    failed = failed or bool(event.failed)
                    if told := _changes(event, first=first):
                        _say(told)
                    first = False
    return FAILED if failed else None


def _counts(summary: ScanSummary) -> dict[str, Any]:
    """The counts of a scan, for the JSON output."""
    names = ("new", "changed", "moved", "retagged", "gone", "tracks")
    counts: dict[str, Any] = {name: getattr(summary, name) for name in names}
    counts |= {"failed": len(summary.failed), "clusters": len(summary.clusters)}
    return {**counts, "seconds": round(summary.elapsed, 1)}


def _changes(summary: ScanSummary, *, first: bool) -> str:
    """The counts of a scan in one line; "" if nothing is new."""
    counts = {name: getattr(summary, name) for name in ("new", "changed", "moved", "retagged", "gone")}
    told = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
    if not told and not first:
        return ""
    groups = f" in {plural(len(summary.clusters), 'group')}" if summary.clusters else ""
    return f"{told or 'nothing new'}: {plural(summary.tracks, 'track')}{groups} ({duration(summary.elapsed)})"


def _say(text: str) -> None:
    """Print one line with the time, since it may be in a log for days."""
    note(f"{time.strftime('%H:%M:%S')}  {printable(text)}")
