"""Finds passages with a voice, speech or noise by applying tag heads to stretches of a few seconds.

Heads are linear in vectors, so that segments which are stored anyway answer too, and nothing more is stored or heard.
A head learned what tracks are like; what is asked here are stretches of about four seconds, pooled as tracks are.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from musicemb.core.sound_tags.heads import apply_tag_heads, rank_tags
from musicemb.core.sound_tags.values import said_of
from musicemb.records import Floats, Floats64, Passage, TagHeads

STRETCH = 4.0
"""Seconds that are asked at once: segments of a second doubt themselves, and a line of song is about so long."""
SHORTEST = 6.0
"""Seconds; what is shorter is not told."""
BRIDGED = 16.0
"""Seconds between two stretches that were heard, at most, where what is on both sides is taken to be between them too:
a scan hears a third of a track. Where more is missing it was silent."""
VOICE_FROM, VOICE_UNTIL = 0.65, 0.6
"""How clearly sung (0 to 1, as `values.VOICE_LEAST`) a passage must be somewhere, and all along. These told most of the
time rightly on made tracks of what the shipped heads were fitted on (`tests/benchmarks/passages.py`, another split)."""
SURE = 0.5
"""Probability from which speech and noise are told; heads of taggers' words are asked for their ranks instead."""


def find_passages(vectors: Floats, starts: Floats, heads: TagHeads, duration: float) -> tuple[Passage, ...]:
    """Find when there is a voice, speech or noise.

    Parameters
    ----------
    vectors : ndarray [shape=(n_segments, d)], float32
        Of a track's segments, as far as they were heard.
    starts : ndarray [shape=(n_segments,)], float32
        Seconds, ascending.
    heads : TagHeads
        Of the encoder that the vectors are by.
    duration : float
        Of the track, seconds.

    Returns
    -------
    tuple of Passage
        By name (voice, speech, noise), then by time; () where nothing of it is heard, or the heads have no such word.
    """
    if not len(starts):
        return ()
    length = float(np.median(np.diff(starts))) if len(starts) > 1 else STRETCH
    firsts, ends, pooled = _stretches(np.asarray(vectors, np.float64), np.asarray(starts, np.float64), length)
    probabilities = apply_tag_heads(pooled.astype(np.float32), heads)
    ranks = rank_tags(probabilities, heads)
    begins, finishes = _meet(firsts, ends, duration)
    found: list[Passage] = []
    if (sung := _sung(ranks, heads)) is not None:
        found += _tell("voice", sung, begins, finishes, VOICE_FROM, VOICE_UNTIL)
    for name in ("speech", "noise"):
        if name in heads.names and _is_meant(heads, name):
            told = probabilities[:, heads.names.index(name)].astype(np.float64)
            found += _tell(name, told, begins, finishes, SURE, SURE)
    return tuple(found)


def _sung(ranks: Floats, heads: TagHeads) -> Floats64 | None:
    """How clearly each stretch is sung, 0 to 1; None where the heads have no such word."""
    said = said_of(dict(zip(heads.names, ranks.T.astype(np.float64), strict=True)), "singing", "no voice")
    return np.mean(said, axis=0) if said else None


def _is_meant(heads: TagHeads, name: str) -> bool:
    """Whether a head's probability is one: of those that were calibrated to truth, ranks are probabilities."""
    row = heads.quantiles[heads.names.index(name)]
    return bool(np.allclose(row, np.linspace(0, 1, len(row)), atol=1e-3))


def _stretches(vectors: Floats64, starts: Floats64, length: float) -> tuple[Floats64, Floats64, Floats64]:
    """Begin, end and pooled vector of each stretch of segments that adjoin."""
    breaks = np.flatnonzero(np.diff(starts) > 1.5 * length) + 1
    most = max(1, round(STRETCH / length))
    begins, ends, pooled = [], [], []
    for run in np.split(np.arange(len(starts)), breaks):
        for part in np.array_split(run, -(-len(run) // most)):
            mean = vectors[part].mean(axis=0)
            norm = np.linalg.norm(mean)
            begins.append(starts[part[0]])
            ends.append(starts[part[-1]] + length)
            pooled.append(mean / norm if norm > 0 else mean)
    return np.array(begins), np.array(ends), np.stack(pooled)


def _meet(begins: Floats64, ends: Floats64, duration: float) -> tuple[Floats64, Floats64]:
    """Let stretches meet in the middle of what was not heard between them, where that is not much."""
    begins, ends = begins.copy(), ends.copy()
    near = np.flatnonzero(begins[1:] - ends[:-1] <= BRIDGED)
    middle = (ends[near] + begins[near + 1]) / 2
    ends[near], begins[near + 1] = middle, middle
    begins[0] = 0.0 if begins[0] <= BRIDGED / 2 else begins[0]
    ends[-1] = duration if ends[-1] < duration <= ends[-1] + BRIDGED / 2 else ends[-1]
    return begins, ends


def _tell(name: str, told: Floats64, begins: Floats64, ends: Floats64, least: float, until: float) -> Iterator[Passage]:
    """Passages in which something is told at least so clearly, from one stretch to the next."""
    groups = np.split(np.arange(len(told)), np.flatnonzero(begins[1:] > ends[:-1] + 1e-6) + 1)
    for group in groups:
        for part in _runs(told[group] >= until):
            rows = group[part]
            if told[rows].max() >= least and ends[rows[-1]] - begins[rows[0]] >= SHORTEST:
                yield Passage(name, float(begins[rows[0]]), float(ends[rows[-1]]), float(told[rows].mean()))


def _runs(inside: NDArray[Any]) -> list[NDArray[np.int64]]:
    """Places of each run of True."""
    edges = np.flatnonzero(np.diff(inside.astype(np.int8))) + 1
    return [part for part in np.split(np.arange(len(inside)), edges) if inside[part[0]]]
