"""Finds the tracks that sound most like one: a track of the library, or any other file."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from musicemb.core.similarity.folding import fold_text
from musicemb.errors import AmbiguousTrack, CatalogueError, MusicembError, TrackNotFound
from musicemb.records import Floats64, Match, Track
from musicemb.settings import AUDIO_SUFFIXES
from musicemb.workflows.similarity.library_vectors import Space, open_space
from musicemb.workflows.similarity.matching_segments import find_spans
from musicemb.workflows.similarity.named_tracks import (
    as_path,
    find_answers,
    find_roughly,
    is_there,
    tell_nearest,
    track_at,
)
from musicemb.workflows.similarity.ranking import Query, ResultFilters, TrackSource, shortlist

if TYPE_CHECKING:
    from musicemb.io.catalogue.catalogue import Catalogue
    from musicemb.records import EmbeddedTrack, Encoder

Seed = str | Path | Track


def find_seed(catalogue: Catalogue, text: str) -> Track:
    """The track of the library that is meant by a path or by words.

    A path that exists, or that the library knows, is a path; all else are words. All of them must
    occur in artist, title, album or file name, whatever their case and accents. Where they are the
    whole title of one track (or its "artist title"), that track is meant. Where no track holds them all, words that are
    spelled much like them count too.

    Parameters
    ----------
    catalogue : Catalogue
    text : str

    Returns
    -------
    Track
        Perhaps a gone one, if its path was given.

    Raises
    ------
    TrackNotFound
        Where nothing answers, or a file is not in the library; it tells what comes nearest.
    AmbiguousTrack
        Where several tracks answer; `candidates` holds them, best first, copies of a recording once.
    """
    path = as_path(text)
    known = track_at(catalogue, path)
    if known is not None:
        return known
    if text.strip() and is_there(path):
        what = "a folder: name one of its tracks" if path.is_dir() else "not in the library: scan it first"
        raise TrackNotFound(f"{text} is {what}")
    words = fold_text(text).split()
    if not words:
        raise TrackNotFound("no track is named: give words from its artist or title, or its path")
    found = find_answers(catalogue, words)
    found = found or find_roughly(catalogue, words)
    if not found:
        no_file = " (and there is no such file)" if path.suffix.lower() in AUDIO_SUFFIXES or os.sep in text else ""
        raise TrackNotFound(f"no track matches {text!r}{no_file}; {tell_nearest(catalogue, words)}")
    if len(found) > 1:
        raise AmbiguousTrack(text, found)
    return found[0]


def find_similar(
    catalogue: Catalogue,
    seed: Seed | Sequence[Seed],
    *,
    n: int = 10,
    max_per_artist: int | None = None,
    encoder: Encoder | Callable[[], Encoder] | None = None,
    unlike: Sequence[Seed] = (),
    filters: ResultFilters | None = None,
    where: bool = False,
    space: Space | None = None,
) -> list[Match]:
    """The tracks that sound most like one, or like several.

    A track of the library is compared by its stored vector: no audio is read. Another file is
    embedded on the spot, unless the library holds the same audio.

    Tracks are ordered by `Match.scaled_similarity`, in which hubs, near to everything, have no advantage. Several seeds
    count by their mean scaled similarity, not by the mean of their vectors: that would lie between two unlike
    seeds, where neither is. Each track to be unlike takes a part of the similarity to it away, as in Rocchio's
    relevance feedback (Rocchio, in Salton: "The SMART retrieval system", 1971).

    Parameters
    ----------
    catalogue : Catalogue
        May be read-only.
    seed : str, Path or Track, or a sequence of them
        A path or words (see `find_seed`), a file, or a track.
    n : int
        Tracks wanted.
    max_per_artist : int or None
        At most that many by one artist; tracks without an artist are not counted.
    encoder : Encoder, function that opens one, or None
        Needed for a file that is not in the library; opened only then.
    unlike : sequence of str, Path or Track
        What the matches shall not be like.
    filters : ResultFilters, optional
        What else is left out or folded.
    where : bool
        Find out which stretches of a match are like the first seed.
    space : Space, optional
        The library's vectors, where they are at hand from an earlier query. None: they are read.

    Returns
    -------
    list of Match
        Best first, at most `n`. Never a seed or a copy of it; copies and other versions are folded
        into one. Gone tracks are left out.

    Raises
    ------
    TrackNotFound, AmbiguousTrack
        As `find_seed` does.
    AudioError, SkippedAudio
        Where the file cannot be embedded.
    CatalogueError
        Where the library is empty, or was made with another encoder.
    MusicembError
        Where a track is both what to be like and what to be unlike.
    """
    space = space or open_space(catalogue)
    wanted: list[Seed] = [seed] if isinstance(seed, str | Path | Track) else list(seed)
    queries, against = read_queries(catalogue, space, wanted, unlike, encoder)
    if n < 1 or not queries:
        return []
    chosen = filters or ResultFilters()
    chosen = replace(chosen, max_per_artist=max_per_artist or chosen.max_per_artist)
    matches = rank_all(catalogue, space, queries, against, n=n, filters=chosen)
    if not where:
        return matches
    return [replace(match, spans=find_spans(catalogue, space.encoder_id, queries[0], match.track)) for match in matches]


def read_queries(
    catalogue: Catalogue,
    space: Space,
    seeds: Sequence[Seed],
    unlike: Sequence[Seed],
    encoder: Encoder | Callable[[], Encoder] | None,
) -> tuple[list[Query], list[Query]]:
    """Seeds with their vectors.

    Parameters
    ----------
    catalogue : Catalogue
    space : Space
    seeds, unlike : sequence of str, Path or Track
    encoder : Encoder, function that opens one, or None

    Returns
    -------
    queries, against : list of Query

    Raises
    ------
    MusicembError
        As `find_similar` does.
    """
    queries = [_query(catalogue, space, one, encoder) for one in seeds]
    against = [_query(catalogue, space, one, encoder) for one in unlike]
    refuse_both(queries, against)
    return queries, against


def refuse_both(queries: Sequence[Query], against: Sequence[Query]) -> None:
    """Refuse a track that matches are to be both like and unlike.

    Parameters
    ----------
    queries, against : sequence of Query

    Raises
    ------
    MusicembError
    """
    both = {one.payload_hash for one in queries} & {one.payload_hash for one in against}
    if both:
        name = next(one.described.name for one in against if one.payload_hash in both)
        raise MusicembError(f"{name}: matches cannot be both like it and unlike it")


def score_all(space: Space, seeds: Sequence[Query], against: Sequence[Query]) -> tuple[Floats64, Floats64]:
    """How like the seeds, and unlike others, each track is.

    Parameters
    ----------
    space : Space
    seeds, against : sequence of Query
        At least one seed.

    Returns
    -------
    cosines, score : ndarray [shape=(n_tracks,)], float64
        Mean cosine to the seeds; what tracks are ordered by.
    """
    everything = [*seeds, *against]
    cosines, close = space.compare([one.vector for one in everything], [one.row for one in everything])
    score = close[: len(seeds)].mean(axis=0)
    if against:
        score = score - space.settings.unlike_weight * close[len(seeds) :].mean(axis=0)
    return cosines[: len(seeds)].mean(axis=0), score


def rank_all(
    source: TrackSource,
    space: Space,
    seeds: Sequence[Query],
    against: Sequence[Query],
    *,
    n: int,
    filters: ResultFilters,
) -> list[Match]:
    """The tracks most like some vectors and unlike others, as `find_similar` orders them.

    Parameters
    ----------
    source : Catalogue or TrackSource
    space : Space
    seeds, against : sequence of Query
        At least one seed.
    n : int
    filters : ResultFilters

    Returns
    -------
    list of Match
        Best first.
    """
    cosines, score = score_all(space, seeds, against)
    return shortlist(source, space, [*seeds, *against], cosines, score, n=n, filters=filters)


def _query(catalogue: Catalogue, space: Space, seed: Seed, encoder: Encoder | Callable[[], Encoder] | None) -> Query:
    """A seed with its vector."""
    track = seed if isinstance(seed, Track) else _resolve(catalogue, seed)
    if isinstance(track, Track):
        row = space.row_of(track.id)
        if row is None:
            row = _stand_in(catalogue, track, space)
        return Query(space.vectors[row], track.payload_hash, row, track, None)
    payload = _hash(track)
    for copy in catalogue.tracks_with_payload(payload):
        row = space.row_of(copy.id)
        if row is not None:
            return Query(space.vectors[row], payload, row, copy, None)
    embedded = _embed(track, encoder, space.encoder_id)
    return Query(embedded.vector, payload, None, None, embedded)


def _resolve(catalogue: Catalogue, seed: str | Path) -> Track | Path:
    if isinstance(seed, str):
        path = as_path(seed)
        if is_there(path) and path.is_file() and track_at(catalogue, path) is None:
            return path
        return find_seed(catalogue, seed)
    path = as_path(seed)
    track = track_at(catalogue, path)
    if track is None and not is_there(path):
        raise TrackNotFound(f"{seed}: no such file, and the library has no track with this path")
    return track or path


# ------------------------------------------------------------------------------------- vectors


def _stand_in(catalogue: Catalogue, track: Track, space: Space) -> int:
    """The row of a copy, for a track that is gone or was never embedded."""
    for copy in catalogue.tracks_with_payload(track.payload_hash):
        row = space.row_of(copy.id)
        if row is not None:
            return row
    if track.gone:
        raise TrackNotFound(f"{track.path} is gone: scan its folder again if it is back")
    raise CatalogueError(f"{track.path} has no vector of encoder {space.encoder_id}: scan again")


def _hash(path: Path) -> str:
    from musicemb.io.audio.payload_hash import payload_hash

    if path.is_dir():
        raise TrackNotFound(f"{path} is a folder: name one of its tracks")
    return payload_hash(path)


def _embed(path: Path, encoder: Encoder | Callable[[], Encoder] | None, active: str) -> EmbeddedTrack:
    from musicemb.workflows.embedding.embed import embed_path

    if encoder is None:
        raise TrackNotFound(f"{path} is not in the library, and no encoder was given to embed it with")
    opened = encoder() if callable(encoder) else encoder
    if opened.id != active:
        raise CatalogueError(
            f"the library was made with encoder {active}, and this is {opened.id}: vectors of two encoders cannot "
            "be compared"
        )
    return embed_path(path, opened)
