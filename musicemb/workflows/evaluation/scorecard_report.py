"""From what was guessed of hidden tags to the figures of a scorecard, and how they are written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from musicemb.core.evaluation.bootstrap import Statistic, draw, mean_of
from musicemb.core.evaluation.calibration import (
    THRESHOLDS,
    calibration_bins,
    calibration_error_of,
    chance_error,
    coverage_curve,
)
from musicemb.core.evaluation.metrics import draw_all, figures
from musicemb.core.genres.names import spell_genre
from musicemb.core.genres.voters import GenreEvidence, label_distribution
from musicemb.records import Figure, Floats64, Integers, Problem
from musicemb.settings import GuessSettings, ScorecardSettings
from musicemb.workflows.evaluation.markdown import escape, figure_table, table

ENSEMBLE, COMMONEST = "three witnesses", "commonest genre"  # names in JSON, which stay
_TITLES = {ENSEMBLE: "ensemble"}
ACCURACY, COVERAGE, OVERALL = "accuracy of guesses", "coverage", "accuracy of all"
ERROR, CHANCE, BRIER = "calibration error", "calibration error by chance alone", "Brier score"
HOW = "Each track was guessed while the tags of 30 % of the artists, its own among them, were hidden."
SHOWN = (ACCURACY, COVERAGE, OVERALL, ERROR, CHANCE, BRIER)


@dataclass(frozen=True)
class GuessPredictions:
    """What one system says of the tracks that it was asked about."""

    rows: Integers
    """Recordings that were asked about, shape (n,)."""
    probabilities: Floats64
    """Shape (n, n_candidates + 1); the last column is another genre."""
    thresholds: Floats64
    """Confidence that a guess takes, shape (n,)."""


@dataclass(frozen=True)
class Scorecard:
    """How good guesses are in one library."""

    encoder_id: str
    tracks: int
    """Tagged recordings that were asked about."""
    artists: int
    genres: int
    """Different genres that their tags name."""
    threshold: float
    """Confidence that a guess takes."""
    results: dict[str, dict[str, Figure]]
    """System -> figure; the ensemble of all three predictors first."""
    curve: tuple[dict[str, float], ...]
    """Accuracy and coverage of the ensemble at several thresholds."""
    bins: tuple[dict[str, float], ...]
    """Its confidence and the share that was right, in bins of equally many tracks."""
    by_genre: dict[str, dict[str, float]]
    """Genre -> tracks; guessed: how often it was said; right: share of those; found: share of its tracks."""
    confused: tuple[tuple[str, str, int], ...]
    """Genre, what was guessed instead, tracks; the commonest mistakes first."""
    notes: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


def count_right(
    encoder_id: str,
    library: GenreEvidence,
    systems: Mapping[str, GuessPredictions],
    settings: GuessSettings,
    wanted: ScorecardSettings,
    notes: tuple[str, ...] = (),
    problems: tuple[Problem, ...] = (),
    *,
    spellings: Mapping[str, str] | None = None,
) -> Scorecard:
    """Count what was right.

    Parameters
    ----------
    encoder_id : str
    library : GenreEvidence
        With all tags.
    systems : mapping of str to GuessPredictions
        The ensemble among them.
    settings : GuessSettings
    wanted : ScorecardSettings
    notes, problems
        For the scorecard.
    spellings : mapping of str to str, optional
        Folded genre -> how the listener writes it.

    Returns
    -------
    Scorecard
    """
    truths = label_distribution(library.genres, library.candidates)
    results = {name: _figures(predictions, library, truths, wanted) for name, predictions in systems.items()}
    mine = systems[ENSEMBLE]
    sure, said, right = _judge(mine, truths)
    names = [spell_genre(genre, spellings) for genre in library.candidates]
    made = sure >= mine.thresholds
    by_genre, pairs = {}, Counter[tuple[str, str]]()
    for place, name in enumerate(names):
        have = truths[mine.rows, place] > 0
        spoken = made & (said == place)
        if have.any():
            by_genre[name] = {
                "tracks": int(have.sum()),
                "guessed": int(spoken.sum()),
                "right": float(right[spoken].mean()) if spoken.any() else float("nan"),
                "found": float((spoken & have).sum() / have.sum()),
            }
        for row in np.flatnonzero(have & made & (right == 0)):
            pairs[name, names[said[row]]] += 1
    ranked = sorted(pairs.items(), key=lambda item: (-item[1], item[0]))[: wanted.pairs]
    thresholds = sorted({*THRESHOLDS, settings.threshold})
    return Scorecard(
        encoder_id=encoder_id,
        tracks=len(mine.rows),
        artists=len(np.unique(library.artists[mine.rows])),
        genres=len(by_genre),
        threshold=settings.threshold,
        results=results,
        curve=tuple(coverage_curve(sure, right, thresholds)),
        bins=tuple({"confidence": a, "right": b, "tracks": n} for a, b, n in calibration_bins(sure, right)),
        by_genre=dict(sorted(by_genre.items(), key=lambda item: (-item[1]["tracks"], item[0]))),
        confused=tuple((true, guessed, count) for (true, guessed), count in ranked),
        notes=notes,
        problems=problems,
    )


def _judge(predictions: GuessPredictions, truths: Floats64) -> tuple[Floats64, Integers, Floats64]:
    """Confidence, what was said, and whether that was right."""
    told = predictions.probabilities[:, :-1]
    said = told.argmax(axis=1)
    right = (truths[predictions.rows, said] > 0).astype(np.float64)
    return told.max(axis=1), said, right


def _figures(
    predictions: GuessPredictions, library: GenreEvidence, truths: Floats64, wanted: ScorecardSettings
) -> dict[str, Figure]:
    sure, _, right = _judge(predictions, truths)
    made = sure >= predictions.thresholds
    inside = mean_of(right[made])
    squares = ((predictions.probabilities - truths[predictions.rows]) ** 2).sum(axis=1)
    statistics: dict[str, Statistic] = {
        COVERAGE: mean_of(made.astype(np.float64)),
        OVERALL: mean_of(right),
        BRIER: mean_of(squares),
    }
    if made.any():
        statistics[ACCURACY] = lambda weights: inside(weights[:, made])
    groups = [str(artist) for artist in library.artists[predictions.rows]]
    found = figures(draw_all(statistics, groups, draws=wanted.draws))
    found[ERROR] = draw(calibration_error_of(sure, right), groups, draws=wanted.draws // 4, halves=True).figure
    found[CHANCE] = chance_error(sure)
    return found


def write_scorecard(found: Scorecard, title: str = "Genre guesses in your library", how: str = HOW) -> str:
    """A scorecard as Markdown.

    Parameters
    ----------
    found : Scorecard
    title : str
    how : str
        What was hidden from whom.

    Returns
    -------
    str
    """
    together = found.results[ENSEMBLE]
    made, covered = together.get(ACCURACY), together[COVERAGE]
    verdict = (
        f"From a confidence of {found.threshold:.2f} on, {covered.value:.0%} of the tracks get a guess, and "
        f"{made.value:.0%} of the guesses are right."
        if made is not None
        else f"No guess reaches a confidence of {found.threshold:.2f}."
    )
    parts = [
        f"# {title}",
        f"{verdict} {found.tracks} tagged tracks by {found.artists} artists, {found.genres} genres; encoder "
        f"`{found.encoder_id}`.",
        f"{how} Brackets hold 95 % intervals from a bootstrap over artists. A calibration error within the interval "
        "below it is what so many tracks show even where each confidence is exactly right.",
        figure_table({_TITLES.get(name, name): one for name, one in found.results.items()}, SHOWN),
        "## By confidence",
        table(
            ["confidence at least", "coverage", "accuracy"],
            [[f"{one['threshold']:.2f}", f"{one['coverage']:.0%}", _share(one["accuracy"])] for one in found.curve],
            align_right=True,
        ),
        "## Calibration",
        table(
            ["mean confidence", "share correct", "tracks"],
            [[f"{one['confidence']:.2f}", f"{one['right']:.2f}", f"{one['tracks']:.0f}"] for one in found.bins],
            align_right=True,
        ),
        "## By genre",
        table(
            ["genre", "tracks", "guessed", "precision", "recall"],
            [
                [
                    escape(name),
                    f"{one['tracks']:.0f}",
                    f"{one['guessed']:.0f}",
                    _share(one["right"]),
                    _share(one["found"]),
                ]
                for name, one in found.by_genre.items()
            ],
            align_right=True,
        ),
    ]
    if found.confused:
        parts += [
            "## Most confused",
            table(
                ["your tag", "guessed", "tracks"],
                [[escape(true), escape(guessed), str(count)] for true, guessed, count in found.confused],
                align_right=True,
            ),
        ]
    return "\n\n".join([*parts, *found.notes]) + "\n"


def _share(value: float) -> str:
    return "-" if np.isnan(value) else f"{value:.0%}"
