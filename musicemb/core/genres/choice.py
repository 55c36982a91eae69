"""Chooses the guess from probabilities: the deepest word of the tree that is sure enough."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def choose_genres(
    probabilities: Mapping[str, float],
    parents: Mapping[str, str],
    threshold: float,
    *,
    most: int = 1,
    second_share: float = 0.5,
) -> tuple[list[str], float]:
    """The guess for one track.

    Parameters
    ----------
    probabilities : mapping of str to float
        Genre that may be said -> what it is worth together with all below it.
    parents : mapping of str to str
        Genre -> the one above it, "" at the top; of all of these, and of those between.
    threshold : float
        Probability that it takes.
    most : int
        Genres that may be named.
    second_share : float
        A further one is named where it is at least this likely, compared with the first.

    Returns
    -------
    chosen : list of str
        The likeliest first; empty where that is not sure enough.
    confidence : float
        Their probabilities together, or that of the likeliest where none is chosen.
    """
    if most == 1:  # what is below the threshold is not said, and nothing below it is
        likeliest = max(probabilities.values(), default=0.0)
        probabilities = {genre: worth for genre, worth in probabilities.items() if worth >= threshold}
        if not probabilities:
            return [], likeliest
    path = likeliest_path(probabilities, parents)
    if not path:
        return [], 0.0
    # A family to which nothing but one word contributes is no more likely than that word: then the word is said.
    limit = min(threshold, probabilities[path[0]])
    first = next(genre for genre in reversed(path) if probabilities[genre] >= limit)
    above = {genre: _above(genre, parents) for genre in probabilities} if most > 1 else {}
    order = sorted(above, key=lambda genre: (-probabilities[genre], -len(above[genre])))
    chosen = [first]
    for genre in order:
        apart = all(genre != one and genre not in above[one] and one not in above[genre] for one in chosen)
        if len(chosen) < most and apart and probabilities[genre] >= second_share * probabilities[first]:
            chosen.append(genre)
    confidence = min(sum(probabilities[genre] for genre in chosen), 1.0)
    if confidence < threshold:
        return [], probabilities[first]
    return chosen, confidence


def likeliest_path(probabilities: Mapping[str, float], parents: Mapping[str, str]) -> list[str]:
    """From the likeliest word down: below each the likeliest of those that belong to it.

    Parameters
    ----------
    probabilities : mapping of str to float
        Genre that may be said -> what it is worth together with all below it.
    parents : mapping of str to str
        As for `choose_genres`.

    Returns
    -------
    list of str
        The widest first; probabilities never rise along it. Empty where nothing may be said.
    """
    above = {genre: _above(genre, parents) for genre in probabilities}
    # Of a word and what holds it, equally likely, the wider one comes first.
    left = sorted(probabilities, key=lambda genre: (-probabilities[genre], len(above[genre])))
    path: list[str] = []
    while left:
        path.append(left[0])
        left = [genre for genre in left if path[-1] in above[genre]]
    return path


def _above(genre: str, parents: Mapping[str, str]) -> Sequence[str]:
    found: list[str] = []
    while genre := parents.get(genre, ""):
        found.append(genre)
    return found
