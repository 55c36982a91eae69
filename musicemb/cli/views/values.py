"""Sound values of a track or a group as text: moods, instruments, voice, era, energy, and passages with a voice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from musicemb.cli.wording import clock

if TYPE_CHECKING:
    from musicemb.records import Passage, SoundValues

NOT_KNOWN = "not known"
MOST_PASSAGES = 6
"""Of one kind, in a line; --json has all."""
_KINDS = {"voice": "somebody sings", "speech": "somebody speaks", "noise": "there is noise"}


def spell_values(values: SoundValues) -> list[tuple[str, str]]:
    """Every value with its name.

    Parameters
    ----------
    values : SoundValues

    Returns
    -------
    list of (name, value)
        "not known" where it is not sure.
    """
    told = {
        "mood": ", ".join(values.moods),
        "instruments": ", ".join(values.instruments),
        "voice": values.voice,
        "era": values.era,
        "energy": values.energy,
    }
    return [(name, value or NOT_KNOWN) for name, value in told.items()]


def sum_up_values(values: SoundValues | None) -> str:
    """The known values in one line: "calm, piano, no voice, low energy".

    Parameters
    ----------
    values : SoundValues or None

    Returns
    -------
    str
        "not known" where nothing is; "" for None.
    """
    if values is None:
        return ""
    voices = {"none": "no voice", "female": "female voice", "male": "male voice"}
    told = [*values.moods, *values.instruments, voices.get(values.voice, values.voice), values.era]
    told += [f"{values.energy} energy"] if values.energy else []
    return ", ".join(word for word in told if word) or NOT_KNOWN


def spell_passages(passages: Sequence[Passage]) -> list[str]:
    """Passages with a voice as text: "somebody sings from 0:32 to 2:10 and from 2:40 to 3:05".

    Parameters
    ----------
    passages : sequence of Passage

    Returns
    -------
    list of str
        A line for each kind.
    """
    lines = []
    for kind, words in _KINDS.items():
        spans = [f"from {clock(one.start)} to {clock(one.end)}" for one in passages if one.name == kind]
        if len(spans) > MOST_PASSAGES:
            spans = [*spans[:MOST_PASSAGES], f"{len(spans) - MOST_PASSAGES} times more"]
        if spans:
            lines.append(f"{words} {', '.join(spans[:-1])}{' and ' if spans[1:] else ''}{spans[-1]}")
    return lines
