"""The command ``scan``."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from musicemb.cli.cluster_options import cluster_options, open_executor
from musicemb.cli.options import (
    FILE,
    encoder_option,
    genre_options,
    json_option,
    library_option,
    read_words,
    yes_option,
)
from musicemb.cli.output import emit, emit_json
from musicemb.cli.progress import Bar, note
from musicemb.cli.session import FAILED, Session, pass_session
from musicemb.cli.views.changes import ask_and_apply, show_changes, show_results, tagging_document
from musicemb.cli.views.scan_summary import show_summary
from musicemb.cli.wording import number, plural
from musicemb.documents import CLUSTER_HELP, TRACK_HELP, to_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from musicemb.library import Library
    from musicemb.records import Applied, Change, ScanSummary
    from musicemb.workflows.library.scan import ScanEvent

MUCH = 0.2
"""Share of the library; where more vanishes, the scan says so before anything else."""


@click.command(
    "scan",
    short_help="Embed new and changed music, group it, guess genres.",
    epilog=f"""\b
--json prints
  {{"schema": 1, "library": "path", "encoder": id, "newer_encoder": null or id,
   "tracks", "new", "changed", "moved", "retagged", "gone", "unchanged",
   "remembered": problems of earlier scans, "skipped": [PROBLEM],
   "failed": [PROBLEM], "too_few": bool, "clusters": [CLUSTER], "noise",
   "pairs": [{{"similarity", "first": TRACK, "second": TRACK}}], "guesses",
   "taggable", "seconds", "notes": [...]}} and with --write also "changes" and
   "results" as in tag
  PROBLEM  {{"path", "kind": "failed" or "skipped", "reason",
           "transient": bool}}
{CLUSTER_HELP}
{TRACK_HELP}
""",
)
@click.argument("paths", nargs=-1, type=FILE)
@click.option(
    "--exclude",
    multiple=True,
    metavar="GLOB",
    help="Skip files and folders that match, now and at later scans; repeatable.",
)
@click.option("--no-exclude", is_flag=True, help="Forget the --exclude patterns of earlier scans.")
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    metavar="N",
    help="Number of worker processes (default: one per core, fewer where memory is short: 400 MB each).",
)
@cluster_options
@encoder_option("Encoder bundle to use (default: the one the library was made with).")
@click.option(
    "--reembed",
    is_flag=True,
    help="Move the library to --encoder (default: the one shipped with musicemb), and embed tracks again whose sound, "
    "tempo, key or loudness is not known yet.",
)
@click.option("--retry-failed", is_flag=True, help="Retry files that failed permanently at an earlier scan.")
@click.option(
    "--fast",
    is_flag=True,
    help="Embed only excerpts of new tracks: less than half the time, but less accurate, and without tempo, key "
    "and loudness. A later scan without --fast embeds them in full.",
)
@click.option("--no-segments", is_flag=True, help="Store one vector per track only, for a smaller library.")
@genre_options
@click.option(
    "--mixes/--no-mixes",
    default=None,
    help="Whether tracks over 20 minutes are grouped and used for guesses (default: no).",
)
@click.option("--regroup", is_flag=True, help="Group all tracks again, even if few have changed.")
@click.option("--write", is_flag=True, help="Write the guesses to the files' tags afterwards, as tag does.")
@yes_option("With --write: do not ask.")
@json_option
@library_option()
@pass_session
def scan_command(
    session: Session,
    paths: tuple[Path, ...],
    exclude: tuple[str, ...],
    no_exclude: bool,
    workers: int | None,
    dask: str | None,
    map_path: tuple[str, ...],
    encoder: str | None,
    reembed: bool,
    retry_failed: bool,
    fast: bool,
    no_segments: bool,
    vocabulary: Path | None,
    any_genre: bool,
    max_genres: int | None,
    min_confidence: float | None,
    mixes: bool | None,
    regroup: bool,
    write: bool,
    yes: bool,
    as_json: bool,
) -> int | None:
    """Scan the audio files in PATHS: embed new and changed ones, group all by sound, guess genres.

    Without PATHS, the folders of earlier scans are scanned again. Only new and changed audio is decoded. A file named
    .nomusic excludes its folder. Ctrl-C keeps what is done. --exclude, --vocabulary, --max-genres, --min-confidence and
    --mixes are remembered; "musicemb config" shows which are in force.

    \b
    Examples:
      musicemb scan ~/Music
      musicemb scan ~/Music --exclude "*/Podcasts/*" --write
      musicemb scan ~/Music --dask tcp://nas:8786 --map-path ~/Music=/mnt/music
      musicemb scan
    """
    from musicemb.workflows.genres.vocabulary import read_preferences
    from musicemb.workflows.library.configuration import roots_to_scan

    if write:
        # Asked for now, not after hours of work.
        session.need_consent("tags are written", yes=yes)
    executor = open_executor("scan --dask", dask, map_path, workers)
    words = read_words(vocabulary, any_genre=any_genre)
    with session.open(encoder=encoder) as library:
        catalogue = library.catalogue
        roots = paths or tuple(roots_to_scan(catalogue))
        if not roots:
            raise click.UsageError(
                f"no folder is given and none was scanned before: run {session.command('scan ~/Music')}"
            )
        events = library.scan(
            roots,
            workers=workers,
            exclude=exclude,
            forget_exclude=no_exclude,
            reembed=reembed,
            retry_failed=retry_failed,
            fast=fast,
            keep_segments=not no_segments,
            vocabulary=words,
            max_genres=max_genres,
            min_confidence=min_confidence,
            with_mixes=mixes,
            regroup=regroup,
            executor=executor,
        )
        summary = _listen(session, events)
        session.kept = "the scan is complete"
        if kept := read_preferences(catalogue).vocabulary:
            note(f"guesses are limited to your vocabulary of {plural(len(kept), 'genre')}; --any-genre lifts the limit")
        if not as_json:
            show_summary(session, catalogue, summary, roots)
        changes, results = _write(session, library, write=write, yes=yes, as_json=as_json)
        if as_json:
            typical = {id_: catalogue.track(id_) for cluster in summary.clusters for id_ in cluster.typical}
            document = to_json(summary, tracks=typical, library=catalogue.path)
            emit_json({**document, **(tagging_document(changes, results) if write else {})})
    failed = bool(summary.failed) or any(result.status == "failed" for result in results)
    return FAILED if failed or any(change.failed for change in changes) else None


def _listen(session: Session, events: Iterator[ScanEvent]) -> ScanSummary:
    from musicemb.records import ScanPlanned, ScanProgress, ScanStage, ScanSummary

    done = total = 0
    with closing(events), Bar("finding audio files") as bar:  # type: ignore[type-var]
        for event in events:
            if isinstance(event, ScanPlanned):
                total = event.to_embed
                if event.gone > MUCH * event.known:
                    note(
                        f"{number(event.gone)} of {plural(event.known, 'track')} are no longer there (is a drive not "
                        "mounted?); their groups, ids and names come back with them"
                    )
                bar.start(total, "embedding")
            elif isinstance(event, ScanProgress):
                done += 1
                session.kept = (
                    f"{plural(done, 'file')} of {number(total)} done and kept; run {session.command('scan')} to resume"
                )
                bar.advance(event.path.name)
            elif isinstance(event, ScanStage):
                bar.stage(event.text)
            elif isinstance(event, ScanSummary):
                return event
    raise AssertionError("a scan ends with a summary")


def _write(
    session: Session, library: Library, *, write: bool, yes: bool, as_json: bool
) -> tuple[list[Change], list[Applied]]:
    if not write:
        return [], []
    changes = library.plan_tags()
    if not as_json:
        emit("")
        show_changes(changes)
    results = ask_and_apply(session, library, changes, yes=yes)
    if results and not as_json:
        show_results(session, results, done="written")
    elif results:
        note(f"{plural(sum(result.status == 'written' for result in results), 'file')} written")
    return changes, results
