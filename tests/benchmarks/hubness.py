"""Hubness before and after each reduction: skewness of the 5-occurrence, and precision@5.

    python tests/benchmarks/hubness.py --data DIR [--encoder BUNDLE] [--folds FOLDER] [--out FILE]

Tracks are panda's train and val. Hubness is counted over all of them, with or without a label, as in a
library; precision@5 over the labelled ones of the counted classes, by other artists (as `core.evaluation.retrieval` has
it), with intervals and paired differences over artists. A shipped
encoder was taught with the labels of `train`: its precision says only whether a
reduction loses or gains, not what it is worth. --folds names a folder of cross_validate.py: there each
track is judged by the encoder that never met its artist, within its fold.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
from scipy.special import erfc

from musicemb.core.evaluation.bootstrap import draw_weights, encode_labels
from musicemb.core.vectors.hubness import (
    NeighbourhoodStats,
    find_neighbourhood_stats,
    occurrences,
    scaled_similarity,
    skewness,
)
from musicemb.core.vectors.neighbours import unit_rows
from musicemb.datasets.classes import eligible_classes, fold_classes
from musicemb.datasets.music import fold_of
from musicemb.encoder.runtime.litert import load_encoder
from musicemb.records import Example
from musicemb.workflows.datasets.examples import read_examples
from musicemb.workflows.embedding.dataset_vectors import DescribedFile, EncoderVector, describe_files
from musicemb.workflows.evaluation.collect import default_cache

FOLDS, K = 5, 5
WAYS = ("none", "mutual proximity", "counted mutual proximity", "local scaling", "contextual dissimilarity")


def describe(encoder: object, examples: list[Example]) -> np.ndarray:
    """Track vectors in the order of the examples."""
    done = describe_files([e.path for e in examples], EncoderVector(encoder), cache=default_cache())
    found = {event.path: event.vectors[0] for event in done if isinstance(event, DescribedFile)}
    return np.stack([found[example.path] for example in examples])


def reduce_hubs(cosines: np.ndarray, around: NeighbourhoodStats, way: str) -> np.ndarray:
    """Closeness of all pairs by one of the remedies.

    Mutual proximity is the chance that a track drawn at random is farther from either of the two than they are
    from each other, with normally distributed, independent distances (Schnitzer et al., JMLR 13, 2012); contextual
    dissimilarity divides by the mean distance to the k nearest (the first step of Jegou, Harzallah and Schmid: "A
    contextual dissimilarity measure", CVPR 2007).
    """
    distances = 1 - np.clip(np.where(np.isfinite(cosines), cosines, -1.0), -1, 1)
    if way == "mutual proximity":
        standard = (distances - around.mean[:, None]) / (around.spread[:, None] * np.sqrt(2))
        farther = erfc(standard) / 2
        return farther * farther.T
    if way == "contextual dissimilarity":
        return np.exp2(-distances / np.sqrt(around.near[:, None] * around.near[None]))
    return scaled_similarity(cosines, around, around, way)


def count_proximity(cosines: np.ndarray) -> np.ndarray:
    """Mutual proximity by counting: share of the other tracks that are less like either of the two."""
    shares = np.zeros_like(cosines)
    for row, values in enumerate(cosines):
        shares[row] = ((values[None] < values[:, None]) & (cosines < values[:, None])).sum(axis=1)
    return shares / max(len(cosines) - 2, 1)


def scores_of(vectors: np.ndarray, way: str) -> np.ndarray:
    """Closeness of all pairs; a track is infinitely far from itself."""
    rows, _ = unit_rows(vectors)
    cosines = (rows @ rows.T).astype(np.float64)
    np.fill_diagonal(cosines, -np.inf)
    if way.startswith("counted"):
        scores = count_proximity(cosines) + 1e-6 * np.nan_to_num(cosines, neginf=-1)
    else:
        around = find_neighbourhood_stats(rows, rows, own=np.arange(len(rows)))
        scores = reduce_hubs(cosines, around, way)
    np.fill_diagonal(scores, -np.inf)
    return scores


def measure(vectors: np.ndarray, examples: list[Example], classes: tuple[str, ...], way: str) -> dict[str, np.ndarray]:
    """k-occurrences of all, and precision@5 of the labelled ones (NaN for the others)."""
    scores = scores_of(vectors, way)
    seen = occurrences(np.argsort(-scores, axis=1, kind="stable")[:, :K], len(vectors))
    labelled = np.array([e.label in classes for e in examples])
    labels, artists = np.array([e.label for e in examples]), encode_labels([e.group for e in examples])[0]
    precision = np.full(len(examples), np.nan)
    for query in np.flatnonzero(labelled):
        gallery = np.flatnonzero(labelled & (artists != artists[query]))
        best = gallery[np.argsort(-scores[query, gallery], kind="stable")[:K]]
        if len(best):
            precision[query] = (labels[best] == labels[query]).mean()
    return {"seen": seen, "precision": precision}


def interval(values: np.ndarray, groups: list[str]) -> str:
    """Mean with its 95 % interval over artists."""
    known = np.isfinite(values)
    weights = draw_weights(groups, np.random.default_rng(0))[:, known]
    draws = weights @ values[known] / np.maximum(weights.sum(axis=1), 1)
    low, high = np.percentile(draws, [2.5, 97.5])
    return f"{values[known].mean():.3f} ({low:.3f} to {high:.3f})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--encoder")
    parser.add_argument("--folds", type=Path)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    examples = [e for e in fold_classes(read_examples(arguments.data)) if e.corpus == "panda"]
    classes = eligible_classes(examples)
    examples = [e for e in examples if e.split in ("train", "val")]
    groups = [e.group for e in examples]
    spaces = []
    if arguments.folds:
        folds = np.array([fold_of(group, FOLDS) for group in groups])
        for fold in range(FOLDS):
            rows = np.flatnonzero(folds == fold)
            part = [examples[row] for row in rows]
            spaces.append((rows, part, describe(load_encoder(arguments.folds / f"fold{fold}"), part)))
    else:
        spaces.append((np.arange(len(examples)), examples, describe(load_encoder(arguments.encoder), examples)))
    document: dict[str, object] = {"tracks": len(examples), "encoder": arguments.encoder or str(arguments.folds or "")}
    plain = None
    for way in WAYS:
        precision, skews, largest, never = np.full(len(examples), np.nan), [], [], []
        for rows, part, vectors in spaces:
            found = measure(vectors, part, classes, way)
            precision[rows] = found["precision"]
            skews.append(skewness(found["seen"]))
            largest.append(int(found["seen"].max()))
            never.append(float((found["seen"] == 0).mean()))
        plain = precision if plain is None else plain
        document[way] = {
            "skewness": round(float(np.mean(skews)), 3),
            "most often found": max(largest),
            "never found": round(float(np.mean(never)), 3),
            "precision@5": interval(precision, groups),
            "minus none": interval(precision - plain, groups),
        }
    text = json.dumps(document, indent=1)
    print(text)
    if arguments.out:
        arguments.out.write_text(text + "\n")


if __name__ == "__main__":
    main()
