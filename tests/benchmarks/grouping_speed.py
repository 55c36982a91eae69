"""What grouping a large made library costs: `python tests/benchmarks/grouping_speed.py LIBRARY [NEW] [options]`.

LIBRARY is a file of `made_library.py`; a copy of it is grouped anew, then NEW tracks (default: 1 %) are added and the
end of a scan is run again, as `scan` runs it (guesses, groups, names, what is usual around a track, the index). Then
genres are noted that `tag` would have written into 1 % of the files, and the end of a scan is run with nothing new; and
once more with as many new tracks. Each step is a process of its own. Told are CPU seconds, wall clock and peak memory,
for each stage. Before that, what the quicker ways above 20,000 and 30,000 tracks lose is measured on the library's
vectors: of the 20 nearest, the share that is found in cells; and the adjusted Rand index of clusters cut from the quick
tree and from hdbscan's own, each against the exact tree, at 4,000 tracks; `--only-grouping` leaves that out. With
`--most GB` no step can take more address space than that: it ends with a MemoryError instead.
"""

from __future__ import annotations

import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from musicemb.core.vectors.threads import products_in_one_thread
from musicemb.io.catalogue.catalogue import open_catalogue
from musicemb.io.system_resources import collection_paused
from musicemb.records import ScanStage

HERE = Path(__file__)
_KB = 1 if sys.platform == "darwin" else 1024
ASKED, TREE = 1500, 4000


def hold_to(gigabytes: float) -> None:
    """Let this process have no more address space than that."""
    most = int(gigabytes * 2**30)
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def peak() -> str:
    """The most memory that this process has held so far."""
    return f"peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _KB / 2**20:.0f} MB"


def regroup(library: Path, *, again: bool, came: bool) -> None:
    """The end of a scan, stage by stage; nothing has happened to files where no tracks came."""
    from musicemb.encoder.runtime.litert import load_encoder
    from musicemb.settings import ScanSettings
    from musicemb.workflows.library.indexing import EditionInputs, prepare_queries
    from musicemb.workflows.library.summary import regroup_library

    encoder = load_encoder(None)
    with open_catalogue(library) as catalogue:
        made: list[EditionInputs | None] = []

        def grouping() -> Iterator[ScanStage | str]:
            with catalogue.transaction(), collection_paused(), products_in_one_thread():  # as a scan ends
                kept = yield from regroup_library(
                    catalogue, encoder, ScanSettings(), altered=came, again=again, only_new=not again
                )
            made.append(kept)

        def index() -> Iterator[ScanStage]:
            yield from prepare_queries(catalogue, encoder, made.pop())

        for what, steps in (("", grouping()), ("index: ", index())):
            cpu, wall = time.process_time(), time.perf_counter()
            for step in steps:
                print(
                    f"  {what}{getattr(step, 'text', step)} from {time.process_time() - cpu:.1f} s of CPU on, {peak()}",
                    flush=True,
                )
            name = "the index and what it keeps" if what else "grouping and guessing"
            print(
                f"{name}: {time.process_time() - cpu:.1f} s of CPU, {time.perf_counter() - wall:.1f} s of wall clock, "
                f"{peak()}",
                flush=True,
            )


def tag(library: Path, number: int) -> None:
    """Note that guesses were written into files without a genre, as `tag` does."""
    from dataclasses import replace

    from musicemb.records import FoundFile

    with open_catalogue(library) as catalogue, catalogue.transaction():
        guessed = (track for track in catalogue.tracks() if track.guess is not None and not track.tags.genres)
        for track, _ in zip(guessed, range(number), strict=False):
            assert track.guess is not None
            tags = replace(track.tags, genres=track.guess.genres, our_genres=track.guess.genres)
            catalogue.retag_track(track.id, FoundFile(track.path, 2, 2), tags)


def add(library: Path, number: int, batch: str = "new") -> None:
    """Put new tracks into the library, as a scan stores what it has heard."""
    from dataclasses import replace

    from made_library import make_tracks

    from musicemb.records import FoundFile

    with open_catalogue(library) as catalogue, catalogue.transaction():
        encoder_id = catalogue.active_encoder or ""
        _, stored = catalogue.vectors(encoder_id)
        generator = np.random.default_rng([2, len(stored)])
        near = generator.choice(len(stored), number)
        for place, (track, _) in enumerate(make_tracks(number, stored.shape[1], generator)):
            vector = stored[near[place]] + 0.02 * generator.normal(size=stored.shape[1])  # like one that is there
            made = replace(
                track,
                file=FoundFile(Path(f"/music/{batch}/{place}.mp3").absolute(), 1, 1),
                payload_hash=f"{batch} {place}",
                vector=(vector / np.linalg.norm(vector)).astype(np.float32),
            )
            catalogue.put_track(made, encoder_id)


