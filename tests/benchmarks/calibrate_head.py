"""Chooses how a bundle's genre head is held back, and from which confidence it speaks.

    python tests/benchmarks/calibrate_head.py --data DIR --folds FOLDER --bundle BUNDLE

FOLDER holds the five encoders of cross_validate.py, or the vectors of train_cached.py's. Per fold, a head is fitted
on the vectors of the tracks that its encoder was taught with, and asked about those it never met: what such guesses
are worth is what a listener's are worth. Its confidences are tempered (Guo et al. 2017: one temperature for all
logits, by log loss); the strength with the best log loss is taken, the head of the bundle fitted anew with it and
tempered alike, and the lowest threshold with 75 % precision over the held-out tracks is stored. Judges are panda's
tracks of `train` and `val`, which are as mixed as a listener's; emotify's are of few genres far apart, and would
flatter what a confidence is worth elsewhere. Prints a table; the bundle's id changes with its head.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from cross_validate import CORPUS, FOLDS, describe

from musicemb.core.evaluation.bootstrap import draw
from musicemb.core.evaluation.calibration import calibration_error_of, chance_error
from musicemb.core.genres.head import choose_threshold, fit_genre_head
from musicemb.core.genres.names import apply_head
from musicemb.datasets.music import fold_of
from musicemb.encoder.convert import convert_bundle
from musicemb.encoder.runtime.bundle import WEIGHTS, read_bundle, write_bundle
from musicemb.encoder.runtime.litert import BundleEncoder, load_encoder
from musicemb.workflows.datasets.examples import music_examples
from musicemb.workflows.embedding.dataset_vectors import EncoderVector

STRENGTHS = (0.1, 0.03, 0.01, 0.003, 0.001, 0.0003)
TEMPERATURES = np.geomspace(0.5, 5.0, 47)


def cool(told: np.ndarray, temperature: float) -> np.ndarray:
    """Probabilities at another temperature of their logits."""
    cooled = np.exp(np.log(np.maximum(told, 1e-12)) / temperature)
    return cooled / cooled.sum(axis=1, keepdims=True)


def worth(told: np.ndarray, truth: np.ndarray, labels: Sequence[str], threshold: float) -> str:
    """What guesses are worth, as text."""
    sure, right = told.max(axis=1), np.array(labels)[told.argmax(axis=1)] == truth
    spoken = sure >= threshold
    groups = [str(row) for row in range(len(truth))]
    gap = draw(calibration_error_of(sure, right), groups, draws=2).value
    return (
        f"{len(truth)} tracks, accuracy of all {right.mean():.3f}, calibration error {gap:.3f} (by chance "
        f"{chance_error(sure)}), coverage {spoken.mean():.2f}, precision {right[spoken].mean():.2f}"
    )


def temper(told: np.ndarray, own: np.ndarray) -> tuple[float, np.ndarray]:
    """The temperature at which the true labels, `own` of each row, are the least surprising; tempered rows."""
    best = (np.inf, 1.0, told)
    for temperature in TEMPERATURES:
        cooled = cool(told, temperature)
        loss = float(-np.log(np.maximum(cooled[np.arange(len(own)), own], 1e-9)).mean())
        best = min(best, (loss, float(temperature), cooled), key=lambda one: one[0])
    return best[1], best[2]


def vectors_of_fold(folder: Path, fold: int, paths: Sequence[Path], data: Path) -> np.ndarray:
    """Track vectors by the encoder that never met a fold's artists."""
    stored = folder / f"fold{fold}-seed1.npz"
    if not stored.is_file():
        return describe(EncoderVector(load_encoder(folder / f"fold{fold}")), list(paths))
    with np.load(stored, allow_pickle=False) as arrays:
        rows = dict(zip(arrays["paths"].tolist(), arrays["vectors"], strict=True))
    return np.stack([rows[path.relative_to(data).as_posix()] for path in paths]).astype(np.float32)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--folds", type=Path, required=True)
    parser.add_argument("--bundle", type=Path, required=True)
    arguments = parser.parse_args()
    bundle = read_bundle(arguments.bundle)
    assert bundle.genre_head is not None
    labels = bundle.genre_head.labels
    examples = [e for e in music_examples(arguments.data) if e.split in ("train", "val") and e.label in labels]
    paths, truth = [e.path for e in examples], np.array([e.label for e in examples])
    folds = np.array([fold_of(e.group, FOLDS) for e in examples])
    judges = np.array([e.corpus == CORPUS for e in examples])
    own = np.array([labels.index(label) for label in truth[judges]])
    spaces = [vectors_of_fold(arguments.folds, k, paths, arguments.data) for k in range(FOLDS)]

    found = {}
    for strength in STRENGTHS:
        told = np.zeros((len(truth), len(labels)))
        for k, vectors in enumerate(spaces):
            head = fit_genre_head(vectors[folds != k], truth[folds != k].tolist(), strength=strength)
            told[np.ix_(folds == k, [labels.index(name) for name in head.labels])] = apply_head(
                vectors[folds == k], head
            )
        temperature, judged = temper(told[judges], own)
        loss = float(-np.log(np.maximum(judged[np.arange(len(own)), own], 1e-9)).mean())
        chosen = choose_threshold(bundle.genre_head, judged, truth[judges].tolist()).threshold
        print(f"strength {strength:6g}, temperature {temperature:.2f}: log loss {loss:.3f}, threshold {chosen:.2f}")
        parts = {corpus: np.array([e.corpus == corpus for e in examples]) for corpus in {e.corpus for e in examples}}
        parts[f"{CORPUS}, val"] = judges & np.array([e.split == "val" for e in examples])
        for name, there in sorted(parts.items()):
            print(f"  {name}: {worth(cool(told[there], temperature), truth[there], labels, chosen)}")
        found[strength] = (loss, chosen, temperature)
    strength = min(found, key=lambda one: found[one][0])
    _, threshold, temperature = found[strength]
    print(f"taken: {strength:g}")

    taught = [e for e in examples if e.split == "train"]
    vectors = describe(EncoderVector(BundleEncoder(bundle)), [e.path for e in taught])
    head = fit_genre_head(vectors, [e.label for e in taught], strength=strength)
    head = replace(head, weights=head.weights / temperature, bias=head.bias / temperature, threshold=threshold)
    with np.load(bundle.folder / WEIGHTS) as stored:
        weights = {key: stored[key] for key in stored.files}
    pictures = {path.name: path.read_bytes() for path in bundle.folder.glob("*.png")}
    texts = {path.name: path.read_text() for path in bundle.folder.glob("*") if path.suffix in (".csv", ".md")}
    written = write_bundle(
        bundle.folder,
        name=bundle.name,
        settings=bundle.settings,
        front_end=bundle.front_end,
        weights=weights,
        projection=bundle.projection,
        genre_head=head,
        tag_heads=bundle.tag_heads,
        about={
            **bundle.about,
            "head_strength": strength,
            "head_temperature": round(temperature, 3),
            "threshold_from": f"{len(own)} cross-fitted tracks of {CORPUS}",
        },
        texts={name: text.replace(bundle.id, "ID") for name, text in texts.items()},
    )
    for name, picture in pictures.items():
        (written.folder / name).write_bytes(picture)
    written, problem = convert_bundle(written)
    for path in written.folder.glob("*.md"):
        path.write_text(path.read_text().replace("ID", written.id, 1))
    print(json.dumps({"id": written.id, "threshold": threshold, "litert": problem or "ok"}))


if __name__ == "__main__":
    main()
