"""Undoes what tagging wrote, field by field, and only if the file still contains what was written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from musicemb.errors import CatalogueError, FileError, TagError
from musicemb.io.audio.payload_hash import payload_hash
from musicemb.io.silent_drives import WAIT_FOR_EDIT, ask
from musicemb.io.tags.replacing.binary_delta import file_hash, way_back
from musicemb.io.tags.writer import Edit, edit_tag, hold, restore_bytes, restore_file
from musicemb.records import Applied, JournalEntry
from musicemb.workflows.tagging.leftovers import remove_leftovers, writing_beside
from musicemb.workflows.tagging.results import failure, fenced

if TYPE_CHECKING:
    from musicemb.io.catalogue.catalogue import Catalogue


_DAMAGED = "was left as it is: its entry in the journal is damaged; musicemb check says what to do"


def plan_undo(catalogue: Catalogue, run: int | None = None) -> list[JournalEntry]:
    """Plan what undoing would restore. Nothing is written, but what a killed run left beside the music is removed.

    Parameters
    ----------
    catalogue : Catalogue
    run : int, optional
        Id of a run; that of an undo does again what it undid. None: the latest tagging that was not
        undone yet, those first that have not been tried.

    Returns
    -------
    list of JournalEntry
        Empty where nothing is left to undo.

    Raises
    ------
    CatalogueError
        There is no such run.
    """
    if not catalogue.read_only:
        catalogue.require_free()
    remove_leftovers(catalogue, (track.path for track in catalogue.tracks()))
    runs = catalogue.runs()
    if run is not None and run not in (each.id for each in runs):
        raise CatalogueError(f"there is no run {run}; musicemb undo --list lists the runs")
    wanted = [run] if run is not None else [each.id for each in reversed(runs) if each.kind == "tag"]
    left: list[JournalEntry] = []
    for each_id in wanted:
        entries = [entry for entry in catalogue.journal(each_id) if not entry.undone]
        if any("left" not in entry.note and not entry.damaged for entry in entries):
            return entries
        left = left or entries
    return left


def apply_undo(catalogue: Catalogue, entries: Iterable[JournalEntry]) -> Iterator[Applied]:
    """Restore files to what they held before a run.

    Where nothing else changed since, the file becomes what it was byte for byte; else each field
    that still holds what was written gets its former value, and all others stay. What a later run
    wrote over is left until that run is undone: then both are, in whichever order they were asked for.

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
        of what was written; "skipped" or "failed" with the reason. Where a field had to be left as
        it is, the reason names it, and the entry stays open. A file that moved is found by its
        audio if it was scanned since; its new path is told.

    Raises
    ------
    OSError
        The disk is full: what was restored so far stays.
    CatalogueError
        The catalogue cannot be written.
    """
    entries = list(entries)
    paths = [entry.path for entry in entries if not entry.damaged]
    with catalogue.holding():
        remove_leftovers(catalogue, paths)
        with writing_beside(catalogue, paths):
            undoing = _Undoing(catalogue, entries)
            for entry in reversed(entries):
                yield _take_back(undoing, entry)


def _take_back(undoing: _Undoing, entry: JournalEntry) -> Applied:
    path = entry.path
    try:
        if entry.damaged:
            raise TagError(path, _DAMAGED, transient=True)
        with fenced(path):
            path = undoing.find(entry)
        with fenced(path):
            return undoing.undo(entry, path)
    except TagError as error:
        return failure(path, error)


class _Undoing:
    """One undo run, with the other journal entries of the same files."""

    def __init__(self, catalogue: Catalogue, entries: Sequence[JournalEntry]) -> None:
        self._catalogue = catalogue
        self._entries = entries
        self._open = catalogue.open_entries()
        self._run: int | None = None
        self._all: dict[str, list[int]] | None = None
        self._kinds: dict[int, str] = {}
        self._added: list[int] = []
        self._by_fields = False

    def find(self, entry: JournalEntry) -> Path:
        """Where the file of an entry is now: where it was, or where the catalogue knows the same audio."""
        if _has_audio(entry.path, entry.payload_hash):
            return entry.path
        others = {each.path for each in self._entries if each.path != entry.path}
        for track in self._catalogue.tracks_with_payload(entry.payload_hash):
            if track.path not in others and _has_audio(track.path, entry.payload_hash):
                return track.path
        raise TagError(entry.path, "was not found; if it was moved, scan its folder first", transient=True)

    def undo(self, entry: JournalEntry, path: Path) -> Applied:
        """Take one entry back, and with it older ones that were to be taken back before it."""
        others = self._others(entry, path)
        result = self._undo_one(entry, path, [each for each in others if each.id > entry.id])
        if result.status not in ("written", "unchanged"):
            return Applied(path, "written") if self._restore_bytes(entry.payload_hash, path) else result
        for older in sorted(others, key=lambda each: -each.id):
            if older.id < entry.id and "left" in older.note:
                later = [each for each in others if each.id > older.id]
                also = self._undo_one(older, path, later)
                others = [each for each in others if each.id != older.id or also.status == "skipped"]
                if also.status == "written":
                    result = Applied(path, "written", also.reason or result.reason)
        if self._by_fields and self._restore_bytes(entry.payload_hash, path):
            return Applied(path, "written")
        return result

    def _restore_bytes(self, digest: str, path: Path) -> bool:
        """Give a file all of whose taggings are, or were to be, taken back the bytes that it had before them.

        Those that wait for each other may wait for ever where the same words came and went several times.
        """
        self._by_fields = False
        if self._all is None:
            self._all = self._catalogue.open_entries(undone=True)
            self._kinds = {run.id: run.kind for run in self._catalogue.runs()}
        known = self._catalogue.journal_entries([*self._all.get(digest, ()), *self._added])
        entries = [each for each in known if each.note and each.payload_hash == digest]
        waiting = [each for each in entries if not each.undone and self._kinds.get(each.run) == "tag"]
        redone = any(each.undone and self._kinds.get(each.run) == "undo" for each in entries)
        if any("left" not in each.note for each in waiting) or (waiting and redone):
            return False
        first = [each.note.get("old", "") for each in entries if self._kinds.get(each.run) == "tag"]
        way = way_back(ask(path, lambda: file_hash(path), WAIT_FOR_EDIT), [each.note for each in entries], first)
        if way is None:
            return False
        if way[1]:
            with restore_bytes(path, *way, same=not waiting) as edit:
                if edit is None:
                    return False
                self._commit(path, edit)
        for each in waiting:
            self._catalogue.mark_undone(each.id)
        return bool(waiting)

    def _others(self, entry: JournalEntry, path: Path) -> list[JournalEntry]:
        """Open entries of other runs for the same file."""
        ids = [each for each in self._open.get(entry.payload_hash, ()) if each != entry.id]
        found = [each for each in self._catalogue.journal_entries(ids) if not each.undone]
        return [each for each in found if each.path == path or self._is_at(each, path)]

    def _is_at(self, entry: JournalEntry, path: Path) -> bool:
        try:
            return self.find(entry) == path
        except TagError:
            return False

    def _undo_one(self, entry: JournalEntry, path: Path, later: Sequence[JournalEntry]) -> Applied:
        with restore_file(path, entry.note, entry.before) as exact:
            if exact is not None:
                self._commit(path, exact)
        if exact is not None:
            self._catalogue.mark_undone(entry.id)
            return Applied(path, "written")
        self._by_fields = True
        revert, reason = _still_ours(path, entry, later)
        if revert:
            with edit_tag(path, revert, taking_back=True, drop_empty="bare" in entry.note) as edit:
                self._commit(path, edit)
        if reason:
            self._catalogue.mark_left(entry.id)
            return Applied(path, "written" if revert else "skipped", reason)
        self._catalogue.mark_undone(entry.id)
        return Applied(path, "written" if revert else "unchanged")

    def _commit(self, path: Path, edit: Edit) -> None:
        """Write one restored file, its journal entry first."""
        catalogue = self._catalogue
        if self._run is None:
            self._run = catalogue.start_run("undo", "")
        entry = catalogue.add_journal(self._run, path, edit.payload_hash, edit.before, edit.after, edit.note)
        self._added = [*self._added[-20:], entry]
        catalogue.check_place()
        try:
            found = edit.commit()
        except TagError:
            catalogue.drop_journal(entry)
            raise
        track = catalogue.track_at(path)
        if track is not None:
            catalogue.retag_track(track.id, found, edit.tags)


def _still_ours(path: Path, entry: JournalEntry, later: Sequence[JournalEntry]) -> tuple[dict[str, list[str]], str]:
    """The fields to restore, with their former values; and a word on those that must stay."""
    fields = hold(path, taking_back=True).fields
    other = [each for each in later if any(each.after.get(name, value) != value for name, value in entry.after.items())]
    revert: dict[str, list[str]] = {}
    changed, over, runs = [], [], set()
    for name, written in entry.after.items():
        now, before = fields.get(name, []), entry.before.get(name, [])
        again = [each.run for each in other if each.after.get(name) == now]
        if again and now != before:
            over.append(name)
            runs.add(again[-1])
        elif now == written != before:
            revert[name] = before
        elif now not in (written, before):
            changed.append(name)
    if over:
        by = " and ".join(str(run) for run in sorted(runs))
        return {}, f"written again by run {by}, and left unchanged until that is undone: {', '.join(over)}"
    return revert, f"changed since, and left unchanged: {', '.join(changed)}" if changed else ""


def _has_audio(path: Path, wanted: str) -> bool:
    try:
        return ask(path, path.is_file) and ask(path, lambda: payload_hash(path)) == wanted
    except FileError:
        return False
