"""Asks whether tag heads gain where they attend to segments, beside a head on the mean of a track's segments.

    python tests/benchmarks/attention_heads.py PACK --heard FILE [--bundle BUNDLE] [-o FILE]

PACK is what train_cached.py packs, FILE the heard.npz that closed_form.py leaves of it: what the trunk makes of some
segments of each track, whose vectors by the bundle's embedding are the segments here. Heads are logistic regressions
on what the teachers of the pack say on average of each track, cross-fitted by artist in five folds, and judged as
teacher_heads.py does: the area under the ROC curve for the tenth of the tracks that the taggers are surest of, mean
over the words. `mean`: on the mean of the segments, as shipped. `a head's own attention`: a softmax over the segments
weighs them, whose logits are one more direction per word. `one attention`: one direction for all words. Both begin as
the mean does, with even weights, and are fitted by Adam with the head's penalty on both directions; `mean, by Adam`
has the same steps and no attention. Differences are paired, over draws of artists.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from closed_form import unit
from find import read_truth
from train_cached import TRACKS

from musicemb.core.sound_tags.heads import PENALTY, POSITIVE, fit_soft
from musicemb.encoder.runtime.bundle import WEIGHTS, find_bundle

FOLDS = 5
RATE = 0.02
DRAWS = 200
MEAN, STEPPED, OWN, ONE = "mean", "mean, by Adam", "a head's own attention", "one attention"


def odds_of(segments: np.ndarray, weights: np.ndarray, looks: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Odds of each track and word, what each segment says by itself, and how much it counts."""
    said = segments @ weights
    logits = segments @ looks
    logits -= logits.max(axis=1, keepdims=True)
    share = np.exp(logits)
    share /= share.sum(axis=1, keepdims=True)
    return (share * said).sum(axis=1), said, share


