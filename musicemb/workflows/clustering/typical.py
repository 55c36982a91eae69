"""Chooses the typical tracks of a group."""

from __future__ import annotations

from collections.abc import Sequence

from musicemb.records import Track


def typical_tracks(ranked: Sequence[Track], count: int) -> tuple[int, ...]:
    """The most typical tracks by different artists, then any; copies of one recording count once.

    Parameters
    ----------
    ranked : sequence of Track
        Of one group, the most typical first.
    count : int

    Returns
    -------
    tuple of int
        Track ids, at most so many.
    """
    chosen: list[Track] = []
    for once in (True, False):
        for track in ranked:
            if len(chosen) == count:
                break
            copy = any(track.payload_hash == other.payload_hash for other in chosen)
            same = any(track.tags.artist and track.tags.artist == other.tags.artist for other in chosen)
            if not copy and not (once and same):
                chosen.append(track)
    return tuple(track.id for track in chosen)
