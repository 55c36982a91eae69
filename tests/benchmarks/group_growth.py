"""Do groups depend on the order of scans? Libraries that grew against the same library scanned fresh.

    python tests/benchmarks/group_growth.py --data DIR [--encoder BUNDLE | --vectors FILE]

All tracks of panda's train and val and of emotify, grouped as a scan does
(`workflows.clustering.cluster.group_library`, with a catalogue of their vectors): in ten steps, artist by artist in
small folders, and after removals (a third more than the library came and left again); each with several orders.
Adjusted Rand index over the tracks that are grouped both times, difference of coverage, and the share of tracks whose
group has the same name both times. `--vectors` as in words.py. The split `test` is never looked at.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from words import describe

from musicemb.io.catalogue.catalogue import Catalogue, open_catalogue
from musicemb.records import NOISE, EmbeddedTrack, Example, FoundFile, Projection, TrackTags
from musicemb.workflows.clustering.cluster import group_library
from musicemb.workflows.datasets.examples import read_examples

ENCODER = "benchmark"


class Library:
    """A catalogue that holds some of the tracks."""

    def __init__(self, folder: str, examples: list[Example], vectors: np.ndarray, projection: Projection) -> None:
        self.catalogue: Catalogue = open_catalogue(Path(folder) / "c.sqlite")
        self.catalogue.set_active_encoder(ENCODER, ENCODER)
        self.examples, self.vectors, self.projection = examples, vectors, projection

    def add(self, rows: np.ndarray) -> None:
        with self.catalogue.transaction():
            for row in rows.tolist():
                example = self.examples[row]
                words = (example.label,) if example.label else ()
                tags = TrackTags(example.group, f"{row}", genres=words)
                file = FoundFile(Path(f"/{row}.mp3").absolute(), 1, 1)
                track = EmbeddedTrack(file, f"{row}", tags, 60.0, "", self.vectors[row], 1.0, None)
                self.catalogue.put_track(track, ENCODER)

    def remove(self, rows: np.ndarray) -> None:
        gone = set(rows.tolist())
        self.catalogue.mark_gone([t.id for t in self.catalogue.tracks() if int(t.payload_hash) in gone])

    def group(self) -> tuple[np.ndarray, list[str], str]:
        how = group_library(self.catalogue, ENCODER, self.projection).how
        labels = np.full(len(self.examples), NOISE)
        names = [""] * len(self.examples)
        named = {cluster.id: cluster.name for cluster in self.catalogue.clusters(ENCODER)}
        for track in self.catalogue.tracks(encoder_id=ENCODER):
            labels[int(track.payload_hash)] = NOISE if track.cluster is None else track.cluster
            names[int(track.payload_hash)] = named.get(track.cluster or 0, "")
        return labels, names, how


def histories(
    examples: list[Example], seed: int
) -> Iterator[tuple[str, np.ndarray, list[tuple[np.ndarray, np.ndarray]]]]:
    """Name, the tracks in the end, and what comes and goes at each step."""
    rng = np.random.default_rng(seed)
    groups = sorted({example.group for example in examples})
    of = {group: np.array([row for row, one in enumerate(examples) if one.group == group]) for group in groups}
    order = [of[groups[place]] for place in rng.permutation(len(groups))]
    none = np.zeros(0, dtype=np.int64)
    everything = np.concatenate(order)
    yield "ten steps", everything, [(part, none) for part in np.array_split(everything, 10)]
    folders, held = [], none
    for part in order:  # folders of 20 tracks
        held = np.concatenate([held, part])
        if len(held) >= 20:
            folders.append((held, none))
            held = none
    yield "folder by folder", everything, [*folders, *([(held, none)] if len(held) else [])]
    kept, extra = everything[: 3 * len(everything) // 4], everything[3 * len(everything) // 4 :]
    yield (
        "after removals",
        kept,
        [(everything, none), (none, extra[: len(extra) // 2]), (none, extra[len(extra) // 2 :])],
    )


def main() -> None:
    from sklearn.metrics import adjusted_rand_score

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--encoder", default="tile2vec")
    parser.add_argument("--vectors", type=Path)
    parser.add_argument("--draws", type=int, default=3)
    arguments = parser.parse_args()
    examples = [
        one
        for one in read_examples(arguments.data)
        if one.split in ("train", "val") and one.corpus in ("panda", "emotify")
    ]
    vectors, projection = describe(examples, arguments.encoder, arguments.vectors)
    for seed in range(arguments.draws):
        for name, kept, steps in histories(examples, seed):
            with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
                grown, fresh = (Library(folder, examples, vectors, projection) for folder in (one, other))
                hows = []
                for come, go in steps:
                    grown.add(come)
                    if len(go):
                        grown.remove(go)
                    labels, names, how = grown.group()
                    hows.append(how)
                fresh.add(np.sort(kept))
                anew, new_names, _ = fresh.group()
                both = kept[(labels[kept] != NOISE) & (anew[kept] != NOISE)]
                score = adjusted_rand_score(anew[both], labels[both])
                cover = (labels[kept] != NOISE).mean() - (anew[kept] != NOISE).mean()
                same = np.mean([names[row] == new_names[row] for row in both])
                ways = {how: hows.count(how) for how in sorted(set(hows))}
                print(
                    f"{seed} {name:17} ARI {score:.3f}  coverage {cover:+.3f}  names {same:.3f}  last {hows[-1]} {ways}"
                )
                grown.catalogue.close()
                fresh.catalogue.close()


if __name__ == "__main__":
    main()
