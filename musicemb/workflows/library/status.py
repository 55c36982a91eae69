"""The status of a library, and the removal of tracks that are gone or unwanted."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from musicemb.errors import LibraryRootError
from musicemb.records import NOISE, Forgetting, LibraryStatus
from musicemb.workflows.clustering.listing import clustering_notes, list_clusters
from musicemb.workflows.index.summaries import cluster_sizes, count_values, genre_counts, track_totals
from musicemb.workflows.library.roots import Places, make_absolute

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from musicemb.io.catalogue.catalogue import Catalogue


def library_status(catalogue: Catalogue) -> LibraryStatus:
    """The status of the library.

    Parameters
    ----------
    catalogue : Catalogue
        May be read-only.

    Returns
    -------
    LibraryStatus
    """
    active = catalogue.active_encoder or ""
    encoders = tuple(catalogue.encoders())
    totals = track_totals(catalogue)
    mixes = 0 if catalogue.with_mixes else totals.mixes
    words = genre_counts(catalogue)
    clusters = tuple(list_clusters(catalogue))
    try:
        size = catalogue.path.stat().st_size
    except OSError:
        size = 0
    return LibraryStatus(
        path=catalogue.path,
        size=size,
        read_only=catalogue.read_only,
        roots=tuple(catalogue.roots()),
        tracks=totals.tracks,
        gone=totals.gone,
        duration=totals.seconds,
        encoder_id=active,
        encoder_name=next((name for known, name, _ in encoders if known == active), ""),
        encoder_origin=_find_origin(active),
        encoders=encoders,
        clusters=clusters,
        noise=cluster_sizes(catalogue, active).get(NOISE, 0) if clusters else 0,
        tagged=sum(n for tags, _, n in words if tags.listener_genres),
        imported=sum(n for tags, _, n in words if tags.imported),
        guesses=sum(n for tags, guessed, n in words if guessed and not tags.listener_genres),
        problems=tuple(catalogue.problems()),
        runs=tuple(sorted(catalogue.runs(), key=lambda run: -run.id)),
        values=count_values(catalogue),
        notes=tuple(clustering_notes(catalogue.clustering(active), mixes)) if clusters else (),
    )


def _find_origin(encoder_id: str) -> str:
    from musicemb.encoder.runtime.bundle import read_bundle
    from musicemb.workflows.library.encoder_choice import find_shipped

    folder = find_shipped(encoder_id) if encoder_id else None
    trunk = None if folder is None else read_bundle(folder, verify=False).about.get("trunk")
    return f"{trunk['name']}, {trunk['licence']}" if trunk else ""


def forget_gone(catalogue: Catalogue) -> int:
    """Drop the tracks whose files are gone, for good; what was written to tags stays in the journal.

    Parameters
    ----------
    catalogue : Catalogue

    Returns
    -------
    int
        How many were dropped.

    Raises
    ------
    CatalogueError
        Where the catalogue cannot be written, or another process scans it: its scan would bring them back.
    """
    with catalogue.holding():
        return catalogue.forget_gone()


def plan_forgetting(catalogue: Catalogue, paths: Sequence[str | Path]) -> Forgetting:
    """Plan the removal of some folders or files; nothing is changed.

    Parameters
    ----------
    catalogue : Catalogue
        May be read-only.
    paths : sequence of str or Path
        They need not be there any more; "~" is the home folder.

    Returns
    -------
    Forgetting

    Raises
    ------
    LibraryRootError
        Where the library knows nothing of one of them.
    """
    named = [make_absolute(path) for path in paths]
    tracks, problems, roots = catalogue.tracks(include_gone=True), catalogue.problems(), catalogue.roots()
    known = [*(track.path for track in tracks), *(problem.path for problem in problems), *roots]
    for path in named:
        if not any(map(Places([path]).hold, known)):
            raise LibraryRootError(
                f"{path}: the library holds nothing from there (musicemb status shows what was scanned)"
            )
    place = Places(named)
    dropped = [root for root in roots if place.hold(root)]
    kept = Places(root for root in roots if root not in dropped)
    return Forgetting(
        tracks=tuple(track.id for track in tracks if place.hold(track.path)),
        problems=tuple(problem.path for problem in problems if place.hold(problem.path)),
        roots=tuple(dropped),
        back=tuple(path for path in named if kept.hold(path) and os.access(path, os.F_OK)),
    )


def forget_places(catalogue: Catalogue, plan: Forgetting) -> None:
    """Drop what `plan_forgetting` found: all of it, or nothing. No file is touched.

    Parameters
    ----------
    catalogue : Catalogue
    plan : Forgetting

    Raises
    ------
    CatalogueError
        Where the catalogue cannot be written, or another process scans it.
    """
    with catalogue.holding(), catalogue.transaction():
        catalogue.forget_tracks(plan.tracks)
        catalogue.clear_problems(plan.problems)
        for root in plan.roots:
            catalogue.remove_root(root)
