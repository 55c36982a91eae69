"""``evaluate`` without a dataset: the scorecard of the listener's own library."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from musicemb.cli.output import emit, emit_json, emit_styled
from musicemb.cli.paragraphs import emit_paragraph
from musicemb.cli.progress import follow, note
from musicemb.cli.session import FAILED, Session
from musicemb.cli.views.table import Column, emit_table
from musicemb.cli.wording import plural
from musicemb.documents import to_json
from musicemb.errors import CatalogueError

if TYPE_CHECKING:
    from musicemb.workflows.evaluation.scorecard_report import Scorecard


def show_scorecard(
    session: Session,
    *,
    encoder: str | None,
    workers: int | None,
    mfcc_tracks: int,
    aim: float,
    report: Path | None,
    force: bool,
    as_json: bool,
) -> int | None:
    """Measure the genre guesses in the library and show how good they are.

    Parameters
    ----------
    session : Session
    encoder : str or None
        What ``--encoder`` says.
    workers : int or None
        Number of worker processes; None: one per core, fewer where memory is short.
    mfcc_tracks : int
        Tracks that the MFCC statistics are made of.
    aim : float
        Share of right guesses to name a threshold for.
    report : Path or None
        Markdown file to write.
    force : bool
        Let it replace a file that is not a report.
    as_json : bool

    Returns
    -------
    int or None
        FAILED where files could not be read.
    """
    from musicemb.io.output.reports import check_report, save_report
    from musicemb.settings import ScorecardSettings
    from musicemb.workflows.evaluation.scorecard import score_library
    from musicemb.workflows.evaluation.scorecard_report import Scorecard, write_scorecard
    from musicemb.workflows.parallel.process_pool import count_workers

    if report is not None:
        check_report(report, force=force)
    with session.open(read_only=True, encoder=encoder) as library:
        catalogue, used = library.catalogue, library.encoder
        if catalogue.active_encoder != used.id:
            raise CatalogueError(
                f"the scorecard evaluates the encoder that the library was made with ({catalogue.active_encoder}), not "
                f"{used.id}; use --data FOLDER to evaluate another one on a labelled collection"
            )
        steps = score_library(
            catalogue,
            used.genre_head,
            wanted=ScorecardSettings(mfcc_tracks=mfcc_tracks, aim=aim),
            workers=count_workers() if workers is None else workers,
        )
        result: Scorecard = follow(steps, Scorecard)
    text = write_scorecard(result)
    if report is not None:
        save_report(report, text, {}, force=force)
    if as_json:
        emit_json(to_json(result))
    elif sys.stdout is not None and sys.stdout.isatty():
        show_summary(result)
        if report is None:
            whole = session.command("evaluate --report FILE")
            note(f"intervals, calibration and the comparison with simpler systems: {whole}")
    else:
        emit(text.rstrip("\n"))
    failed = sum(problem.kind == "failed" for problem in result.problems)
    if failed:
        note(f"{plural(failed, 'file')} could not be read for the MFCC statistics and left out")
        return FAILED
    return None


def show_summary(found: Scorecard) -> None:
    """Show the scorecard on a screen: the verdict, the trade-off, and the genres.

    Parameters
    ----------
    found : Scorecard
    """
    from musicemb.workflows.evaluation.scorecard_report import tell_aim, tell_verdict

    emit_paragraph(tell_verdict(found))
    who = f"{plural(found.tracks, 'tagged track')} by {plural(found.artists, 'artist')}"
    emit_paragraph(f"{who}, each guessed while its artist's tags were hidden.")
    emit("")
    emit_table(
        [
            Column("confidence from", right=True),
            Column("get a guess", right=True),
            Column("right", right=True),
            Column("very word", right=True),
        ],
        [
            [
                f"{one['threshold']:.2f}",
                f"{one['coverage']:.0%}",
                _share(one["accuracy"]),
                _share(one["word_accuracy"]),
            ]
            for one in found.curve
        ],
    )
    emit("")
    emit_paragraph(tell_aim(found).replace("`", ""))
    emit("")
    emit_table(
        [
            Column("genre", at_least=12),
            Column("tracks", right=True, at_least=6),
            Column("guessed", right=True, at_least=7, spare=1),
            Column("right", right=True, at_least=5),
            Column("found", right=True, at_least=5),
        ],
        [
            [name, f"{one['tracks']:.0f}", f"{one['guessed']:.0f}", _share(one["right"]), _share(one["found"])]
            for name, one in found.by_genre.items()
        ],
    )
    if found.confused:
        emit("")
        emit_styled("Most confused", "bold")
        for true, guessed, count in found.confused:
            emit_paragraph(f"{true} taken for {guessed}: {plural(count, 'track')}", first="  ", hang=4)


def _share(value: float) -> str:
    return "-" if value != value else f"{value:.0%}"
