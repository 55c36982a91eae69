"""A library on a plane: t-SNE, so that what is near in many dimensions is near in two, and stays in its place.

t-SNE (van der Maaten and Hinton, JMLR 9, 2008) by openTSNE (Policar, Strazar and Zupan, Journal of Statistical
Software 109, 2024): Barnes-Hut in small libraries, interpolation by FFT in large ones (Linderman and others,
Nature Methods 16, 2019). A mild exaggeration to the end keeps groups apart in large libraries (Boehm, Berens and
Kobak, JMLR 23, 2022). UMAP was measured beside it (tests/benchmarks/map_layout.py): it is quicker in large
libraries, keeps fewer neighbours, loads TensorFlow when it is imported, and is not reproducible on several threads.

A map that turns is no map. New tracks are put among their nearest without moving the others (`place_among`); where
so many have come that all is laid out again, it starts from the old positions and is turned back onto them
(`align_to`, an orthogonal Procrustes analysis: Gower, Psychometrika 40, 1975).
"""

from __future__ import annotations

from collections.abc import Generator

import numpy as np
from numpy.typing import ArrayLike, NDArray

from musicemb.core.vectors.neighbours import nearest, unit_rows
from musicemb.records import Floats, Floats64
from musicemb.settings import MapSettings

FEWEST = 10
"""Tracks below which t-SNE has nothing to balance: fewer are laid out by their two principal components."""

_CHUNK = 25
"""Iterations between two reports."""
_START = 1e-4
"""Spread from which t-SNE starts: larger ones freeze what it starts from (openTSNE's advice)."""


def lay_out(
    vectors: ArrayLike,
    indices: NDArray[np.int64],
    similarities: ArrayLike,
    generator: np.random.Generator,
    settings: MapSettings,
    *,
    start: ArrayLike | None = None,
    threads: int = 1,
) -> Generator[tuple[int, int], None, Floats64]:
    """Positions on a plane of all tracks.

    Parameters
    ----------
    vectors : ndarray [shape=(n, n_dimensions)]
        Need not be unit length; rows without a direction are put where chance has it.
    indices : ndarray [shape=(n, k)], int64
        The nearest of each, as `core.vectors.neighbours.nearest` gives them (negative: none).
    similarities : ndarray [shape=(n, k)]
        Their cosines.
    generator : numpy.random.Generator
        Parts what would else coincide.
    settings : MapSettings
    start : ndarray [shape=(n, 2)], optional
        Where the tracks were or nearly belong, so that the outcome resembles it.
    threads : int
        The outcome does not depend on it.

    Yields
    ------
    done, total : int
        Iterations.

    Returns
    -------
    ndarray [shape=(n, 2)], float64
        Centred. Their scale is t-SNE's own and grows with the library.
    """
    rows, _ = unit_rows(vectors)
    count = len(rows)
    if count < 2:
        return np.zeros((count, 2))
    first = _principal(rows) if start is None else np.array(start, dtype=np.float64)
    first = _scaled(first - first.mean(axis=0), generator)
    if count < FEWEST:
        return first
    from openTSNE import TSNEEmbedding
    from openTSNE.affinity import PerplexityBasedNN
    from openTSNE.nearest_neighbors import PrecomputedNeighbors

    perplexity = min(settings.perplexity, (count - 1) / 3)
    found, cosines = _complete(indices, np.asarray(similarities, dtype=np.float64), count)
    k = min(int(3 * perplexity) + 1, found.shape[1])
    distances = np.sqrt(np.maximum(2 - 2 * np.clip(cosines, -1, 1), 0))
    near = PrecomputedNeighbors(found[:, :k], distances[:, :k])
    affinities = PerplexityBasedNN(knn_index=near, perplexity=min(perplexity, k / 3), n_jobs=threads)
    embedding = TSNEEmbedding(first * _START, affinities, n_jobs=threads, random_state=0)
    phases = ((settings.early_iterations, settings.early_exaggeration, 0.5), (settings.iterations, None, 0.8))
    total = sum(iterations for iterations, _, _ in phases)
    done = 0
    for iterations, exaggeration, momentum in phases:
        strength = settings.exaggeration if exaggeration is None else exaggeration
        for begun in range(0, iterations, _CHUNK):
            steps = min(_CHUNK, iterations - begun)
            embedding.optimize(steps, inplace=True, propagate_exception=True, exaggeration=strength, momentum=momentum)
            done += steps
            yield done, total
    laid = np.array(embedding, dtype=np.float64)
    centred: Floats64 = laid - laid.mean(axis=0)
    return centred


