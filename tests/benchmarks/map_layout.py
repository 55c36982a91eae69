"""What the map costs and how much it keeps: `python tests/benchmarks/map_layout.py [TRACKS...] [--umap]`.

Vectors are made: artists scattered around styles, in 128 dimensions. For each size: seconds to find the nearest and to
lay out, the share of the 8 nearest of a track that are among its 30 nearest on the map, and how far tracks move (mean
distance over the map's radius) when 10 % are added (placed), 40 % are added (laid out again), and 40 % are added
without the old layout as a start; then page size and seconds to write it.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from musicemb.core.vectors.neighbours import nearest
from musicemb.core.vectors.tsne import align_to, lay_out, place_among
from musicemb.records import Colouring, MapGroup, MusicMap, Track, TrackTags
from musicemb.settings import MAP_COLOURS, MapSettings

SETTINGS = MapSettings()
STYLES = 30
WORDS = (
    "night", "river", "gold", "silver", "blue", "city", "heart", "road",
    "summer", "winter", "dance", "fire", "rain", "stone", "moon", "light",
)  # fmt: skip


def make_vectors(count: int, seed: int = 0) -> tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.int64]]:
    """Unit vectors with each track's style and artist."""
    random = np.random.default_rng(seed)
    styles = random.normal(size=(STYLES, 12))
    artists = max(count // 12, 1)
    style_of = random.choice(STYLES, artists, p=random.dirichlet(np.ones(STYLES) * 2))
    centres = styles[style_of] + random.normal(size=(artists, 12)) * 0.5
    artist = random.integers(0, artists, count)
    hidden = centres[artist] + random.normal(size=(count, 12)) * 0.45
    vectors = hidden @ random.normal(size=(12, 128)) + random.normal(size=(count, 128)) * 0.9
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32), style_of[artist], artist


def finish(steps: Generator[tuple[int, int], None, NDArray[np.float64]]) -> NDArray[np.float64]:
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def laid(vectors: NDArray[np.float32], start: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
    found, cosines = nearest(vectors, vectors, int(3 * SETTINGS.perplexity) + 1, own=np.arange(len(vectors)))
    threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
    threads = threads if len(vectors) >= SETTINGS.threads_from else 1
    return finish(lay_out(vectors, found, cosines, np.random.default_rng(1), SETTINGS, start=start, threads=threads))


def kept(positions: NDArray[np.float64], found: NDArray[np.int64], asked: int = 2000) -> float:
    return kept_of(positions, found, np.random.default_rng(0).permutation(len(positions))[:asked])


def drift(positions: NDArray[np.float64], old: NDArray[np.float64]) -> float:
    radius = np.sqrt(((old - old.mean(axis=0)) ** 2).sum(axis=1).mean())
    return float(np.sqrt(((positions - old) ** 2).sum(axis=1)).mean() / radius)


def make_map(count: int) -> MusicMap:
    """A library of that size, as the command would have it."""
    vectors, style, artist = make_vectors(count)
    found, cosines = nearest(vectors, vectors, 8, own=np.arange(count))
    random = np.random.default_rng(2)
    tracks = []
    for number in range(count):
        by, album = f"The {WORDS[artist[number] % 16].title()} {artist[number]}", f"Album {artist[number]}-{number % 3}"
        title = " ".join(random.choice(WORDS, 3)).title()
        path = Path(f"/home/ann/Music/{by}/{album}/{number % 14 + 1:02} {title}.mp3")
        genres = (f"Style {style[number]}",) if number % 5 else ()
        tracks.append(Track(number + 1, path, TrackTags(by, title, album, genres), 200.0, f"{number:040x}"))
    sizes = np.bincount(style, minlength=STYLES)
    order = np.argsort(-sizes)
    places = np.argsort(order)
    groups = tuple(
        MapGroup(f"Style {number}", int(sizes[number]), MAP_COLOURS[place % len(MAP_COLOURS)])
        for place, number in enumerate(order)
        if sizes[number]
    )
    colouring = Colouring(groups, places[style])
    colourings = {"cluster": colouring, "genre": colouring}
    return MusicMap(tuple(tracks), laid(vectors), found, cosines, colourings, "laid out", count)


def measure(count: int, umap: bool) -> None:
    vectors, _, _ = make_vectors(count)
    begun = time.perf_counter()
    found, cosines = nearest(vectors, vectors, int(3 * SETTINGS.perplexity) + 1, own=np.arange(count))
    searched = time.perf_counter()
    positions = laid(vectors)
    print(
        f"{count:7,} tracks: nearest {searched - begun:.1f} s, layout {time.perf_counter() - searched:.1f} s with "
        f"the nearest found once more; neighbours kept {kept(positions, found):.2f}",
        flush=True,
    )
    if umap:
        import umap as library

        begun = time.perf_counter()
        own = np.arange(count)[:, None]
        knn = (np.hstack([own, found[:, :14]]), np.hstack([0 * own, 1 - cosines[:, :14]]).astype(np.float32), None)
        other = library.UMAP(precomputed_knn=knn, metric="cosine", random_state=1).fit_transform(vectors)
        print(f"         UMAP: layout {time.perf_counter() - begun:.1f} s; neighbours kept {kept(other, found):.2f}")
    if count <= 10_000:
        for share in (0.1, 0.4):
            old = int(count / (1 + share))
            before, generator = laid(vectors[:old]), np.random.default_rng(1)
            placed = np.vstack([before, place_among(vectors[old:], vectors[:old], before, generator)])
            known = np.arange(count) < old
            if share < SETTINGS.relayout_share:
                fresh = np.flatnonzero(~known)
                print(
                    f"         {share:.0%} added: moved 0, neighbours kept of the new "
                    f"{kept_of(placed, found, fresh):.2f}"
                )
                continue
            again, anew = align_to(laid(vectors, placed), placed, known), align_to(positions, placed, known)
            print(
                f"         {share:.0%} added: moved {drift(again[:old], before):.2f} radii (from nothing "
                f"{drift(anew[:old], before):.2f}), neighbours kept {kept(again, found):.2f}"
            )


def kept_of(positions: NDArray[np.float64], found: NDArray[np.int64], rows: NDArray[np.int64]) -> float:
    from sklearn.neighbors import NearestNeighbors

    _, near = NearestNeighbors(n_neighbors=31).fit(positions).kneighbors(positions[rows])
    return float(np.mean([len(set(near[i]) & set(found[row][:8])) / 8 for i, row in enumerate(rows)]))


def write_page(count: int, folder: Path) -> None:
    from musicemb.web.page import render_page

    music = make_map(count)
    begun = time.perf_counter()
    page = render_page(replace(music, how="kept"))
    (folder / f"map-{count}.html").write_bytes(page)
    seconds = time.perf_counter() - begun
    print(f"         page {len(page) / 1e6:.2f} MB, made in {seconds:.1f} s: {folder}/map-{count}.html")


if __name__ == "__main__":
    sizes = [int(word) for word in sys.argv[1:] if word.isdigit()] or [1000, 10_000]
    for size in sizes:
        if "--page" not in sys.argv:
            measure(size, "--umap" in sys.argv)
        write_page(size, Path(os.environ.get("TMPDIR", "/tmp")))
