"""Made libraries of any size, as a scan leaves them, for measuring and tormenting the server."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from musicemb.io.catalogue.catalogue import Catalogue, open_catalogue
from musicemb.records import Cluster, EmbeddedTrack, FoundFile, TrackTags
from musicemb.workflows.similarity.library_vectors import store_neighbourhood_stats

GROUPS, DIMENSIONS, ENCODER = 60, 128, "made00000000"
CENTRES = np.random.default_rng(0).normal(size=(GROUPS, DIMENSIONS))


def make_library(path: Path, tracks: int, *, files: Path | None = None) -> None:
    """Twelve tracks an artist, sixty groups; what is usual around each track is computed, as a scan does.

    Parameters
    ----------
    path : Path
        The catalogue.
    tracks : int
    files : Path, optional
        Folder in which the first ten get files.
    """
    with open_catalogue(path) as catalogue:
        catalogue.set_active_encoder(ENCODER, "made")
        with catalogue.transaction():
            labels = {
                _put(catalogue, number, files): (number % GROUPS, 0.9, number % GROUPS) for number in range(tracks)
            }
            groups = [Cluster(at, f"Group {at}", tracks // GROUPS) for at in range(GROUPS)]
            catalogue.put_clusters(ENCODER, groups, labels)
        store_neighbourhood_stats(catalogue, ENCODER)


def grow(path: Path, number: int) -> int:
    """Add a track, as a scan does while the library is served.

    Parameters
    ----------
    path : Path
    number : int
        How many there are.

    Returns
    -------
    int
        One.
    """
    with open_catalogue(path) as catalogue:
        _put(catalogue, number, None)
    return 1


def _put(catalogue: Catalogue, number: int, files: Path | None) -> int:
    generator = np.random.default_rng(number)
    vector = (CENTRES[number % GROUPS] + 0.9 * generator.normal(size=DIMENSIONS)).astype(np.float32)
    artist = number // 12
    path = (files or Path("/music")) / f"Artist {artist}" / f"Album {artist}" / f"{number:06d}.mp3"
    if files is not None and number < 10:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"sound" * 1000)
    tags = TrackTags(f"Artist {artist}", f"Song {number}", f"Album {artist}", ("Rock",) if number % 3 else ())
    unit = vector / np.linalg.norm(vector)
    track = EmbeddedTrack(
        FoundFile(path, 5000, 1), f"{number:040x}", tags, 180.0 + number % 120, "made", unit, 0.9, None
    )
    return catalogue.put_track(track, ENCODER)
