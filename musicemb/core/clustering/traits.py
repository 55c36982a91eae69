"""Describes what distinguishes a cluster from the rest of a library, in listeners' words and in numbers.

A word is said only where a member of the cluster and any other track, both drawn by chance, differ that way three
times out of four (the area under the ROC curve), and by so much that it can be heard.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from musicemb.records import NOISE, AcousticDescriptors

_CLEAR = 0.75
"""Chance from which a difference is said."""
_STILL = 0.68
"""Chance at which members that did not choose a word bear it out."""
_FEWEST = 5
"""Members, and other tracks, that must have been described."""
_TEMPO_KNOWN = 0.5
"""Share of the members whose tempo must be clear for a word on it."""
_AUDIBLE = 1.15
"""Least ratio of the medians."""
TEMPOS = ("slow", "fast")
"""Words on the tempo."""
_SLOW, _FAST = 95.0, 120.0
"""Beats per minute up to which, and from which on, music is called so, however it compares."""
_BEAT = 0.3
"""Least difference of the shares of tracks with a clear beat."""


@dataclass(frozen=True)
class Trait:
    """A difference between a cluster and the rest of the library."""

    word: str
    """"slow", "dark"."""
    text: str
    """The word with numbers."""
    chance: float
    """That a member and another track differ this way, 0.5 to 1."""
    clear: bool
    """False where it only bears out a word that others chose."""


def find_traits(
    descriptors: Sequence[AcousticDescriptors | None], labels: NDArray[np.int64]
) -> dict[int, tuple[Trait, ...]]:
    """The traits that distinguish each cluster.

    Parameters
    ----------
    descriptors : sequence of AcousticDescriptors or None
        Of each track; None where it was not described.
    labels : ndarray [shape=(n,)], int
        Cluster of each track, or NOISE.

    Returns
    -------
    dict of cluster to tuple of Trait
        The clearest first; every cluster has an entry, perhaps an empty one.
    """
    clusters = [int(cluster) for cluster in np.unique(labels) if cluster != NOISE]
    missing = AcousticDescriptors(np.nan, np.nan, np.nan)
    rows = [one or missing for one in descriptors]
    tempo = np.array([row.tempo for row in rows], dtype=np.float64)
    described, beat = np.isfinite(tempo), tempo > 0
    columns: tuple[tuple[str, str, str, NDArray[np.float64]], ...] = (
        (*TEMPOS, "BPM", np.where(beat, tempo, np.nan)),
        ("dark", "bright", "Hz", np.array([row.brightness for row in rows], dtype=np.float64)),
        ("sustained", "percussive", "dB/s", np.array([row.energy for row in rows], dtype=np.float64)),
    )
    found: dict[int, list[Trait]] = {cluster: [] for cluster in clusters}
    for low, high, unit, values in columns:
        known = np.isfinite(values)
        ranks = _ranks(values[known])
        for cluster in clusters:
            inside = labels == cluster
            if unit == "BPM" and known[inside].sum() < _TEMPO_KNOWN * inside.sum():
                continue
            members = inside[known]
            chance = _chance(ranks, members)
            if chance is None or max(chance, 1 - chance) < _STILL:
                continue
            ours, theirs = (float(np.median(values[known][side])) for side in (members, ~members))
            word = high if chance > 0.5 else low
            ratio = ours / max(theirs, 1e-9) if word == high else theirs / max(ours, 1e-9)
            tempo_fits = unit != "BPM" or (ours >= _FAST if word == high else ours <= _SLOW)
            if ratio >= _AUDIBLE and tempo_fits:
                text = f"{word}: {ours:,.0f} {unit}, elsewhere {theirs:,.0f}"
                found[cluster].append(Trait(word, text, max(chance, 1 - chance), max(chance, 1 - chance) >= _CLEAR))
    for cluster, trait in _beats(labels, described, beat, clusters):
        found[cluster].append(trait)
    return {cluster: tuple(sorted(traits, key=lambda trait: -trait.chance)) for cluster, traits in found.items()}


def confirm_traits(
    descriptors: Sequence[AcousticDescriptors | None], labels: NDArray[np.int64]
) -> dict[int, tuple[Trait, ...]]:
    """The traits that also hold for the half of the members that did not choose them: fit for a name.

    Parameters
    ----------
    descriptors, labels
        As for `find_traits`.

    Returns
    -------
    dict of cluster to tuple of Trait
        The clearest first. A word is chosen by every second member, and must hold for the others.
    """
    half = halve(labels)
    chosen, asked = (
        find_traits([one if mine else None for one, mine in zip(descriptors, side, strict=True)], labels)
        for side in (half, ~half)
    )
    held = {cluster: {trait.word for trait in traits} for cluster, traits in asked.items()}
    return {
        cluster: tuple(trait for trait in traits if trait.clear and trait.word in held[cluster])
        for cluster, traits in chosen.items()
    }


def halve(labels: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Every second member of each cluster.

    Parameters
    ----------
    labels : ndarray [shape=(n,)], int

    Returns
    -------
    ndarray [shape=(n,)], bool
    """
    order = np.argsort(labels, kind="stable")
    sorted_labels = labels[order]
    starts = np.flatnonzero(np.diff(sorted_labels, prepend=sorted_labels[:1] - 1))
    begins = np.repeat(starts, np.diff(np.append(starts, len(labels))))
    half = np.zeros(len(labels), dtype=bool)
    half[order] = (np.arange(len(labels)) - begins) % 2 == 0
    return half


def _beats(
    labels: NDArray[np.int64], described: NDArray[np.bool_], beat: NDArray[np.bool_], clusters: Sequence[int]
) -> Iterator[tuple[int, Trait]]:
    for cluster in clusters:
        inside, outside = described & (labels == cluster), described & (labels != cluster)
        if min(inside.sum(), outside.sum()) < _FEWEST:
            continue
        ours, theirs = float(beat[inside].mean()), float(beat[outside].mean())
        if abs(ours - theirs) >= _BEAT:
            word = "steady beat" if ours > theirs else "no steady beat"
            text = f"{word}: {ours:.0%} of the tracks have a clear one, elsewhere {theirs:.0%}"
            yield cluster, Trait(word, text, 0.5 + abs(ours - theirs) / 2, True)


def _ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    from scipy.stats import rankdata

    ranks: NDArray[np.float64] = rankdata(values)
    return ranks


def _chance(ranks: NDArray[np.float64], members: NDArray[np.bool_]) -> float | None:
    """Chance that a member has more than another track (Mann and Whitney 1947); None where too few are known."""
    inside, outside = int(members.sum()), int((~members).sum())
    if min(inside, outside) < _FEWEST:
        return None
    return float((ranks[members].sum() - inside * (inside + 1) / 2) / (inside * outside))
