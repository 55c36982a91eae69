"""What is heard in a track or a group, in words: moods, instruments, voice, era, energy."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from musicemb.records import SoundValues

NOT_KNOWN = "not known"


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
    """What is known, in a line: "calm, piano, no voice, low energy".

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
