"""Asks whether an embedding gains where it sees several depths of the trunk, more than means, or is shared out anew.

    python tests/benchmarks/depths.py PACK --data DIR --work FOLDER [--only NAME ...] [--no-linear NAME ...]

FOLDER is what hear_depths.py left. Each fold's embedding is found in closed form as the shipped recipe finds it (a
discriminant with a class per track, regressions to the teacher's vectors and to genres), on several blocks side by
side: the last layer's means whole, of any other block its first principal components over the fold's training. A
block's channels have the last layer's mean variance times the square of its weight. Figures as cross_validate.py has
them, differences paired with the last layer alone; and how many damaged copies of every second track of the
collection find their original first among all tracks, by the encoder that never met their artist.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from closed_form import FIGURES, unit
from cross_validate import Judge
from hear_depths import BLOCKS, CLEAN, DAMAGES, LAST, OPUS, Heard
from train_cached import FOLDS, TRACKS, assemble

from musicemb.core.evaluation.bootstrap import bootstrap, mean_of
from musicemb.core.evaluation.metrics import figures, paired_differences
from musicemb.core.training.targets import match_paths
from musicemb.core.vectors.linear_maps import (
    PENALTY,
    SHRINKAGE,
    LinearMap,
    fit_regression,
    genre_targets,
    join_maps,
    leading_directions,
)
from musicemb.datasets.music import fold_of
from musicemb.settings import EncoderSettings, from_dict

COMPONENTS = 192


@dataclass(frozen=True)
class Variant:
    """What an embedding sees, and how it is found."""

    weights: Mapping[str, float]
    """Block -> its weight beside the last layer's means."""
    dimensions: int = 128
    shrinkage: float = SHRINKAGE
    penalty: float = PENALTY
    genres: float = 1.0
    """Weight of the genres' directions beside the discriminant's and the teacher's."""
    all_genres: bool = False
    """Teach all genres that a track's source gives it, in equal parts, and not its label alone."""
    taught: float = 1.0
    """Share of its half of the dimensions that the teacher has."""
    whiten: float = 0.0
    """Exponent by which the components of the added blocks are brought to one variance."""


def beside(weight: float, *blocks: str, **options: Any) -> Variant:
    """The last layer's means with other blocks."""
    return Variant({LAST: 1.0, **dict.fromkeys(blocks, weight)}, **options)


BASE = "last layer alone"
VARIANTS: dict[str, Variant] = {
    BASE: beside(1),
    "+ 13": beside(1, "mean13"),
    "+ 12": beside(1, "mean12"),
    "+ 11": beside(1, "mean11"),
    "+ 8": beside(1, "mean8"),
    "+ 6": beside(1, "mean6"),
    "+ 13, 12, 11, 8, 6": beside(1, "mean13", "mean12", "mean11", "mean8", "mean6"),
    "+ 13, 12, 11, 8, 6, half as much": beside(0.5, "mean13", "mean12", "mean11", "mean8", "mean6"),
    "+ deviation of the last": beside(1, "std14"),
    "+ largest of the last": beside(1, "max14"),
    "+ lower half of the last": beside(1, "low14"),
    "+ log-mel's mean and deviation": beside(1, "mean0", "std0"),
    "+ deviation of 14, 13, 12": beside(1, "std14", "std13", "std12"),
    "+ 12, 8, 4 and log-mel": beside(1, "mean12", "mean8", "mean4", "mean0", "std0"),
    "all": beside(1, *BLOCKS[1:]),
    "192 dimensions": beside(1, dimensions=192),
    "genres half as much again": beside(1, genres=1.5),
    "all genres": beside(1, all_genres=True),
    "all genres, a quarter more": beside(1, all_genres=True, genres=1.25),
    "all genres, a quarter more, 32 of musicnn": beside(1, all_genres=True, genres=1.25, taught=0.6),
    "all genres, a quarter more, 21 of musicnn": beside(1, all_genres=True, genres=1.25, taught=0.4),
    "all genres, half as much again, 32 of musicnn": beside(1, all_genres=True, genres=1.5, taught=0.6),
    "a quarter more, 35 of musicnn": beside(1, genres=1.25, taught=0.6),
}


