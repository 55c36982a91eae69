"""Sound values: mood, instruments, voice, era and energy that are sure for a track, or for most tracks of a group.

A rank says how unusual a track is among the music that the tag heads were taught with (`heads.rank_tags`). A value is
told where ranks leave little doubt, else it is not known: of what is told at these limits, the taggers that taught the
heads bear out what `tests/benchmarks/find.py` prints, on artists that the heads never met.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from musicemb.core.sound_tags.heads import rank_tags
from musicemb.core.sound_tags.track_sounds import LEAST_PROBABILITY
from musicemb.core.sound_tags.vocabulary import SOUND_TAGS
from musicemb.records import Booleans, Floats, Floats64, HeardSound, Integers, SoundValues, TagHeads

MOOD_RANK = 0.85
"""Rank from which a mood is told."""
INSTRUMENT_RANK = 0.9
ERA_RANK = 0.9
GENRE_RANK = 0.9
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

VOICES = ("none", "female", "male", "singing", "choir", "rap")
ENERGIES = ("low", "medium", "high")
PLAIN_MOODS = ("happy", "sad", "calm", "energetic", "angry", "scary")
"""Moods that name a group; what is beautiful, weird or catchy is the listener's to say."""
VOICE_WORDS = {
    "none": "no voice",
    "female": "female voice",
    "male": "male voice",
    "choir": "choir",
    "rap": "rap",
}
"""Voice -> how a group's name says it."""

_ERAS = sorted((tag.name for tag in SOUND_TAGS if tag.kind == "era" and tag.name != "oldies"), reverse=True)


def sum_up(sounds: Sequence[HeardSound]) -> SoundValues:
    """The sure sound values of a track.

    Parameters
    ----------
    sounds : sequence of HeardSound
        Every word of the tag heads.

    Returns
    -------
    SoundValues
    """
    ranks = np.array([[sound.rank for sound in sounds]], dtype=np.float64)
    likely = np.array([[sound.probability for sound in sounds]], dtype=np.float64)
    return _tell(ranks, likely, [sound.name for sound in sounds], [sound.kind for sound in sounds]).values()[0]


def sum_up_all(probabilities: Floats, heads: TagHeads) -> tuple[SoundValues, ...]:
    """The sure sound values of each of many tracks.

    Parameters
    ----------
    probabilities : ndarray [shape=(n, n_tags)], float32
        Of `heads.apply_tag_heads`.
    heads : TagHeads

    Returns
    -------
    tuple of SoundValues
    """
    return _tell(rank_tags(probabilities, heads), probabilities, heads.names, heads.kinds).values()


def words_for_names(probabilities: Floats, heads: TagHeads) -> tuple[tuple[str, ...], Booleans]:
    """Words that a group may be named by, and of which tracks each is told.

    Parameters
    ----------
    probabilities : ndarray [shape=(n, n_tags)], float32
        Of `heads.apply_tag_heads`.
    heads : TagHeads

    Returns
    -------
    names : tuple of str
        Moods, instruments and voices, as a listener says them.
    told : ndarray [shape=(n, n_names)], bool
    """
    told = _tell(rank_tags(probabilities, heads), probabilities, heads.names, heads.kinds)
    names: list[str] = []
    columns: list[NDArray[np.bool_]] = []
    for part, spelled in (
        (told.moods, {one: one for one in PLAIN_MOODS}),
        (told.instruments, {one: one for one in told.instruments.names}),
        (told.voice, VOICE_WORDS),
    ):
        for place, name in enumerate(part.names):
            if name in spelled:
                here = part.places == place
                names.append(spelled[name])
                columns.append(here if here.ndim == 1 else here.any(axis=1))
    empty = np.zeros((len(probabilities), 0), dtype=bool)
    return tuple(names), np.stack(columns, axis=1) if columns else empty


