"""All that the library knows of its tracks, as a table for other programs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from musicemb.core.sound_tags.heads import apply_tag_heads
from musicemb.core.vectors.neighbours import unit_rows
from musicemb.documents import track_document
from musicemb.errors import CatalogueError, MusicembError
from musicemb.io.output.files import check_output, open_output
from musicemb.io.output.tables import check_format, write_table
from musicemb.records import NOISE, Exported, Floats, LibraryTable, MeasureStage, SegmentVectors, Track

if TYPE_CHECKING:
    from musicemb.io.catalogue.catalogue import Catalogue
    from musicemb.records import Encoder

_GUESS = ("genre", "confidence", "witness")
_NO_SOUNDS = "sounds (moods, instruments, voices) are left out"


def library_table(
    catalogue: Catalogue, encoder: Callable[[], Encoder], *, vectors: bool = True, notes: list[str] | None = None
) -> LibraryTable:
    """The library as a table.

    Parameters
    ----------
    catalogue : Catalogue
        May be read-only.
    encoder : callable
        Gives the library's encoder, whose heads tell how tracks sound.
    vectors : bool
        Whether vectors come along.
    notes : list of str, optional
        Is given what had to be left out.

    Returns
    -------
    LibraryTable
        Tracks with a vector of the active encoder, by id. Columns are the keys of a track's JSON document, "guess"
        taken apart; "genre" is what the listener says of it.

    Raises
    ------
    CatalogueError
        Where the library holds no tracks.
    """
    active = catalogue.active_encoder or ""
    ids, found = catalogue.vectors(active)
    if not len(ids):
        raise CatalogueError(f"the library {catalogue.path} holds no tracks yet: run musicemb scan FOLDER")
    embedded = set(ids.tolist())
    tracks = [track for track in catalogue.tracks() if track.id in embedded]
    names = {cluster.id: cluster.name for cluster in catalogue.clusters(active)} | {NOISE: ""}
    columns = _columns([_flat(track) for track in tracks])
    columns["genre"] = [list(track.tags.listener_genres) for track in tracks]
    columns["cluster_name"] = [names.get(track.cluster) if track.cluster is not None else None for track in tracks]
    columns["payload_hash"] = [track.payload_hash for track in tracks]
    homogeneity, described = catalogue.homogeneities(active), catalogue.descriptors()
    columns["homogeneity"] = [round(homogeneity[track.id], 4) for track in tracks]
    values = [asdict(described[track.id]) if track.id in described else {} for track in tracks]
    for name in dict.fromkeys(name for each in values for name in each):
        columns.setdefault(name, [round(each[name], 3) if name in each else None for each in values])
    columns |= _sounds(found, active, encoder, [] if notes is None else notes)
    facts = {"encoder": active, "encoder_name": next((name for id_, name, _ in catalogue.encoders() if id_ == active),
                                                     "")}  # fmt: skip
    return LibraryTable(columns, found if vectors else None, facts)


def export_library(
    catalogue: Catalogue,
    path: Path,
    encoder: Callable[[], Encoder],
    *,
    vectors: bool = True,
    segments: bool = False,
    force: bool = False,
    stream: BinaryIO | None = None,
) -> Iterator[MeasureStage | Exported]:
    """Write the library to a file: all of it, or nothing.

    Parameters
    ----------
    catalogue : Catalogue
        May be read-only.
    path : Path
        Its suffix says the format (`io.output.tables.FORMATS`).
    encoder : callable
        As for `library_table`.
    vectors : bool
        Write the tracks' vectors.
    segments : bool
        Write the vectors of their segments.
    force : bool
        Replace a file that is there.
    stream : binary file, optional
        Where the table goes instead, a pipe too: then `path` only says the format.

    Yields
    ------
    MeasureStage or Exported
        The last is the result.

    Raises
    ------
    MusicembError
        Where it cannot be written; what was there is untouched.
    """
    suffix = check_format(path, segments=segments)
    if stream is None:
        check_output(path, force=force)
    notes: list[str] = []
    yield MeasureStage("reading the library")
    table = library_table(catalogue, encoder, vectors=vectors, notes=notes)
    ids = table.columns["id"]
    active = table.facts["encoder"]
    count = 0

    def segments_of(row: int) -> SegmentVectors | None:
        return catalogue.segments(int(ids[row]), active)

    text = f"writing {path.name}"
    size = 0
    with open_output(path, force=force) if stream is None else nullcontext(stream) as file:
        for written in write_table(file, suffix, table, segments_of if segments else None):
            count += written
            yield MeasureStage(text, total=len(ids))
    if stream is None:
        size = path.stat().st_size
    if segments and not count:
        notes.append("no segments are stored: scan without --no-segments to keep them")
    dimensions = 0 if table.vectors is None else table.vectors.shape[1]
    yield Exported(path, len(ids), len(table.columns), dimensions, count, size, tuple(notes))


def export_projector(
    catalogue: Catalogue, folder: Path, encoder: Callable[[], Encoder], *, force: bool = False
) -> Exported:
    """Write the library for TensorBoard's embedding projector: its vectors, and names, genres and groups beside them.

    Parameters
    ----------
    catalogue : Catalogue
    folder : Path
        Made where absent.
    encoder : callable
        As for `library_table`.
    force : bool
        Replace such files where they are.

    Returns
    -------
    Exported

    Raises
    ------
    MusicembError
        Where it cannot be written.
    """
    from musicemb.io.output.tensorboard import PROJECTOR_FILES, write_projector

    table = library_table(catalogue, encoder)
    columns = table.columns
    assert table.vectors is not None  # asked for
    names = {track.id: track.name for track in catalogue.tracks()}
    said = {
        "name": [names[row] for row in columns["id"]],
        "genre": ["; ".join(own) or guess or "" for own, guess in zip(columns["genre"], columns["guess_genre"],
                                                                       strict=True)],
        "group": [name or "" for name in columns["cluster_name"]],
        "album": list(columns["album"]),
    }  # fmt: skip
    write_projector(folder, table.vectors, said, force=force)
    size = sum((folder / name).stat().st_size for name in PROJECTOR_FILES)
    return Exported(folder, len(names), len(said), table.vectors.shape[1], 0, size)


def _flat(track: Track) -> dict[str, Any]:
    """A track's document with what is nested taken apart: "guess" becomes "guess_genre" and so on."""
    found: dict[str, Any] = {}
    for key, value in track_document(track).items():
        if key == "guess":
            found |= {f"guess_{part}": value[part] if value else None for part in _GUESS}
        elif isinstance(value, Mapping):
            found |= {f"{key}_{part}": one for part, one in value.items()}
        else:
            found[key] = value
    return found


def _columns(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: [row.get(name) for row in rows] for name in names}


def _sounds(vectors: Floats, active: str, encoder: Callable[[], Encoder], notes: list[str]) -> dict[str, list[float]]:
    """The outputs of the tag heads, a column per word."""
    try:
        opened = encoder()
    except MusicembError as error:
        notes.append(f"{_NO_SOUNDS}: {error}")
        return {}
    heads = opened.tag_heads if opened.id == active else None
    if heads is None:
        notes.append(f"{_NO_SOUNDS}: the encoder of this library has no tag heads")
        return {}
    heard = np.round(apply_tag_heads(unit_rows(vectors)[0], heads).astype(np.float64), 4)
    columns = ("_".join(["sound", *name.replace(",", " ").split()]) for name in heads.names)
    return {name: heard[:, place].tolist() for place, name in enumerate(columns)}
