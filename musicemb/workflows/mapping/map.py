"""Lays a library out as a map, and keeps the positions from scan to scan."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from musicemb.core.vectors.hubness import FEWEST, scaled_similarity
from musicemb.core.vectors.neighbours import nearest
from musicemb.core.vectors.tsne import align_to, lay_out, place_among
from musicemb.errors import CatalogueError
from musicemb.io.system_resources import count_cpus
from musicemb.records import Floats, Guess, MeasureStage, MusicMap, TagHeads, Track
from musicemb.settings import MapSettings
from musicemb.workflows.mapping.colours import colour_by_cluster, colour_by_genre, colour_by_tempo, colour_by_values
from musicemb.workflows.mapping.words import gather_words
from musicemb.workflows.similarity.library_vectors import Space, open_space
from musicemb.workflows.similarity.sound_values import find_values

if TYPE_CHECKING:
    from musicemb.io.catalogue.catalogue import Catalogue

Positions = NDArray[np.float64]
Rows = NDArray[np.int64]
How = Literal["kept", "placed", "laid out"]


def map_library(
    catalogue: Catalogue,
    settings: MapSettings | None = None,
    *,
    again: bool = False,
    guesses: Mapping[int, Guess] | None = None,
    tag_heads: TagHeads | None = None,
) -> Iterator[MeasureStage | MusicMap]:
    """A library on a plane: what sounds alike lies together.

    The positions are stored. Tracks that came since are put among their nearest and nothing else moves; where they
    are many, all is laid out again from where it was, and turned back onto it. A catalogue that cannot be written
    gives the same map and forgets it.

    Parameters
    ----------
    catalogue : Catalogue
        May be read-only.
    settings : MapSettings, optional
    again : bool
        Lay out anew, without regard to where the tracks were.
    guesses : mapping of track id to Guess, optional
        In place of those in the catalogue.
    tag_heads : TagHeads, optional
        Of the library's encoder: then the map shows moods, instruments, voices and energy, and its search knows them.

    Yields
    ------
    MeasureStage or MusicMap
        The map is the last.

    Raises
    ------
    CatalogueError
        Where the library holds no tracks.
    """
    chosen = settings or MapSettings()
    space = open_space(catalogue)
    yield MeasureStage(f"comparing {len(space.ids):,} tracks")
    candidates = max(int(3 * chosen.perplexity) + 1, chosen.neighbours)
    found, cosines = nearest(space.vectors, space.vectors, candidates, own=np.arange(len(space.ids)))
    known = _read_layout(catalogue, space)
    how, positions = yield from _lay_out(space, known, found, cosines, chosen, again=again)
    stored = _store(catalogue, space, known, positions, how)
    by_id = {track.id: track for track in catalogue.tracks(encoder_id=space.encoder_id)}
    if guesses is not None:
        by_id = {track_id: replace(track, guess=guesses.get(track_id)) for track_id, track in by_id.items()}
    tracks = tuple(by_id[int(track_id)] for track_id in space.ids)
    near, similar = _rank(space, tracks, found, cosines, chosen.neighbours)
    clusters = {cluster.id: cluster.name for cluster in catalogue.clusters(space.encoder_id)}
    heard = {} if tag_heads is None else find_values(space, tag_heads)
    values = tuple(heard[track.id] for track in tracks) if heard else ()
    colourings = {
        "cluster": colour_by_cluster(tracks, clusters),
        "genre": colour_by_genre(tracks, chosen.genres, catalogue.aliases),
        **colour_by_values(values),
        **colour_by_tempo(tracks),
    }
    words = gather_words(catalogue, space, tag_heads)
    new = int((~known.there).sum())
    yield MusicMap(tracks, positions, near, similar, colourings, how, new, stored, values, words)


@dataclass(frozen=True)
class _LibraryLookup:
    """Where the tracks of a space stood, as far as it is known."""

    positions: Positions
    there: NDArray[np.bool_]
    laid: NDArray[np.bool_]
    """False also where a track was put among its neighbours."""


def _read_layout(catalogue: Catalogue, space: Space) -> _LibraryLookup:
    ids, positions, laid = catalogue.layout(space.encoder_id)
    if not len(ids):
        none = np.zeros(len(space.ids), dtype=bool)
        return _LibraryLookup(np.zeros((len(space.ids), 2)), none, none)
    places = np.minimum(np.searchsorted(ids, space.ids), len(ids) - 1)
    there = ids[places] == space.ids
    return _LibraryLookup(np.where(there[:, None], positions[places], 0.0), there, there & laid[places])


def _lay_out(
    space: Space, known: _LibraryLookup, found: Rows, cosines: Floats, settings: MapSettings, *, again: bool
) -> Generator[MeasureStage, None, tuple[How, Positions]]:
    count, there = len(space.ids), known.there
    if there.all() and not again:
        return "kept", known.positions
    generator = np.random.default_rng(settings.seed)
    before: Positions | None = None
    if there.any() and not again:
        before = known.positions.copy()
        before[~there] = place_among(space.vectors[~there], space.vectors[there], before[there], generator)
        if (~known.laid).mean() < settings.relayout_share:
            return "placed", before
    cores = count_cpus() if count >= settings.threads_from else 1
    steps = lay_out(space.vectors, found, cosines, generator, settings, start=before, threads=cores)
    text = f"laying out {count:,} tracks"
    yield MeasureStage(text)
    while True:
        try:
            done, total = next(steps)
        except StopIteration as end:
            positions: Positions = end.value
            break
        yield MeasureStage(text, done, total)
    return "laid out", positions if before is None else align_to(positions, before, there)


def _store(catalogue: Catalogue, space: Space, known: _LibraryLookup, positions: Positions, how: How) -> bool:
    if how == "kept":
        return True
    if catalogue.read_only:
        return False
    fresh = np.ones_like(known.there) if how == "laid out" else ~known.there
    try:
        catalogue.put_layout(space.encoder_id, space.ids[fresh], positions[fresh], laid=how == "laid out")
    except CatalogueError:
        return False  # locked, or no space: a map to look at needs neither
    return True


def _rank(space: Space, tracks: tuple[Track, ...], found: Rows, cosines: Floats, count: int) -> tuple[Rows, Floats]:
    """The nearest of each track, ordered and rated as `similar` does: hubs without advantage, copies left out."""
    payloads = np.unique([track.payload_hash for track in tracks], return_inverse=True)[1]
    near = np.full((len(found), count), -1, dtype=np.int64)
    similar = np.zeros((len(found), count), dtype=np.float32)
    reduction = space.settings.reduction if len(space.ids) >= FEWEST else "none"
    for row, (columns, values) in enumerate(zip(found, cosines, strict=True)):
        kept = np.flatnonzero((columns >= 0) & (payloads[columns] != payloads[row]))
        others, asked = space.stats.rows(columns[kept]), space.stats.rows([row])
        close = scaled_similarity(values[kept][None], asked, others, reduction)[0]
        order = np.argsort(-close, kind="stable")[:count]
        best = kept[order]
        near[row, : len(best)], similar[row, : len(best)] = columns[best], close[order]
    return near, similar
