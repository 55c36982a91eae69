"""Values: told where they are sure, silent where they are not."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from fake_encoder import made_tag_heads
from hypothesis import given, settings
from hypothesis import strategies as st
from laws import trials

from musicemb.core.sound_tags.heads import rank_tags
from musicemb.core.sound_tags.values import (
    GROUP_SHARE,
    MOST_TOLD,
    PLAIN_MOODS,
    VOICE_WORDS,
    count_words,
    genres_for_names,
    share_counts,
    sum_up,
    sum_up_all,
    words_for_names,
)
from musicemb.core.sound_tags.vocabulary import SOUND_TAGS
from musicemb.records import HeardSound, SoundValues

KINDS = {tag.name: tag.kind for tag in SOUND_TAGS}
RANKS = st.fixed_dictionaries({name: st.floats(0, 1) for name in KINDS})
VALUES = RANKS.map(lambda ranks: told(ranks))


def told(ranks: dict[str, float], **probabilities: float) -> SoundValues:
    """Of these ranks; words are as probable as their rank says, or as is named."""
    return sum_up([HeardSound(name, KINDS[name], probabilities.get(name, ranks[name]), ranks[name]) for name in ranks])


def heard(**ranks: float) -> SoundValues:
    """What is told of a track that is average in all else."""
    return told(dict.fromkeys(KINDS, 0.5) | {name.replace("_", " "): rank for name, rank in ranks.items()})


def test_an_average_track_tells_nothing_but_its_energy() -> None:
    assert heard() == SoundValues(energy="medium")
    assert sum_up([]) == SoundValues()


def test_the_clearest_come_first_and_not_all() -> None:
    assert heard(sad=0.9, calm=0.99, happy=0.84).moods == ("calm", "sad")
    assert heard(piano=0.91, flute=0.97, harp=0.95, cello=0.93).instruments == ("flute", "harp", "cello")
    assert told({"ukulele": 0.99, "guitar": 0.92, "piano": 0.89}, ukulele=0.02, guitar=0.3).instruments == ("guitar",)
    assert heard(eighties=0.93, seventies=0.95, oldies=1.0).era == "seventies"
    assert heard(eighties=0.89).era == ""


@pytest.mark.parametrize(
    ("voice", "ranks"),
    [
        ("none", {"singing": 0.1, "no_voice": 0.9, "female_voice": 1.0}),
        ("", {"singing": 0.55, "no_voice": 0.5, "female_voice": 1.0}),
        ("female", {"singing": 0.9, "no_voice": 0.1, "female_voice": 0.95, "male_voice": 0.3}),
        ("male", {"singing": 0.9, "no_voice": 0.1, "female_voice": 0.3, "male_voice": 0.6}),
        ("singing", {"singing": 0.9, "no_voice": 0.1, "female_voice": 0.8, "male_voice": 0.75}),
        ("choir", {"singing": 0.9, "no_voice": 0.1, "female_voice": 0.95, "choir": 0.98}),
        ("rap", {"singing": 0.5, "no_voice": 0.3, "rap": 0.99}),
    ],
)
def test_a_voice_is_told_where_it_is_clear(voice: str, ranks: dict[str, float]) -> None:
    assert heard(**ranks).voice == voice


@pytest.mark.parametrize(
    ("energy", "energetic", "calm"),
    [("high", 0.9, 0.2), ("low", 0.1, 0.8), ("medium", 0.5, 0.6), ("", 0.9, 0.9), ("", 0.1, 0.1)],
)
def test_energy_is_not_known_where_calm_and_energetic_disagree(energy: str, energetic: float, calm: float) -> None:
    assert heard(energetic=energetic, calm=calm).energy == energy


@settings(deadline=None, max_examples=trials(50))
@given(RANKS)
def test_the_more_energetic_and_the_less_calm_the_higher_the_energy(ranks: dict[str, float]) -> None:
    steps = ["low", "medium", "high"]
    more = ranks | {"energetic": 1.0, "calm": 0.0}
    assert told(more).energy == "high"
    values = told(ranks)
    assert values.energy in ("", *steps)
    assert len(values.moods) <= MOST_TOLD and len(values.instruments) <= MOST_TOLD


def plain_shares(members: list[SoundValues]) -> SoundValues:
    """What most have, plainly: a reference, and what a group of made tracks has."""

    def most(lists: list[tuple[str, ...]]) -> tuple[str, ...]:
        counts = Counter(word for words in lists for word in words)
        told = [word for word, count in counts.items() if count > GROUP_SHARE * len(members)]
        return tuple(sorted(told, key=lambda word: (-counts[word], word))[:MOST_TOLD])

    def one(words: list[str]) -> str:
        return "".join(most([(word,) for word in words if word]))

    sung = one(["sung" if member.voice not in ("", "none") else "" for member in members])
    return SoundValues(
        moods=most([member.moods for member in members]),
        instruments=most([member.instruments for member in members]),
        voice=one([member.voice for member in members]) or ("singing" if sung else ""),
        era=one([member.era for member in members]),
        energy=one([member.energy for member in members]),
    )


@settings(deadline=None, max_examples=trials(100))
@given(st.integers(1, 9).flatmap(lambda rows: st.binary(min_size=rows * len(KINDS), max_size=rows * len(KINDS))))
def test_a_group_has_what_most_of_its_tracks_have(drawn: bytes) -> None:
    named = list(KINDS.items())
    heads = made_tag_heads(*named, dimensions=len(named))
    # Bytes are drawn at once: a list of hundreds of numbers takes longer to draw than to try.
    levels = np.array([0.0, 0.3, 0.5, 0.62, 0.9, 0.97, 1.0], np.float32)
    likely = levels[np.frombuffer(drawn, np.uint8) % len(levels)].reshape(-1, len(named))
    values = sum_up_all(likely, heads)
    counts = count_words(likely, heads)
    assert share_counts([counts, counts], heads) == [plain_shares(list(values))] * 2
    ranks = rank_tags(likely, heads).tolist()
    for row, value in enumerate(values):
        one = [
            HeardSound(*word, *of_it)
            for word, of_it in zip(named, zip(likely[row].tolist(), ranks[row], strict=True), strict=True)
        ]
        assert sum_up(one) == value


@settings(deadline=None, max_examples=trials(50))
@given(st.lists(VALUES, min_size=1, max_size=8))
def test_a_group_has_nothing_that_most_of_its_tracks_have_not(members: list[SoundValues]) -> None:
    group = plain_shares(members)
    for name in ("moods", "instruments"):
        for word in getattr(group, name):
            assert sum(word in getattr(member, name) for member in members) * 2 > len(members)
    for name in ("era", "energy"):
        if value := getattr(group, name):
            assert sum(getattr(member, name) == value for member in members) * 2 > len(members)
    if group.voice == "singing":
        assert sum(member.voice not in ("", "none") for member in members) * 2 > len(members)
    elif group.voice:
        assert sum(member.voice == group.voice for member in members) * 2 > len(members)


@settings(deadline=None, max_examples=trials(50))
@given(VALUES)
def test_a_group_of_one_is_that_one(value: SoundValues) -> None:
    group = plain_shares([value])
    assert (set(group.moods), set(group.instruments)) == (set(value.moods), set(value.instruments))
    assert (group.voice, group.era, group.energy) == (value.voice, value.era, value.energy)


def test_sung_by_several_voices_is_sung() -> None:
    members = [SoundValues(voice=voice) for voice in ("female", "male", "choir", "none")]
    assert plain_shares(members).voice == "singing"
    assert plain_shares(members[2:]).voice == ""


@settings(deadline=None, max_examples=trials(15))
@given(
    st.lists(
        st.lists(st.sampled_from([0.0, 0.3, 0.5, 0.62, 0.9, 0.97, 1.0]), min_size=69, max_size=69),
        min_size=1,
        max_size=9,
    )
)
def test_names_are_made_of_what_is_told_of_each_track(rows: list[list[float]]) -> None:
    named = list(KINDS.items())
    heads = made_tag_heads(*named, dimensions=len(named))
    likely = np.resize(np.array(rows, np.float32), (len(rows), len(named)))
    names, told = words_for_names(likely, heads)
    assert len(set(names)) == len(names)
    for value, here in zip(sum_up_all(likely, heads), told, strict=True):
        spoken = {*value.instruments, *(mood for mood in value.moods if mood in PLAIN_MOODS)}
        assert {name for name, has in zip(names, here, strict=True) if has} == spoken | (
            {VOICE_WORDS[value.voice]} if value.voice in VOICE_WORDS else set()
        )


def test_a_genre_is_told_where_it_is_unusual_and_probable() -> None:
    heads = made_tag_heads(("calm", "mood"), ("techno", "genre"), ("metal", "genre"), dimensions=4)
    rare = replace(heads, quantiles=np.stack([*heads.quantiles[:2], np.linspace(0.01, 0.06, 18, dtype=np.float32)]))
    likely = np.array([[0.9, 0.95, 0.05], [0.9, 0.5, 0.07], [0.1, 0.95, 0.4]], dtype=np.float32)
    names, told = genres_for_names(likely, rare)
    assert names == ("techno", "metal")
    assert told.tolist() == [[True, False], [False, False], [True, True]]  # 0.07 is unusual, but hardly there


def test_many_tracks_at_once() -> None:
    heads = made_tag_heads(("calm", "mood"), ("piano", "instrument"), dimensions=4)
    likely = np.array([[0.9, 0.2], [0.2, 0.95]], dtype=np.float32)
    assert sum_up_all(likely, heads) == (
        SoundValues(moods=("calm",), energy="low"),
        SoundValues(instruments=("piano",), energy="high"),
    )
