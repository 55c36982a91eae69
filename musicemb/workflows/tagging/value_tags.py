"""Writes tempo, key and loudness to files: planned, written, recorded and undone like genres."""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Literal

from musicemb.errors import SettingsError, TagError
from musicemb.io.tags.fields import read_values, value_fields
from musicemb.io.tags.writer import edit_tag, hold
from musicemb.records import Applied, Track, TrackValues, ValueChange, ValueKind
from musicemb.workflows.tagging.journalled import TagRun, Written, write_each
from musicemb.workflows.tagging.leftovers import remove_leftovers
from musicemb.workflows.tagging.results import fenced

if TYPE_CHECKING:
    from musicemb.io.catalogue.catalogue import Catalogue

VALUE_KINDS: tuple[ValueKind, ...] = typing.get_args(ValueKind)
LEAST_CONFIDENCE = 0.5
"""Default confidence below which a value is not written: a wrong tempo in a tag is worse than none."""

_CALLED = {"bpm": "tempo", "key": "key", "gain": "loudness", "peak": "loudness"}

ValuePolicy = Literal["missing", "replace"]


def plan_values(
    catalogue: Catalogue,
    kinds: Sequence[ValueKind] = VALUE_KINDS,
    *,
    policy: ValuePolicy = "missing",
    min_confidence: float | None = None,
    upgrade_tags: bool = False,
) -> list[ValueChange]:
    """Plan what writing values would change. Nothing is written, but what a killed run left beside the music is
    removed.

    Parameters
    ----------
    catalogue : Catalogue
    kinds : sequence of {"bpm", "key", "replaygain"}
    policy : {"missing", "replace"}
        missing: only where no tag of the file says anything of it; replace: whatever the tag that is written says.
    min_confidence : float, optional
        Leave out values less sure than this. None: `LEAST_CONFIDENCE`.
    upgrade_tags : bool
        Write ID3v2.2 tags too, as ID3v2.3.

    Returns
    -------
    list of ValueChange
        By path. Files that hold the values already are left out. A file that cannot be written is in the plan with its
        `obstacle`.

    Raises
    ------
    SettingsError
        For an unknown kind or policy.
    """
    unknown = [kind for kind in kinds if kind not in VALUE_KINDS]
    if unknown or not kinds:
        named = unknown[0] if unknown else "nothing"
        raise SettingsError(f"values cannot be {named!r}; they are {', '.join(VALUE_KINDS)}")
    if policy not in typing.get_args(ValuePolicy):
        raise SettingsError(f"for values the policy is missing or replace, not {policy!r}")
    if not catalogue.read_only:
        catalogue.require_free()
    tracks = catalogue.tracks()
    remove_leftovers(catalogue, (track.path for track in tracks))
    least = LEAST_CONFIDENCE if min_confidence is None or min_confidence < 0 else min_confidence
    changes = []
    for track in tracks:
        wanted = None if track.values is None else _sure(track.values, kinds, least)
        if wanted is not None:
            change = _plan_one(track, wanted, policy, upgrade_tags)
            if change is not None:
                changes.append(change)
    return sorted(changes, key=lambda change: change.track.path)


def _sure(values: TrackValues, kinds: Sequence[ValueKind], least: float) -> TrackValues | None:
    """The requested values that are sure enough; None if there are none."""
    bpm = values.bpm if "bpm" in kinds and values.bpm_confidence >= least else None
    key = values.key if "key" in kinds and values.key_confidence >= least else None
    loud = "replaygain" in kinds and values.loudness_confidence >= least
    if bpm is None and key is None and not (loud and values.loudness is not None):
        return None
    return dataclasses.replace(
        values,
        bpm=bpm,
        key=key,
        loudness=values.loudness if loud else None,
        peak=values.peak if loud else None,
    )


def _plan_one(track: Track, wanted: TrackValues, policy: ValuePolicy, upgrade: bool) -> ValueChange | None:
    try:
        with fenced(track.path):
            held = hold(track.path, upgrade=upgrade, genre=False)
    except TagError as error:
        missing = isinstance(error.__cause__, (FileNotFoundError, NotADirectoryError))
        reason = "does not exist; is its drive mounted?" if missing else error.reason
        return ValueChange(track, {}, {}, obstacle=reason, failed=error.transient and not missing, upgrade=upgrade)
    fields = value_fields(held, wanted)
    if policy == "missing":
        said = read_values(held) | held.elsewhere.keys()
        fields = {name: values for name, values in fields.items() if held.format.value_fields[name] not in said}
    before = {name: held.fields.get(name, []) for name in fields}
    if before == fields:
        return None
    for name in fields:
        value = held.format.value_fields[name]
        if value in held.elsewhere:
            what, tag = _CALLED[value], held.elsewhere[value]
            reason = f"tells its {what} in its {tag} tag, which players may read instead of the one that is written"
            return ValueChange(track, {}, {}, obstacle=reason, upgrade=upgrade)
    return ValueChange(track, before, fields, upgrade=upgrade)


def apply_values(catalogue: Catalogue, changes: Iterable[ValueChange]) -> Iterator[Applied]:
    """Write planned values to the files, and to the catalogue's journal before that; `apply_undo` takes them back.

    Parameters
    ----------
    catalogue : Catalogue
        Open for writing.
    changes : iterable of ValueChange
        As `plan_values` made them.

    Yields
    ------
    Applied
        As `apply_tags` gives them.

    Raises
    ------
    OSError
        The disk is full: what was written so far stays.
    CatalogueError
        The catalogue cannot be written.
    """
    return write_each(catalogue, changes, _write)


def _write(run: TagRun, change: ValueChange) -> Written:
    """Write one file, its journal entry first."""
    track = change.track
    held = hold(track.path, upgrade=change.upgrade, genre=False)
    now = {name: held.fields.get(name, []) for name in change.after}
    if now == change.after:
        return "unchanged"
    if now != change.before:
        raise TagError(track.path, "has other values than when this was planned")
    with edit_tag(track.path, change.after, upgrade=change.upgrade, genre=False) as edit:
        if edit.payload_hash != track.payload_hash:
            raise TagError(track.path, "has other audio than when it was scanned; scan it again first")
        found = run.commit(track, edit, run.catalogue.active_encoder or "")
    run.catalogue.retag_track(track.id, found, edit.tags)
    return "written"
