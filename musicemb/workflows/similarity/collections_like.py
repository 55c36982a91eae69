"""The artists, or the albums, that sound most like some tracks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from musicemb.core.similarity.folding import fold_text
from musicemb.records import CollectionMatch, Track
from musicemb.workflows.index.texts import By
from musicemb.workflows.similarity.library_vectors import Space
from musicemb.workflows.similarity.similar import Seed, read_queries, score_all

if TYPE_CHECKING:
    from musicemb.io.catalogue.catalogue import Catalogue
    from musicemb.records import Encoder

_HEARD = 5
"""Tracks of an artist that speak for them, those most like the seeds: who plays a hundred others besides is no less
like them."""


def find_collections(
    catalogue: Catalogue,
    seeds: Sequence[Seed],
    by: By,
    *,
    n: int,
    encoder: Callable[[], Encoder],
    space: Space,
    unlike: Sequence[Seed] = (),
) -> list[CollectionMatch]:
    """The artists, or the albums, most like some tracks: by the mean closeness of their tracks that come nearest.

    Parameters
    ----------
    catalogue : Catalogue
    seeds : sequence of str, Path or Track
    by : {"artist", "album"}
        Of an album all tracks count.
    n : int
    encoder : callable
        Opened for a file that is not in the library.
    space : Space
    unlike : sequence of str, Path or Track

    Returns
    -------
    list of CollectionMatch
        Best first; never those that the seeds are of.
    """
    queries, against = read_queries(catalogue, space, seeds, unlike, encoder)
    _, score = score_all(space, queries, against)
    own = {_key(one.described, by) for one in (*queries, *against)}
    tracks = {track.id: track for track in catalogue.tracks()}
    groups: dict[tuple[str, str], list[tuple[float, Track]]] = {}
    for identity, scaled in zip(space.ids.tolist(), score.tolist(), strict=True):
        key = _key(tracks[identity], by)
        if key is not None and key not in own:
            groups.setdefault(key, []).append((scaled, tracks[identity]))
    found = []
    for members in groups.values():
        members.sort(key=lambda one: (-one[0], one[1].id))
        heard = members[:_HEARD] if by == "artist" else members
        best = members[0][1]
        album = best.tags.album if by == "album" else ""
        scaled = float(np.mean([one for one, _ in heard]))
        found.append(CollectionMatch(best.tags.artist, album, len(members), scaled, best))
    found.sort(key=lambda one: (-round(one.scaled_similarity, 6), one.nearest.id))
    return found[:n]


def most_typical(tracks: Sequence[Track], space: Space, most: int = 40) -> list[Track]:
    """The most typical of many tracks, as seeds in their place.

    Parameters
    ----------
    tracks : sequence of Track
    space : Space
    most : int

    Returns
    -------
    list of Track
        All of few; of many those nearest to their middle.
    """
    placed = [(track, row) for track in tracks if (row := space.row_of(track.id)) is not None]
    if len(placed) <= most:
        return [track for track, _ in placed] or list(tracks[:1])
    vectors = space.vectors[[row for _, row in placed]]
    order = np.argsort(-(vectors @ vectors.mean(axis=0)), kind="stable")
    return [placed[place][0] for place in sorted(order[:most].tolist())]


def _key(track: Track, by: By) -> tuple[str, str] | None:
    """The key of an artist or an album; None if the tags have none."""
    if by == "artist":
        return (fold_text(track.tags.artist), "") if track.tags.artist else None
    return (fold_text(track.tags.album), str(track.path.parent)) if track.tags.album else None
