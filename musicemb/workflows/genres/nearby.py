"""What one track's guess is made from, without the whole library: of a large one the index keeps the rest.

A guess takes the tagged tracks nearest to the track, those of its cluster, a few others by its artist with all that
these take, and an ensemble that was fitted on the whole library. The ensemble is fitted once for each edition of the
catalogue and kept in the index, with the genres, artists, albums and clusters of all recordings; the tracks that matter
are then a library of their own, in which the ensemble finds the same.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from musicemb.core.genres.company import Agreement, Fellows
from musicemb.core.genres.ensemble import GenreEnsemble, fit_ensemble
from musicemb.core.genres.families import build_tree
from musicemb.core.genres.names import apply_head
from musicemb.core.genres.voters import GenreEvidence, label_distribution
from musicemb.io.index.array_file import Column, column
from musicemb.records import NOISE, Floats, Integers, Track
from musicemb.settings import GuessSettings
from musicemb.workflows.genres.decide import Wording
from musicemb.workflows.genres.inputs import GuessInputs, load_guess_inputs
from musicemb.workflows.index.library_index import Extension, LibraryIndex, extend_index, open_index
from musicemb.workflows.index.made_from import digest_of

if TYPE_CHECKING:
    from musicemb.io.catalogue.catalogue import Catalogue
    from musicemb.records import GenreHead

EXTENSION = "genres"
"""Name of what is added to the index."""

_PARTS = 3
"""Raised where other things are kept, so that what an older version kept is not taken for it."""

_NEARLY = 2e-6
"""Cosines that may prove equal once they are rounded to the sixth decimal."""


def gather_evidence(
    catalogue: Catalogue, track: Track, genre_head: GenreHead | None, settings: GuessSettings
) -> tuple[GuessInputs, GenreEnsemble]:
    """What the guess of a track is made from, and the predictors.

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
        extend_index(catalogue, Extension(EXTENSION, facts, _columns(inputs, ensemble, index.ids)))
    return inputs, ensemble


def evidence_extension(catalogue: Catalogue, genre_head: GenreHead | None) -> Extension | None:
    """What guesses are made from, for the index of a large library, so that the next `gather_evidence` is quick.

    Parameters
    ----------
    catalogue : Catalogue
    genre_head : GenreHead or None
        The active encoder's.

    Returns
    -------
    Extension or None
        None where the index has it, or there is none.
    """
    index = open_index(catalogue)
    facts = _facts(catalogue, genre_head)
    if index is None or index.extended_with(EXTENSION) == facts:
        return None
    inputs = load_guess_inputs(catalogue, index.encoder_id, genre_head)
    ensemble = fit_ensemble(inputs.evidence, GuessSettings(), inputs.aliases)
    return Extension(EXTENSION, facts, _columns(inputs, ensemble, index.ids))


def _facts(catalogue: Catalogue, head: GenreHead | None) -> dict[str, Any]:
    """What guesses depend on besides the catalogue's tracks."""
    return {"made from": digest_of(head, catalogue.aliases), "mixes": catalogue.with_mixes, "parts": _PARTS}


def _columns(inputs: GuessInputs, ensemble: GenreEnsemble, ids: Integers) -> dict[str, Column]:
    evidence, wording = inputs.evidence, inputs.wording
    vocabulary: dict[str, int] = {}
    codes = [vocabulary.setdefault(genre, len(vocabulary)) for words in evidence.genres for genre in words]
    told = {
        "genres": list(vocabulary),
        "candidates": ensemble.candidates,
        "labels": evidence.labels,
        "weights": [(names, weights) for names, weights in ensemble.weights.items()],
        "inner weights": [(names, weights) for names, weights in ensemble.inner_weights.items()],
        "agreements": [(one.weights, one.leanings) for one in ensemble.agreements],
        "certainty": ensemble.certainty,
        "fitted on": ensemble.fitted_on,
        "spellings": dict(wording.spellings),
        "apart": sorted(wording.apart),
        "head threshold": inputs.head_threshold,
    }
    first = np.array([same[0] for same in inputs.recordings], dtype=np.int64)
    return {
        "recording tracks": _whole([track for same in inputs.recordings for track in same]),
        "recording ends": _whole(np.cumsum([len(same) for same in inputs.recordings])),
        "recording rows": _whole(np.searchsorted(ids, first)),
        "recording artists": _whole(evidence.artists),
        "recording albums": _whole(evidence.albums),
        "recording clusters": _whole(evidence.clusters),
        "genre ends": _whole(np.cumsum([len(words) for words in evidence.genres])),
        "genre codes": _whole(codes),
        "translation": column(np.float64, [ensemble.translation]),
        "ensemble": column(np.uint8, [np.frombuffer(json.dumps(told).encode(), np.uint8)]),
    }


def _whole(values: Any) -> Column:
    return column(np.int64, [np.asarray(values, dtype=np.int64)])


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
        asked = np.union1d(itself, Fellows(artists, albums).company(itself).members)
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
    together, alone = (Agreement(*(tuple(values) for values in one)) for one in told["agreements"])
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