def genres_for_names(probabilities: Floats, heads: TagHeads) -> tuple[tuple[str, ...], Booleans]:
    """Genres that a group may be named by where nothing is tagged, and of which tracks each is told.

    Parameters
    ----------
    probabilities : ndarray [shape=(n, n_tags)], float32
        Of `heads.apply_tag_heads`.
    heads : TagHeads

    Returns
    -------
    names : tuple of str
        Folded.
    told : ndarray [shape=(n, n_names)], bool
    """
    columns = [place for place, kind in enumerate(heads.kinds) if kind == "genre"]
    likely = probabilities[:, columns]
    told = (rank_tags(probabilities, heads)[:, columns] >= GENRE_RANK) & (likely >= LEAST_PROBABILITY)
    return tuple(heads.names[place] for place in columns), np.asarray(told, dtype=np.bool_)


def count_words(probabilities: Floats, heads: TagHeads) -> Integers:
    """Of how many tracks of a group each word is told: those of two parts of a group add up to those of both.

    Parameters
    ----------
    probabilities : ndarray [shape=(n, n_tags)], float32
        Of `heads.apply_tag_heads`, a row per track of the group.
    heads : TagHeads

    Returns
    -------
    ndarray [shape=(1 + n_words,)], int64
        The tracks, and for each word how many of them have it.
    """
    told = _tell(rank_tags(probabilities, heads), probabilities, heads.names, heads.kinds)
    counts = [np.bincount(part.places[part.places >= 0], minlength=len(part.names)) for part in told.parts]
    return np.concatenate([[len(probabilities)], *counts])


def share_counts(groups: Iterable[Integers], heads: TagHeads) -> list[SoundValues]:
    """What most tracks of each group have, of what `sum_up_all` tells of each.

    Parameters
    ----------
    groups : iterable of ndarray [shape=(1 + n_words,)], int64
        Of `count_words`.
    heads : TagHeads

    Returns
    -------
    list of SoundValues
        What more than half of them have (`GROUP_SHARE`), the commonest first; tracks of which a value is not known
        count against it.
    """
    nothing = np.zeros((0, len(heads.names)))
    names = _tell(nothing, nothing, heads.names, heads.kinds).parts
    return [_share(counts, names) for counts in groups]


def _share(counts: Integers, names: Sequence[_Words]) -> SoundValues:
    fewest = GROUP_SHARE * counts[0]
    ends = np.cumsum([len(part.names) for part in names])[:-1]

    def most(part: _Words, counts: Integers) -> tuple[str, ...]:
        common = [place for place in range(len(part.names)) if counts[place] > fewest]
        common.sort(key=lambda place: (-counts[place], part.names[place]))
        return tuple(part.names[place] for place in common[:MOST_TOLD])

    parts = np.split(counts[1:], ends)
    moods, instruments, voices, era, energy = map(most, names, parts)
    voice = "".join(voices)
    if not voice and parts[2][VOICES.index("none") + 1 :].sum() > fewest:
        voice = "singing"  # most are sung, but not by the same voice
    return SoundValues(moods, instruments, voice, "".join(era), "".join(energy))


@dataclass(frozen=True)
class _Words:
    """Words told of n tracks."""

    names: Sequence[str]
    places: NDArray[np.int64]
    """Of the words among the names, shape (n,), or (n, most) where a track may have several; -1: none."""


@dataclass(frozen=True)
class _SureValues:
    """The sure sound values of n tracks."""

    moods: _Words
    instruments: _Words
    voice: _Words
    era: _Words
    energy: _Words

    @property
    def parts(self) -> tuple[_Words, ...]:
        return self.moods, self.instruments, self.voice, self.era, self.energy

    def values(self) -> tuple[SoundValues, ...]:
        """The same, a track at a time."""
        several = [
            [tuple(part.names[place] for place in row if place >= 0) for row in part.places.tolist()]
            for part in (self.moods, self.instruments)
        ]
        single = [
            [part.names[place] if place >= 0 else "" for place in part.places.tolist()]
            for part in (self.voice, self.era, self.energy)
        ]
        return tuple(SoundValues(*of_track) for of_track in zip(*several, *single, strict=True))


