"""Values that people search by: what is heard for sure in a track, and in most tracks of a group.

A rank says how unusual a track is among the music that the tag heads were taught with (`heads.rank_tags`). A value is
told where ranks leave little doubt, else it is not known: of what is told at these limits, the taggers that taught the
heads bear out what `tests/benchmarks/find.py` prints, on artists that the heads never met.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from musicemb.core.sound_tags.vocabulary import SOUND_TAGS
from musicemb.records import Floats, SoundValues, TagHeads

MOOD_RANK = 0.85
"""Rank from which a mood is told."""
INSTRUMENT_RANK = 0.9
ERA_RANK = 0.9
CHOIR_RANK = 0.97
RAP_RANK = 0.95
VOICE_LEAST = 0.6
"""How clearly sung a track must be, 0 to 1, so that a voice is told; at 1 less of it none is."""
GENDER_LEAD = 0.15
"""By how much the rank of one voice must exceed the other's."""
ENERGY_LEAST = 0.7
"""How energetic a track must be, 0 to 1, to be of high energy; at 1 less of it it is of low energy."""
MOST_TOLD = 3
"""Moods, and instruments, told of one track."""
GROUP_SHARE = 0.5
"""A group has what more than this share of its tracks have."""

_ERAS = tuple(tag.name for tag in SOUND_TAGS if tag.kind == "era" and tag.name != "oldies")


def sum_up(ranks: Mapping[str, float], kinds: Mapping[str, str]) -> SoundValues:
    """What is heard in a track for sure.

    Parameters
    ----------
    ranks : mapping of str to float
        Word of the tag heads -> its rank in the track.
    kinds : mapping of str to str
        Word -> its kind.

    Returns
    -------
    SoundValues
    """

    def clear(kind: str, least: float) -> tuple[str, ...]:
        told = [name for name, rank in ranks.items() if kinds.get(name) == kind and rank >= least]
        return tuple(sorted(told, key=lambda name: (-ranks[name], name))[:MOST_TOLD])

    eras = sorted(((ranks[name], name) for name in _ERAS if name in ranks), reverse=True)
    return SoundValues(
        moods=clear("mood", MOOD_RANK),
        instruments=clear("instrument", INSTRUMENT_RANK),
        voice=_voice(ranks),
        era=eras[0][1] if eras and eras[0][0] >= ERA_RANK else "",
        energy=_energy(ranks),
    )


def sum_up_all(ranks: Floats, heads: TagHeads) -> tuple[SoundValues, ...]:
    """What is heard for sure in each of many tracks.

    Parameters
    ----------
    ranks : ndarray [shape=(n, n_tags)], float32
        Of `heads.rank_tags`.
    heads : TagHeads

    Returns
    -------
    tuple of SoundValues
    """
    kinds = dict(zip(heads.names, heads.kinds, strict=True))
    return tuple(sum_up(dict(zip(heads.names, row, strict=True)), kinds) for row in ranks.tolist())


def share_values(members: Sequence[SoundValues]) -> SoundValues:
    """What most tracks of a group have.

    Parameters
    ----------
    members : sequence of SoundValues

    Returns
    -------
    SoundValues
        What more than half of them have (`GROUP_SHARE`), the commonest first; tracks of which a value is not known
        count against it.
    """

    def most(lists: Sequence[Sequence[str]]) -> tuple[str, ...]:
        counts = Counter(word for words in lists for word in words)
        told = [word for word, count in counts.items() if count > GROUP_SHARE * len(members)]
        return tuple(sorted(told, key=lambda word: (-counts[word], word))[:MOST_TOLD])

    def one(words: Sequence[str]) -> str:
        return next(iter(most([(word,) for word in words if word])), "")

    voice = one([member.voice for member in members])
    if not voice and one(["sung" if member.voice not in ("", "none") else "" for member in members]):
        voice = "singing"  # most are sung, but not by the same voice
    return SoundValues(
        moods=most([member.moods for member in members]),
        instruments=most([member.instruments for member in members]),
        voice=voice,
        era=one([member.era for member in members]),
        energy=one([member.energy for member in members]),
    )


def _voice(ranks: Mapping[str, float]) -> str:
    said = [ranks["singing"]] if "singing" in ranks else []
    said += [1 - ranks["no voice"]] if "no voice" in ranks else []
    if not said:
        return ""
    sung = float(np.mean(said))
    if sung <= 1 - VOICE_LEAST:
        return "none"
    if ranks.get("rap", 0) >= RAP_RANK:
        return "rap"
    if sung < VOICE_LEAST:
        return ""
    if ranks.get("choir", 0) >= CHOIR_RANK:
        return "choir"
    lead = ranks.get("female voice", 0.5) - ranks.get("male voice", 0.5)
    if abs(lead) < GENDER_LEAD:
        return "singing"
    return "female" if lead > 0 else "male"


def _energy(ranks: Mapping[str, float]) -> str:
    said = [ranks["energetic"]] if "energetic" in ranks else []
    said += [1 - ranks["calm"]] if "calm" in ranks else []
    if not said or np.ptp(said) > 0.5:  # calm and energetic at once, or neither
        return ""
    energy = float(np.mean(said))
    return "high" if energy >= ENERGY_LEAST else "low" if energy <= 1 - ENERGY_LEAST else "medium"
