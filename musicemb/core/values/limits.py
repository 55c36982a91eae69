"""Filters tracks by tempo and key, and orders them so that they mix well."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from musicemb.records import Booleans, MusicalKey, TrackValues

_NEAR = 0.02
"""Share by which a tempo may differ from a single number that was asked for."""
_MIXES = 0.06
"""Share by which tempos may differ that are mixed; double and half tempo count as the same."""
_RANGE = re.compile(r"\s*(\d+(?:\.\d*)?)?\s*(-|–|\.\.)?\s*(\d+(?:\.\d*)?)?\s*")


@dataclass(frozen=True)
class ValueLimits:
    """The limits on a track's values; none by default."""

    slowest: float = 0.0
    fastest: float = float("inf")
    """Beats per minute."""
    keys: frozenset[MusicalKey] = frozenset()
    """Empty: any, or none."""

    @property
    def ask_for_bpm(self) -> bool:
        """Whether a tempo is asked for."""
        return self.slowest > 0 or self.fastest < float("inf")

    def hold(self, values: TrackValues | None) -> bool:
        """Whether a track is within what is asked for; one without the value is not.

        Parameters
        ----------
        values : TrackValues or None

        Returns
        -------
        bool
        """
        if self.ask_for_bpm:
            bpm = None if values is None else values.bpm
            # As it is shown: 128 means all that rounds to it.
            if bpm is None or not self.slowest <= round(bpm, 1) <= self.fastest:
                return False
        return not self.keys or (values is not None and values.key in self.keys)


def read_bpm(text: str) -> tuple[float, float]:
    """A range of tempos as people write it.

    Parameters
    ----------
    text : str
        "120-128", "-100", "140-", or one number, of which 2 % more or less will do.

    Returns
    -------
    slowest, fastest : float

    Raises
    ------
    ValueError
        For anything else, or where the first is the larger.
    """
    found = _RANGE.fullmatch(text)
    if found is None or not (found[1] or found[3]):
        raise ValueError(f"{text!r} is not a range of tempos such as 120-128")
    if found[2] is None:
        number = float(found[1] or found[3])
        return number * (1 - _NEAR), number * (1 + _NEAR)
    slowest, fastest = float(found[1] or 0), float(found[3] or "inf")
    if slowest > fastest:
        raise ValueError(f"{text!r}: the slower tempo comes first")
    return slowest, fastest


def read_keys(text: str) -> frozenset[MusicalKey]:
    """Keys as people write them.

    Parameters
    ----------
    text : str
        "8A", "Am", several with commas; a plus behind one takes the keys that mix with it too: "8A+".

    Returns
    -------
    frozenset of MusicalKey

    Raises
    ------
    ValueError
        For what is no key.
    """
    keys: set[MusicalKey] = set()
    for part in text.split(","):
        key = MusicalKey.from_text(part.strip().removesuffix("+"))
        keys |= {key, *key.neighbours} if part.strip().endswith("+") else {key}
    return frozenset(keys)


def clashes(tracks: Sequence[TrackValues | None]) -> Booleans:
    """Which tracks do not go well after each other: keys that do not mix, or tempos too far apart.

    Parameters
    ----------
    tracks : sequence of TrackValues or None
        What is not known does not clash.

    Returns
    -------
    ndarray [shape=(n, n)], bool
        Symmetric.
    """
    bpm = np.array([np.nan if one is None or one.bpm is None else one.bpm for one in tracks], dtype=np.float64)
    octaves = np.log2(bpm)[:, None] - np.log2(bpm)[None]
    with np.errstate(invalid="ignore"):
        found: Booleans = np.abs(octaves - np.round(octaves)) > np.log2(1 + _MIXES)
    keys = [None if one is None else one.key for one in tracks]
    for at, key in enumerate(keys):
        if key is not None:
            mixing = key.neighbours | {key}
            found[at] |= np.array([other is not None and other not in mixing for other in keys])
    return found


def order_by_mixing(clash: Booleans) -> list[int]:
    """An order in which as few as may be clash with the one before: always the first of those left that does not.

    Parameters
    ----------
    clash : ndarray [shape=(n, n)], bool
        As `clashes` gives it, best first.

    Returns
    -------
    list of int
        All of them; begins with the first.
    """
    left, order = list(range(len(clash))), list[int]()
    while left:
        fitting = (at for at in left if not order or not clash[order[-1], at])
        order.append(next(fitting, left[0]))
        left.remove(order[-1])
    return order