def _tell(ranks: NDArray[Any], likely: NDArray[Any], names: Sequence[str], kinds: Sequence[str]) -> _SureValues:
    column = {name: ranks[:, place].astype(np.float64) for place, name in enumerate(names)}
    probability = {name: likely[:, place].astype(np.float64) for place, name in enumerate(names)}
    kind_of = dict(zip(names, kinds, strict=True))

    def of_kind(kind: str, columns: Mapping[str, Floats64]) -> tuple[list[str], Floats64]:
        words = sorted(name for name in names if kind_of[name] == kind)  # equal ones stay in the order of their names
        return words, np.stack([columns[name] for name in words], axis=1) if words else np.zeros((len(ranks), 0))

    def highest(words: Sequence[str], by: Floats64) -> _Words:
        first = np.argsort(-by, axis=1, kind="stable")[:, :MOST_TOLD]
        return _Words(words, np.where(np.take_along_axis(by, first, axis=1) >= 0, first, -1))

    moods, their_ranks = of_kind("mood", column)
    # Taggers say no mood of more than a quarter of a track: only ranks tell them.
    by_rank = np.where(their_ranks >= MOOD_RANK, their_ranks, -1)
    instruments, unusual = of_kind("instrument", column)
    _, heard = of_kind("instrument", probability)
    by_probability = np.where((unusual >= INSTRUMENT_RANK) & (heard >= LEAST_PROBABILITY), heard, -1)

    era = _Words((), np.full(len(ranks), -1))
    eras = [name for name in _ERAS if name in column]
    if eras:
        rows = np.stack([column[name] for name in eras], axis=1)
        era = _Words(eras, np.where(rows.max(axis=1) >= ERA_RANK, rows.argmax(axis=1), -1))
    return _SureValues(
        highest(moods, by_rank),
        highest(instruments, by_probability),
        _Words(VOICES, _voices(column, len(ranks))),
        era,
        _Words(ENERGIES, _energies(column, len(ranks))),
    )


def said_of(column: Mapping[str, Floats64], word: str, opposite: str) -> list[Floats64]:
    """What a word and its opposite say of how much of it there is.

    Parameters
    ----------
    column : mapping of str to ndarray
        Word of the tag heads -> its ranks.
    word, opposite : str

    Returns
    -------
    list of ndarray
        None, one or two, each 0 to 1.
    """
    said = [column[word]] if word in column else []
    return said + ([1 - column[opposite]] if opposite in column else [])


def _voices(column: Mapping[str, Floats64], n: int) -> NDArray[np.int64]:
    """Places in `VOICES`; -1: not known."""
    said = said_of(column, "singing", "no voice")
    if not said:
        return np.full(n, -1)
    sung = np.mean(said, axis=0)
    half, nothing = np.full(n, 0.5), np.zeros(n)
    lead = column.get("female voice", half) - column.get("male voice", half)
    cases = [
        (sung <= 1 - VOICE_LEAST, "none"),
        (column.get("rap", nothing) >= RAP_RANK, "rap"),
        (sung < VOICE_LEAST, ""),
        (column.get("choir", nothing) >= CHOIR_RANK, "choir"),
        (np.abs(lead) < GENDER_LEAD, "singing"),
        (lead > 0, "female"),
    ]
    told = [VOICES.index(name) if name else -1 for _, name in cases]
    return np.select([case for case, _ in cases], told, VOICES.index("male"))


def _energies(column: Mapping[str, Floats64], n: int) -> NDArray[np.int64]:
    """Places in `ENERGIES`; -1: not known."""
    said = said_of(column, "energetic", "calm")
    if not said:
        return np.full(n, -1)
    energy, apart = np.mean(said, axis=0), np.ptp(said, axis=0)
    # Calm and energetic at once, or neither: not known.
    cases = [apart > 0.5, energy >= ENERGY_LEAST, energy <= 1 - ENERGY_LEAST]
    return np.select(cases, [-1, ENERGIES.index("high"), ENERGIES.index("low")], ENERGIES.index("medium"))
