"""Gathers the inputs for the guess of one track; in a large library most of them come from the index.

A guess takes the tagged tracks nearest to the track, those of its cluster, a few others by its artist with all that
these take, and an ensemble that was fitted on the whole library. The ensemble is fitted once for each edition of the
catalogue and kept in the index, with the genres, artists, albums and clusters of all recordings; the tracks that matter
are then a library of their own, in which the ensemble finds the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from musicemb.core.genres.company import ArtistIndex
from musicemb.core.genres.ensemble import GenreEnsemble, fit_ensemble
from musicemb.core.genres.families import build_tree
from musicemb.core.genres.names import apply_head
from musicemb.core.genres.voters import GenreEvidence, label_distribution
from musicemb.records import NOISE, Floats, Integers, Track
from musicemb.settings import GuessSettings
from musicemb.workflows.genres.decide import Wording
from musicemb.workflows.genres.inputs import Guesser, GuessInputs, fit_guesser, load_guess_inputs
from musicemb.workflows.genres.kept_inputs import grow_inputs, kept_columns, read_agreements
from musicemb.workflows.index.contents import LibraryIndex
from musicemb.workflows.index.fingerprint import digest_of
from musicemb.workflows.index.library_index import Extension, extend_index, open_index, stored_vectors

if TYPE_CHECKING:
    from musicemb.core.vectors.cells import Cells
    from musicemb.io.catalogue.catalogue import Catalogue
    from musicemb.records import GenreHead

EXTENSION = "genres"
"""Name of what is added to the index."""

_PARTS = 4
"""Raised where other things are kept, so that what an older version kept is not taken for it."""

_NEARLY = 2e-6
"""Cosines that may prove equal once they are rounded to the sixth decimal."""


def gather_evidence(
    catalogue: Catalogue, track: Track, genre_head: GenreHead | None, settings: GuessSettings
) -> tuple[GuessInputs, GenreEnsemble]:
    """The inputs of the guess of a track, and the predictors.

    Parameters
    ----------
    catalogue : Catalogue
    track : Track
    genre_head : GenreHead or None
        The active encoder's.
    settings : GuessSettings

    Returns
    -------
    inputs : GuessInputs
        Of the whole library, or of what matters for the track; without the track where it has no vector.
    ensemble : GenreEnsemble
        Its `library` is that of `inputs`.
    """
    index = open_index(catalogue)
    usable = index is not None and settings == GuessSettings()
    facts = _facts(catalogue, genre_head)
    if index is not None and usable and index.extended_with(EXTENSION) == facts:
        return _nearby(catalogue, index, track, genre_head, settings)
    inputs = load_guess_inputs(catalogue, catalogue.active_encoder or "", genre_head)
    ensemble = fit_ensemble(inputs.evidence, settings, inputs.aliases)
    if index is not None and usable:
        extend_index(catalogue, keep_evidence(catalogue, genre_head, Guesser(inputs, ensemble), index.ids))
    return inputs, ensemble


def evidence_extension(
    catalogue: Catalogue, genre_head: GenreHead | None, made: Extension | None = None
) -> Extension | None:
    """The inputs of guesses for the index of a large library, so that the next `gather_evidence` is quick.

    Parameters
    ----------
    catalogue : Catalogue
    genre_head : GenreHead or None
        The active encoder's.
    made : Extension, optional
        Of `keep_evidence`, for this edition of the catalogue: not made again.

    Returns
    -------
    Extension or None
        None where the index has it, or there is none.
    """
    index, facts = open_index(catalogue), _facts(catalogue, genre_head)
    if index is None or index.extended_with(EXTENSION) == facts:
        return None
    if made is not None and made.facts == facts:
        return made
    guesser = fit_guesser(load_guess_inputs(catalogue, index.encoder_id, genre_head))
    return keep_evidence(catalogue, genre_head, guesser, index.ids)


def grown_evidence(
    catalogue: Catalogue, genre_head: GenreHead | None, outgrown: LibraryIndex, reach: int
) -> Extension | None:
    """The same for the next index, if tracks were only added since the last one.

    Parameters
    ----------
    catalogue : Catalogue
    genre_head : GenreHead or None
        The active encoder's.
    outgrown : LibraryIndex
    reach : int
        Both of `library_index.open_outgrown`.

    Returns
    -------
    Extension or None
        None where the last one did not hold it.
    """
    guesser = kept_guesser(catalogue, genre_head, outgrown, reach)
    if guesser is None:
        return None
    came = np.array(catalogue.embedded_ids(outgrown.encoder_id, after=reach), dtype=np.int64)
    return keep_evidence(catalogue, genre_head, guesser, np.concatenate([outgrown.ids, came]))


def keep_evidence(catalogue: Catalogue, genre_head: GenreHead | None, guesser: Guesser, ids: Integers) -> Extension:
    """The same of what is at hand.

    Parameters
    ----------
    catalogue : Catalogue
    genre_head : GenreHead or None
        The active encoder's.
    guesser : Guesser
        Of the whole library.
    ids : ndarray [shape=(n,)], int64
        All tracks that have a vector, ascending.

    Returns
    -------
    Extension
    """
    facts = _facts(catalogue, genre_head)
    return Extension(EXTENSION, facts, kept_columns(guesser.inputs, guesser.ensemble, ids))


def kept_guesser(
    catalogue: Catalogue,
    genre_head: GenreHead | None,
    outgrown: LibraryIndex,
    reach: int,
    *,
    stored: tuple[Integers, Floats] | None = None,
    cells: Cells | None = None,
) -> Guesser | None:
    """The inputs of guesses and the ensemble, from the last index and the tracks that were added since.

    Parameters
    ----------
    catalogue : Catalogue
    genre_head : GenreHead or None
        The active encoder's.
    outgrown : LibraryIndex
    reach : int
        Both of `library_index.open_outgrown`.
    stored : tuple of ids and vectors, optional
        Of `library_index.stored_vectors`: not read again.
    cells : Cells, optional
        Of these vectors.

    Returns
    -------
    Guesser or None
        None where that index does not hold it, or was made with something else.
    """
    if outgrown.extended_with(EXTENSION) != _facts(catalogue, genre_head):
        return None
    stored = stored or stored_vectors(catalogue, outgrown, reach)
    return grow_inputs(catalogue, outgrown, reach, genre_head, stored, cells)


def _facts(catalogue: Catalogue, head: GenreHead | None) -> dict[str, Any]:
    """The data besides the catalogue's tracks that guesses depend on."""
    return {"made from": digest_of(head, catalogue.aliases), "mixes": catalogue.with_mixes, "parts": _PARTS}


