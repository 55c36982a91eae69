"""Moods, instruments, voice, era and energy of a library's tracks, and of its clusters."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import astuple
from typing import TYPE_CHECKING, Any

import numpy as np

from musicemb.core.sound_tags.heads import apply_tag_heads
from musicemb.core.sound_tags.values import share_values, sum_up_all
from musicemb.io.index.array_file import column
from musicemb.records import SoundValues
from musicemb.workflows.index.library_index import Extension, extend_index, open_index
from musicemb.workflows.index.made_from import digest_of
from musicemb.workflows.index.summaries import clusters_of_tracks
from musicemb.workflows.similarity.library_vectors import Space, open_space

if TYPE_CHECKING:
    from musicemb.io.catalogue.catalogue import Catalogue
    from musicemb.records import TagHeads

EXTENSION = "cluster sounds"
"""Name of what is added to the index, and of its one array."""


def hear_values(space: Space, heads: TagHeads, among: Collection[int] | None = None) -> dict[int, SoundValues]:
    """What is heard for sure in each track.

    Parameters
    ----------
    space : Space
        Of the encoder that the heads belong to.
    heads : TagHeads
    among : collection of track ids, optional
        The only ones that are asked for.

    Returns
    -------
    dict of track id to SoundValues
    """
    ids, vectors = space.ids, space.vectors
    if among is not None:
        asked = np.isin(ids, np.fromiter(among, dtype=np.int64, count=len(among)))
        ids, vectors = ids[asked], vectors[asked]
    probabilities = apply_tag_heads(vectors, heads)
    return dict(zip(ids.tolist(), sum_up_all(probabilities, heads), strict=True))


def values_by_cluster(catalogue: Catalogue, heads: TagHeads) -> dict[int, SoundValues]:
    """What most tracks of each cluster have; of a large library it is kept in the index.

    Parameters
    ----------
    catalogue : Catalogue
    heads : TagHeads
        Of the active encoder.

    Returns
    -------
    dict of cluster id to SoundValues
        As of `share_by_cluster`.
    """
    index = open_index(catalogue)
    if index is not None and index.extended_with(EXTENSION) == digest_of(heads):
        kept = index.file.read_json(EXTENSION)
        return {int(cluster): SoundValues(*(_as_told(part) for part in parts)) for cluster, parts in kept.items()}
    found = _find_by_cluster(catalogue, heads)
    if index is not None:
        extend_index(catalogue, _extension(found, heads))
    return found


def values_extension(catalogue: Catalogue, heads: TagHeads) -> Extension | None:
    """What `values_by_cluster` tells, for the index of a large library.

    Parameters
    ----------
    catalogue : Catalogue
    heads : TagHeads
        Of the active encoder.

    Returns
    -------
    Extension or None
        None where the index has it, or there is none.
    """
    index = open_index(catalogue)
    if index is None or index.extended_with(EXTENSION) == digest_of(heads):
        return None
    return _extension(_find_by_cluster(catalogue, heads), heads)


def _find_by_cluster(catalogue: Catalogue, heads: TagHeads) -> dict[int, SoundValues]:
    space = open_space(catalogue)
    ids, clusters = clusters_of_tracks(catalogue, space.encoder_id)
    return share_by_cluster(space, heads, dict(zip(ids.tolist(), clusters.tolist(), strict=True)))


def _extension(found: Mapping[int, SoundValues], heads: TagHeads) -> Extension:
    told = json.dumps({cluster: astuple(values) for cluster, values in found.items()}).encode()
    return Extension(EXTENSION, digest_of(heads), {EXTENSION: column(np.uint8, [np.frombuffer(told, np.uint8)])})


def _as_told(part: str | list[str]) -> Any:
    return part if isinstance(part, str) else tuple(part)


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
