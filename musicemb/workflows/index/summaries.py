"""Counts, groups and genres of a library: of a large one they stand in its index, of any other the catalogue counts.

A question that only counts makes no index where none fits: that would take longer than to count.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from musicemb.io.catalogue.track_queries import TrackTotals
from musicemb.io.index.array_file import ArrayFile, Column, column
from musicemb.records import Guess, Integers, Track, TrackTags
from musicemb.settings import LONGEST_TRACK

if TYPE_CHECKING:
    from musicemb.io.catalogue.catalogue import Catalogue

UNGROUPED = -2
"""Cluster of a track that was never looked at; NOISE is -1."""

Words = tuple[TrackTags, Guess | None]


def summary_columns(
    catalogue: Catalogue, encoder_id: str, ids: Integers, outgrown: ArrayFile | None = None, reach: int = 0
) -> dict[str, Column]:
    """The arrays of the index for the queries of this module.

    Parameters
    ----------
    catalogue : Catalogue
    encoder_id : str
        The active one.
    ids : ndarray [shape=(n,)], int64
        Tracks that are not gone, ascending.
    outgrown : ArrayFile, optional
        An index that knows all tracks up to `reach`, of which nothing has changed but the genres that we wrote; `ids`
        are the others.
    reach : int

    Returns
    -------
    dict of str to Column
    """
    placed = {track: one for track, one in catalogue.placements(encoder_id, after=reach).items() if not one.gone}
    at = np.searchsorted(ids, np.fromiter(placed, dtype=np.int64, count=len(placed)))
    clusters, strengths = np.full(len(ids), UNGROUPED, dtype=np.int64), np.zeros(len(ids), dtype=np.float32)
    clusters[at] = [one.cluster for one in placed.values()]
    strengths[at] = [one.strength for one in placed.values()]
    before = {name: [] if outgrown is None else [outgrown[name]] for name in ("clusters", "strengths")}
    words = np.zeros(0, dtype=np.int32) if outgrown is None else np.array(outgrown["genre words"])
    known_ids = np.zeros(0, dtype=np.int64) if outgrown is None else outgrown["text ids"]
    also = () if outgrown is None else all_retagged(catalogue, outgrown)
    known = [] if outgrown is None else outgrown.read_json("genre table")
    codes, table = list[int](), {json.dumps(said): code for code, said in enumerate(known)}
    coded: dict[tuple[int, int], tuple[int, TrackTags, Guess | None]] = {}
    for track, tags, guess in catalogue.genre_words(after=reach, also=also):
        found = coded.get((id(tags), id(guess)))
        if found is None:  # they are kept, since an address is another object's once its own is gone
            said = [tags.genres, tags.our_genres, tags.imported, None if guess is None else guess.genres]
            code = table.setdefault(json.dumps(said), len(table))
            found = coded[id(tags), id(guess)] = code, tags, guess
        if track > reach:
            codes.append(found[0])
        else:
            words[np.searchsorted(known_ids, track)] = found[0]
    sums = {"totals": asdict(catalogue.totals(LONGEST_TRACK)), "values": catalogue.count_values()}
    return {
        "clusters": column(np.int32, [*before["clusters"], clusters]),
        "strengths": column(np.float32, [*before["strengths"], strengths]),
        "genre words": column(np.int32, [words, np.array(codes, dtype=np.int64)]),
        "retagged": column(np.int64, []),
        "genre table": _as_json([json.loads(text) for text in table]),
        "sums": _as_json(sums),
    }


def all_retagged(catalogue: Catalogue, outgrown: ArrayFile) -> list[int]:
    """Tracks of which an index may not know the genres that we wrote.

    Parameters
    ----------
    catalogue : Catalogue
    outgrown : ArrayFile
        Of `library_index.open_outgrown`. Where it was made later than the edition that is noted, it says for which
        tracks: a backup may have been put in the catalogue's place since.

    Returns
    -------
    list of int
        Ids, ascending.
    """
    return sorted({*catalogue.retagged(), *outgrown["retagged"].tolist()})


def track_totals(catalogue: Catalogue) -> TrackTotals:
    """Sums over all tracks that are not gone; a mix is longer than `LONGEST_TRACK`.

    Parameters
    ----------
    catalogue : Catalogue

    Returns
    -------
    TrackTotals
    """
    file = _find(catalogue)
    return catalogue.totals(LONGEST_TRACK) if file is None else TrackTotals(**file.read_json("sums")["totals"])


def count_values(catalogue: Catalogue) -> dict[str, int]:
    """The number of tracks that have a measured value.

    Parameters
    ----------
    catalogue : Catalogue

    Returns
    -------
    dict of str to int
        As `Catalogue.count_values` tells it.
    """
    file = _find(catalogue)
    return catalogue.count_values() if file is None else dict(file.read_json("sums")["values"])


def cluster_sizes(catalogue: Catalogue, encoder_id: str) -> dict[int, int]:
    """How many tracks that are not gone are in each cluster.

    Parameters
    ----------
    catalogue : Catalogue
    encoder_id : str

    Returns
    -------
    dict of cluster id to int
        NOISE among them.
    """
    file = _find(catalogue) if encoder_id == catalogue.active_encoder else None
    if file is None:
        return catalogue.cluster_sizes(encoder_id)
    homes, sizes = np.unique(file["clusters"], return_counts=True)
    return {home: size for home, size in zip(homes.tolist(), sizes.tolist(), strict=True) if home != UNGROUPED}


def clusters_of_tracks(catalogue: Catalogue, encoder_id: str) -> tuple[Integers, Integers]:
    """The cluster of each track that is not gone.

    Parameters
    ----------
    catalogue : Catalogue
    encoder_id : str
        The active one.

    Returns
    -------
    ids, clusters : ndarray [shape=(n,)], int64
        Ids ascending; NOISE among the clusters. Tracks that were never looked at are left out.
    """
    file = _find(catalogue)
    if file is not None:
        looked_at = file["clusters"] != UNGROUPED
        return file["text ids"][looked_at], file["clusters"][looked_at].astype(np.int64)
    known = {track: home for track, (home, _, gone) in catalogue.memberships(encoder_id).items() if not gone}
    ids = np.array(sorted(known), dtype=np.int64)
    return ids, np.array([known[one] for one in ids.tolist()], dtype=np.int64)


def tracks_in_cluster(catalogue: Catalogue, cluster: int) -> list[Track]:
    """The tracks of a cluster of the active encoder that are not gone.

    Parameters
    ----------
    catalogue : Catalogue
    cluster : int
        Or NOISE.

    Returns
    -------
    list of Track
        Ordered by id.
    """
    file = _find(catalogue)
    if file is None:
        return catalogue.tracks_in_cluster(cluster)
    members: list[int] = file["text ids"][file["clusters"] == cluster].tolist()
    found = catalogue.tracks_of(members)
    return [found[one] for one in members if one in found]


def genre_counts(catalogue: Catalogue) -> list[tuple[TrackTags, bool, int]]:
    """How many tracks that are not gone have the same genres in their tags, with and without a guess.

    Parameters
    ----------
    catalogue : Catalogue

    Returns
    -------
    list of (tags, guessed, tracks)
        The tags with their genres only.
    """
    file = _find(catalogue)
    if file is None:
        return list(catalogue.genre_counts())
    table = _words(file)
    counts = np.bincount(file["genre words"], minlength=len(table)).tolist()
    # What nobody says any more stays in the table until the index is made anew.
    return [(tags, guess is not None, count) for (tags, guess), count in zip(table, counts, strict=True) if count]


def tracks_with_words(catalogue: Catalogue, choose: Callable[[TrackTags, Guess | None], bool]) -> list[int]:
    """Tracks that are not gone and have genres that are wanted.

    Parameters
    ----------
    catalogue : Catalogue
    choose : callable
        Is asked of genres in tags and of a guess (or None), both without anything else; of the same ones once.

    Returns
    -------
    list of int
        Ids, ascending.
    """
    file = _find(catalogue)
    if file is None:
        decided = lru_cache(maxsize=None)(choose)
        return [track for track, tags, guess in catalogue.genre_words() if decided(tags, guess)]
    wanted = np.array([choose(tags, guess) for tags, guess in _words(file)], dtype=bool)
    found: list[int] = file["text ids"][wanted[file["genre words"]]].tolist()
    return found


def _find(catalogue: Catalogue) -> ArrayFile | None:
    from musicemb.workflows.index.library_index import open_index

    index = open_index(catalogue, make=False)
    return None if index is None else index.file


def _words(file: ArrayFile) -> list[Words]:
    found = list[Words]()
    for genres, ours, imported, guessed in file.read_json("genre table"):
        tags = TrackTags(genres=tuple(genres), our_genres=tuple(ours), imported=tuple(imported))
        found.append((tags, None if guessed is None else Guess(tuple(guessed), 0.0, "neighbours")))
    return found


def _as_json(value: Any) -> Column:
    return column(np.uint8, [np.frombuffer(json.dumps(value).encode(), np.uint8)])
