"""What an encoder hears in one track: every word of its tag heads, the most unusual first."""

from __future__ import annotations

import numpy as np

from musicemb.core.sound_tags.heads import apply_tag_heads, rank_tags
from musicemb.records import Floats, HeardSound, TagHeads

CLEAR_RANK = 0.9
"""Rank from which a word is worth telling: of ten tracks, nine have less of it."""


def hear_sounds(vector: Floats, heads: TagHeads) -> tuple[HeardSound, ...]:
    """What is heard in a track.

    Parameters
    ----------
    vector : ndarray [shape=(d,)]
        Of the encoder that the heads belong to.
    heads : TagHeads

    Returns
    -------
    tuple of HeardSound
        All words of the heads, those of the highest rank first.
    """
    probabilities = apply_tag_heads(vector[None, :], heads)
    ranks = rank_tags(probabilities, heads)[0]
    order = np.lexsort((-probabilities[0], -ranks)).tolist()
    return tuple(
        HeardSound(heads.names[at], heads.kinds[at], float(probabilities[0, at]), float(ranks[at])) for at in order
    )
