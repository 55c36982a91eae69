"""What `scan --fast` loses: python tests/benchmarks/fast_quality.py --data COLLECTION [--library FOLDER]

The collection's pieces last half a minute, so that `--fast` would hear them whole: here it hears N excerpts of about
four seconds, 2 of them being as little of a piece as five are of what a scan hears of four minutes. precision@5 on
the labelled tracks of panda's `val` against other artists (95 % intervals: bootstrap over artists), and how many of
the five nearest are those of the full listening. With --library: cosine and nearest tracks of whole songs in a folder.
"""

from __future__ import annotations

import argparse
import csv
import sys
from pathlib import Path

import numpy as np

from musicemb.core.evaluation.retrieval import precision_at
from musicemb.encoder.runtime.litert import load_encoder
from musicemb.io.audio.parts import excerpts
from musicemb.records import EmbeddedTrack, Encoder, FoundFile
from musicemb.settings import FAST_EXCERPTS, ScanSettings
from musicemb.workflows.embedding.embed import embed_file

DRAWS = 2000


def embed(paths: list[Path], encoder: Encoder, count: int) -> np.ndarray:
    vectors = []
    for path in paths:
        track = embed_file(FoundFile.from_status(path, path.stat()), encoder, settings=ScanSettings(excerpts=count))
        assert isinstance(track, EmbeddedTrack), track
        vectors.append(track.vector)
    return np.stack(vectors)


def nearest(vectors: np.ndarray, k: int) -> np.ndarray:
    scores = vectors @ vectors.T
    np.fill_diagonal(scores, -np.inf)
    return np.argsort(-scores, axis=1)[:, :k]


def agreement(one: np.ndarray, other: np.ndarray, k: int) -> float:
    pairs = zip(nearest(one, k), nearest(other, k), strict=True)
    return float(np.mean([len(set(a) & set(b)) / k for a, b in pairs]))


def interval(values: np.ndarray, artists: list[str]) -> str:
    names = sorted(set(artists))
    rows = [[place for place, artist in enumerate(artists) if artist == name] for name in names]
    rng = np.random.default_rng(0)
    means = []
    for _ in range(DRAWS):
        drawn = [place for number in rng.integers(0, len(names), len(names)) for place in rows[number]]
        means.append(float(values[drawn].mean()))
    low, high = np.percentile(means, (2.5, 97.5))
    return f"{values.mean():.3f} ({low:.3f} to {high:.3f})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--library", type=Path)
    parser.add_argument("--excerpts", type=int, nargs="*", default=[2, 4])
    parser.add_argument("--encoder", default=None)
    arguments = parser.parse_args()
    encoder = load_encoder(arguments.encoder)
    with (arguments.data / "tracks.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["corpus"] == "panda" and row["split"] == "val"]
    paths = [arguments.data / row["path"] for row in rows]
    labelled = [place for place, row in enumerate(rows) if row["genre"]]
    genres = [rows[place]["genre"] for place in labelled]
    artists = [rows[place]["artist"] for place in labelled]
    whole = embed(paths, encoder, 0)
    full = precision_at(whole[labelled], genres, artists)
    print(f"panda val, {len(rows)} tracks, {len(labelled)} labelled: precision@5 {interval(full, artists)}, all heard")
    excerpts._SHARE = 1.0
    for count in arguments.excerpts:
        part = embed(paths, encoder, count)
        found = precision_at(part[labelled], genres, artists)
        cosines = np.sum(whole * part, axis=1)
        print(
            f"{count} excerpts: precision@5 {interval(found, artists)},"
            f" minus all heard {interval(found - full, artists)};"
            f" of the five nearest {agreement(whole, part, 5):.2f} are the same; cosine {np.median(cosines):.3f}"
            f" (lowest {cosines.min():.3f})"
        )
    if arguments.library:
        excerpts._SHARE = 0.5
        songs = sorted(path for path in arguments.library.rglob("*") if path.suffix in (".mp3", ".flac", ".opus"))
        whole, part = embed(songs, encoder, 0), embed(songs, encoder, FAST_EXCERPTS)
        cosines = np.sum(whole * part, axis=1)
        mixed = np.argmax(part @ whole.T, axis=1) == np.arange(len(songs))
        print(
            f"{len(songs)} whole songs, {FAST_EXCERPTS} excerpts: cosine {np.median(cosines):.3f} (lowest"
            f" {cosines.min():.3f}); nearest of the full listenings is its own for {mixed.sum()}; of the three nearest"
            f" {agreement(whole, part, 3):.2f} are the same"
        )


if __name__ == "__main__":
    sys.exit(main())
