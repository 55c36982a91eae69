"""The end of a scan, as people see it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from musicemb.cli.output import emit, emit_reasons, emit_styled, stdout_width
from musicemb.cli.paragraphs import emit_paragraph
from musicemb.cli.verbosity import is_verbose
from musicemb.cli.views.cluster_table import cluster_rows
from musicemb.cli.views.table import Column, emit_table
from musicemb.cli.wording import duration, number, plural, printable, quoted, short_path
from musicemb.settings import ScanSettings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from musicemb.cli.session import Session
    from musicemb.io.catalogue.catalogue import Catalogue
    from musicemb.records import Pair, Problem, ScanSummary, Track

SHORT = 32
"""Letters of a name that is quickly typed."""
LARGEST = 10
"""Clusters shown; all of them with --verbose."""
GENRES = 6
"""Guessed genres counted by name."""


def show_summary(session: Session, catalogue: Catalogue, summary: ScanSummary, roots: Sequence[Path]) -> None:
    """Print the end of a scan: counts, clusters, guesses, problems, and what to do next.

    Parameters
    ----------
    session : Session
    catalogue : Catalogue
    summary : ScanSummary
    roots : sequence of Path
        What was scanned.
    """
    tracks = {track.id: track for track in catalogue.tracks()}
    where = short_path(roots[0]) if len(roots) == 1 else f"{len(roots)} places"
    emit_styled(f"Scanned {where} in {duration(summary.elapsed)}", "bold")
    emit_paragraph(f"{plural(summary.tracks, 'track')} in the library: {_counts(summary)}")
    for text in summary.notes:
        emit_paragraph(text)
    if is_verbose() and catalogue.active_encoder is not None:
        from musicemb.workflows.clustering.listing import clustering_notes

        for text in clustering_notes(catalogue.clustering(catalogue.active_encoder), details=True)[:1]:
            emit_paragraph(text)
    if summary.too_few:
        _show_pairs(summary.tracks, summary.pairs)
    elif summary.clusters:
        _show_clusters(session, summary, tracks)
    elif summary.tracks:
        _heading("No groups: no tracks are clearly closer to each other than to the rest")
    _show_guesses(summary, tracks)
    hidden = [_show_problems(summary.failed, "failed"), _show_problems(summary.skipped, "skipped")]
    _show_next(session, summary, tracks, any(hidden))


def _counts(summary: ScanSummary) -> str:
    counts = {
        "new": summary.new,
        "changed": summary.changed,
        "moved": summary.moved,
        "retagged": summary.retagged,
        "unchanged": summary.unchanged,
        "gone": summary.gone,
        "failed or skipped before": summary.remembered,
        "skipped": len(summary.skipped),
        "failed": len(summary.failed),
    }
    return ", ".join(f"{number(count)} {word}" for word, count in counts.items() if count) or "no audio files"


def _heading(text: str) -> None:
    emit("")
    emit_styled(text, "bold")


def _show_clusters(session: Session, summary: ScanSummary, tracks: Mapping[int, Track]) -> None:
    alone = f"; {plural(summary.noise, 'track')} in no group"
    _heading(f"{plural(len(summary.clusters), 'group')}{alone if summary.noise else ''}")
    largest = sorted(summary.clusters, key=lambda cluster: (-cluster.size, cluster.id))[:LARGEST]
    shown = [cluster for cluster in summary.clusters if cluster in largest or is_verbose()]
    emit_table(*cluster_rows(shown, tracks), below="text")
    if hidden := len(summary.clusters) - len(shown):
        emit(f"and {plural(hidden, 'smaller one')}: {session.command('clusters')}")


def _show_pairs(count: int, pairs: Sequence[Pair]) -> None:
    _heading(f"Too few tracks to group ({count} of {ScanSettings().minimum_tracks})")
    if not pairs:
        return
    columns = [
        Column("similarity", right=True, style="cyan", at_least=10),
        Column("nearest pairs", at_least=24),
        Column("", at_least=24),
    ]
    emit_table(columns, [[f"{pair.similarity:.3f}", *_told_apart(pair)] for pair in pairs])


def _told_apart(pair: Pair) -> tuple[str, str]:
    """The names of two tracks, or their paths if both have the same name."""
    if pair.first.name == pair.second.name:
        return short_path(pair.first.path), short_path(pair.second.path)
    return pair.first.name, pair.second.name


def _show_guesses(summary: ScanSummary, tracks: Mapping[int, Track]) -> None:
    if not summary.guesses:
        return
    words = Counter(
        "; ".join(track.guess.genres)
        for track in tracks.values()
        if track.guess is not None and not track.tags.listener_genres
    )
    counted = ", ".join(f"{printable(word)} {number(count)}" for word, count in words.most_common(GENRES))
    more = f" and {plural(len(words) - GENRES, 'other')}" if len(words) > GENRES else ""
    _heading(f"{plural(summary.guesses, 'genre guess', 'genre guesses')} for tracks without a genre tag")
    if counted:
        emit_paragraph(f"{counted}{more}", first="  ", hang=2)


def _show_problems(problems: Sequence[Problem], kind: str) -> bool:
    if not problems:
        return False
    _heading(f"{number(len(problems))} {kind}")
    return emit_reasons((problem.reason, problem.path) for problem in problems)


def _show_next(session: Session, summary: ScanSummary, tracks: Mapping[int, Track], hidden: bool) -> None:
    steps: list[tuple[str, str]] = []
    seed = _good_seed(summary, tracks)
    if seed is not None:
        steps.append((session.command(f"similar {seed}"), "find similar tracks"))
    if summary.clusters:
        largest = max(summary.clusters, key=lambda cluster: cluster.size)
        steps.append((session.command(f"clusters {largest.id}"), "list its tracks, the most typical first"))
    if summary.taggable:
        steps.append((session.command("tag --dry-run"), "show what would be written to which files"))
    if hidden or summary.remembered:
        steps.append((session.command("status --problems"), "list all files that failed or were skipped"))
    if summary.gone:
        steps.append((session.command("forget --gone"), "remove tracks whose files are gone"))
    if summary.newer_encoder:
        steps.append((session.command("scan --reembed"), f"move to the newer encoder {summary.newer_encoder}"))
    if summary.too_few:
        steps.append((session.command("scan FOLDER"), "add more music to get groups"))
    if not steps:
        return
    _heading("Next")
    width = max(len(command) for command, _ in steps)
    beside = width + 4 + max(len(why) for _, why in steps) <= stdout_width()
    for command, why in steps:
        emit(f"  {command:{width}}  {why}" if beside else f"  {command}\n      {why}")


def _good_seed(summary: ScanSummary, tracks: Mapping[int, Track]) -> str | None:
    """A track for an example command: a typical one whose name matches no other track."""
    names = Counter(track.name.casefold() for track in tracks.values())
    ids = [
        id_ for cluster in sorted(summary.clusters, key=lambda cluster: -cluster.size) for id_ in cluster.typical
    ] or [pair.first.id for pair in summary.pairs]
    known = [tracks[id_] for id_ in ids if id_ in tracks]
    named = [track for track in known if track.tags.title and names[track.name.casefold()] == 1]
    if named:
        return quoted(next((track for track in named if len(track.name) <= SHORT), named[0]).name)
    return quoted(str(known[0].path)) if known else None
