"""Clusters of real music: do they hold the genres, and do tracks stay where they were when the library changes?

    python tests/benchmarks/cluster_stability.py --data DIR [--encoder BUNDLE] [--draws 10] [--out FILE]

Tracks are all of the data's train and val, with or without a label; the product groups them as a scan does
(`workflows.clustering.cluster.group_library`, with a catalogue of their vectors). Against panda's counted classes:
AMI with every noise track a cluster of its own, and over clustered tracks only, with coverage and the largest share;
beside it k-means with as many clusters in the same space, and both on MFCC statistics. A shipped encoder was taught
with the labels of `train`, so AMI stands a second time over val's labels only.

Stability: a tenth of the artists, drawn anew each time, is added to the library without them, or leaves it; 10 draws
each. Of the tracks that are in a cluster before and after, the share that keeps its id, with the adjusted Rand index; a
draw with a degenerate result is told and not counted. "few" adds 3 % of the artists: less than makes a scan cluster
again, so what was there stays as it was. "fresh" is what clustering without looking at the earlier grouping would
keep, after the best matching of old and new.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from musicemb.core.clustering.hdbscan import Forest, settings_to_try
from musicemb.core.clustering.matching import match_clusters
from musicemb.core.clustering.modularity import find_modularity, neighbour_graph
from musicemb.core.clustering.selection import cluster_vectors, find_fault
from musicemb.core.evaluation.bootstrap import bootstrap
from musicemb.core.evaluation.clustering_scores import grouping_facts, grouping_statistics, k_means, mutual_information
from musicemb.core.evaluation.probes import standardise
from musicemb.core.vectors.pca import fit_projection, project
from musicemb.datasets.classes import eligible_classes, fold_classes
from musicemb.encoder.runtime.litert import load_encoder
from musicemb.io.catalogue.catalogue import Catalogue, open_catalogue
from musicemb.records import NOISE, EmbeddedTrack, Example, FoundFile, Projection, TrackTags
from musicemb.workflows.clustering.cluster import group_library
from musicemb.workflows.datasets.examples import read_examples
from musicemb.workflows.embedding.dataset_vectors import DescribedFile, EncoderVector, MfccVector, describe_files
from musicemb.workflows.evaluation.collect import default_cache

ENCODER, SHARE, FEW, COMPONENTS = "benchmark", 0.1, 0.03, 16
DRAWS = 100
"""Halves of the artists, for intervals: a draw costs a table of mutual information."""


@dataclass
class Library:
    """A catalogue that holds some of the tracks."""

    catalogue: Catalogue
    examples: list[Example]
    vectors: np.ndarray
    projection: Projection

    def add(self, rows: np.ndarray) -> None:
        with self.catalogue.transaction():
            for row in rows.tolist():
                tags = TrackTags(self.examples[row].group, f"{row}")
                file = FoundFile(Path(f"/{row}.mp3").absolute(), 1, 1)
                embedded = EmbeddedTrack(file, f"{row}", tags, 60.0, "", self.vectors[row], 1.0, None)
                self.catalogue.put_track(embedded, ENCODER)

    def remove(self, rows: np.ndarray) -> None:
        gone = set(rows.tolist())
        self.catalogue.mark_gone([t.id for t in self.catalogue.tracks() if int(t.payload_hash) in gone])

    def group(self) -> tuple[np.ndarray, str, str]:
        """Cluster ids of all examples (NOISE also where a track is not there), how, and what is wrong."""
        grouping = group_library(self.catalogue, ENCODER, self.projection)
        labels = np.full(len(self.examples), NOISE)
        for track in self.catalogue.tracks(encoder_id=ENCODER):
            labels[int(track.payload_hash)] = NOISE if track.cluster is None else track.cluster
        return labels, grouping.how, grouping.clustering.fault


def describe(extractor: object, examples: list[Example]) -> np.ndarray:
    """Track vectors in the order of the examples."""
    done = describe_files([e.path for e in examples], extractor, cache=default_cache())
    found = {event.path: event.vectors[0] for event in done if isinstance(event, DescribedFile)}
    return np.stack([found[example.path] for example in examples])


def against_genres(space: np.ndarray, examples: list[Example], classes: tuple[str, ...]) -> dict[str, object]:
    """Clusters of a space, and k-means with as many, against labels."""
    result = cluster_vectors(space)
    facts = grouping_facts(result.labels)
    means = k_means(space, max(2, result.count))
    document: dict[str, object] = {
        "setting": str(result.setting),
        "plain setting": result.turned_down or "fit",
        "degenerate": result.degenerate,
        "clusters": result.count,
        "coverage": round(1 - result.noise_share, 3),
        "largest share": round(facts["largest share"], 3),
        "k-means largest share": round(grouping_facts(means)["largest share"], 3),
    }
    for name, splits in (("train+val", ("train", "val")), ("val", ("val",))):
        rows = [i for i, e in enumerate(examples) if e.label in classes and e.corpus == "panda" and e.split in splits]
        labels, groups = [examples[row].label for row in rows], [examples[row].group for row in rows]
        found = grouping_statistics(labels, result.labels[rows])
        found["AMI k-means"] = grouping_statistics(labels, means[rows])["AMI"]
        drawn = {key: bootstrap(one, groups, draws=DRAWS, halves=True) for key, one in found.items()}
        document[name] = {"tracks": len(rows)} | {key: str(figure) for key, figure in drawn.items()}
    return document


def order_of_settings(space: np.ndarray, examples: list[Example], classes: tuple[str, ...]) -> float:
    """Rank correlation of modularity and AMI over all settings."""
    from scipy.stats import spearmanr

    rows = [i for i, e in enumerate(examples) if e.label in classes and e.corpus == "panda"]
    labels, graph, forest, pairs = [examples[row].label for row in rows], neighbour_graph(space), Forest(space), []
    for setting in settings_to_try(len(space)):
        found, _ = forest.cut(setting)
        pairs.append((find_modularity(graph, found), mutual_information(labels, found[rows])))
    return float(spearmanr(*np.array(pairs).T)[0])


def compare(before: np.ndarray, after: np.ndarray) -> tuple[float, float]:
    """Share that keeps its id, and adjusted Rand index, of tracks in a cluster both times."""
    from sklearn.metrics import adjusted_rand_score

    both = (before != NOISE) & (after != NOISE)
    return float((before[both] == after[both]).mean()), float(adjusted_rand_score(before[both], after[both]))


def stability(library: Library, how: str, draws: int, classes: tuple[str, ...]) -> dict[str, object]:
    """One way to change the library, several times."""
    examples, everyone = library.examples, np.arange(len(library.examples))
    groups = np.array([e.group for e in examples])
    artists = np.unique(groups)
    labelled = np.array([e.label in classes and e.corpus == "panda" for e in examples])
    kept, fresh_kept, notes, amis = [], [], [], []
    for seed in range(draws):
        order = np.random.default_rng(seed).permutation(artists)
        count = round((FEW if how == "few" else SHARE) * len(artists))
        some = np.flatnonzero(np.isin(groups, order[:count]))
        rest = np.setdiff1d(everyone, some)
        with tempfile.TemporaryDirectory() as folder, open_catalogue(Path(folder) / "library.sqlite") as catalogue:
            here = Library(catalogue, examples, library.vectors, library.projection)
            here.add(everyone if how == "removed" else rest)
            before, _, fault = here.group()
            if how == "removed":
                here.remove(some)
            else:
                here.add(some)
            after, way, later_fault = here.group()
        now = rest if how == "removed" else everyone
        if way != ("joined" if how == "few" else "grouped"):
            notes.append(f"draw {seed}: {way}, {len(some)} tracks")
        if fault or later_fault:
            notes.append(f"draw {seed}: {fault or later_fault}")
            continue
        fresh = np.full(len(examples), NOISE)
        fresh[now] = cluster_vectors(project(library.vectors[now], library.projection)).labels
        same = match_clusters(before, fresh)
        matched = np.array([same.get(int(label), NOISE - 1) if label >= 0 else NOISE for label in fresh])
        kept.append(compare(before[rest], after[rest]))
        fresh_kept.append(compare(before[rest], matched[rest]))
        asked = now[labelled[now]]
        labels = [examples[row].label for row in asked]
        amis.append((mutual_information(labels, after[asked]), mutual_information(labels, fresh[asked])))
        assert not find_fault(after[now])
    shares = np.array(kept)
    return {
        "draws counted": len(kept),
        "keep their cluster": f"{shares[:, 0].mean():.3f} (lowest {shares[:, 0].min():.3f})",
        "adjusted Rand index": f"{shares[:, 1].mean():.3f} (lowest {shares[:, 1].min():.3f})",
        "fresh: keep, Rand": [round(float(value), 3) for value in np.mean(fresh_kept, axis=0)],
        "AMI": round(float(np.mean(amis, axis=0)[0]), 3),
        "AMI fresh": round(float(np.mean(amis, axis=0)[1]), 3),
        "notes": notes,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--encoder")
    parser.add_argument("--draws", type=int, default=10)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    every = fold_classes(read_examples(arguments.data))
    classes = eligible_classes([e for e in every if e.corpus == "panda"])
    examples = [e for e in every if e.split in ("train", "val")]
    encoder = load_encoder(arguments.encoder)
    vectors = describe(EncoderVector(encoder), examples)
    projection = encoder.projection or fit_projection(vectors, COMPONENTS)
    taught = [row for row, e in enumerate(examples) if e.split == "train"]
    (mfcc,) = standardise((raw := describe(MfccVector(), examples))[taught], raw)[1:]
    spaces = {
        "encoder": project(vectors, projection),
        "MFCC statistics": project(mfcc, fit_projection(mfcc[taught], COMPONENTS)),
    }
    document: dict[str, object] = {"encoder": encoder.id, "tracks": len(examples)}
    for name, space in spaces.items():
        document[name] = against_genres(space, examples, classes)
        print(name, document[name], file=sys.stderr, flush=True)
    document["modularity agrees with AMI"] = {
        name: round(order_of_settings(space, examples, classes), 2) for name, space in spaces.items()
    }
    library = Library(None, examples, vectors, projection)
    for how in ("added", "removed", "few"):
        document[how] = stability(library, how, arguments.draws, classes)
        print(how, document[how], file=sys.stderr, flush=True)
    text = json.dumps(document, indent=1)
    print(text)
    if arguments.out:
        arguments.out.write_text(text + "\n")


if __name__ == "__main__":
    main()
