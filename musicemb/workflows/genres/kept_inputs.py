"""The part of the index that guesses need, and its extension by tracks that were added since.

Weights and translations are those of the last full grouping: a few tracks more would hardly alter them, and to fit them
anew takes all tags of the library. A word that nobody had said before is a candidate like the others from then on; that
the head means it by one of its labels is found out at the next full grouping.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from musicemb.core.genres.company import CompanyWeights
from musicemb.core.genres.ensemble import GenreEnsemble
from musicemb.core.genres.families import GenreTree, build_tree
from musicemb.core.genres.names import fold_genres
from musicemb.core.genres.voters import GenreEvidence, label_distribution
from musicemb.core.vectors.cells import Cells
from musicemb.io.index.array_file import Column, column
from musicemb.records import NOISE, Floats, Floats64, Integers
from musicemb.settings import LONGEST_TRACK, GuessSettings, PoolWeights
from musicemb.workflows.genres.decide import wording_of
from musicemb.workflows.genres.inputs import Guesser, GuessInputs, Numbering

if TYPE_CHECKING:
    from musicemb.io.catalogue.catalogue import Catalogue
    from musicemb.io.catalogue.preferences import TrackEvidence
    from musicemb.io.index.array_file import ArrayFile
    from musicemb.records import GenreHead
    from musicemb.workflows.index.contents import LibraryIndex


def kept_columns(inputs: GuessInputs, ensemble: GenreEnsemble, ids: Integers) -> dict[str, Column]:
    """The arrays to keep.

    Parameters
    ----------
    inputs : GuessInputs
        Of the whole library.
    ensemble : GenreEnsemble
    ids : ndarray [shape=(n,)], int64
        Tracks of the index, ascending.

    Returns
    -------
    dict of str to Column
    """
    evidence, wording = inputs.evidence, inputs.wording
    vocabulary: dict[str, int] = {}
    coded = {words: [vocabulary.setdefault(genre, len(vocabulary)) for genre in words] for words in evidence.genres}
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
    numbering = inputs.numbering
    names = {
        "artists": list(numbering.artists),
        "albums": [(numbering.artists[artist], album) for artist, album in numbering.albums],
        "words": numbering.words,
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
        "genre codes": _whole([code for words in evidence.genres for code in coded[words]]),
        "translation": column(np.float64, [ensemble.translation]),
        "ensemble": _as_json(told),
        "numbering": _as_json(names),
    }


def grow_inputs(
    catalogue: Catalogue,
    outgrown: LibraryIndex,
    reach: int,
    head: GenreHead | None,
    stored: tuple[Integers, Floats],
    cells: Cells | None = None,
) -> Guesser:
    """The inputs of guesses, from an index and the tracks that were added since.

    Parameters
    ----------
    catalogue : Catalogue
    outgrown : LibraryIndex
        That holds `kept_columns`.
    reach : int
        The highest number of a track that it knows.
    head : GenreHead or None
        The one that these were made with.
    stored : tuple of ids and vectors
        Of `library_index.stored_vectors`.
    cells : Cells, optional
        Of these vectors.

    Returns
    -------
    Guesser
        What the head says is 0 throughout: `Guesser.hear` looks where it is needed.
    """
    file, longest = outgrown.file, np.inf if catalogue.with_mixes else LONGEST_TRACK
    numbering, aliases = _read_numbering(file), catalogue.aliases
    recordings, genres = _read_lists(file)
    rows = {track: row for row, same in enumerate(recordings) for track in same}
    ids, vectors = stored
    count = len(outgrown.ids)
    known = catalogue.known_copies(reach)
    voices = {voice.id: voice for voice in catalogue.voices(outgrown.encoder_id, after=reach)}
    by_audio: dict[str, int] = {}
    came: list[TrackEvidence] = []
    firsts: list[int] = []
    for at, track in enumerate(ids[count:].tolist(), count):
        voice = voices[track]
        audio = voice.payload_hash or f"track {track}"
        row = rows.get(known.get(track, 0), by_audio.get(audio, -1))
        words = voice.genres if voice.duration <= longest else ()
        for word in words:
            numbering.words[word] = numbering.words.get(word, 0) + 1
        folded = fold_genres(words, aliases)
        if row < 0:
            row = by_audio[audio] = len(recordings)
            recordings.append((track,))
            genres.append(folded)
            came.append(voice)
            firsts.append(at)
        else:
            recordings[row] = (*recordings[row], track)
            genres[row] = tuple(dict.fromkeys((*genres[row], *folded)))
        rows[track] = row
    artists, albums = numbering.number(came)
    homes = np.array([NOISE if voice.cluster is None else voice.cluster for voice in came], dtype=np.int64)
    told = file.read_json("ensemble")
    chosen = np.concatenate([file["recording rows"], np.array(firsts, dtype=np.int64)])
    evidence = GenreEvidence(
        vectors if len(chosen) == len(ids) else vectors[chosen],
        tuple(genres),
        np.concatenate([file["recording artists"], artists]),
        np.concatenate([file["recording clusters"], homes]),
        np.zeros((len(recordings), len(told["labels"])), dtype=np.float32) if told["labels"] else None,
        tuple(told["labels"]),
        np.concatenate([file["recording albums"], albums]),
        None if cells is None else Cells(cells.centres, cells.homes[chosen]),
    )
    wording = wording_of(Counter(numbering.words).elements(), aliases)
    inputs = GuessInputs(tuple(recordings), evidence, wording, told["head threshold"], rows, aliases, numbering)
    return Guesser(inputs, _kept_ensemble(inputs, told, np.array(file["translation"])), head)


def _kept_ensemble(inputs: GuessInputs, told: dict[str, Any], translation: Floats64) -> GenreEnsemble:
    candidates = inputs.evidence.candidates
    places = {genre: place for place, genre in enumerate(candidates)}
    into = [places[genre] for genre in told["candidates"] if genre in places]
    kept = [place for place, genre in enumerate(told["candidates"]) if genre in places]
    table = np.zeros((len(translation), len(candidates) + 1))
    table[:, into], table[:, -1] = translation[:, kept], translation[:, -1]
    weights, inner = (
        {tuple(names): tuple(values) for names, values in told[which]} for which in ("weights", "inner weights")
    )
    tree, before = build_tree(candidates, inputs.aliases), build_tree(told["candidates"], inputs.aliases)
    together, alone = (replace(one, leanings=_leanings(one.leanings, before, tree)) for one in read_agreements(told))
    return GenreEnsemble(
        inputs.evidence,
        GuessSettings(),
        candidates,
        tree,
        label_distribution(inputs.evidence.genres, candidates),
        table,
        weights,
        inner,
        int(told["fitted on"]),
        (together, alone),
        tuple(told["certainty"]),
    )


def read_agreements(told: dict[str, Any]) -> tuple[CompanyWeights, CompanyWeights]:
    """How a track and its company agree, as `kept_columns` has it.

    Parameters
    ----------
    told : dict
        What stands in "ensemble".

    Returns
    -------
    together, alone : CompanyWeights
    """
    together, alone = (CompanyWeights(*(tuple(values) for values in one)) for one in told["agreements"])
    return together, alone


def _leanings(known: PoolWeights, before: GenreTree, tree: GenreTree) -> PoolWeights:
    """The same for the choices of another tree's top; of those that are new nothing is known."""
    if not known:
        return known
    by_name = {before.nodes[node]: value for node, value in zip(before.branches[0], known, strict=False)}
    return (*(by_name.get(tree.nodes[node], 0.0) for node in tree.branches[0]), known[-1])


