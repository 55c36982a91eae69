"""Checks whether a library's catalogue is intact and matches the files, and what killed runs have left."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from musicemb.errors import CatalogueError
from musicemb.records import CheckReport, Finding, FoundFile, KnownFile, MeasureStage
from musicemb.workflows.library.roots import Places, count_of
from musicemb.workflows.tagging.leftovers import remove_leftovers

if TYPE_CHECKING:
    from musicemb.io.catalogue.catalogue import Catalogue

_REPAIR = "run musicemb check --repair: it saves what is intact, and keeps the damaged file"
_SCAN = "run musicemb scan"


def check_library(path: Path, *, repair: bool = False) -> Iterator[MeasureStage | CheckReport]:
    """Check a catalogue, and the files that it knows.

    Half-made copies that killed runs have left beside the music are removed, and so is an index (see
    `workflows.index.library_index`) that does not match its checksums. Else nothing is changed, unless by
    `repair`: where there is damage, what is intact goes into a new catalogue in the place of the damaged one, which is
    kept beside it.

    Parameters
    ----------
    path : Path
        Absolute.
    repair : bool

    Yields
    ------
    MeasureStage or CheckReport
        The report is the last.

    Raises
    ------
    CatalogueError
        Where there is no catalogue, it is in use, or nothing can be saved of it.
    """
    from musicemb.io.catalogue.safety.copies import copies_of, unfinished_copies
    from musicemb.io.catalogue.safety.salvage import salvage
    from musicemb.io.catalogue.safety.swap import close_properly

    removed: list[Path] = []
    if repair:
        close_properly(path) if path.exists() else None
        for left in unfinished_copies(path):
            with suppress(OSError):
                left.unlink()
                removed.append(left)
    yield MeasureStage("checking the catalogue")
    report = _check_catalogue(path)
    done = None
    if repair and any(finding.damage for finding in report.findings):
        yield MeasureStage("saving what is intact")
        done = salvage(path)
        yield MeasureStage("checking the new catalogue")
        report = _check_catalogue(path)
    if not any(finding.kind in ("unreadable", "structure") for finding in report.findings):
        yield MeasureStage("comparing files")
        with suppress(CatalogueError):
            removed += [*_remove_temporaries(path), *_remove_damaged_index(path)]
        report = replace(report, findings=(*report.findings, *_check_files(path)))
    yield replace(report, removed=tuple(removed), copies=tuple(copies_of(path)), repair=done)


def _check_catalogue(path: Path) -> CheckReport:
    from musicemb.io.catalogue.catalogue import open_catalogue
    from musicemb.io.catalogue.safety.holder import describe
    from musicemb.io.catalogue.safety.inspection import inspect
    from musicemb.io.catalogue.safety.salvage import is_damage

    log = path.with_name(f"{path.name}-wal")
    left = log.stat().st_size if log.exists() else 0
    try:
        catalogue = open_catalogue(path, read_only=True)
    except CatalogueError as error:
        if not is_damage(error, path):
            raise
        return CheckReport(path, (Finding("unreadable", f"the catalogue cannot be opened: {error}", _REPAIR),))
    findings = []
    with closing(catalogue):
        holder = ""
        with suppress(CatalogueError):
            found = catalogue.holder()
            holder = describe(found) if found else ""
        with catalogue.reading() as connection:
            damage = inspect(connection)
            counts = [0, 0]
            with suppress(Exception):
                counts = [
                    int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
                    for table in ("track", "journal")
                ]
    if damage.structure:
        more = f" (and {len(damage.structure) - 1} more)" if len(damage.structure) > 1 else ""
        findings.append(Finding("structure", f"the catalogue is damaged: {damage.structure[0]}{more}", _REPAIR))
    words = {
        "embedding": "the vectors of {} do not match their checksums",
        "segment": "the vectors of the segments of {} do not match their checksums",
    }
    for table, ids in damage.checksums.items():
        if table == "journal":
            text = f"{len(ids):,} of the journal's entries do not match their checksums"
            text += f" (ids {_some(ids)}): undo leaves these files alone"
        else:
            text = words[table].format(count_of(len(ids), "track"))
        findings.append(Finding("checksum", text, _REPAIR))
    if damage.values:
        findings.append(Finding("values", f"values that cannot be read: {', '.join(damage.values)}", _REPAIR))
    if left and not holder and log.exists():
        text = f"a command was killed: what it wrote last is in {log.name}"
        advice = "the next command that writes merges it; so does musicemb check --repair"
        findings.append(Finding("log", text, advice))
    return CheckReport(path, tuple(findings), tracks=counts[0], entries=counts[1], holder=holder)


def _remove_temporaries(path: Path) -> list[Path]:
    from musicemb.io.catalogue.catalogue import open_catalogue

    with open_catalogue(path, create=False) as catalogue:
        if catalogue.holder() is not None:
            return []
        return remove_leftovers(catalogue, _all_paths(catalogue))


def _remove_damaged_index(path: Path) -> Iterator[Path]:
    from musicemb.io.catalogue.catalogue import open_catalogue
    from musicemb.workflows.index.library_index import damaged_index

    with open_catalogue(path, read_only=True) as catalogue:
        damaged = damaged_index(catalogue)
    if damaged is not None:
        with suppress(OSError):
            damaged.unlink()
            yield damaged  # the next query makes another


def _all_paths(catalogue: Catalogue) -> Iterator[Path]:
    yield from (row.path for row in catalogue.known_files(""))
    for run in catalogue.runs():
        yield from (entry.path for entry in catalogue.journal(run.id) if not entry.damaged)


def _check_files(path: Path) -> list[Finding]:
    from musicemb.io.catalogue.catalogue import open_catalogue
    from musicemb.io.silent_drives import ask

    try:
        with open_catalogue(path, read_only=True) as catalogue:
            rows = [row for row in catalogue.known_files("") if not row.gone]
            roots = catalogue.roots()
    except CatalogueError as error:
        return [Finding("values", str(error), _REPAIR)]
    missing, changed = [], []
    for row in rows:
        try:
            found = ask(row.path, lambda: FoundFile.from_status(row.path, row.path.stat()))  # noqa: B023
        except (OSError, ValueError):
            missing.append(row)
        else:
            if (found.size, found.mtime_ns) != (row.size, row.mtime_ns):
                changed.append(row)
    return [*_tell_missing(missing, rows, roots), *_tell_changed(changed)]


def _tell_missing(missing: Iterable[KnownFile], rows: list[KnownFile], roots: list[Path]) -> Iterator[Finding]:
    left = {row.path for row in missing}
    for root in roots:
        place = Places([root])
        held = [row.path for row in rows if place.hold(row.path)]
        if held and left.issuperset(held):
            text = f"{root} holds none of its {count_of(len(held), 'track')}"
            advice = "mount its drive; if it is gone for good: run musicemb forget FOLDER"
            yield Finding("missing", text, advice, tuple(sorted(held)))
            left.difference_update(held)
    if left:
        advice = f"{_SCAN}: it finds what was moved, and leaves out what is gone"
        yield Finding(
            "missing", f"{count_of(len(left), 'file')} not where the last scan found them", advice, tuple(sorted(left))
        )


def _tell_changed(changed: list[KnownFile]) -> Iterator[Finding]:
    if changed:
        text = f"{count_of(len(changed), 'file')} changed since the last scan"
        yield Finding("changed", text, _SCAN, tuple(sorted(row.path for row in changed)))


def _some(ids: list[int], most: int = 8) -> str:
    return ", ".join(map(str, ids[:most])) + (", ..." if len(ids) > most else "")
