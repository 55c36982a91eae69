"""Moods, instruments, voice, era and energy of a library's tracks, and of its clusters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from musicemb.core.sound_tags.heads import apply_tag_heads, rank_tags
from musicemb.core.sound_tags.values import share_values, sum_up_all
from musicemb.records import SoundValues, TagHeads, Track
from musicemb.workflows.similarity.library_vectors import Space


def hear_values(space: Space, heads: TagHeads) -> dict[int, SoundValues]:
    """What is heard for sure in each track.

    Parameters
    ----------
    space : Space
        Of the encoder that the heads belong to.
    heads : TagHeads

    Returns
    -------
    dict of track id to SoundValues
    """
    ranks = rank_tags(apply_tag_heads(space.vectors, heads), heads)
    return dict(zip(space.ids.tolist(), sum_up_all(ranks, heads), strict=True))


def share_by_cluster(tracks: Iterable[Track], values: Mapping[int, SoundValues]) -> dict[int, SoundValues]:
    """What most tracks of each cluster have.

    Parameters
    ----------
    tracks : iterable of Track
    values : mapping of track id to SoundValues

    Returns
    -------
    dict of cluster id to SoundValues
        `NOISE` too: what is in no cluster may have something in common all the same.
    """
    members: dict[int, list[SoundValues]] = {}
    for track in tracks:
        if track.cluster is not None and track.id in values:
            members.setdefault(track.cluster, []).append(values[track.id])
    return {cluster: share_values(of_it) for cluster, of_it in members.items()}
