"""Measures genre guesses: the three predictors together, each alone, and the baselines.

    python tests/benchmarks/guesses.py --data DIR --encoder BUNDLE [--json FILE]

BUNDLE is an encoder that no label reached (`retrain --dataset music --data DIR --label-weight 0`): one that
learned labels has learned those of `train`. The labelled tracks of `train` and `val` play a listener's library,
in five folds of artists. A fold is guessed with the tags of the other four: its genre head is fitted on those,
and so are the weights and the confidence, for which each of the four is told apart by a head of the other three.
The split `test` is never looked at. Beside it: the shipped encoder with its own head on `val`, whose artists
neither met, by the scorecard's own procedure. Also prints the weights fitted on everything, which are those of
`settings.SHIPPED_POOL`.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path

import numpy as np

from musicemb.core.clustering.selection import cluster_vectors
from musicemb.core.evaluation.probes import standardise
from musicemb.core.genres.ensemble import PoolWeights, fit_ensemble
from musicemb.core.genres.head import fit_genre_head
from musicemb.core.genres.names import apply_head
from musicemb.core.genres.predictions import CLUSTER, HEAD, NEIGHBOURS
from musicemb.core.genres.voters import GenreEvidence, label_distribution
from musicemb.core.vectors.pca import project
from musicemb.datasets.classes import fold_classes
from musicemb.datasets.music import fold_of
from musicemb.documents import to_json
from musicemb.encoder.runtime.litert import load_encoder
from musicemb.records import NOISE, Encoder, Example
from musicemb.settings import SHIPPED_POOL, GuessSettings, ScorecardSettings
from musicemb.workflows.datasets.examples import read_examples
from musicemb.workflows.embedding.dataset_vectors import DescribedFile, EncoderVector, MfccVector, describe_files
from musicemb.workflows.evaluation.collect import default_cache
from musicemb.workflows.evaluation.guess_quality import spoken_classes
from musicemb.workflows.evaluation.scorecard import deal_artists, evaluate_systems
from musicemb.workflows.evaluation.scorecard_report import (
    COMMONEST,
    ENSEMBLE,
    GuessPredictions,
    Scorecard,
    count_right,
    write_scorecard,
)

FOLDS = 5
SETTINGS = GuessSettings()
WANTED = ScorecardSettings(draws=2000)


def describe(extractor: EncoderVector | MfccVector, examples: list[Example]) -> np.ndarray:
    """A vector per example."""
    done = describe_files([e.path for e in examples], extractor, cache=default_cache())
    found = {event.path: event.vectors[0] for event in done if isinstance(event, DescribedFile)}
    return np.stack([found[example.path] for example in examples])


def library(vectors: np.ndarray, examples: list[Example], encoder: Encoder | None) -> GenreEvidence:
    """Labelled examples as a library, grouped as the product groups."""
    names = sorted({example.group for example in examples})
    clusters = np.full(len(examples), NOISE, dtype=np.int64)
    if encoder is not None:
        clusters = cluster_vectors(project(vectors, encoder.projection)).labels.astype(np.int64)
    return GenreEvidence(
        np.asarray(vectors, np.float32),
        tuple((example.label,) for example in examples),
        np.array([names.index(example.group) for example in examples], dtype=np.int64),
        clusters,
    )


def cross_fit(
    whole: GenreEvidence, folds: np.ndarray, *, head: bool
) -> tuple[dict[str, GuessPredictions], list[float]]:
    """Guess each fold with the tags of the others."""
    names = whole.candidates
    labels = np.array([words[0] for words in whole.genres])
    heads: dict[frozenset[int], np.ndarray] = {}

    def said(without: frozenset[int]) -> np.ndarray:
        """What a head says that was fitted without some folds."""
        if without not in heads:
            learn = ~np.isin(folds, list(without))
            fitted = fit_genre_head(whole.vectors[learn], labels[learn].tolist())
            told = np.zeros((len(labels), len(names)), np.float32)
            told[:, [names.index(label) for label in fitted.labels]] = apply_head(whole.vectors, fitted)
            heads[without] = told
        return heads[without]

    found: dict[str, list[GuessPredictions]] = {}
    shares = []
    for fold in range(FOLDS):
        asked = np.flatnonzero(folds == fold)
        genres = tuple(() if hide else words for hide, words in zip(folds == fold, whole.genres, strict=True))
        seen = replace(whole, genres=genres)
        if head:
            told = said(frozenset({fold})).copy()
            for other in set(range(FOLDS)) - {fold}:
                told[folds == other] = said(frozenset({fold, other}))[folds == other]
            seen = replace(seen, head=told, labels=names)
        ensemble = fit_ensemble(seen, SETTINGS)
        assert ensemble.candidates == names
        predictions = ensemble.predict(asked)
        shares.append(float(predictions.available[CLUSTER].mean()))
        limits = np.full(len(asked), SETTINGS.threshold)
        for name, silent in {
            ENSEMBLE: (),
            "neighbours and head": (CLUSTER,),
            "neighbours": (HEAD, CLUSTER),
            "genre head": (NEIGHBOURS, CLUSTER),
        }.items():
            available = {one: heard & (one not in silent) for one, heard in predictions.available.items()}
            combined = ensemble.combine(replace(predictions, available=available))
            found.setdefault(name, []).append(GuessPredictions(asked, combined, limits))
        cluster = GuessPredictions(asked, predictions.shares[CLUSTER], limits)
        found.setdefault("cluster, uncalibrated", []).append(cluster)
        rates = label_distribution([genres[row] for row in seen.voters], names).mean(axis=0)
        always = GuessPredictions(asked, np.tile(rates, (len(asked), 1)), np.zeros(len(asked)))
        found.setdefault(COMMONEST, []).append(always)
    joined = {
        name: GuessPredictions(
            *(np.concatenate([getattr(one, part) for one in parts]) for part in GuessPredictions.__annotations__)
        )
        for name, parts in found.items()
    }
    return joined, shares


def fit_shipped(whole: GenreEvidence, folds: np.ndarray) -> dict[tuple[str, ...], PoolWeights]:
    """Weights for libraries that have no tags: fitted on all tracks, free of any prior."""
    names, labels = whole.candidates, np.array([words[0] for words in whole.genres])
    told = np.zeros((len(labels), len(names)), np.float32)
    for fold in range(FOLDS):
        learn = folds != fold
        fitted = fit_genre_head(whole.vectors[learn], labels[learn].tolist())
        places = [names.index(label) for label in fitted.labels]
        told[np.ix_(~learn, places)] = apply_head(whole.vectors[~learn], fitted)
    free = replace(SETTINGS, held_to_shipped=0.05)
    return fit_ensemble(replace(whole, head=told, labels=names), free).weights


def on_val(examples: list[Example]) -> Scorecard:
    """The shipped encoder and its head on artists that they never met, as the scorecard measures."""
    encoder = load_encoder()
    held = [example for example in examples if example.split == "val"]
    whole = library(describe(EncoderVector(encoder), held), held, encoder)
    head = encoder.genre_head
    assert head is not None
    whole = replace(whole, head=apply_head(whole.vectors, head), labels=head.labels)
    parts = deal_artists([example.group for example in held])
    return count_right(encoder.id, whole, evaluate_systems(whole, parts, head.threshold, SETTINGS), SETTINGS, WANTED)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--encoder", required=True)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    encoder = load_encoder(arguments.encoder)
    assert encoder.bundle.settings.training.label_weight == 0, "labels have reached this encoder"
    examples = [e for e in fold_classes(read_examples(arguments.data)) if e.split in ("train", "val") and e.label]
    # Genres of `open` are guessed from names, and so are no truth.
    examples = [e for e in examples if e.corpus != "open"]
    classes = spoken_classes(examples)
    examples = [e for e in examples if e.label in classes]
    folds = np.array([fold_of(e.group, FOLDS) for e in examples])

    whole = library(describe(EncoderVector(encoder), examples), examples, encoder)
    systems, in_clusters = cross_fit(whole, folds, head=True)
    (scaled,) = standardise(describe(MfccVector(), examples))
    systems["MFCC statistics"] = cross_fit(library(scaled, examples, None), folds, head=False)[0][ENSEMBLE]
    result = count_right(encoder.id, whole, systems, SETTINGS, WANTED)
    how = "Each fifth of the artists was guessed with the tags of the others, and a head fitted on those."
    print(write_scorecard(result, "Genre guesses, cross-fitted over train and val", how))
    print(f"{np.mean(in_clusters):.0%} of the tracks are in a cluster that is asked\n")
    print("Weights for libraries without tags (predictors, then another genre):")
    fitted = fit_shipped(whole, folds)
    for speaking, weights in fitted.items():
        print(f"  {', '.join(speaking)}: {weights}; shipped {SHIPPED_POOL[speaking]}")
    beside = on_val(examples)
    print(write_scorecard(beside, "Genre guesses of the shipped encoder and head, on val only"))
    if arguments.json:
        document = {"all": to_json(result), "val": to_json(beside)}
        arguments.json.write_text(json.dumps(document, indent=1) + "\n")


if __name__ == "__main__":
    main()