def _nearby(
    catalogue: Catalogue, index: LibraryIndex, track: Track, head: GenreHead | None, settings: GuessSettings
) -> tuple[GuessInputs, GenreEnsemble]:
    file = index.file
    told = file.read_json("ensemble")
    tracks, ends = file["recording tracks"], file["recording ends"]
    starts = np.concatenate([[0], ends[:-1]])
    clusters, artists, albums = (file[f"recording {name}"] for name in ("clusters", "artists", "albums"))
    at = np.flatnonzero(tracks == track.id)
    own = int(np.searchsorted(ends, at[0], side="right")) if len(at) else -1
    genre_ends = file["genre ends"]
    voting = np.diff(genre_ends, prepend=0) > 0
    asked = np.zeros(0, dtype=np.int64)
    if own >= 0:
        itself = np.array([own])
        asked = np.union1d(itself, ArtistIndex(artists, albums).company(itself).members)
    near = _nearest(index, file["recording rows"], voting, asked, settings.neighbours)
    around = voting & np.isin(clusters, clusters[asked][clusters[asked] != NOISE])
    heard = np.union1d(near, asked).astype(np.int64)
    chosen = np.union1d(heard, np.flatnonzero(around)).astype(np.int64)
    places = {int(row): place for place, row in enumerate(chosen)}
    firsts = {int(row): int(tracks[starts[row]]) for row in heard}
    genres = [str(genre) for genre in told["genres"]]
    codes, begins = file["genre codes"], np.concatenate([[0], genre_ends[:-1]])
    said = tuple(tuple(genres[code] for code in codes[begins[row] : genre_ends[row]].tolist()) for row in chosen)
    vectors = np.zeros((len(chosen), index.vectors.shape[1]), dtype=np.float32)
    # Not the index's unit rows: what is scaled once more differs in the last bit. Those that are there for their
    # cluster only have none, so that nothing is near to them.
    stored = catalogue.vectors_of(list(firsts.values()), index.encoder_id)
    for row, first in firsts.items():
        vectors[places[row]] = stored[first]
    evidence = GenreEvidence(
        vectors,
        said,
        np.array(artists[chosen]),
        np.array(clusters[chosen]),
        None if head is None or not told["labels"] else apply_head(vectors, head),
        tuple(told["labels"]),
        np.array(albums[chosen]),
    )
    inputs = GuessInputs(
        tuple((firsts[int(row)],) if int(row) in firsts else () for row in chosen),
        evidence,
        Wording(told["spellings"], frozenset(told["apart"]), catalogue.aliases),
        told["head threshold"],
        {track.id: places[own]} if own >= 0 else {},
        catalogue.aliases,
    )
    candidates = tuple(told["candidates"])
    weights, inner = (
        {tuple(names): tuple(values) for names, values in told[which]} for which in ("weights", "inner weights")
    )
    tree = build_tree(candidates, catalogue.aliases)
    shares = label_distribution(said, candidates)
    translation = np.array(file["translation"])
    together, alone = read_agreements(told)
    return inputs, GenreEnsemble(
        evidence,
        settings,
        candidates,
        tree,
        shares,
        translation,
        weights,
        inner,
        int(told["fitted on"]),
        (together, alone),
        tuple(told["certainty"]),
    )


def _nearest(index: LibraryIndex, rows: Integers, voting: Any, asked: Integers, count: int) -> Integers:
    """Recordings that vote and are among the nearest of any of some; a few more where they are as near."""
    places = rows[np.flatnonzero(voting)]
    cosines: Floats = (index.vectors @ index.vectors[rows[asked]].T)[places]  # the mapped vectors are read once
    found: list[Integers] = [np.zeros(0, dtype=np.int64)]
    for own, near in zip(asked.tolist(), cosines.T, strict=True):
        others = np.flatnonzero(voting)
        near, others = near[others != own], others[others != own]
        if len(near) > count:
            others = others[near >= np.partition(near, len(near) - count)[len(near) - count] - _NEARLY]
        found.append(others)
    return np.unique(np.concatenate(found))
