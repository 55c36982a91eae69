"""Moods, instruments, voice, era and energy of a library's tracks, and of its clusters."""

from __future__ import annotations

from collections.abc import Mapping

from musicemb.core.sound_tags.heads import apply_tag_heads
from musicemb.core.sound_tags.values import share_values, sum_up_all
from musicemb.records import SoundValues, TagHeads
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
    probabilities = apply_tag_heads(space.vectors, heads)
    return dict(zip(space.ids.tolist(), sum_up_all(probabilities, heads), strict=True))


def share_by_cluster(space: Space, heads: TagHeads, clusters: Mapping[int, int]) -> dict[int, SoundValues]:
    """What most tracks of each cluster have.

    Parameters
    ----------
    space : Space
        Of the encoder that the heads belong to.
    heads : TagHeads
    clusters : mapping of track id to cluster id

    Returns
    -------
    dict of cluster id to SoundValues
        `NOISE` too: what is in no cluster may have something in common all the same.
    """
    rows: dict[int, list[int]] = {}
    for row, track in enumerate(space.ids.tolist()):
        if track in clusters:
            rows.setdefault(clusters[track], []).append(row)
    return {
        cluster: share_values(apply_tag_heads(space.vectors[of_it], heads), heads) for cluster, of_it in rows.items()
    }
