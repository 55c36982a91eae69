"""The table of synonyms: every line names a word that is there, and no synonym means two things."""

from __future__ import annotations

from collections import Counter

import pytest

from musicemb.core.genres.aliases import squeeze
from musicemb.core.sound_tags.synonyms import TABLE, WORDS
from musicemb.core.sound_tags.vocabulary import SOUND_TAGS

LINES = [line.partition(": ") for line in TABLE.splitlines() if line]
NAMES = {tag.name for tag in SOUND_TAGS if tag.kind != "genre"}


def test_every_line_is_of_a_word_and_every_word_has_one() -> None:
    assert {name for name, _, _ in LINES} == NAMES - {"\n"}
    assert all(WORDS[squeeze(name)] == name for name in NAMES)


def test_a_synonym_stands_once_and_is_no_word_of_its_own() -> None:
    synonyms = [squeeze(one) for _, _, told in LINES for one in told.split("; ")]
    assert [one for one, count in Counter(synonyms).items() if count > 1] == []
    assert set(synonyms) & {squeeze(name) for name in NAMES} == set()
    assert len(WORDS) == len(synonyms) + len(NAMES)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("mellow", "calm"),
        ("relaxing", "calm"),
        ("singer", "singing"),
        ("female singer", "female voice"),
        ("instrumental", "no voice"),
        ("80s", "eighties"),
        ("sax", "saxophone"),
        ("upbeat", "happy"),
    ],
)
def test_what_people_say(said: str, meant: str) -> None:
    assert WORDS[squeeze(said)] == meant