def fit(segments: np.ndarray, truth: np.ndarray, kind: str, steps: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Directions, biases and attention of all words at once."""
    n, _, d = segments.shape
    words = truth.shape[1]
    base = np.clip(truth.mean(axis=0), 1e-4, 1 - 1e-4)
    values = [
        np.zeros((d, words), np.float32),
        np.log(base / (1 - base)).astype(np.float32),
        np.zeros((d, 1 if kind == ONE else words), np.float32),
    ]
    first, second = [np.zeros_like(v) for v in values], [np.zeros_like(v) for v in values]
    flat = segments.reshape(-1, d)
    for step in range(1, steps + 1):
        weights, bias, looks = values
        odds, said, share = odds_of(segments, weights, looks)
        error = (1 / (1 + np.exp(-(odds + bias))) - truth) / n
        each = share * error[:, None]
        slopes = [flat.T @ each.reshape(-1, words) + PENALTY * weights, error.sum(axis=0), np.zeros_like(looks)]
        if kind in (OWN, ONE):
            pull = each * (said - odds[:, None])
            if kind == ONE:
                pull = pull.sum(axis=2, keepdims=True)
            slopes[2] = flat.T @ pull.reshape(-1, looks.shape[1]) + PENALTY * looks
        rate = RATE * 0.5 * (1 + np.cos(np.pi * step / steps))
        for value, slope, mean, square in zip(values, slopes, first, second, strict=True):
            mean += 0.1 * (slope - mean)
            square += 0.01 * (slope * slope - square)
            value -= rate * (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.99**step)) + 1e-8)
    return values[0], values[1], values[2]


def cross_fit(segments: np.ndarray, truth: np.ndarray, folds: np.ndarray, kind: str, steps: int) -> np.ndarray:
    """What each track is told by heads that never met its artist."""
    found = np.zeros_like(truth)
    for fold in range(FOLDS):
        taught, asked = folds != fold, folds == fold
        track = segments[taught].mean(axis=1)
        centre, scale = track.mean(axis=0), track.std(axis=0)
        inputs = ((segments - centre) / scale).astype(np.float32)
        if kind == MEAN:
            weights, bias = fit_soft(inputs[taught].mean(axis=1).astype(np.float64), truth[taught].astype(np.float64))
            found[asked] = inputs[asked].mean(axis=1) @ weights + bias
        else:
            weights, bias, looks = fit(inputs[taught], truth[taught], kind, steps)
            found[asked] = odds_of(inputs[asked], weights, looks)[0] + bias
        print(f"{kind}, fold {fold}", flush=True)
    return found


def area(scores: np.ndarray, positive: np.ndarray) -> np.ndarray:
    """Area under the curve of each word, ties aside."""
    rank = scores.argsort(axis=0).argsort(axis=0) + 1.0
    count = positive.sum(axis=0)
    return ((rank * positive).sum(axis=0) - count * (count + 1) / 2) / (count * (len(scores) - count))


def paired(
    told: dict[str, np.ndarray], positive: np.ndarray, groups: Sequence[str], kinds: Sequence[str]
) -> dict[str, Any]:
    """Mean areas, and differences to the mean's with 95 % intervals over artists; differences by kind of word."""
    known, number = np.unique(groups, return_inverse=True)
    members = [np.flatnonzero(number == at) for at in range(len(known))]
    rng = np.random.default_rng(0)
    draws: dict[str, list[float]] = {name: [] for name in told}
    for _ in range(DRAWS):
        rows = np.concatenate([members[at] for at in rng.integers(len(known), size=len(known))])
        here = positive[rows]
        some = (here.sum(axis=0) > 0) & (here.sum(axis=0) < len(rows))
        for name, scores in told.items():
            draws[name].append(float(area(scores[rows][:, some], here[:, some]).mean()))
    document = {}
    for name, scores in told.items():
        apart = np.array(draws[name]) - np.array(draws[MEAN])
        own, base = area(scores, positive), area(told[MEAN], positive)
        document[name] = {
            "area": round(float(own.mean()), 4),
            "minus mean": round(float((own - base).mean()), 4),
            "interval": [round(float(edge), 4) for edge in np.quantile(apart, (0.025, 0.975))],
            "by kind": {
                kind: round(float((own - base)[np.array(kinds) == kind].mean()), 4) for kind in sorted(set(kinds))
            },
            "words with more, less by .005": [int((own - base > 0.005).sum()), int((own - base < -0.005).sum())],
        }
    return document


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pack", type=Path)
    parser.add_argument("--heard", type=Path, required=True)
    parser.add_argument("--bundle", default=None)
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("-o", "--output", type=Path)
    arguments = parser.parse_args()
    document = json.loads((arguments.pack / TRACKS).read_text())
    groups = {row["path"]: row["group"] for row in document["tracks"] if row["split"] != "val"}
    with np.load(find_bundle(arguments.bundle) / WEIGHTS) as stored:
        kernel, bias = stored["embedding/kernel"], stored["embedding/bias"]
    with np.load(arguments.heard) as stored:
        clean, counts, paths = stored["outputs"][0], stored["counts"], stored["paths"].tolist()
    most = int(counts.min())
    firsts = np.cumsum(counts) - counts
    kept = [at for at, path in enumerate(paths) if path in groups]
    segments = np.stack([unit(clean[firsts[at] : firsts[at] + most].astype(np.float32) @ kernel + bias) for at in kept])
    targets = read_truth([Path(paths[at]) for at in kept], [arguments.pack / name for name in document["teachers"]])
    known = np.isfinite(targets.values).all(axis=1)
    segments, truth = segments[known].astype(np.float32), targets.values[known].astype(np.float32)
    artists = [groups[paths[at]] for at, there in zip(kept, known, strict=True) if there]
    order = {group: at for at, group in enumerate(sorted(set(artists)))}
    folds = np.array([order[group] % FOLDS for group in artists])
    told = {kind: cross_fit(segments, truth, folds, kind, arguments.steps) for kind in (MEAN, STEPPED, OWN, ONE)}
    cut = np.quantile(truth, 1 - POSITIVE, axis=0)
    positive = np.where(cut < truth.max(axis=0), truth > cut, truth == truth.max(axis=0))
    found = {"tracks": len(truth), "segments a track": most, "words": truth.shape[1]}
    text = json.dumps({**found, **paired(told, positive, artists, [tag.kind for tag in targets.tags])}, indent=1)
    print(text)
    if arguments.output is not None:
        arguments.output.write_text(text + "\n")


if __name__ == "__main__":
    main()
