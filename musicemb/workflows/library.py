"""What the library holds, and the dropping of tracks that are gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from musicemb.records import NOISE, LibraryStatus
from musicemb.workflows.cluster import list_clusters
from musicemb.workflows.summarise import clustering_notes, has_guess

if TYPE_CHECKING:
    from musicemb.io.catalogue import Catalogue


def library_status(catalogue: Catalogue) -> LibraryStatus:
    """What the library holds.

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
    tracks = catalogue.tracks()
    mixes = 0 if catalogue.with_mixes else sum(track.is_mix for track in tracks)
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
        tracks=len(tracks),
        gone=catalogue.counts()["gone"],
        duration=sum(track.duration for track in tracks),
        encoder_id=active,
        encoder_name=next((name for known, name, _ in encoders if known == active), ""),
        encoders=encoders,
        clusters=clusters,
        noise=sum(track.cluster == NOISE for track in tracks) if clusters else 0,
        tagged=sum(bool(track.tags.listener_genres) for track in tracks),
        guesses=sum(has_guess(track) for track in tracks),
        problems=tuple(catalogue.problems()),
        runs=tuple(sorted(catalogue.runs(), key=lambda run: -run.id)),
        notes=tuple(clustering_notes(catalogue.clustering(active), mixes)) if clusters else (),
    )


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
        Where the catalogue cannot be written.
    """
    return catalogue.forget_gone()
