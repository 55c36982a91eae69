"""The JSON documents that ``--json`` prints. Their shape is a promise: see each command's help."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from musicemb.records import Applied, Change, Cluster, JournalEntry, Match, Problem, Run, ScanSummary, Track

SCHEMA = 1
"""Rises when a key goes away or changes its meaning; new keys may come at any time."""

TRACK_HELP = """\
  TRACK    {"id", "path", "artist", "title", "album", "duration": seconds, "genres": [...],
           "guess": null or {"genre": parted by "; ", "confidence", "witness"},
           "cluster": null or id (-1: stands alone), "strength": 0..1,
           "nearest": null or id of the nearest cluster (of a track that stands alone, "strength"
           says how near it comes to that one),
           "mix": whether it plays over 20 minutes}"""

CLUSTER_HELP = """\
  CLUSTER  {"cluster": id, "name", "given": whether by you, "size", "typical": [TRACK],
           "traits": ["dark: 900 Hz, elsewhere 1,500", ...]: what sets it apart}"""


def track_document(track: Track) -> dict[str, Any]:
    """A track.

    Parameters
    ----------
    track : Track

    Returns
    -------
    dict
    """
    guess = track.guess
    return {
        "id": track.id,
        "path": str(track.path),
        "artist": track.tags.artist,
        "title": track.tags.title,
        "album": track.tags.album,
        "duration": round(track.duration, 3),
        "genres": list(track.tags.genres),
        "guess": guess and {"genre": guess.genre, "confidence": round(guess.confidence, 4), "witness": guess.witness},
        "cluster": track.cluster,
        "strength": round(track.strength, 4),
        "nearest": track.nearest,
        "mix": track.is_mix,
    }


def match_document(match: Match, *, where: bool = False) -> dict[str, Any]:
    """A track with how like the seed it is.

    Parameters
    ----------
    match : Match
    where : bool
        Whether it was asked which stretches are alike.

    Returns
    -------
    dict
    """
    document = {
        "similarity": round(match.similarity, 6),
        "closeness": round(match.closeness, 6),
        **track_document(match.track),
        "versions": [track_document(track) for track in match.versions],
    }
    if where:
        document["where"] = match.spans and [
            {
                "here": [round(second, 3) for second in span.here],
                "there": [round(second, 3) for second in span.there],
                "similarity": round(span.similarity, 6),
            }
            for span in match.spans
        ]
    return document


def cluster_document(cluster: Cluster, typical: Iterable[Track]) -> dict[str, Any]:
    """A cluster with its typical tracks.

    Parameters
    ----------
    cluster : Cluster
    typical : iterable of Track
        Best first.

    Returns
    -------
    dict
    """
    return {
        "cluster": cluster.id,
        "name": cluster.name,
        "given": cluster.given,
        "size": cluster.size,
        "typical": [track_document(track) for track in typical],
        "traits": list(cluster.traits),
    }


def problem_document(problem: Problem) -> dict[str, Any]:
    """A file that gave no vector.

    Parameters
    ----------
    problem : Problem

    Returns
    -------
    dict
    """
    return {
        "path": str(problem.path),
        "kind": problem.kind,
        "reason": problem.reason,
        "transient": problem.transient,
    }


def change_document(change: Change) -> dict[str, Any]:
    """A planned tag edit.

    Parameters
    ----------
    change : Change

    Returns
    -------
    dict
    """
    return {
        "path": str(change.track.path),
        "before": list(change.before),
        "after": list(change.after),
        "confidence": round(change.confidence, 4),
        "obstacle": change.obstacle,
    }


def applied_document(applied: Applied) -> dict[str, Any]:
    """What became of one file.

    Parameters
    ----------
    applied : Applied

    Returns
    -------
    dict
    """
    return {"path": str(applied.path), "status": applied.status, "reason": applied.reason}


def entry_document(entry: JournalEntry) -> dict[str, Any]:
    """A journal entry that undo would take back.

    Parameters
    ----------
    entry : JournalEntry

    Returns
    -------
    dict
    """
    return {"path": str(entry.path), "before": entry.before, "after": entry.after}


def run_document(run: Run) -> dict[str, Any]:
    """A call that wrote to files.

    Parameters
    ----------
    run : Run

    Returns
    -------
    dict
    """
    return {"run": run.id, "kind": run.kind, "started": run.started, "files": run.files, "encoder": run.encoder_id}


def scan_document(summary: ScanSummary, library: Path, tracks: dict[int, Track]) -> dict[str, Any]:
    """The end of a scan.

    Parameters
    ----------
    summary : ScanSummary
    library : Path
        The catalogue's file.
    tracks : dict
        Track id -> Track, for the typical ones.

    Returns
    -------
    dict
    """
    return {
        "schema": SCHEMA,
        "library": str(library),
        "encoder": summary.encoder_id,
        "newer_encoder": summary.newer_encoder or None,
        "tracks": summary.tracks,
        "new": summary.new,
        "changed": summary.changed,
        "moved": summary.moved,
        "retagged": summary.retagged,
        "gone": summary.gone,
        "unchanged": summary.unchanged,
        "remembered": summary.remembered,
        "skipped": _problems(summary.skipped),
        "failed": _problems(summary.failed),
        "too_few": summary.too_few,
        "clusters": [
            cluster_document(cluster, (tracks[id_] for id_ in cluster.typical if id_ in tracks))
            for cluster in summary.clusters
        ],
        "noise": summary.noise,
        "pairs": [
            {
                "similarity": round(pair.similarity, 6),
                "first": track_document(pair.first),
                "second": track_document(pair.second),
            }
            for pair in summary.pairs
        ],
        "guesses": summary.guesses,
        "taggable": summary.taggable,
        "seconds": round(summary.elapsed, 3),
        "notes": list(summary.notes),
    }


def _problems(problems: Sequence[Problem]) -> list[dict[str, Any]]:
    return [problem_document(problem) for problem in problems]
