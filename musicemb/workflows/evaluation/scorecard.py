"""The scorecard of a listener's own library: hide a part of the tags, guess, and count the right guesses.

Artists are dealt into ten parts. Three times, three of them are hidden: nothing by those artists is tagged
any more, and all that was fitted on tags (weights, confidence, the head's translation) is fitted again
without them. So nine tenths of the artists are asked about, each once, while 30 % are hidden.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from musicemb.core.evaluation.probes import standardise
from musicemb.core.genres.ensemble import GenreEnsemble, fit_ensemble
from musicemb.core.genres.names import fold_artist
from musicemb.core.genres.predictions import CLUSTER, HEAD, NEIGHBOURS, Predictions
from musicemb.core.genres.voters import GenreEvidence, label_distribution
from musicemb.datasets.music import share_of
from musicemb.errors import DatasetError
from musicemb.records import (
    NO_ALIASES,
    NOISE,
    Booleans,
    Floats,
    Floats64,
    GenreAliases,
    GenreHead,
    Integers,
    MeasureStage,
    Problem,
    Track,
)
from musicemb.settings import GuessSettings, ScorecardSettings
from musicemb.workflows.embedding.dataset_vectors import MfccVector, describe_files
from musicemb.workflows.evaluation.collect import default_cache
from musicemb.workflows.evaluation.judging import GuessPredictions
from musicemb.workflows.evaluation.scorecard_report import COMMONEST, ENSEMBLE, Scorecard, count_right
from musicemb.workflows.genres.inputs import load_guess_inputs

if TYPE_CHECKING:
    from musicemb.io.catalogue.catalogue import Catalogue

_PARTS, _HIDDEN = 10, 3
MFCC, SAME = "MFCC statistics (sample)", "neighbours (same sample)"


def score_library(
    catalogue: Catalogue,
    genre_head: GenreHead | None,
    *,
    settings: GuessSettings | None = None,
    wanted: ScorecardSettings | None = None,
    cache: Path | None = None,
    workers: int = 0,
) -> Generator[MeasureStage | Problem | Scorecard, None, None]:
    """Measure how good genre guesses are in a library.

    Parameters
    ----------
    catalogue : Catalogue
        May be read-only; nothing is stored.
    genre_head : GenreHead or None
        The active encoder's.
    settings : GuessSettings, optional
    wanted : ScorecardSettings, optional
    cache : Path, optional
        Where MFCC statistics are kept; default: the user's cache.
    workers : int
        Processes that listen for the MFCC statistics; 0 works in this one.

    Yields
    ------
    MeasureStage, Problem, Scorecard
        Progress, files of the MFCC sample that could not be read, and the result as the last.

    Raises
    ------
    DatasetError
        If there are too few tagged tracks to hide any.
    """
    settings, wanted = settings or GuessSettings(), wanted or ScorecardSettings()
    yield MeasureStage("reading the library")
    inputs = load_guess_inputs(catalogue, catalogue.active_encoder or "", genre_head)
    library = inputs.evidence
    tracks = {track.id: track for track in catalogue.tracks()}
    firsts = [tracks[same[0]] for same in inputs.recordings]
    names = [fold_artist(track.tags.artist) for track in firsts]
    tagged = library.voters
    parts = _deal(names, tagged)
    several = len({names[row] for row in tagged.tolist()})
    if len(tagged) < 2 * settings.minimum_votes or several <= settings.minimum_artists:
        raise DatasetError(
            f"the scorecard hides tags and guesses them, and needs at least {2 * settings.minimum_votes} tagged tracks "
            f"by {settings.minimum_artists + 1} artists; there are {len(tagged)} by {several}; "
            "use --data FOLDER to evaluate on a labelled collection instead"
        )
    yield MeasureStage("hiding tags and guessing them")
    systems = evaluate_systems(library, parts, inputs.head_threshold, settings, inputs.aliases)
    problems: list[Problem] = []
    notes: list[str] = []
    if wanted.mfcc_tracks:
        statistics: dict[int, Floats64] = {}
        for step in _hear_mfcc(firsts, tagged, wanted.mfcc_tracks, statistics, cache or default_cache(), workers):
            if isinstance(step, Problem):
                problems.append(step)
            yield step
        rows = np.array(sorted(statistics), dtype=np.int64)
        if len(rows) >= 2 * settings.minimum_votes:
            yield MeasureStage("guessing by MFCC statistics")
            systems.update(_ask_sample(library, rows, statistics, parts, settings, inputs.aliases))
            notes.append(
                f"MFCC statistics were made of {len(rows)} of the {len(tagged)} tagged tracks. They are "
                "compared with the encoder's neighbours among the same tracks; both are weaker than they would be "
                "with the whole library."
            )
    yield MeasureStage("counting")
    yield count_right(
        catalogue.active_encoder or "",
        library,
        systems,
        settings,
        wanted,
        tuple(notes),
        tuple(problems),
        wording=inputs.wording,
    )


def evaluate_systems(
    library: GenreEvidence,
    parts: Integers,
    head_threshold: float,
    settings: GuessSettings,
    aliases: GenreAliases = NO_ALIASES,
) -> dict[str, GuessPredictions]:
    """Hide tags and let the predictors guess: together, the neighbours and the head alone, and the base rates.

    Parameters
    ----------
    library : GenreEvidence
    parts : ndarray [shape=(n,)], int64
        Part that each recording's artist was dealt to, 0 to 9.
    head_threshold : float
        Confidence from which the head speaks alone.
    settings : GuessSettings
    aliases : GenreAliases
        The listener's own, with their tree of genres.

    Returns
    -------
    dict of str to GuessPredictions
        System -> what it says of all that were hidden.
    """
    found: dict[str, list[GuessPredictions]] = {}
    width = len(library.candidates) + 1
    for hidden, asked in _rounds(library, parts):
        seen = _hide(library, hidden)
        ensemble = fit_ensemble(seen, settings, aliases)
        everyone = ensemble.with_company(asked)
        predictions = ensemble.predict(everyone)
        places = np.searchsorted(everyone, asked)
        spread = [library.candidates.index(genre) for genre in ensemble.candidates] + [width - 1]
        rates = label_distribution([seen.genres[row] for row in seen.voters], library.candidates).mean(axis=0)
        for name, silent in {ENSEMBLE: (), "neighbours": (HEAD, CLUSTER), "genre head": (NEIGHBOURS, CLUSTER)}.items():
            if name == HEAD and library.head is None:
                continue
            heard = _silence(predictions, silent)
            told = ensemble.combine(heard) if silent else ensemble.tell(everyone, heard)
            wide = np.zeros((len(asked), width))
            wide[:, spread] = told[places]
            limits = _limits(ensemble, heard, head_threshold)[places]
            found.setdefault(name, []).append(GuessPredictions(asked, wide, limits))
        always = np.tile(rates, (len(asked), 1))
        found.setdefault(COMMONEST, []).append(GuessPredictions(asked, always, np.zeros(len(asked))))
    return {name: _join(predictions) for name, predictions in found.items()}


def deal_artists(names: Sequence[str]) -> Integers:
    """Deal artists into ten parts, as even as may be, by nothing but their names.

    Parameters
    ----------
    names : sequence of str
        Artist of each recording.

    Returns
    -------
    ndarray [shape=(n,)], int64
        0 to 9.
    """
    order = sorted(set(names), key=lambda name: share_of(name, salt="scorecard"))
    dealt = {name: place * _PARTS // len(order) for place, name in enumerate(order)}
    return np.array([dealt[name] for name in names], dtype=np.int64)


def _deal(names: Sequence[str], tagged: Integers) -> Integers:
    """Only artists with tags are dealt: the others have nothing to hide."""
    parts = np.full(len(names), _PARTS, dtype=np.int64)
    if len(tagged):
        parts[tagged] = deal_artists([names[row] for row in tagged.tolist()])
    return parts


def _rounds(library: GenreEvidence, parts: Integers) -> Iterator[tuple[Booleans, Integers]]:
    """Recordings whose genre is hidden, as a mask and as rows, for each round."""
    tagged = np.zeros(len(parts), dtype=bool)
    tagged[library.voters] = True
    for turn in range(_PARTS // _HIDDEN):
        hidden: Booleans = tagged & (parts // _HIDDEN == turn)
        if hidden.any() and (tagged & ~hidden).any():
            yield hidden, np.flatnonzero(hidden)


def _hide(library: GenreEvidence, hidden: Booleans) -> GenreEvidence:
    genres = tuple(() if hide else words for hide, words in zip(hidden, library.genres, strict=True))
    return replace(library, genres=genres)


def _silence(predictions: Predictions, names: Sequence[str]) -> Predictions:
    available = {name: heard & (name not in names) for name, heard in predictions.available.items()}
    return replace(predictions, available=available)


def _limits(ensemble: GenreEnsemble, predictions: Predictions, head_threshold: float) -> Floats64:
    """The confidence that a guess takes where these speak."""
    alone = ~predictions.available[NEIGHBOURS] & predictions.available[HEAD]
    return np.where(alone, head_threshold, ensemble.settings.threshold)


def _join(predictions: Sequence[GuessPredictions]) -> GuessPredictions:
    return GuessPredictions(
        np.concatenate([one.rows for one in predictions]),
        np.concatenate([one.probabilities for one in predictions]),
        np.concatenate([one.thresholds for one in predictions]),
    )


def _hear_mfcc(
    tracks: Sequence[Track], tagged: Integers, most: int, statistics: dict[int, Floats64], cache: Path, workers: int
) -> Iterator[MeasureStage | Problem]:
    """MFCC statistics of some tagged recordings, chosen by their content."""

    def chance(row: int) -> float:
        return share_of(tracks[row].payload_hash, salt="mfcc")

    rows = {tracks[row].path: row for row in sorted(tagged.tolist(), key=chance)[:most]}
    for done, step in enumerate(describe_files(list(rows), MfccVector(), cache=cache, workers=workers), start=1):
        if isinstance(step, Problem):
            yield step
        elif np.isfinite(step.vectors[0]).all():
            statistics[rows[step.path]] = np.asarray(step.vectors[0], dtype=np.float64)
        yield MeasureStage("MFCC statistics", done, len(rows))


def _ask_sample(
    library: GenreEvidence,
    rows: Integers,
    statistics: Mapping[int, Floats64],
    parts: Integers,
    settings: GuessSettings,
    aliases: GenreAliases,
) -> dict[str, GuessPredictions]:
    """Neighbours among some tracks only, by the encoder and by MFCC statistics."""
    some = replace(
        library,
        vectors=library.vectors[rows],
        genres=tuple(library.genres[row] for row in rows.tolist()),
        artists=library.artists[rows],
        clusters=np.full(len(rows), NOISE, dtype=np.int64),
        head=None,
        labels=(),
        albums=None,
    )
    (scaled,) = standardise(np.stack([statistics[row] for row in rows.tolist()]))
    described: Floats = scaled.astype(np.float32)
    found = {}
    for name, vectors in ((SAME, some.vectors), (MFCC, described)):
        predictions = evaluate_systems(replace(some, vectors=vectors), parts[rows], 1.0, settings, aliases)
        if ENSEMBLE in predictions:
            mine = predictions[ENSEMBLE]
            wide = np.zeros((len(mine.rows), len(library.candidates) + 1))
            spread = [library.candidates.index(genre) for genre in some.candidates] + [-1]
            wide[:, spread] = mine.probabilities
            found[name] = replace(mine, rows=rows[mine.rows], probabilities=wide)
    return found
