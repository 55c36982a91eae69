"""Probabilities along a tree of genres: of the families, and how each family divides its share among its words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from musicemb.core.genres.families import GenreTree
from musicemb.records import Floats64


def choose(shares: Floats64, tree: GenreTree, branch: list[int]) -> Floats64:
    """Shares of a branch's choices, and of another genre.

    Parameters
    ----------
    shares : ndarray [shape=(m, n_candidates + 1, n_predictors)], float64
    tree : GenreTree
    branch : list of int
        One of the tree's.

    Returns
    -------
    ndarray [shape=(m, n_choices + 1, n_predictors)], float64
    """
    return np.concatenate([_roll_up(shares, tree, branch), shares[:, -1:]], axis=1)


def divide(shares: Floats64, tree: GenreTree, branch: list[int]) -> Floats64:
    """What part each choice has of the branch; even parts where it has nothing.

    Parameters
    ----------
    shares : ndarray [shape=(m, n_candidates + 1, n_predictors)], float64
    tree : GenreTree
    branch : list of int
        One of the tree's, not the top's.

    Returns
    -------
    ndarray [shape=(m, n_choices, n_predictors)], float64
        Sums to 1 over the choices.
    """
    inside = _roll_up(shares, tree, branch) + 1e-9
    return np.asarray(inside / inside.sum(axis=1, keepdims=True), dtype=np.float64)


def join_branches(tree: GenreTree, told: Sequence[Floats64]) -> Floats64:
    """Probabilities of the candidates, out of what each branch says.

    Parameters
    ----------
    tree : GenreTree
    told : sequence of ndarray [shape=(m, n_choices)], float64
        Probabilities of the choices of each of the tree's branches; the top's have another genre behind them.

    Returns
    -------
    ndarray [shape=(m, n_candidates + 1)], float64
        Rows sum to 1; the last column is another genre.
    """
    top, *inner = tree.branches
    candidates = tree.members.shape[1]
    worth = np.ones((len(told[0]), len(tree.nodes)))
    worth[:, top] = told[0][:, :-1]
    itself = np.ones((len(told[0]), candidates))
    for branch, parts in zip(inner, told[1:], strict=True):
        for place, node in enumerate(branch):
            if node >= 0:
                worth[:, node] = parts[:, place]
            else:
                itself[:, -1 - node] = parts[:, place]
    for place in range(candidates):
        node = place
        while node >= 0:
            itself[:, place] *= worth[:, node]
            node = tree.parents[node]
    return np.concatenate([itself, told[0][:, -1:]], axis=1)


def _roll_up(shares: Floats64, tree: GenreTree, branch: list[int]) -> Floats64:
    return np.asarray(np.moveaxis(np.moveaxis(shares[:, :-1], 1, 2) @ tree.choices(branch), 2, 1), dtype=np.float64)
