"""The end of a scan, and the state of a library, in JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from musicemb.documents.tracks import cluster_document, track_document

if TYPE_CHECKING:
    from musicemb.records import LibraryStatus, Problem, ScanSummary, Track


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


def scan_document(summary: ScanSummary, library: Path, tracks: Mapping[int, Track]) -> dict[str, Any]:
    """The end of a scan.

    Parameters
    ----------
    summary : ScanSummary
    library : Path
        The catalogue's file.
    tracks : mapping
        Track id -> Track, for the typical ones.

    Returns
    -------
    dict
    """
    return {
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


def status_document(status: LibraryStatus) -> dict[str, Any]:
    """What a library holds.

    Parameters
    ----------
    status : LibraryStatus

    Returns
    -------
    dict
    """
    return {
        "library": str(status.path),
        "bytes": status.size,
        "roots": [str(root) for root in status.roots],
        "tracks": status.tracks,
        "gone": status.gone,
        "seconds": round(status.duration, 3),
        "encoder": status.encoder_id or None,
        "encoder_name": status.encoder_name,
        "encoder_origin": status.encoder_origin,
        "encoders": [{"encoder": id_, "name": name, "tracks": tracks} for id_, name, tracks in status.encoders],
        "clusters": len(status.clusters),
        "noise": status.noise,
        "notes": list(status.notes),
        "tagged": status.tagged,
        "imported": status.imported,
        "guesses": status.guesses,
        "values": dict(status.values),
        "problems": _problems(status.problems),
        "runs": len(status.runs),
    }


def _problems(problems: Sequence[Problem]) -> list[dict[str, Any]]:
    return [problem_document(problem) for problem in problems]
