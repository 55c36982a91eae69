"""Takes back what tagging wrote, field by field, only where the file still holds what was written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from musicemb.errors import CatalogueError, FileError, TagError
from musicemb.io.audio.payload_hash import payload_hash
from musicemb.io.tags.writer import Edit, edit_tag, hold, restore_file
from musicemb.records import Applied, JournalEntry
from musicemb.workflows.tagging.tag import failure, sweep_once

if TYPE_CHECKING:
    from musicemb.io.catalogue.catalogue import Catalogue


def plan_undo(catalogue: Catalogue, run: int | None = None) -> list[JournalEntry]:
    """What undoing would take back. Nothing is written.

    Parameters
    ----------
    catalogue : Catalogue
    run : int, optional
        Id of a run; that of an undo does again what it undid. None: the latest tagging that was not
        undone yet.

    Returns
    -------
    list of JournalEntry
        Empty where nothing is left to undo.

    Raises
    ------
    CatalogueError
        There is no such run.
    """
    runs = catalogue.runs()
    if run is not None and run not in (each.id for each in runs):
        raise CatalogueError(f"there is no run {run}; musicemb undo --list shows which there are")
    wanted = [run] if run is not None else [each.id for each in reversed(runs) if each.kind == "tag"]
    for each_id in wanted:
        entries = [entry for entry in catalogue.journal(each_id) if not entry.undone]
        if entries:
            return entries
    return []


def apply_undo(catalogue: Catalogue, entries: Iterable[JournalEntry]) -> Iterator[Applied]:
    """Restore files to what they held before a run.

    Where nothing else changed since, the file becomes what it was byte for byte; else each field
    that still holds what was written gets its former value, and all others stay.

    Parameters
    ----------
    catalogue : Catalogue
        Open for writing.
    entries : iterable of JournalEntry
        As `plan_undo` gave them.

    Yields
    ------
    Applied
        One per entry, the last written first: "written"; "unchanged" where the file holds nothing
        of what was written; "skipped" or "failed" with the reason. A file that moved is found by its
        audio if it was scanned since; its new path is told.
    """
    entries = list(entries)
    run: int | None = None
    swept: set[Path] = set()
    for entry in reversed(entries):
        path = entry.path
        try:
            path = _find(catalogue, entry, entries)
            sweep_once(path, swept)
            with restore_file(path, entry.note, entry.before) as exact:
                if exact is not None:
                    run = _commit(catalogue, run, path, exact)
                    reason = ""
            if exact is None:
                revert, reason = _still_ours(path, entry)
                if not revert:
                    catalogue.mark_undone(entry.id)
                    yield Applied(path, "unchanged", reason)
                    continue
                with edit_tag(path, revert, taking_back=True, drop_empty="bare" in entry.note) as edit:
                    run = _commit(catalogue, run, path, edit)
            catalogue.mark_undone(entry.id)
        except TagError as error:
            yield failure(path, error)
        else:
            yield Applied(path, "written", reason)


def _commit(catalogue: Catalogue, run: int | None, path: Path, edit: Edit) -> int:
    """Write one restored file, its journal entry first; gives the run, begun where there is none yet."""
    if run is None:
        run = catalogue.start_run("undo", "")
    entry = catalogue.add_journal(run, path, edit.payload_hash, edit.before, edit.after, edit.note)
    try:
        found = edit.commit()
    except TagError:
        catalogue.drop_journal(entry)
        raise
    track = catalogue.track_at(path)
    if track is not None:
        catalogue.retag_track(track.id, found, edit.tags)
    return run


def _still_ours(path: Path, entry: JournalEntry) -> tuple[dict[str, list[str]], str]:
    """The fields to restore, with their former values; and a word on those that must stay."""
    fields = hold(path, taking_back=True).fields
    same = {name for name in entry.after if fields.get(name, []) == entry.after[name]}
    revert = {name: entry.before.get(name, []) for name in same if entry.before.get(name, []) != entry.after[name]}
    changed = [name for name in entry.after if name not in same and fields.get(name, []) != entry.before.get(name, [])]
    return revert, f"changed since, and left so: {', '.join(changed)}" if changed else ""


def _find(catalogue: Catalogue, entry: JournalEntry, entries: Sequence[JournalEntry]) -> Path:
    """Where the file of an entry is now: where it was, or where the catalogue knows the same audio."""
    if _has_audio(entry.path, entry.payload_hash):
        return entry.path
    others = {each.path for each in entries}
    for track in catalogue.tracks_with_payload(entry.payload_hash):
        if track.path not in others and _has_audio(track.path, entry.payload_hash):
            return track.path
    raise TagError(entry.path, "was not found; if it was moved, scan its folder first", transient=True)


def _has_audio(path: Path, wanted: str) -> bool:
    try:
        return path.is_file() and payload_hash(path) == wanted
    except FileError:
        return False
