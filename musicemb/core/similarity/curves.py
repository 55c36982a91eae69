"""Orders tracks along a curve of tempo, with keys that mix side by side."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import median

import numpy as np

from musicemb.core.similarity.folding import fold_text
from musicemb.errors import MusicembError, SettingsError
from musicemb.records import MusicalKey, Track

CURVES = {
    "warm-up": ((0.0, 0.0), (1.0, 1.0)),
    "arc": ((0.0, 0.0), (0.6, 1.0), (1.0, 0.2)),
    "cool-down": ((0.0, 1.0), (1.0, 0.0)),
}
"""Name -> corners of the curve: place in the list, and how fast, both 0 to 1."""

_NEAR = math.log2(1.06)
"""Octaves of tempo by which two tracks may differ that change places for their keys: what a DJ's pitch fader does."""
_PASSES = 5
_SURE = 0.5
"""Confidence below which a key is taken for unknown: a wrong one would part what mixes."""


def in_curve(tracks: Sequence[Track], curve: str) -> list[Track]:
    """The same tracks in another order, whose tempo follows a curve.

    Parameters
    ----------
    tracks : sequence of Track
    curve : str
        One of `CURVES`.

    Returns
    -------
    list of Track

    Raises
    ------
    SettingsError
        Where there is no such curve.
    MusicembError
        Where no tempo is known.
    """
    if curve not in CURVES:
        raise SettingsError(f"there is no curve {curve!r}; there are {', '.join(CURVES)}")
    values = [track.values for track in tracks]
    tempos = [None if one is None else one.bpm for one in values]
    if tracks and not any(tempos):
        raise MusicembError("the tempo of these tracks is not known: musicemb scan --reembed measures it")
    keys = [None if one is None or one.key_confidence < _SURE else one.key for one in values]
    order = order_by_curve(tempos, keys, [fold_text(track.tags.artist) for track in tracks], curve)
    return [tracks[at] for at in order]


def order_by_curve(
    tempos: Sequence[float | None], keys: Sequence[MusicalKey | None], artists: Sequence[str], curve: str
) -> list[int]:
    """An order whose tempo follows a curve.

    The slowest track takes the lowest place of the curve, the next the next: no other order is nearer to it in ranks.
    Then tracks of nearly one tempo change places wherever fewer keys clash, or fewer artists meet themselves.

    Parameters
    ----------
    tempos : sequence of float or None
        Beats per minute; None counts as the median.
    keys : sequence of MusicalKey or None
        None clashes with nothing.
    artists : sequence of str
        "" is nobody.
    curve : str
        One of `CURVES`.

    Returns
    -------
    list of int
        Each track once.
    """
    known = [tempo for tempo in tempos if tempo]
    if not known:
        return list(range(len(tempos)))
    middle = median(known)
    heights = [math.log2(tempo or middle) for tempo in tempos]
    at, high = np.array(CURVES[curve]).T
    places = np.interp(np.linspace(0, 1, len(tempos)), at, high)
    order = [0] * len(tempos)
    slowest_first = sorted(range(len(tempos)), key=lambda track: (heights[track], track))
    for place, track in zip(np.argsort(places, kind="stable").tolist(), slowest_first, strict=True):
        order[place] = track

    def trouble(place: int) -> int:
        """The penalty of a track at its position, by its neighbours."""
        found = 0
        for one in (place - 1, place):
            if 0 <= one < len(order) - 1:
                left, right = order[one], order[one + 1]
                found += _clash(keys[left], keys[right]) + 2 * (artists[left] != "" and artists[left] == artists[right])
        return found

    for _ in range(_PASSES):
        changed = False
        for first in range(len(order)):
            if not trouble(first):
                continue
            for second in range(len(order)):
                if first == second or abs(heights[order[first]] - heights[order[second]]) > _NEAR:
                    continue
                before = trouble(first) + trouble(second)
                order[first], order[second] = order[second], order[first]
                if trouble(first) + trouble(second) < before:
                    changed = True
                else:
                    order[first], order[second] = order[second], order[first]
        if not changed:
            break
    return order


def _clash(one: MusicalKey | None, two: MusicalKey | None) -> bool:
    return one is not None and two is not None and one != two and two not in one.neighbours