def halves(heard: Heard, names: Sequence[str]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows of clean segments and of augmented ones, and their tracks."""
    clean, damaged, tracks = [], [], []
    for number, name in enumerate(names):
        i = heard.number[name]
        first, end = int(heard.first[i]), int(heard.end[i])
        middle = (first + end) // 2
        clean.append(np.arange(first, middle))
        damaged.append(np.arange(middle, end))
        tracks.append(np.full(middle - first, number))
    return np.concatenate(clean), np.concatenate(damaged), np.concatenate(tracks)


def measure_fold(heard: Heard, data: Any, place: Path) -> None:
    """What the fits of a fold need: how blocks are reduced, the reduced tracks, and scatters within and between."""
    names = [e.path.as_posix() for e in data.train_examples]
    clean, damaged, tracks = halves(heard, names)
    counts = np.bincount(tracks)
    parts: list[np.ndarray] = []
    reductions: dict[str, np.ndarray] = {}
    bounds = [0]
    for name in BLOCKS:
        every = heard.block(name)
        both = every[np.concatenate([clean, damaged])]
        reductions[f"centre {name}"] = both[: len(clean)].mean(axis=0)
        both -= reductions[f"centre {name}"]
        if name != LAST and both.shape[1] > COMPONENTS:
            scatter = both[: len(clean)].T @ both[: len(clean)]
            reductions[f"kernel {name}"] = np.linalg.eigh(scatter)[1][:, ::-1][:, :COMPONENTS].astype(np.float32)
            both = both @ reductions[f"kernel {name}"]
        parts.append(both)
        bounds.append(bounds[-1] + both.shape[1])
    rows = np.concatenate(parts, axis=1)
    del parts
    n = len(clean)
    sums = np.zeros((len(counts), rows.shape[1]), np.float32)
    np.add.at(sums, tracks, rows[:n])
    means = sums / counts[:, None]
    sums[:] = 0
    np.add.at(sums, tracks, rows[n:])
    worse = sums / counts[:, None]
    sample = rows[:n:5].astype(np.float16)
    rows[:n] -= means[tracks]
    rows[n:] -= means[tracks]
    within = rows.T @ rows / len(rows)
    teacher = data.train.teachers[1]
    taught = np.flatnonzero(teacher.bounds[:, 0] < teacher.bounds[:, 1])
    said = [
        teacher.vectors[slice(*(int(x) for x in teacher.vector_bounds[row]))].astype(np.float32).mean(axis=0)
        for row in taught
    ]
    np.savez(
        place, within=within, means=means, worse=worse, sample=sample, bounds=bounds, labels=data.train.labels,
        shares=data.train.shares, n_labels=len(data.labels), taught=taught, said=np.stack(said), **reductions,
    )  # fmt: skip


class Fold:
    """A fold's reduced blocks."""

    def __init__(self, place: Path) -> None:
        with np.load(place) as stored:
            self.all = {name: stored[name] for name in stored.files}
        self.columns = {
            name: np.arange(first, end)
            for name, first, end in zip(BLOCKS, self.all["bounds"][:-1], self.all["bounds"][1:], strict=True)
        }
        self.reduced: dict[tuple[str, int], np.ndarray] = {}
        self.variance = np.square(self.all["sample"].astype(np.float32)).mean(axis=0) + 1e-12

    def scales(self, variant: Variant) -> tuple[np.ndarray, np.ndarray]:
        """Columns that a variant sees, and what each is multiplied by."""
        wanted = float(self.variance[self.columns[LAST]].mean())
        columns, scales = [], []
        for name, weight in variant.weights.items():
            at = self.columns[name]
            one = np.ones(len(at)) if name == LAST else self.variance[at] ** (-variant.whiten / 2)
            columns.append(at)
            scales.append(one * weight * np.sqrt(wanted / (self.variance[at] * one**2).mean()))
        return np.concatenate(columns), np.concatenate(scales)

    def fit(self, variant: Variant) -> LinearMap:
        """The embedding, as `fit_embedding` finds it."""
        from scipy.linalg import eigh

        columns, scales = self.scales(variant)
        means, worse = (self.all[name][:, columns] * scales for name in ("means", "worse"))
        maps: list[LinearMap] = []

        def regress(rows: np.ndarray, targets: np.ndarray) -> None:
            both = np.concatenate([means[rows], worse[rows]])
            if variant.penalty == PENALTY:
                maps.append(fit_regression(both, np.concatenate([targets, targets])))
                return
            centre = both.mean(axis=0)
            apart = both - centre
            scatter = apart.T @ apart
            scatter[np.diag_indices(len(scatter))] += variant.penalty * np.trace(scatter) / len(scatter)
            targets = np.concatenate([targets, targets])
            kernel = np.linalg.solve(scatter, apart.T @ (targets - targets.mean(axis=0)))
            maps.append(LinearMap(kernel, -centre @ kernel))

        shares = self.all["shares"] if variant.all_genres else np.eye(int(self.all["n_labels"]) + 1)[:, :-1]
        if not variant.all_genres:
            shares = shares[self.all["labels"]]  # the last row, of no label, is empty
        labelled = np.flatnonzero(shares.any(axis=1))
        regress(labelled, genre_targets(shares[labelled]))
        n_labels = shares.shape[1]
        left = variant.dimensions - n_labels
        regress(self.all["taught"], leading_directions(self.all["said"], round(left // 2 * variant.taught)))
        own = left - maps[-1].kernel.shape[1]
        within = self.all["within"][np.ix_(columns, columns)].astype(np.float64) * np.outer(scales, scales)
        between = np.cov(means, rowvar=False)
        channels = len(within)
        within[np.diag_indices(channels)] += variant.shrinkage * np.trace(within) / channels
        _, directions = eigh(between, within, subset_by_index=(channels - own, channels - 1))
        maps.insert(0, LinearMap(directions[:, ::-1], np.zeros(own)))
        rows = self.all["sample"][:, columns].astype(np.float64) * scales
        return join_maps(maps, rows, [1.0, variant.genres, 1.0])

    def embed(self, variant: Variant, found: LinearMap, heard: Heard) -> np.ndarray:
        """Unit vectors of all segments that were heard as they are."""
        scales = self.scales(variant)[1]
        kernel = (found.kernel * scales[:, None]).astype(np.float32)
        vectors = np.tile(found.bias.astype(np.float32), (len(heard.clean), 1))
        first = 0
        for name in variant.weights:
            end = first + len(self.columns[name])
            vectors += self.reduce(name, heard) @ kernel[first:end]
            first = end
        return unit(vectors)

    def reduce(self, name: str, heard: Heard) -> np.ndarray:
        """A block of all segments as the fold has it."""
        key = (name, id(heard))
        if key not in self.reduced:
            rows = heard.block(name)[heard.clean] - self.all[f"centre {name}"]
            kernel = self.all.get(f"kernel {name}")
            self.reduced[key] = (rows if kernel is None else rows @ kernel).astype(np.float16)
        return self.reduced[key].astype(np.float32)


def pool(vectors: np.ndarray, heard: Heard, names: Sequence[str]) -> np.ndarray:
    """Track vectors of some names."""
    places = [heard.number[name] for name in names]
    found = [vectors[heard.bounds[i] : heard.bounds[i + 1]].mean(axis=0) for i in places]
    return unit(np.stack(found)).astype(np.float32)


def damage_of(
    tracks: np.ndarray, rest: np.ndarray, heard: Heard, copies: Heard, fold: int, groups: Mapping[str, str]
) -> dict[str, Any]:
    """Which damaged copies of a fold's tracks find their original first; cosines of MP3 to Opus."""
    originals = pool(tracks, heard, heard.names)
    found: dict[str, Any] = {}
    whole = [name.split("|")[1] for name in copies.names if name.startswith(f"{CLEAN}|")]
    ours = [name for name in whole if name in heard.number]
    originals[[heard.number[name] for name in ours]] = pool(rest, copies, [f"{CLEAN}|{n}" for n in ours])
    asked = [name for name in ours if fold_of(groups[name], FOLDS) == fold]
    found["artists"] = [groups[name] for name in asked]
    for damage in DAMAGES:
        queries = pool(rest, copies, [f"{damage}|{name}" for name in asked])
        nearest = (queries @ originals.T).argmax(axis=1)
        found[damage] = [int(n == heard.number[name]) for n, name in zip(nearest, asked, strict=True)]
    mp3 = [name for name in whole if name not in heard.number]
    if mp3:
        one, two = (pool(rest, copies, [f"{kind}|{name}" for name in mp3]) for kind in (CLEAN, OPUS))
        found[OPUS] = (one * two).sum(axis=1).tolist()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pack", type=Path)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--only", nargs="+", default=list(VARIANTS))
    parser.add_argument("--no-linear", action="store_true", help="no linear probe, which takes longest")
    parser.add_argument("--no-damage", action="store_true", help="no damaged copies")
    arguments = parser.parse_args()
    settings = from_dict(EncoderSettings, json.loads((arguments.pack / TRACKS).read_text())["settings"])
    heard = Heard(arguments.work / "tracks", augmented=True)
    copies = None if arguments.no_damage else Heard(arguments.work / "copies")
    for fold in range(FOLDS):
        place = arguments.work / f"fold{fold}.npz"
        if not place.is_file():
            data, _, _ = assemble(arguments.pack, settings, str(fold))
            measure_fold(heard, data, place)
            print(f"measured fold {fold}", flush=True)
    court = Judge(arguments.data)
    matched = match_paths(heard.names, [path.as_posix() for path in court.paths])
    names = [heard.names[row] for row in matched.tolist()]
    tracks = json.loads((arguments.pack / TRACKS).read_text())["tracks"]
    groups = {row["path"]: row["group"] for row in tracks}
    wanted = [BASE, *(name for name in arguments.only if name != BASE)]
    variants = {name: VARIANTS[name] for name in wanted}
    pooled: dict[str, list[np.ndarray]] = {name: [] for name in variants}
    damage: dict[str, dict[str, list[Any]]] = {name: {} for name in variants}
    for number in range(FOLDS):
        fold = Fold(arguments.work / f"fold{number}.npz")
        for name, variant in variants.items():
            found = fold.fit(variant)
            vectors = fold.embed(variant, found, heard)
            pooled[name].append(pool(vectors, heard, names))
            if copies is not None:
                rest = fold.embed(variant, found, copies)
                for kind, values in damage_of(vectors, rest, heard, copies, number, groups).items():
                    damage[name].setdefault(kind, []).extend(values)
        print(f"fitted fold {number}", flush=True)
    drawn, document = {}, {}
    for name in variants:
        drawn[name] = court.draw(pooled[name], probes=() if arguments.no_linear else ("linear",))
        apart = {} if name == BASE else paired_differences(drawn[name], drawn[BASE])
        row: dict[str, Any] = {
            at: [str(figures(drawn[name])[at]), str(apart.get(at, ""))] for at in FIGURES if at in drawn[name]
        }
        artists = damage[name].get("artists", [])
        row |= {k: str(bootstrap(mean_of(damage[name][k]), artists)) for k in DAMAGES if k in damage[name]}
        if OPUS in damage[name]:
            row["cosine of MP3 to Opus, lowest"] = round(min(damage[name][OPUS]), 4)
        document[name] = row
        print(name, row, flush=True)
    (arguments.work / "depths.json").write_text(json.dumps(document, indent=1) + "\n")


if __name__ == "__main__":
    main()
