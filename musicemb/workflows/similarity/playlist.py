"""Makes playlists: similar to some tracks, of a cluster, or a smooth path from one track to another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from statistics import median
from typing import TYPE_CHECKING

import numpy as np

from musicemb.core.similarity.folding import fold_text
from musicemb.core.similarity.paths import resample_path, smooth_path, space_artists
from musicemb.core.values.limits import clashes, order_by_mixing
from musicemb.core.vectors.neighbours import unit_rows
from musicemb.errors import MusicembError, TrackNotFound
from musicemb.records import NOISE, Cluster, Track
from musicemb.workflows.index.summaries import tracks_in_cluster
from musicemb.workflows.similarity.library_vectors import Space, open_space
from musicemb.workflows.similarity.ranking import ResultFilters, TrackSource, look_up_recordings
from musicemb.workflows.similarity.similar import Seed, find_similar

if TYPE_CHECKING:
    from musicemb.io.catalogue.catalogue import Catalogue
    from musicemb.records import Encoder

Order = Callable[[int], list[Track]]

_POOL = 4
"""Candidates per wanted track, so that artists can be kept apart."""
_TRIES = 6
"""Path lengths tried until the minutes fit."""


@dataclass(frozen=True)
class PlaylistLength:
    """The length of a playlist: a number of tracks, or approximate minutes."""

    tracks: int = 25
    minutes: float | None = None
    """Wins where it is given."""


def playlist_like(
    catalogue: Catalogue,
    seeds: Sequence[Seed],
    length: PlaylistLength,
    *,
    spacing: int = 3,
    encoder: Encoder | Callable[[], Encoder] | None = None,
    filters: ResultFilters | None = None,
    space: Space | None = None,
) -> list[Track]:
    """The seeds, then the tracks most similar to them.

    Parameters
    ----------
    catalogue : Catalogue
    seeds : sequence of str, Path or Track
        A file from elsewhere counts as a seed, but is not of the list.
    length : PlaylistLength
    spacing : int
        Tracks that stand between two by one artist, where possible.
    encoder : Encoder, function that opens one, or None
        For a file that is not in the library.
    filters : ResultFilters, optional
    space : Space, optional
        As for `find_similar`.

    Returns
    -------
    list of Track

    Raises
    ------
    MusicembError
        As `find_similar` does.
    """
    count = _estimate(catalogue, length)
    found = find_similar(catalogue, seeds, n=_POOL * count, encoder=encoder, filters=filters, space=space)
    first = [seed for seed in seeds if isinstance(seed, Track) and not seed.gone]
    pool = first + [match.track for match in found]
    return _mixed(_fill(pool, length, spacing), filters)


def playlist_of_cluster(
    catalogue: Catalogue,
    cluster: int,
    length: PlaylistLength,
    *,
    spacing: int = 3,
    filters: ResultFilters | None = None,
) -> list[Track]:
    """The tracks that belong to a cluster most, the most typical first; copies once.

    Parameters
    ----------
    catalogue : Catalogue
    cluster : int
    length : PlaylistLength
    spacing : int
        As for `playlist_like`.
    filters : ResultFilters, optional
        Of them `among`, `limits` and `harmonic`.

    Returns
    -------
    list of Track

    Raises
    ------
    TrackNotFound
        Where there is no such cluster.
    """
    active = catalogue.active_encoder or ""
    places = {item.id: item.typical for item in catalogue.clusters(active)}
    if cluster not in places and cluster != NOISE:
        ids = ", ".join(str(one) for one in sorted(places)) or "none"
        raise TrackNotFound(f"there is no group {cluster}; musicemb clusters lists them (ids: {ids})")
    chosen = filters or ResultFilters()
    members = [track for track in tracks_in_cluster(catalogue, cluster) if chosen.allow(track)]
    return _mixed(_of_members(members, places.get(cluster, ()), length, spacing), filters)


def playlists_of_clusters(
    catalogue: Catalogue, length: PlaylistLength | None = None, *, spacing: int = 3
) -> list[tuple[Cluster, list[Track]]]:
    """A playlist of every cluster, the largest cluster first.

    Parameters
    ----------
    catalogue : Catalogue
    length : PlaylistLength, optional
        Of each playlist; None: all its tracks.
    spacing : int
        As for `playlist_like`.

    Returns
    -------
    list of (Cluster, list of Track)
    """
    members: dict[int, list[Track]] = {}
    for track in catalogue.tracks():
        if track.cluster is not None:
            members.setdefault(track.cluster, []).append(track)
    found = [
        (replace(cluster, size=len(members[cluster.id])), cluster.typical)
        for cluster in catalogue.clusters(catalogue.active_encoder or "")
        if cluster.id in members
    ]
    found.sort(key=lambda one: (-one[0].size, one[0].id))
    return [
        (cluster, _of_members(members[cluster.id], typical, length or PlaylistLength(cluster.size), spacing))
        for cluster, typical in found
    ]


def _of_members(members: Sequence[Track], typical: Sequence[int], length: PlaylistLength, spacing: int) -> list[Track]:
    rank = {track_id: place for place, track_id in enumerate(typical)}
    ordered = sorted(members, key=lambda track: (rank.get(track.id, len(rank)), -track.strength, track.id))
    once = {track.payload_hash: track for track in reversed(ordered)}
    return _fill([track for track in ordered if once[track.payload_hash] is track], length, spacing)


def playlist_between(
    catalogue: Catalogue,
    start: Track,
    end: Track,
    length: PlaylistLength,
    *,
    spacing: int = 3,
    space: Space | None = None,
    filters: ResultFilters | None = None,
) -> list[Track]:
    """A smooth path from one track to another: its largest step is as small as possible.

    Parameters
    ----------
    catalogue : Catalogue
    start, end : Track
        Of the library.
    length : PlaylistLength
    spacing : int
        As for `playlist_like`.
    space : Space, optional
        As for `find_similar`.
    filters : ResultFilters, optional
        Of them `among` and `limits`, for the tracks between the two, and `harmonic`.

    Returns
    -------
    list of Track
        From start to end.

    Raises
    ------
    MusicembError
        Where start and end are one recording, or have no vector.
    """
    along = _way(space or open_space(catalogue), catalogue, start, end, spacing, filters or ResultFilters())
    return _fit(along, _estimate(catalogue, length), length)


def path_between(
    space: Space, source: TrackSource, start: Track, end: Track, count: int, *, spacing: int = 3
) -> list[Track]:
    """A smooth way of so many tracks, as `playlist_between` finds it, in a library that is in memory.

    Parameters
    ----------
    space : Space
    source : TrackSource
    start, end : Track
    count : int
        At least two.
    spacing : int
        As for `playlist_like`.

    Returns
    -------
    list of Track
        From start to end.

    Raises
    ------
    MusicembError
        As `playlist_between` does.
    """
    return _way(space, source, start, end, spacing, ResultFilters())(max(count, 2))


def _way(space: Space, source: TrackSource, start: Track, end: Track, spacing: int, filters: ResultFilters) -> Order:
    """What gives the way with as many tracks as are asked for."""
    if start.id == end.id or start.payload_hash == end.payload_hash:
        raise MusicembError("--from and --to are the same track: name two, or give one TRACK for similar ones")
    rows = [space.row_of(track.id) for track in (start, end)]
    if None in rows:
        raise TrackNotFound(f"{(start, end)[rows.index(None)].path} has no vector: scan its folder again")
    chosen, artists = _candidates(space, source, int(rows[0] or 0), int(rows[1] or 0), filters)

    def around(places: Sequence[int]) -> list[Track]:
        ids = space.ids[[chosen[at] for at in places]].tolist()
        tracks = source.tracks_of(ids)
        return [tracks[one] for one in ids]

    distances = space.distances(chosen)
    if filters.harmonic:  # a step that clashes is farther than any other
        distances = distances + clashes([track.values for track in around(range(len(chosen)))])
    path = smooth_path(distances, 0, 1)
    return lambda count: around(resample_path(path, distances, count, artists, spacing=spacing))


def _candidates(
    space: Space, source: TrackSource, start: int, end: int, filters: ResultFilters
) -> tuple[list[int], list[str]]:
    """Rows that a path may lead through, near the line between its ends, which come first; and their artists."""
    weights = np.linspace(0, 1, 11, dtype=np.float32)[:, None]
    line, _ = unit_rows((1 - weights) * space.vectors[start] + weights * space.vectors[end])
    near = np.round((space.vectors @ line.T).max(axis=1).astype(np.float64), 6)
    between = look_up_recordings(source, space.ids, np.argsort(-near, kind="stable").tolist(), filters)
    once = dict[str, tuple[int, str]]()
    for row, payload_hash, artist in chain(look_up_recordings(source, space.ids, (start, end)), between):
        once.setdefault(payload_hash, (row, fold_text(artist)))
        if len(once) == space.settings.path_candidates:
            break
    return [row for row, _ in once.values()], [artist for _, artist in once.values()]


def _mixed(tracks: list[Track], filters: ResultFilters | None) -> list[Track]:
    """The same tracks, ordered so that they mix well, if that was requested."""
    if filters is None or not filters.harmonic:
        return tracks
    return [tracks[at] for at in order_by_mixing(clashes([track.values for track in tracks]))]


def _estimate(catalogue: Catalogue, length: PlaylistLength) -> int:
    """About how many tracks are wanted."""
    if length.minutes is None:
        return length.tracks
    durations = catalogue.durations()
    return max(2, round(length.minutes * 60 / median(durations))) if durations else length.tracks


def _fill(pool: Sequence[Track], length: PlaylistLength, spacing: int) -> list[Track]:
    artists = [fold_text(track.tags.artist) for track in pool]
    wanted = length.tracks if length.minutes is None else len(pool)
    ordered = [pool[at] for at in space_artists(artists, wanted, spacing)]
    if length.minutes is None:
        return ordered
    chosen: list[Track] = []
    total, goal = 0.0, length.minutes * 60
    for track in ordered:
        # One that would overshoot by more than it falls short now stays out.
        if chosen and total + track.duration - goal > goal - total:
            break
        chosen.append(track)
        total += track.duration
    return chosen


def _fit(order: Order, count: int, length: PlaylistLength) -> list[Track]:
    """The path whose minutes are nearest to those wanted."""
    best = order(max(count, 2))
    if length.minutes is None:
        return best
    goal, tried = length.minutes * 60, {count}

    def off(tracks: Sequence[Track]) -> float:
        return abs(sum(track.duration for track in tracks) - goal)

    for _ in range(_TRIES):
        total = sum(track.duration for track in best)
        count = max(2, round(len(best) * goal / total)) if total > 0 else count
        if count in tried:
            break
        tried.add(count)
        best = min(best, order(count), key=off)
    return best
