"""``evaluate`` without a dataset: the scorecard of the listener's own library."""

from __future__ import annotations

from pathlib import Path

from musicemb.cli.output import emit, emit_json
from musicemb.cli.progress import follow, note
from musicemb.cli.session import FAILED, Session
from musicemb.cli.wording import plural
from musicemb.documents import to_json
from musicemb.errors import CatalogueError


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
    else:
        emit(text.rstrip("\n"))
    failed = sum(problem.kind == "failed" for problem in result.problems)
    if failed:
        note(f"{plural(failed, 'file')} could not be read for the MFCC statistics and left out")
        return FAILED
    return None
