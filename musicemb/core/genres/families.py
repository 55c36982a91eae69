"""The tree of genres: which family a word belongs to, and what a library's words look like as a tree.

Words are folded genres (`core.genres.names.fold_genre`). The table that comes with the program is in
`core.genres.family_table`; what the listener says in their genres.txt goes before it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from musicemb.core.genres.family_table import JOINT, PARENTS
from musicemb.core.genres.names import fold_genre
from musicemb.errors import SettingsError
from musicemb.records import NO_ALIASES, Floats64, GenreAliases

DEEPEST = 8
"""Levels that a tree may have; more is a mistake in a file."""


def parent_of(genre: str, aliases: GenreAliases = NO_ALIASES) -> str:
    """The genre that a genre belongs to.

    Parameters
    ----------
    genre : str
        Folded.
    aliases : GenreAliases
        The listener's own go before the table.

    Returns
    -------
    str
        Folded; "" for a family, and for a word that the tree does not know.
    """
    found = aliases.parents.get(genre)
    return PARENTS.get(genre, "") if found is None else found


def ancestors_of(genre: str, aliases: GenreAliases = NO_ALIASES) -> Iterator[str]:
    """The genres above a genre, the nearest first.

    Parameters
    ----------
    genre : str
        Folded.
    aliases : GenreAliases

    Yields
    ------
    str
        At most `DEEPEST`.
    """
    for _ in range(DEEPEST):
        genre = parent_of(genre, aliases)
        if not genre:
            return
        yield genre


def family_of(genre: str, aliases: GenreAliases = NO_ALIASES) -> str:
    """The family that a genre belongs to: what is at the top, short of families that hold what people keep apart.

    Parameters
    ----------
    genre : str
        Folded.
    aliases : GenreAliases

    Returns
    -------
    str
        The genre itself where it is a family, or unknown to the tree.
    """
    above = [genre, *(one for one in ancestors_of(genre, aliases) if one not in JOINT)]
    return above[-1]


def add_families(aliases: GenreAliases, families: Mapping[str, str]) -> GenreAliases:
    """The listener's own tree, beside their aliases.

    Parameters
    ----------
    aliases : GenreAliases
        Of `core.genres.aliases.make_aliases`.
    families : mapping of str to str
        Genre -> the genre that it belongs to, as the listener writes them; "" for a family of its own. How a genre is
        spelled is taken from here only where there are capitals.

    Returns
    -------
    GenreAliases

    Raises
    ------
    SettingsError
        Where a word is not one genre, or the tree leads in a circle or through more than `DEEPEST` levels.
    """
    spellings = dict(aliases.spellings)

    def fold(word: str) -> str:
        folds = fold_genre(word, aliases)
        if len(folds) != 1:
            raise SettingsError(f'"{word[:60]}" is not one genre')
        if word != word.lower():  # in small letters it says where the genre belongs, not how it is written
            spellings.setdefault(folds[0], word)
        return folds[0]

    parents = {fold(genre): fold(family) if family else "" for genre, family in families.items()}
    parents = _check_levels(_break_circles(parents), parents)
    return replace(aliases, parents=parents, spellings=spellings)


def _break_circles(own: Mapping[str, str]) -> dict[str, str]:
    """Take out what of the table would lead in a circle with the listener's own words."""
    found = dict(own)
    done: set[str] = set()
    for start in own:
        path = {start: None}
        genre = start
        while (above := found.get(genre, PARENTS.get(genre, ""))) and above not in done:
            if above in path:
                circle = list(path)[list(path).index(above) :]
                ours = [one for one in circle if one not in own]
                if not ours:
                    shown = [*circle, above] if len(circle) <= 5 else [*circle[:5], "...", above]
                    raise SettingsError(f"genres belong to each other in a circle: {' < '.join(shown)}")
                found[ours[-1]] = ""
                break
            path[above] = None
            genre = above
        done.update(path)
    return found


def _check_levels(found: dict[str, str], own: Mapping[str, str]) -> dict[str, str]:
    levels: dict[str, int] = {}
    for start in own:
        path = [start]
        while path[-1] not in levels and (above := found.get(path[-1], PARENTS.get(path[-1], ""))):
            path.append(above)
        top = levels.setdefault(path[-1], 0)
        for place, genre in enumerate(reversed(path)):
            levels[genre] = top + place
        if levels[start] > DEEPEST:
            raise SettingsError(f'"{start[:60]}" is below more than {DEEPEST} other genres; fewer levels are needed')
    return found


@dataclass(frozen=True)
class GenreTree:
    """The words of a library as a tree; the first n_candidates nodes are the words that can be voted for."""

    nodes: tuple[str, ...]
    """Folded genres: the candidates, then the families above them that are none."""
    parents: tuple[int, ...]
    """The node above each; -1 for the top."""
    members: Floats64
    """1 where a candidate is a node, or below it, shape (n_nodes, n_candidates)."""

    @property
    def branches(self) -> list[list[int]]:
        """The choices: at the top, and at each node with several below it.

        Returns
        -------
        list of list of int
            Nodes to choose among, the top's first. A word that has others below it is one of the choices there
            too, meaning just itself: it is given as -1 - node.
        """
        below: dict[int, list[int]] = {-1: []}
        for node, parent in enumerate(self.parents):
            below.setdefault(parent, []).append(node)
        candidates = self.members.shape[1]
        found = [below.pop(-1)]
        for node, children in sorted(below.items()):
            choices = children + ([-1 - node] if node < candidates else [])
            found.append(choices)
        return found

    def roll_up(self, probabilities: Floats64) -> Floats64:
        """The values of words, summed with all words below them.

        Parameters
        ----------
        probabilities : ndarray [shape=(..., n_candidates + 1)], float64
            The last column is another genre.

        Returns
        -------
        ndarray [shape=(..., n_nodes)], float64
        """
        return np.asarray(probabilities[..., :-1] @ self.members.T, dtype=np.float64)

    def choices(self, branch: Sequence[int]) -> Floats64:
        """Which candidates each choice of a branch stands for.

        Parameters
        ----------
        branch : sequence of int
            One of `branches`.

        Returns
        -------
        ndarray [shape=(n_candidates, n_choices)], float64
        """
        columns = np.zeros((self.members.shape[1], len(branch)))
        for place, node in enumerate(branch):
            if node >= 0:
                columns[:, place] = self.members[node]
            else:
                columns[-1 - node, place] = 1
        return columns


def build_tree(candidates: Sequence[str], aliases: GenreAliases = NO_ALIASES) -> GenreTree:
    """The tree of some words.

    Parameters
    ----------
    candidates : sequence of str
        Folded genres, each once.
    aliases : GenreAliases

    Returns
    -------
    GenreTree
    """
    places = {genre: place for place, genre in enumerate(candidates)}
    above: list[str] = []
    for genre in candidates:
        for family in ancestors_of(genre, aliases):
            if family not in places:
                places[family] = len(places)
                above.append(family)
    nodes = (*candidates, *above)
    parents = tuple(places.get(parent_of(genre, aliases), -1) for genre in nodes)
    members = np.zeros((len(nodes), len(candidates)))
    for place in range(len(candidates)):
        node = place
        while node >= 0:
            members[node, place] = 1
            node = parents[node]
    return GenreTree(nodes, parents, members)
