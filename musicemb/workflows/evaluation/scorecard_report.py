"""Computes the figures of a scorecard from the guesses of hidden tags, and writes them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from musicemb.core.evaluation.bootstrap import Statistic, draw, mean_of
from musicemb.core.evaluation.calibration import (
    THRESHOLDS,
    among,
    calibration_bins,
    calibration_error_of,
    chance_error,
)
from musicemb.core.evaluation.metrics import draw_all, figures
from musicemb.core.genres.families import build_tree
from musicemb.core.genres.names import spell_genre
from musicemb.core.genres.voters import GenreEvidence, label_distribution
from musicemb.records import NO_ALIASES, Figure, Problem
from musicemb.settings import GuessSettings, ScorecardSettings
from musicemb.workflows.evaluation.judging import FEWEST, GuessPredictions, Judge
from musicemb.workflows.evaluation.markdown import escape, figure_table, table
from musicemb.workflows.genres.decide import Wording, wording_of

ENSEMBLE, COMMONEST = "three witnesses", "commonest genre"  # names in JSON, which stay
_TITLES = {ENSEMBLE: "ensemble"}
ACCURACY, COVERAGE, OVERALL = "accuracy of guesses", "coverage", "accuracy of all"
EXACT, EXACTLY = "accuracy, exact word", "coverage, exact word"
ERROR, CHANCE, BRIER = "calibration error", "calibration error by chance alone", "Brier score"
HOW = "Each track was guessed while the tags of 30 % of the artists, its own among them, were hidden."
SHOWN = (ACCURACY, COVERAGE, EXACT, EXACTLY, OVERALL, ERROR, CHANCE, BRIER)


@dataclass(frozen=True)
class Scorecard:
    """How good guesses are in one library."""

    encoder_id: str
    tracks: int
    """Tagged recordings whose genres were guessed."""
    artists: int
    genres: int
    """Different genres that their tags name."""
    threshold: float
    """Confidence that a guess takes."""
    results: dict[str, dict[str, Figure]]
    """System -> figure; the ensemble of all three predictors first."""
    curve: tuple[dict[str, float], ...]
    """Accuracy and coverage of the ensemble at several thresholds."""
    aim: float
    """Share of right guesses that is aimed at."""
    aimed: float | None
    """The lowest threshold from which as many are right, None where none is."""
    aimed_word: float | None
    """The same where only the very word of the tag is right."""
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
    wording: Wording | None = None,
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
    wording : Wording, optional
        How the listener speaks of genres.

    Returns
    -------
    Scorecard
    """
    wording = wording or wording_of((), NO_ALIASES)
    truths = label_distribution(library.genres, library.candidates)
    tree = build_tree(library.candidates, wording.aliases)
    judge = Judge(tree, truths, wording.apart)
    results = {name: _figures(predictions, library, judge, wanted) for name, predictions in systems.items()}
    mine = systems[ENSEMBLE]
    judged = judge.judge(mine)
    sure, right = judged.sure, judged.right
    said, spoken_right = judged.say(mine.thresholds)
    names = [spell_genre(genre, wording.spellings) for genre in tree.nodes]
    made = said >= 0
    by_genre, pairs = {}, Counter[tuple[str, str]]()
    for place, name in enumerate(names[: len(library.candidates)]):
        have = judge.true[mine.rows, place]
        spoken = made & (said == place)
        if have.any():
            by_genre[name] = {
                "tracks": int(have.sum()),
                "guessed": int(spoken.sum()),
                "right": float(spoken_right[spoken].mean()) if spoken.any() else float("nan"),
                "found": float((judge.below(said, place) & have).sum() / have.sum()),
            }
        own = truths[mine.rows, place] > 0
        for row in np.flatnonzero(own & made & (spoken_right == 0)):
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
        curve=tuple(judged.at(threshold) for threshold in thresholds),
        aim=wanted.aim,
        aimed=judged.aim(wanted.aim),
        aimed_word=judged.aim(wanted.aim, words=True),
        bins=tuple({"confidence": a, "right": b, "tracks": n} for a, b, n in calibration_bins(sure, right)),
        by_genre=dict(sorted(by_genre.items(), key=lambda item: (-item[1]["tracks"], item[0]))),
        confused=tuple((true, guessed, count) for (true, guessed), count in ranked),
        notes=notes,
        problems=problems,
    )