def compare(library: Path) -> None:
    """What the quicker ways lose."""
    from musicemb.core.clustering.hdbscan import blurring_mean_shift, mean_shift_neighbours
    from musicemb.core.clustering.matching import adjusted_rand_index
    from musicemb.core.vectors.cells import nearest_of_many
    from musicemb.core.vectors.neighbours import nearest
    from musicemb.core.vectors.pca import project
    from musicemb.encoder.runtime.litert import load_encoder

    with open_catalogue(library, read_only=True) as catalogue:
        _, vectors = catalogue.vectors(catalogue.active_encoder or "")
    generator = np.random.default_rng(0)
    began = time.process_time()
    found, _ = nearest_of_many(vectors, vectors, 20, own=np.arange(len(vectors)))
    quick = time.process_time() - began
    asked = generator.choice(len(vectors), min(ASKED, len(vectors)), replace=False)
    began = time.process_time()
    exact, _ = nearest(vectors[asked], vectors, 20, own=asked)
    whole = (time.process_time() - began) * len(vectors) / len(asked)
    recall = np.mean(
        [len(set(one) & set(two)) / 20 for one, two in zip(found[asked].tolist(), exact.tolist(), strict=True)]
    )
    print(
        f"20 nearest of {len(vectors):,}: {quick:.1f} s of CPU in cells, {whole:.0f} s exactly; {recall:.4f} are found"
    )
    points = project(
        vectors[generator.choice(len(vectors), min(TREE, len(vectors)), replace=False)], load_encoder(None).projection
    )

    for rounds in range(3):
        points = blurring_mean_shift(points, mean_shift_neighbours(len(points))) if rounds else points
        truth = cut(points, approx_min_span_tree=False)
        own, near = (adjusted_rand_index(truth, cut(points, memory=how)) for how in (None, Quick(points)))
        print(f"drawn together {rounds} times: ARI {near:.3f} from neighbours, {own:.3f} as hdbscan does")


class Quick:
    """Gives HDBSCAN its tree, by the door through which it asks for a cache."""

    def __init__(self, points: np.ndarray) -> None:
        self._points = points

    def cache(self, _: object) -> object:
        from musicemb.core.clustering.neighbour_tree import linkage_of_neighbours

        return lambda _rows, samples, *_rest, **_named: (linkage_of_neighbours(self._points, samples), None)


def cut(points: np.ndarray, **how: object) -> np.ndarray:
    """Clusters by hdbscan's plain setting."""
    from hdbscan import HDBSCAN
    from joblib import Memory

    how["memory"] = how.get("memory") or Memory(None, verbose=0)
    size = round(np.sqrt(len(points)) / 2)
    model = HDBSCAN(size, min_samples=5, core_dist_n_jobs=1, **how).fit(points.astype(np.float64))
    return np.asarray(model.labels_)


def main(library: Path, number: int | None, options: list[str]) -> None:
    """Print all figures."""
    if "--only-grouping" not in options:
        compare(library)
    with tempfile.TemporaryDirectory(dir=library.parent) as folder:
        copy = Path(folder) / "library.sqlite"
        shutil.copy(library, copy)
        with open_catalogue(copy) as catalogue:
            tracks = catalogue.totals(1e9).tracks
        print(f"{tracks:,} tracks grouped anew", flush=True)
        subprocess.run([sys.executable, HERE, str(copy), "--again", *options], check=True)
        new = number or tracks // 100
        add(copy, new)
        print(f"{new:,} tracks more", flush=True)
        subprocess.run([sys.executable, HERE, str(copy), "--new", *options], check=True)
        tag(copy, new)
        print(f"{new:,} tracks tagged, nothing new", flush=True)
        subprocess.run([sys.executable, HERE, str(copy), "--tagged", *options], check=True)
        tag(copy, new)
        add(copy, new, "later")
        print(f"{new:,} tracks tagged, {new:,} more", flush=True)
        subprocess.run([sys.executable, HERE, str(copy), "--new", *options], check=True)


if __name__ == "__main__":
    where, given = Path(sys.argv[1]).absolute(), sys.argv[2:]
    if "--most" in given:
        hold_to(float(given[given.index("--most") + 1]))
    if {"--again", "--new", "--tagged"} & {*given}:
        regroup(where, again="--again" in given, came="--tagged" not in given)
    else:
        main(where, int(given.pop(0)) if given and given[0].isdigit() else None, given)
