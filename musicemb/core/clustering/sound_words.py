"""Words for the sound of a cluster ("calm", "piano", "female voice"): true of most members and of few other tracks.

A word is told of a track where the encoder's tag heads are sure (`core.sound_tags.values`). It names a cluster where
six of ten members have it, and far fewer of the other tracks; both are asked of one half of the members, and must hold
for the half that did not choose it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from musicemb.core.clustering.traits import Trait, halve
from musicemb.records import NOISE, Booleans

_MOST = 0.6
"""Share of the members that must have a word."""
_APART = 0.3
"""By how much that share must exceed the other tracks'."""
_STILL = 0.2
"""The same for the half that bears it out."""
_FEWEST = 3
"""Members in a half, and other tracks."""


def find_words(names: Sequence[str], told: Booleans, labels: NDArray[np.int64]) -> dict[int, tuple[Trait, ...]]:
    """Words that are fit for the name of a cluster.

    Parameters
    ----------
    names : sequence of str
        Words.
    told : ndarray [shape=(n, n_words)], bool
        Whether each is told of each track.
    labels : ndarray [shape=(n,)], int
        Cluster of each track, or NOISE.

    Returns
    -------
    dict of cluster to tuple of Trait
        The clearest first; every cluster has an entry, perhaps an empty one.
    """
    everywhere = told.sum(axis=0)
    half = halve(labels)
    found: dict[int, tuple[Trait, ...]] = {}
    for cluster in np.unique(labels[labels != NOISE]).tolist():
        inside = labels == cluster
        chosen, asked = told[inside & half], told[inside & ~half]
        others = len(told) - int(inside.sum())
        if min(len(chosen), len(asked), others) < _FEWEST:
            found[cluster] = ()
            continue
        ours = told[inside].mean(axis=0)
        theirs = (everywhere - told[inside].sum(axis=0)) / others
        holds = np.ones(len(names), dtype=bool)
        for part, apart in ((chosen, _APART), (asked, _STILL)):
            share = part.mean(axis=0)
            holds &= (share >= _MOST) & (share - theirs >= apart)
        order = sorted(np.flatnonzero(holds).tolist(), key=lambda word: (theirs[word] - ours[word], names[word]))
        found[cluster] = tuple(
            Trait(
                names[word],
                f"{names[word]}: {ours[word]:.0%} of the tracks, elsewhere {theirs[word]:.0%}",
                0.5 + float(ours[word] - theirs[word]) / 2,
                True,
            )
            for word in order
        )
    return found