def _figures(
    predictions: GuessPredictions, library: GenreEvidence, judge: Judge, wanted: ScorecardSettings
) -> dict[str, Figure]:
    judged = judge.judge(predictions)
    said, right = judged.say(predictions.thresholds)
    made = said >= 0
    exact, same = judged.say_words(predictions.thresholds)
    squares = ((predictions.probabilities - judge.truths[predictions.rows]) ** 2).sum(axis=1)
    statistics: dict[str, Statistic] = {
        COVERAGE: mean_of(made.astype(np.float64)),
        EXACTLY: mean_of(exact.astype(np.float64)),
        OVERALL: mean_of(judged.right),
        BRIER: mean_of(squares),
    }
    if made.any():
        statistics[ACCURACY] = among(right, made)
    if exact.any():
        statistics[EXACT] = among(same, exact)
    groups = [str(artist) for artist in library.artists[predictions.rows]]
    found = figures(draw_all(statistics, groups, draws=wanted.draws))
    found[ERROR] = draw(
        calibration_error_of(judged.sure, judged.right), groups, draws=wanted.draws // 4, halves=True
    ).figure
    found[CHANCE] = chance_error(judged.sure)
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
    parts = [
        f"# {title}",
        f"{tell_verdict(found)} {found.tracks} tagged tracks by {found.artists} artists, {found.genres} genres; "
        f"encoder `{found.encoder_id}`.",
        f"{how} Brackets hold 95 % intervals from a bootstrap over artists. A calibration error within the interval "
        "below it is what so many tracks show even where each confidence is exactly right. A guess is right where the "
        "tag says that word, or one that belongs to it; the calibration is that of the families.",
        figure_table({_TITLES.get(name, name): one for name, one in found.results.items()}, SHOWN),
        "## By confidence",
        table(
            ["confidence at least", "coverage", "accuracy", EXACTLY, EXACT],
            [
                [
                    f"{one['threshold']:.2f}",
                    f"{one['coverage']:.0%}",
                    _share(one["accuracy"]),
                    f"{one['word_coverage']:.0%}",
                    _share(one["word_accuracy"]),
                ]
                for one in found.curve
            ],
            align_right=True,
        ),
        tell_aim(found),
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


def tell_verdict(found: Scorecard) -> str:
    """How many tracks get a guess, and how many guesses are right.

    Parameters
    ----------
    found : Scorecard

    Returns
    -------
    str
        A sentence.
    """
    together = found.results[ENSEMBLE]
    made, covered = together.get(ACCURACY), together[COVERAGE]
    if made is None:
        return f"No guess reaches a confidence of {found.threshold:.2f}."
    return (
        f"From a confidence of {found.threshold:.2f} on, {covered.value:.0%} of the tracks get a guess, and "
        f"{made.value:.0%} of the guesses are right."
    )


def tell_aim(found: Scorecard) -> str:
    """From which confidence on as many guesses are right as are aimed at.

    Parameters
    ----------
    found : Scorecard

    Returns
    -------
    str
        A sentence.
    """
    if found.aimed is None:
        return f"There is no confidence with at least {FEWEST} guesses of which {found.aim:.0%} are right."
    told = (
        f"At least {found.aim:.0%} of the guesses are right from a confidence of {found.aimed:.2f} on "
        f"(`musicemb scan --min-confidence {found.aimed:.2f}` keeps it)."
    )
    if found.aimed_word is None:
        return f"{told} No confidence reaches this share for your tag's exact word (family not counted)."
    if found.aimed_word == found.aimed:
        return f"{told} The same holds for your tag's exact word."
    return f"{told} For your tag's exact word (family not counted), from {found.aimed_word:.2f} on."


def _share(value: float) -> str:
    return "-" if np.isnan(value) else f"{value:.0%}"
