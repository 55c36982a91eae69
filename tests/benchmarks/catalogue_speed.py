"""How fast a catalogue of many tracks is stored and loaded: `python tests/benchmarks/catalogue_speed.py [TRACKS]`."""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from musicemb.io.catalogue.catalogue import Catalogue, open_catalogue
from musicemb.records import NOISE, Cluster, EmbeddedTrack, FoundFile, Guess, SegmentVectors, TrackTags

ENCODERS = ("aaaaaaaaaaaa", "bbbbbbbbbbbb")
DIMENSIONS = 128
SEGMENTS = 60
GENRES = ("Rock", "Jazz", "Hip-Hop", "Electronic", "Folk", "Classical", "Pop Rock", "Ambient")


@contextmanager
def timed(what: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{what:<46} {time.perf_counter() - start:8.2f} s   peak {peak:5.0f} MB")


def make_track(number: int, generator: np.random.Generator, segments: int) -> EmbeddedTrack:
    vector = generator.normal(size=DIMENSIONS).astype(np.float32)
    vectors = SegmentVectors(
        np.arange(segments, dtype=np.float32) * 4,
        generator.integers(-127, 128, (segments, DIMENSIONS), dtype=np.int8),
        np.ones(segments, np.float32),
    )
    artist, album = number // 120, number // 12
    return EmbeddedTrack(
        FoundFile(Path(f"/music/Artist {artist}/Album {album}/{number % 12:02} Title {number}.mp3"), 9_000_000, number),
        f"{number:040x}",
        TrackTags(f"Artist {artist}", f"Title {number}", f"Album {album}", (GENRES[artist % len(GENRES)],)),
        240.0,
        "soundfile",
        vector / np.linalg.norm(vector),
        0.8,
        vectors if segments else None,
    )


def fill(catalogue: Catalogue, tracks: int, encoder: str, segments: int) -> None:
    generator = np.random.default_rng(1)
    with catalogue.transaction():
        for number in range(tracks):
            catalogue.put_track(make_track(number, generator, segments), encoder)


def measure(tracks: int, folder: Path) -> None:
    path = folder / "library.sqlite"
    with open_catalogue(path) as catalogue:
        with timed(f"put {tracks} tracks, {SEGMENTS} segments each, at once"):
            fill(catalogue, tracks, ENCODERS[0], SEGMENTS)
        with timed("a second encoder beside the first, no segments"):
            fill(catalogue, tracks, ENCODERS[1], 0)
        catalogue.set_active_encoder(ENCODERS[0], "tile2vec")
        ids = [track.id for track in catalogue.tracks()]
        with timed("put clusters and guesses"):
            clusters = [Cluster(number, f"cluster {number}", 50, tuple(ids[:3])) for number in range(200)]
            labels = {track: (track % 200 if track % 3 else NOISE, 0.5, track % 200) for track in ids}
            catalogue.put_clusters(ENCODERS[0], clusters, labels)
            catalogue.put_guesses(ENCODERS[0], {track: Guess(("Jazz",), 0.8, "neighbours") for track in ids})
        generator = np.random.default_rng(2)
        with timed("put 100 tracks, a transaction each"):
            for number in range(100):
                catalogue.put_track(make_track(tracks + number, generator, SEGMENTS), ENCODERS[0])
        with timed("mark all gone and back"):
            catalogue.mark_gone(ids)
            catalogue.mark_found(ids)
    with timed("open to read"):
        catalogue = open_catalogue(path, read_only=True)
    with catalogue:
        with timed("tracks()"):
            catalogue.tracks()
        with timed("vectors()"):
            catalogue.vectors(ENCODERS[0])
        with timed("known_files()"):
            catalogue.known_files(ENCODERS[0])
        with timed("homogeneities()"):
            catalogue.homogeneities(ENCODERS[0])
        with timed("clusters(), counts(), encoders()"):
            catalogue.clusters(ENCODERS[0]), catalogue.counts(), catalogue.encoders()
        with timed("1000 times track_at()"):
            for number in range(1000):
                assert catalogue.track_at(make_track(number, generator, 0).file.path)
    print(f"{'size of the file':<46} {path.stat().st_size / 1e6:8.0f} MB")
    with open_catalogue(path) as catalogue, timed("delete_vectors() of the first encoder"):
        catalogue.delete_vectors(ENCODERS[0])


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        measure(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000, Path(name))
