"""Group the library's tracks, and keep the groups' ids and names from scan to scan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from musicemb.core.clustering.matching import match_clusters, same_grouping
from musicemb.core.clustering.membership import join_clusters
from musicemb.core.clustering.selection import cluster_vectors
from musicemb.core.sound_tags.heads import apply_tag_heads
from musicemb.core.sound_tags.values import genres_for_names, words_for_names
from musicemb.core.vectors.pca import project
from musicemb.io.catalogue.catalogue import Catalogue
from musicemb.records import (
    NOISE,
    AcousticDescriptors,
    Booleans,
    Cluster,
    Clustering,
    Family,
    Floats,
    GenreOdds,
    Guess,
    Integers,
    Projection,
    TagHeads,
    Track,
)
from musicemb.settings import ClusterSettings, ScanSettings
from musicemb.workflows.clustering.describe import Genres, Grouped, describe_clusters

FEW_CHANGES = 0.05
"""Share of the tracks; where fewer were added, changed or left since the last full grouping, in sum, they join the
clusters that are there."""

_FIRST_ID = 1
_HEARD = 4096
"""Tracks per block: with a hundred words each, 4 MB."""

_SureValues = tuple[tuple[str, ...], Booleans]
"""Words, and which of them each track has."""


@dataclass(frozen=True)
class Grouping:
    """The result of grouping a library."""

    clusters: tuple[Cluster, ...]
    """The largest first."""
    tracks: int
    """Tracks that were looked at."""
    noise: int
    """Of those, in no cluster."""
    how: str = ""
    """"grouped", "joined" (few changes: the clusters stayed), "unchanged" or "too few"."""
    clustering: Clustering = field(default_factory=Clustering)
    """How the clusters were made."""
    mixes: int = 0
    """Tracks that were left out because they are mixes."""


@dataclass(frozen=True)
class _Library:
    """The tracks to group, and how they were grouped before (NOISE and 0 where they were not)."""

    tracks: list[Track]
    projected: Floats
    labels: NDArray[np.int64]
    strengths: Floats
    nearest: NDArray[np.int64]
    known: NDArray[np.bool_]
    """True where a track is in a cluster that is there, or was found to be noise."""
    grouped: NDArray[np.bool_]
    """True where it took part in the last full grouping."""
    changed: int
    """Tracks that came, changed, left or came back since the last full grouping."""
    descriptors: list[AcousticDescriptors | None]
    """Of each track; None where it was scanned before they were computed."""
    mixes: int = 0
    """Tracks that were left out."""

    @property
    def ids(self) -> list[int]:
        return [track.id for track in self.tracks]


def cluster_library(
    catalogue: Catalogue,
    encoder_id: str,
    projection: Projection | None,
    settings: ClusterSettings | None = None,
) -> list[Cluster]:
    """Group the tracks of a library and store the result: `group_library`, but only the clusters are returned.

    Parameters
    ----------
    catalogue : Catalogue
    encoder_id : str
    projection : Projection or None
        The encoder's.
    settings : ClusterSettings, optional

    Returns
    -------
    list of Cluster
        The largest first; empty where there are too few tracks or nothing stands out.

    Raises
    ------
    CatalogueError
    """
    return list(group_library(catalogue, encoder_id, projection, settings).clusters)


def group_library(
    catalogue: Catalogue,
    encoder_id: str,
    projection: Projection | None,
    settings: ClusterSettings | None = None,
    *,
    minimum_tracks: int | None = None,
    again: bool = False,
    tag_heads: TagHeads | None = None,
    odds: Mapping[int, GenreOdds] | None = None,
    guesses: Mapping[int, Guess] | None = None,
    stored: tuple[Integers, Floats] | None = None,
) -> Grouping:
    """Group the tracks of a library and store the result.

    What the library holds decides, not the order in which it came: a full grouping looks at no earlier one, but
    clusters that share most of their tracks with an earlier one take its id. In between, few changes join the clusters
    that are there, as long as a fresh grouping would come to much the same; once they are more than `FEW_CHANGES` of
    the library in sum, or a cluster has become too small, all is grouped again. Tracks that are gone keep their cluster
    for when they come back.
    Names are made of genres: call `guess_genres` first, or tell what is guessed.

    Parameters
    ----------
    catalogue : Catalogue
    encoder_id : str
    projection : Projection or None
        The encoder's.
    settings : ClusterSettings, optional
        A number set there always means clustering again.
    minimum_tracks : int, optional
        Fewer tracks than this are not grouped, and an earlier grouping is dropped. Default: `ScanSettings`.
    again : bool
        Cluster again, however little has changed.
    tag_heads : TagHeads, optional
        The encoder's, for names that say what clusters sound like.
    odds : mapping of track id to GenreOdds, optional
        What is likely of each track, for names; default: what is in the catalogue.
    guesses : mapping of track id to Guess, optional
        What is said of each track, for names; default: what is in the catalogue.
    stored : tuple of ids and vectors, optional
        Of `Catalogue.vectors`: not read again.

    Returns
    -------
    Grouping

    Raises
    ------
    CatalogueError
    """
    settings = settings or ClusterSettings()
    fewest = ScanSettings().minimum_tracks if minimum_tracks is None else minimum_tracks
    stored = stored or catalogue.vectors(encoder_id)
    with_mixes = settings.with_mixes or catalogue.with_mixes
    library = _read_library(catalogue, encoder_id, projection, stored, with_mixes=with_mixes)
    before, made = catalogue.clusters(encoder_id), catalogue.clustering(encoder_id)
    if len(library.tracks) < fewest:
        if before:
            catalogue.put_clusters(encoder_id, [], {}, replace(made, setting="", instead="", fault=""))
        return Grouping((), len(library.tracks), len(library.tracks), "too few", mixes=library.mixes)
    chosen = settings.min_cluster_size is not None or settings.min_samples is not None
    kept = {one.id for one in before}
    if not (again or chosen or not before or library.changed > FEW_CHANGES * len(library.tracks)):
        how = "unchanged" if library.known.all() else "joined"
        library = _join(library, sorted(kept))
        sizes = np.unique(library.labels[library.labels != NOISE], return_counts=True)[1]
        again = len(sizes) < len(kept) or bool((sizes < made.smallest).any())
        if library.changed and not again and len(library.tracks) <= settings.most_clustered:
            fresh, _ = _cluster_again(library, catalogue.memberships(encoder_id), made, settings)
            again = not same_grouping(library.labels, fresh.labels)
    if again or chosen or not before or library.changed > FEW_CHANGES * len(library.tracks):
        how = "grouped"
        library, made = _cluster_again(library, catalogue.memberships(encoder_id), made, settings)
        catalogue.forget_grouping(encoder_id)
    given = catalogue.given_names(encoder_id)
    clusters, families = describe_clusters(
        Grouped(
            library.tracks,
            library.projected,
            library.labels,
            library.strengths,
            library.descriptors,
            *_hear(stored, library.ids, tag_heads),
        ),
        [int(one) for one in np.unique(library.labels) if one != NOISE],
        settings,
        Genres(catalogue.odds(encoder_id) if odds is None else odds, catalogue.aliases, guesses),
        made.families,
        given,
    )
    made = replace(made, families=families)
    labels = {
        track.id: (int(label), float(strength), int(near))
        for track, label, strength, near in zip(
            library.tracks, library.labels, library.strengths, library.nearest, strict=True
        )
    }
    late = [track.id for track, grouped in zip(library.tracks, library.grouped, strict=True) if not grouped]
    catalogue.put_clusters(encoder_id, clusters, labels, made, joined=late)
    noise = int((library.labels == NOISE).sum())
    clusters = [replace(one, name=given[one.id], given=True) if one.id in given else one for one in clusters]
    return Grouping(tuple(clusters), len(library.tracks), noise, how, made, library.mixes)


def _read_library(
    catalogue: Catalogue,
    encoder_id: str,
    projection: Projection | None,
    stored: tuple[Integers, Floats],
    *,
    with_mixes: bool,
) -> _Library:
    ids, vectors = stored
    by_id = {track.id: track for track in catalogue.tracks(encoder_id=encoder_id)}
    rows = [row for row, track_id in enumerate(ids.tolist()) if with_mixes or not by_id[track_id].is_mix]
    tracks = [by_id[int(ids[row])] for row in rows]
    near, descriptors = catalogue.nearest_clusters(encoder_id), catalogue.descriptors()
    before, there = catalogue.memberships(encoder_id), {cluster.id for cluster in catalogue.clusters(encoder_id)}
    there.add(NOISE)
    grouped = np.array([track.id in before and before[track.id][1] for track in tracks], dtype=bool)
    left = sum(was and gone for _, was, gone in before.values())
    return _Library(
        tracks,
        project(vectors if len(rows) == len(ids) else vectors[rows], projection)
        if rows
        else np.zeros((0, 1), dtype=np.float32),
        np.array([NOISE if track.cluster is None else track.cluster for track in tracks], dtype=np.int64),
        np.array([track.strength for track in tracks], dtype=np.float32),
        np.array([near.get(track.id, NOISE) for track in tracks], dtype=np.int64),
        np.array([track.cluster in there for track in tracks], dtype=bool),
        grouped,
        int((~grouped).sum()) + left,
        [descriptors.get(track.id) for track in tracks],
        len(ids) - len(rows),
    )


def _hear(
    stored: tuple[Integers, Floats], ids: list[int], heads: TagHeads | None
) -> tuple[_SureValues | None, _SureValues | None]:
    """Words and genres of each track, from the tag heads."""
    if heads is None or not ids:
        return None, None
    known, vectors = stored
    rows = np.searchsorted(known, ids)
    words, genres = list[_SureValues](), list[_SureValues]()
    for start in range(0, len(rows), _HEARD):
        probabilities = apply_tag_heads(vectors[rows[start : start + _HEARD]], heads)
        words.append(words_for_names(probabilities, heads))
        genres.append(genres_for_names(probabilities, heads))
    return _all_told(words), _all_told(genres)


def _all_told(parts: list[_SureValues]) -> _SureValues:
    return parts[0][0], np.concatenate([told for _, told in parts])


def _cluster_again(
    library: _Library, before: Mapping[int, tuple[int, bool, bool]], made: Clustering, settings: ClusterSettings
) -> tuple[_Library, Clustering]:
    """Group from scratch; then give each cluster the id of the old cluster that most of its tracks were in."""
    result = cluster_vectors(library.projected, settings)
    previous = np.array([before.get(track_id, (NOISE,))[0] for track_id in library.ids], dtype=np.int64)
    same = match_clusters(previous, result.labels)
    unused = max(made.last_id, _FIRST_ID - 1, *(cluster for cluster, _, _ in before.values()), 0) + 1
    ids = np.full(result.count + 1, NOISE, dtype=np.int64)  # the last entry is that of NOISE
    for cluster in range(result.count):
        ids[cluster] = same.get(cluster, unused)
        unused += cluster not in same
    grouped = replace(
        library,
        labels=ids[result.labels],
        strengths=result.strengths,
        nearest=ids[result.nearest],
        grouped=np.ones(len(library.tracks), dtype=bool),
    )
    setting = "" if result.setting is None else str(result.setting)
    smallest = 0 if result.setting is None else result.setting.min_cluster_size
    families = tuple(Family("", tuple(int(ids[one]) for one in family)) for family in result.families)
    return grouped, Clustering(setting, result.turned_down, result.degenerate, unused - 1, smallest, families)


def _join(library: _Library, ids: list[int]) -> _Library:
    fresh = ~library.known
    if not fresh.any():
        return library
    names = np.array([*sorted(ids), NOISE], dtype=np.int64)  # core counts clusters from 0
    places = {cluster: place for place, cluster in enumerate(sorted(ids))}
    known = np.array([places.get(int(label), NOISE) for label in library.labels[~fresh]], dtype=np.int64)
    joined, found, near = join_clusters(
        library.projected[fresh], library.projected[~fresh], known, library.strengths[~fresh]
    )
    labels, strengths, nearest = library.labels.copy(), library.strengths.copy(), library.nearest.copy()
    labels[fresh], strengths[fresh], nearest[fresh] = names[joined], found, names[near]
    return replace(library, labels=labels, strengths=strengths, nearest=nearest)
