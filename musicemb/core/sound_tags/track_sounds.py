"""Lists the sounds in one track: every word of the tag heads, the most unusual first."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from musicemb.core.sound_tags.heads import apply_tag_heads, rank_tags
from musicemb.records import Floats, HeardSound, TagHeads

CLEAR_RANK = 0.9
"""Rank from which a word is worth telling: of ten tracks, nine have less of it."""

LEAST_PROBABILITY = 0.1
"""Below it no instrument, style or sound is told: the tenth of all music that is most like a ukulele holds next to
none, and a guitar is like a ukulele, a mandolin and a harp at once."""

_BY_RANK_ONLY = {"mood", "era", "no voice", "singing", "female voice", "male voice"}
"""Kinds and words that are common, and that taggers give low probabilities however clear they are."""


def sounds_of(vector: Floats, heads: TagHeads) -> tuple[HeardSound, ...]:
    """The sounds of a track.

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


def clear_sounds(sounds: Sequence[HeardSound]) -> list[str]:
    """The words that are clear enough to be told.

    Parameters
    ----------
    sounds : sequence of HeardSound

    Returns
    -------
    list of str
        In the order given.
    """

    def is_clear(sound: HeardSound) -> bool:
        likely = sound.probability >= LEAST_PROBABILITY or {sound.kind, sound.name} & _BY_RANK_ONLY
        return sound.rank >= CLEAR_RANK and bool(likely)

    return [sound.name for sound in sounds if is_clear(sound)]
