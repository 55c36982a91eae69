"""A smooth way from one track to another, and orders in which no artist comes twice in a row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from musicemb.records import Floats64


def smooth_path(distances: ArrayLike, start: int, end: int) -> list[int]:
    """The way whose largest step is as small as can be, and which is shortest among those.

    The largest step of the best way is that of the way along the minimum spanning tree (Hu: "The maximum
    capacity route problem", Operations Research 9, 1961); with longer steps forbidden, Dijkstra's algorithm
    finds the shortest by the sum of squares, which favours many even steps over a few uneven ones.

    Parameters
    ----------
    distances : ndarray [shape=(n, n)]
        Symmetric, not negative.
    start, end : int

    Returns
    -------
    list of int
        From start to end, no track twice.
    """
    if start == end:
        return [start]
    lengths = np.maximum(np.asarray(distances, dtype=np.float64), 1e-9)
    # A few hundred tracks, all with all: a row at a time in NumPy is done before SciPy is loaded.
    tree = _grow_tree(lengths, start, end, lambda _, row: row)
    along = _walk_back(tree, start, end)
    widest = max(lengths[one, two] for one, two in pairwise(along))
    allowed = np.where(lengths <= widest * (1 + 1e-9), lengths**2, np.inf)
    return _walk_back(_grow_tree(allowed, start, end, lambda far, row: far + row), start, end)


def resample_path(
    path: Sequence[int], distances: ArrayLike, n: int, artists: Sequence[str], *, spacing: int = 0
) -> list[int]:
    """A path of n tracks along a given one.

    Where it is too long, the inner tracks go whose going makes the smallest step; where it is too
    short, the widest step takes in the track that halves it best. Artists keep their distance where
    possible; the ends always stay.

    Parameters
    ----------
    path : sequence of int
    distances : ndarray [shape=(m, m)]
        Symmetric.
    n : int
        Tracks wanted, at least the two ends.
    artists : sequence of str
        Of each of the m tracks; "" is nobody.
    spacing : int
        Tracks that should stand between two by one artist.

    Returns
    -------
    list of int
        Fewer than n where there are not as many tracks.
    """
    lengths = np.asarray(distances, dtype=np.float64)
    chosen = list(path)
    while len(chosen) > max(n, 2):
        inner = range(1, len(chosen) - 1)
        chosen.pop(min(inner, key=lambda at: (_fits(chosen, at, artists, spacing), _joined(lengths, chosen, at), at)))
    for at in reversed(range(1, len(chosen) - 1)):
        if not _fits(chosen, at, artists, spacing):
            chosen.pop(at)
    while len(chosen) < n:
        grown = _grow(chosen, lengths, artists, spacing) or _grow(chosen, lengths, artists, 0)
        if grown is None:
            break
        chosen = grown
    return chosen


def space_artists(artists: Sequence[str], n: int, spacing: int) -> list[int]:
    """Choose n tracks in an order that keeps an artist's tracks apart, near to the order they came in.

    Parameters
    ----------
    artists : sequence of str
        Best first; "" is nobody, who may follow nobody.
    n : int
    spacing : int
        Tracks that should stand between two by one artist.

    Returns
    -------
    list of int
        Always the best that may stand there; where none may, the one whose artist was longest ago.
    """
    left, chosen = list(range(len(artists))), list[int]()
    last: dict[str, int] = {}
    while left and len(chosen) < n:
        ages = [
            len(chosen) - last[artists[row]] - 1 if artists[row] in last else len(artists) + spacing for row in left
        ]
        place = next((at for at, age in enumerate(ages) if age >= spacing), None)
        pick = left.pop(ages.index(max(ages)) if place is None else place)
        if artists[pick]:
            last[artists[pick]] = len(chosen)
        chosen.append(pick)
    return chosen


def _grow_tree(
    lengths: Floats64, start: int, end: int, reach: Callable[[float, Floats64], Floats64]
) -> NDArray[np.int64]:
    """What each node is reached from, where the nearest to the tree is always taken next, until `end` is.

    `reach` tells how far the others are through a node that is so far itself: the edge alone makes the minimum spanning
    tree (Prim), the sum the shortest ways (Dijkstra).
    """
    # Two arrays, so that taken nodes are neither found again (infinite) nor ever found nearer (minus infinite).
    waiting = np.full(len(lengths), np.inf)
    far = waiting.copy()
    above = np.full(len(lengths), -1, dtype=np.int64)
    waiting[start] = 0.0
    for _ in range(len(lengths)):
        node = int(waiting.argmin())
        if node == end:
            break
        through = reach(float(waiting[node]), lengths[node])
        waiting[node], far[node] = np.inf, -np.inf
        nearer = (through < far).nonzero()[0]
        waiting[nearer] = far[nearer] = through[nearer]
        above[nearer] = node
    return above


def _walk_back(above: NDArray[np.int64], start: int, end: int) -> list[int]:
    way = [end]
    while way[-1] != start:
        way.append(int(above[way[-1]]))
    return way[::-1]


def _joined(lengths: Floats64, chosen: Sequence[int], at: int) -> float:
    """The step that would be left if a track went."""
    return float(lengths[chosen[at - 1], chosen[at + 1]])


def _fits(chosen: Sequence[int], at: int, artists: Sequence[str], spacing: int) -> bool:
    own = artists[chosen[at]]
    near = [*chosen[max(at - spacing, 0) : at], *chosen[at + 1 : at + 1 + spacing]]
    return not own or all(artists[other] != own for other in near)


def _grow(chosen: list[int], lengths: Floats64, artists: Sequence[str], spacing: int) -> list[int] | None:
    """With one more track, in the widest step that can take one in; None where none can."""
    steps = [lengths[one, two] for one, two in pairwise(chosen)]
    for gap in sorted(range(len(steps)), key=lambda at: (-steps[at], at)):
        wider = np.maximum(lengths[chosen[gap]], lengths[chosen[gap + 1]])
        wider[chosen] = np.inf
        for pick in np.argsort(wider, kind="stable").tolist():
            if not np.isfinite(wider[pick]):
                break
            longer = [*chosen[: gap + 1], pick, *chosen[gap + 1 :]]
            if _fits(longer, gap + 1, artists, spacing):
                return longer
    return None
