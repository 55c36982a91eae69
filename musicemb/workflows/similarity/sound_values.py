"""Moods, instruments, voice, era and energy of a library's tracks, and of its clusters."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

import numpy as np

from musicemb.core.sound_tags.heads import apply_tag_heads
from musicemb.core.sound_tags.values import count_words, share_counts, sum_up_all
from musicemb.core.vectors.neighbours import unit_rows
from musicemb.io.index.array_file import column
from musicemb.records import Floats, Integers, SoundValues
from musicemb.workflows.index.contents import LibraryIndex
from musicemb.workflows.index.fingerprint import digest_of
from musicemb.workflows.index.library_index import Extension, extend_index, open_index
from musicemb.workflows.index.summaries import clusters_of_tracks
from musicemb.workflows.similarity.library_vectors import Space, open_space

if TYPE_CHECKING:
    from musicemb.io.catalogue.catalogue import Catalogue
    from musicemb.records import TagHeads

EXTENSION = "cluster sounds"
"""Name of what is added to the index, and of its one array."""
_PARTS = 2
"""Raised where other things are kept, so that what an older version kept is not taken for it."""


def find_values(space: Space, heads: TagHeads, among: Collection[int] | None = None) -> dict[int, SoundValues]:
    """The sound values of each track of which the tag heads are sure.

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
    """The sound values of most tracks of each cluster; for a large library they are stored in the index.

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
    if index is not None and index.extended_with(EXTENSION) == _facts(heads):
        found = _stored(index)
    else:
        found = _find_by_cluster(catalogue, heads)
        if index is not None:
            extend_index(catalogue, _extension(found, heads))
    return dict(zip(found, share_counts(found.values(), heads), strict=True))


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
    if index is None or index.extended_with(EXTENSION) == _facts(heads):
        return None
    return _extension(_find_by_cluster(catalogue, heads), heads)


def grown_values(catalogue: Catalogue, heads: TagHeads, outgrown: LibraryIndex, reach: int) -> Extension | None:
    """The same for the next index, if tracks were only added since the last one.

    Parameters
    ----------
    catalogue : Catalogue
    heads : TagHeads
        Of the active encoder.
    outgrown : LibraryIndex
    reach : int
        Both of `library_index.open_outgrown`.

    Returns
    -------
    Extension or None
        None where the last one did not hold it.
    """
    if outgrown.extended_with(EXTENSION) != _facts(heads):
        return None
    found = _stored(outgrown)
    ids, vectors = catalogue.vectors(outgrown.encoder_id, after=reach)
    placed = catalogue.placements(outgrown.encoder_id, after=reach)
    came = {track: one.cluster for track, one in placed.items() if not one.gone}
    for cluster, counts in _count_by_cluster(ids, unit_rows(vectors)[0], heads, came).items():
        found[cluster] = found[cluster] + counts if cluster in found else counts
    return _extension(found, heads)


def _find_by_cluster(catalogue: Catalogue, heads: TagHeads) -> dict[int, Integers]:
    space = open_space(catalogue)
    ids, clusters = clusters_of_tracks(catalogue, space.encoder_id)
    homes = dict(zip(ids.tolist(), clusters.tolist(), strict=True))
    return _count_by_cluster(space.ids, space.vectors, heads, homes)


def _facts(heads: TagHeads) -> dict[str, object]:
    return {"made from": digest_of(heads), "parts": _PARTS}


def _extension(found: Mapping[int, Integers], heads: TagHeads) -> Extension:
    told = json.dumps({cluster: counts.tolist() for cluster, counts in found.items()}).encode()
    return Extension(EXTENSION, _facts(heads), {EXTENSION: column(np.uint8, [np.frombuffer(told, np.uint8)])})


def _stored(index: LibraryIndex) -> dict[int, Integers]:
    kept = index.file.read_json(EXTENSION)
    return {int(cluster): np.array(counts, dtype=np.int64) for cluster, counts in kept.items()}


def share_by_cluster(space: Space, heads: TagHeads, clusters: Mapping[int, int]) -> dict[int, SoundValues]:
    """The sound values of most tracks of each cluster.

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
    found = _count_by_cluster(space.ids, space.vectors, heads, clusters)
    return dict(zip(found, share_counts(found.values(), heads), strict=True))


def _count_by_cluster(
    ids: Integers, vectors: Floats, heads: TagHeads, clusters: Mapping[int, int]
) -> dict[int, Integers]:
    rows: dict[int, list[int]] = {}
    for row, track in enumerate(ids.tolist()):
        if track in clusters:
            rows.setdefault(clusters[track], []).append(row)
    return {cluster: count_words(apply_tag_heads(vectors[of_it], heads), heads) for cluster, of_it in rows.items()}