def _read_numbering(file: ArrayFile) -> Numbering:
    names = file.read_json("numbering")
    artists = names["artists"]
    albums = {(artists[artist], album): place for place, (artist, album) in enumerate(names["albums"])}
    return Numbering({name: place for place, name in enumerate(artists)}, albums, dict(names["words"]))


def _read_lists(file: ArrayFile) -> tuple[list[tuple[int, ...]], list[tuple[str, ...]]]:
    """The tracks of each recording, and its genres."""
    words = [str(genre) for genre in file.read_json("ensemble")["genres"]]
    tracks, codes = file["recording tracks"].tolist(), file["genre codes"].tolist()
    known: dict[tuple[int, ...], tuple[str, ...]] = {(): ()}
    recordings, genres = list[tuple[int, ...]](), list[tuple[str, ...]]()
    start = 0
    for end in file["recording ends"].tolist():
        recordings.append(tuple(tracks[start:end]))
        start = end
    start = 0
    for end in file["genre ends"].tolist():
        key = tuple(codes[start:end])
        if key not in known:
            known[key] = tuple(words[code] for code in key)
        genres.append(known[key])
        start = end
    return recordings, genres


def _whole(values: Any) -> Column:
    return column(np.int64, [np.asarray(values, dtype=np.int64)])


def _as_json(value: Any) -> Column:
    return column(np.uint8, [np.frombuffer(json.dumps(value).encode(), np.uint8)])
