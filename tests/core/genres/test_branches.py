"""Taking a distribution apart along the tree and joining it again gives what it was."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from laws import trials
from numpy.testing import assert_allclose

from musicemb.core.genres.branches import choose, divide, join_branches
from musicemb.core.genres.families import build_tree

WORDS = ["bebop", "deep house", "house", "jazz", "metal", "punk", "rock", "techno", "unheard of"]


@settings(deadline=None, max_examples=trials(40))
@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=9, unique=True), st.integers(0, 2**32 - 1))
def test_what_is_divided_joins_to_what_it_was(words: list[str], seed: int) -> None:
    tree = build_tree(sorted(words))
    shares = np.random.default_rng(seed).dirichlet(np.ones(len(words) + 1), 4)
    top, *inner = tree.branches
    parts = [choose(shares[..., None], tree, top)[..., 0]]
    assert_allclose(parts[0].sum(axis=1), 1)
    for branch in inner:
        parts.append(divide(shares[..., None], tree, branch)[..., 0])
        assert_allclose(parts[-1].sum(axis=1), 1)
    assert_allclose(join_branches(tree, parts), shares, atol=1e-6)


def test_a_branch_of_which_nothing_is_known_is_divided_evenly() -> None:
    tree = build_tree(["house", "jazz", "techno"])
    branch = tree.branches[1]
    parts = divide(np.array([[0.0, 1.0, 0.0, 0.0]])[..., None], tree, branch)[..., 0]
    assert_allclose(parts, [[0.5, 0.5]])