def place_among(
    new: ArrayLike, old: ArrayLike, positions: ArrayLike, generator: np.random.Generator, *, k: int = 8
) -> Floats64:
    """Positions of new tracks among those of old ones, which stay.

    Each goes to the mean of its nearest, the most alike of them weighing most.

    Parameters
    ----------
    new : ndarray [shape=(m, n_dimensions)]
    old : ndarray [shape=(n, n_dimensions)]
    positions : ndarray [shape=(n, 2)]
        Of the old; n is at least 1.
    generator : numpy.random.Generator
        Moves each by a hundredth of the distance to its nearest, so that copies do not hide each other.
    k : int

    Returns
    -------
    ndarray [shape=(m, 2)], float64
    """
    places = np.asarray(positions, dtype=np.float64)
    indices, cosines = nearest(new, old, min(k, len(places)))
    there = indices >= 0
    chances = np.where(there, cosines.astype(np.float64), -np.inf)
    best = np.max(chances, axis=1, initial=-np.inf, keepdims=True)
    # A neighbour that is 0.05 less alike than the best one weighs 1/e of it.
    weights = np.exp((chances - np.where(np.isfinite(best), best, 0.0)) / 0.05)
    total = weights.sum(axis=1, keepdims=True)
    found = np.einsum("ij,ijk->ik", weights, places[np.maximum(indices, 0)]) / np.maximum(total, 1e-300)
    found = np.where(total > 0, found, places.mean(axis=0))  # without a direction: into the middle
    spread = float(places.std()) or 1.0
    moved: Floats64 = found + generator.normal(0, spread / 300, found.shape)
    return moved


def align_to(positions: ArrayLike, old: ArrayLike, known: ArrayLike) -> Floats64:
    """Positions turned, mirrored, scaled and shifted so that the known tracks come nearest to where they were.

    Parameters
    ----------
    positions : ndarray [shape=(n, 2)]
    old : ndarray [shape=(n, 2)]
        Looked at where `known` is true.
    known : ndarray [shape=(n,)], bool
        With fewer than two of them nothing is turned.

    Returns
    -------
    ndarray [shape=(n, 2)], float64
        The shape is that of `positions`; only similarity transforms are applied.
    """
    fresh = np.asarray(positions, dtype=np.float64)
    chosen = np.asarray(known, dtype=bool)
    if chosen.sum() < 2:
        return fresh
    source, target = fresh[chosen], np.asarray(old, dtype=np.float64)[chosen]
    source_mean, target_mean = source.mean(axis=0), target.mean(axis=0)
    left, strengths, right = np.linalg.svd((source - source_mean).T @ (target - target_mean))
    size = float(((source - source_mean) ** 2).sum())
    if size <= 0 or strengths.sum() <= 0:
        return fresh
    turned: Floats64 = (strengths.sum() / size) * (fresh - source_mean) @ (left @ right) + target_mean
    return turned


def _principal(rows: Floats) -> Floats64:
    """The two directions in which the rows differ most; signs are fixed by the largest entry."""
    centred = rows.astype(np.float64) - rows.mean(axis=0, dtype=np.float64)
    _, directions = np.linalg.eigh(centred.T @ centred)
    axes = directions[:, ::-1][:, :2]
    axes = axes * np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(axes.shape[1])])
    found = centred @ axes
    return found if found.shape[1] == 2 else np.column_stack([found, np.zeros(len(found))])


def _scaled(positions: Floats64, generator: np.random.Generator) -> Floats64:
    """To unit spread, and no two in one place."""
    spread = float(positions.std())
    if spread > 1e-9:
        scaled: Floats64 = positions / spread
        return scaled + generator.normal(0, 1e-3, positions.shape)
    return generator.normal(0, 1, positions.shape)


def _complete(indices: NDArray[np.int64], similarities: Floats64, count: int) -> tuple[NDArray[np.int64], Floats64]:
    """The same with every place filled: tracks without a direction get others at a right angle."""
    found, cosines = indices[:, : count - 1].copy(), similarities[:, : count - 1].copy()
    for row in np.flatnonzero((found < 0).any(axis=1)):
        missing = np.flatnonzero(found[row] < 0)
        taken = {int(row), *found[row].tolist()}
        others = (other % count for other in range(row + 1, row + 1 + count))
        found[row, missing] = [other for other, _ in zip((o for o in others if o not in taken), missing, strict=False)]
        cosines[row, missing] = 0.0
    return found, cosines
