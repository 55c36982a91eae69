"""Judges which guesses were right, at any threshold, along the tree of genres."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass

import numpy as np

from musicemb.core.genres.choice import likeliest_path
from musicemb.core.genres.families import GenreTree
from musicemb.core.genres.family_table import JOINT
from musicemb.records import Booleans, Floats64, Integers

FEWEST = 8
"""Guesses that a share of right ones must be counted on."""


@dataclass(frozen=True)
class GuessPredictions:
    """The predictions of one system for the tested tracks."""

    rows: Integers
    """The tested recordings, shape (n,)."""
    probabilities: Floats64
    """Shape (n, n_candidates + 1); the last column is another genre."""
    thresholds: Floats64
    """Confidence that a guess takes, shape (n,)."""


@dataclass(frozen=True)
class Judgement:
    """For each track the words that may be said of it, from the likeliest family down to a single word."""

    nodes: Integers
    """Shape (n, depth); -1 where the path is at its end."""
    worth: Floats64
    """What each is worth, shape (n, depth); 0 behind the end."""
    hits: Floats64
    """1 where it would be right, shape (n, depth)."""
    exact: Floats64
    """1 where the tag says that very word, 0 where it says one that belongs to it; NaN for a word that no tag says."""

    @property
    def sure(self) -> Floats64:
        """How likely the likeliest family is."""
        return self.worth[:, 0]

    @property
    def right(self) -> Floats64:
        """Whether it is right."""
        return self.hits[:, 0]

    def say(self, thresholds: Floats64) -> tuple[Integers, Floats64]:
        """The guesses at a threshold: the deepest word that reaches it.

        Parameters
        ----------
        thresholds : ndarray [shape=(n,)], float64

        Returns
        -------
        said : ndarray [shape=(n,)], int64
            Nodes; -1 where none reaches it.
        right : ndarray [shape=(n,)], float64
            0 where nothing is said.
        """
        depth, made = self._deepest(thresholds)
        rows = np.arange(len(made))
        return np.where(made, self.nodes[rows, depth], -1), np.where(made, self.hits[rows, depth], 0.0)

    def say_words(self, thresholds: Floats64) -> tuple[Booleans, Floats64]:
        """Which tracks a word of the tags is said of at a threshold, and of which it is the tag's own.

        Parameters
        ----------
        thresholds : ndarray [shape=(n,)], float64

        Returns
        -------
        said : ndarray [shape=(n,)], bool
            False where nothing is said, or only a family that no tag names.
        right : ndarray [shape=(n,)], float64
            0 where no word is said.
        """
        depth, made = self._deepest(thresholds)
        exact = self.exact[np.arange(len(made)), depth]
        said: Booleans = np.asarray(made & np.isfinite(exact), dtype=bool)
        return said, np.where(said, exact, 0.0)

    def _deepest(self, thresholds: Floats64) -> tuple[Integers, Booleans]:
        enough = (self.worth >= thresholds[:, None]) & (self.nodes >= 0)
        depth = self.worth.shape[1] - 1 - enough[:, ::-1].argmax(axis=1)
        return depth, np.asarray(enough.any(axis=1), dtype=bool)

    def at(self, threshold: float) -> dict[str, float]:
        """Coverage and accuracy at a threshold.

        Parameters
        ----------
        threshold : float

        Returns
        -------
        dict
            threshold, coverage, accuracy (NaN where nothing is said), and the same of the very words of the tags:
            word_coverage, word_accuracy.
        """
        limits = np.full(len(self.nodes), threshold)
        said, right = self.say(limits)
        made: Booleans = np.asarray(said >= 0, dtype=bool)
        words, same = self.say_words(limits)
        return {
            "threshold": float(threshold),
            "coverage": float(made.mean()) if len(made) else 0.0,
            "accuracy": float(right[made].mean()) if made.any() else float("nan"),
            "word_coverage": float(words.mean()) if len(words) else 0.0,
            "word_accuracy": float(same[words].mean()) if words.any() else float("nan"),
        }

    def aim(self, share: float, *, words: bool = False) -> float | None:
        """The lowest threshold from which on enough guesses are right.

        Parameters
        ----------
        share : float
        words : bool
            Right are only the very words of the tags; families that no tag names are not counted.

        Returns
        -------
        float or None
            A hundredth; None where there is none at which at least eight guesses are made.
        """
        kind = "word_" if words else ""
        for hundredth in range(1, 100):
            found = self.at(hundredth / 100)
            if found[f"{kind}accuracy"] >= share and found[f"{kind}coverage"] * len(self.nodes) >= FEWEST:
                return hundredth / 100
        return None


class Judge:
    """Knows what was true.

    Parameters
    ----------
    tree : GenreTree
    truths : ndarray [shape=(n_recordings, n_candidates + 1)], float64
        Of `core.genres.voters.label_distribution`.
    apart : container of str
        Words that are not said.
    """

    def __init__(self, tree: GenreTree, truths: Floats64, apart: Container[str] = ()) -> None:
        self.truths = truths
        self.true: Booleans = np.asarray(tree.roll_up(truths) > 0, dtype=bool)
        self._words = np.full(self.true.shape, np.nan)
        self._words[:, : truths.shape[1] - 1] = truths[:, :-1] > 0
        self._tree = tree
        voted = truths.shape[1] - 1
        joint = JOINT.difference(tree.nodes[:voted])  # families that nobody names
        self._said = [place for place, genre in enumerate(tree.nodes) if genre not in apart and genre not in joint]

    def judge(self, predictions: GuessPredictions) -> Judgement:
        """Determine the possible guesses for each track, and which of them are right.

        Parameters
        ----------
        predictions : GuessPredictions

        Returns
        -------
        Judgement
        """
        tree = self._tree
        worth = tree.roll_up(predictions.probabilities)
        places = {genre: place for place, genre in enumerate(tree.nodes)}
        parents = {
            genre: tree.nodes[above] if above >= 0 else ""
            for genre, above in zip(tree.nodes, tree.parents, strict=True)
        }
        paths = []
        for row in worth:
            mine = {tree.nodes[place]: float(row[place]) for place in self._said}
            paths.append([places[genre] for genre in likeliest_path(mine, parents)])
        depth = max((len(path) for path in paths), default=1)
        nodes = np.full((len(paths), max(depth, 1)), -1, dtype=np.int64)
        for row, path in enumerate(paths):
            nodes[row, : len(path)] = path
        rows = np.arange(len(paths))[:, None]
        there = nodes >= 0
        places_of = np.where(there, nodes, 0)
        hits = self.true[predictions.rows[:, None], places_of] & there
        exact = np.where(there, self._words[predictions.rows[:, None], places_of], np.nan)
        return Judgement(nodes, np.where(there, worth[rows, places_of], 0.0), hits.astype(np.float64), exact)

    def below(self, said: Integers, node: int) -> Booleans:
        """Whether what was said is a word, or belongs to it.

        Parameters
        ----------
        said : ndarray [shape=(n,)], int64
            Nodes; -1 for none.
        node : int

        Returns
        -------
        ndarray [shape=(n,)], bool
        """
        inside = np.zeros(len(self._tree.nodes) + 1, dtype=bool)  # the last is that of none
        for place in range(len(self._tree.nodes)):
            one = place
            while one >= 0 and one != node:
                one = self._tree.parents[one]
            inside[place] = one == node
        return np.asarray(inside[said], dtype=bool)
