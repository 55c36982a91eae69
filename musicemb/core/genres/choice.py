"""From probabilities to what is said: the deepest word of the tree that is sure enough."""

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
    """What is guessed of one track.

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
    order = sorted(probabilities, key=lambda genre: -probabilities[genre])
    if not order:
        return [], 0.0
    above = {genre: _above(genre, parents) for genre in order}
    first = order[0]
    while True:
        below = [one for one in order if first in above[one] and probabilities[one] >= threshold]
        if not below:
            break
        first = below[0]
    chosen = [first]
    for genre in order if most > 1 else ():
        apart = all(genre != one and genre not in above[one] and one not in above[genre] for one in chosen)
        if len(chosen) < most and apart and probabilities[genre] >= second_share * probabilities[first]:
            chosen.append(genre)
    confidence = min(sum(probabilities[genre] for genre in chosen), 1.0)
    if confidence < threshold:
        return [], probabilities[first]
    return chosen, confidence


def _above(genre: str, parents: Mapping[str, str]) -> Sequence[str]:
    found: list[str] = []
    while genre := parents.get(genre, ""):
        found.append(genre)
    return found
