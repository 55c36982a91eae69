"""Imports genres from a table as truth: matches them to tracks, stores them, and uses them in all later guesses."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from musicemb.core.genres.aliases import squeeze
from musicemb.core.genres.names import fold_artist, fold_genre
from musicemb.records import Encoder, GenreImport, GenreRow, RefusedRow, ScanStage, Track
from musicemb.settings import ScanSettings

if TYPE_CHECKING:
    from musicemb.io.catalogue.catalogue import Catalogue


def plan_import(catalogue: Catalogue, rows: Sequence[GenreRow], *, folder: Path) -> GenreImport:
    """Plan what importing a table of genres would change; nothing is stored.

    A row is matched by its path, else by artist and title, whatever their case and punctuation; then it speaks of all
    tracks that are so called. Rows that speak of the same recording add up.

    Parameters
    ----------
    catalogue : Catalogue
        May be read-only.
    rows : sequence of GenreRow
        Of `io.genre_table.read_genre_table`.
    folder : Path
        Where the table lies: relative paths are looked for there, then in the library's folders.

    Returns
    -------
    GenreImport
    """
    tracks = catalogue.tracks(include_gone=True)
    by_path = {_path_key(str(track.path)): track for track in tracks}
    by_name: dict[tuple[str, str], list[Track]] = {}
    for track in tracks:
        by_name.setdefault(_name_key(track.tags.artist, track.tags.title), []).append(track)
    places = [folder, *catalogue.roots()]
    wanted: dict[str, dict[str, None]] = {}
    refused = []
    for row in rows:
        known = next((by_path[key] for key in _path_keys(row.path, places) if key in by_path), None)
        named = by_name.get(_name_key(row.artist, row.title), []) if row.artist and row.title else []
        meant = named if known is None else [known]
        wrong = [word for word in row.genres if not fold_genre(word, catalogue.aliases)]
        if not meant:
            refused.append(RefusedRow(row, "is not a track of the library"))
        elif wrong:
            refused.append(RefusedRow(row, f"{wrong[0]!r} is not a genre"))
        for track in meant if not wrong else ():
            wanted.setdefault(track.payload_hash, {}).update(dict.fromkeys(row.genres))
    return _compare(catalogue, {payload: tuple(words) for payload, words in wanted.items()}, len(rows), refused)


def plan_clearing(catalogue: Catalogue) -> GenreImport:
    """Plan the removal of all imported genres; nothing is stored.

    Parameters
    ----------
    catalogue : Catalogue

    Returns
    -------
    GenreImport
    """
    return _compare(catalogue, dict.fromkeys(catalogue.imported_genres(), ()), 0, [])


def apply_import(catalogue: Catalogue, plan: GenreImport, encoder: Encoder) -> Iterator[ScanStage]:
    """Store the planned genres, guess again with them, and name the groups again, in one transaction.

    Of a large library an index is left behind, as by a scan: the next question is quick, and new tracks let it grow.

    Parameters
    ----------
    catalogue : Catalogue
        Open for writing.
    plan : GenreImport
    encoder : Encoder
        The library's own.

    Yields
    ------
    ScanStage
        Before each step.
    """
    from musicemb.workflows.library.indexing import prepare_queries
    from musicemb.workflows.library.summary import GroupsOfScan, take_notes

    if not plan.genres:
        return
    with catalogue.holding():
        groups = GroupsOfScan(catalogue, encoder, ScanSettings())
        with catalogue.transaction():
            catalogue.put_imported_genres(plan.genres)
            if catalogue.active_encoder != encoder.id:
                return
            yield from take_notes(groups.finish(altered=True, again=False), [])
        yield from prepare_queries(catalogue, encoder, groups.kept)


def _compare(
    catalogue: Catalogue, wanted: dict[str, tuple[str, ...]], rows: int, refused: Sequence[RefusedRow]
) -> GenreImport:
    stored = catalogue.imported_genres()
    new = {payload: words for payload, words in wanted.items() if words != stored.get(payload, ())}
    told = back = same = 0
    for track in catalogue.tracks(include_gone=True):
        if track.payload_hash in new:
            told += bool(new[track.payload_hash])
            back += not new[track.payload_hash]
        elif track.payload_hash in wanted:
            same += 1
    return GenreImport(rows, new, told, back, same, tuple(refused))


def _name_key(artist: str, title: str) -> tuple[str, str]:
    return fold_artist(artist), squeeze(title) or title


def _path_keys(path: str, places: Sequence[Path]) -> Iterator[str]:
    if not path:
        return
    here = os.path.expanduser(path)  # noqa: PTH111 - what it cannot expand ("~nobody") it leaves
    for place in places:
        yield _path_key(os.path.normpath(os.path.join(place, here)))  # noqa: PTH118 - an absolute path stays
        if os.path.isabs(here):  # noqa: PTH117
            return


def _path_key(path: str) -> str:
    """A path as tables hold it: composed accents, and undecodable bytes written out."""
    return unicodedata.normalize("NFC", path).encode("utf-8", "backslashreplace").decode()
