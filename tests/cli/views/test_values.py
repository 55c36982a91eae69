"""Values in words."""

from __future__ import annotations

from musicemb.cli.views.values import spell_passages, spell_values, sum_up_values
from musicemb.records import Passage, SoundValues

CALM = SoundValues(("calm", "sad"), ("piano",), "none", "", "low")


def test_every_value_has_its_name_and_says_where_it_is_not_known() -> None:
    assert spell_values(CALM) == [
        ("mood", "calm, sad"),
        ("instruments", "piano"),
        ("voice", "none"),
        ("era", "not known"),
        ("energy", "low"),
    ]


def test_a_line_says_what_is_known() -> None:
    assert sum_up_values(CALM) == "calm, sad, piano, no voice, low energy"
    assert sum_up_values(SoundValues(voice="female", era="eighties")) == "female voice, eighties"
    assert sum_up_values(SoundValues()) == "not known"
    assert sum_up_values(None) == ""


def test_passages_are_told_by_the_clock() -> None:
    sung = [Passage("voice", 32.0, 130.4, 0.9), Passage("voice", 160.0, 185.0, 0.8)]
    assert spell_passages([*sung, Passage("speech", 0.0, 12.0, 0.99)]) == [
        "somebody sings from 0:32 to 2:10 and from 2:40 to 3:05",
        "somebody speaks from 0:00 to 0:12",
    ]
    assert spell_passages([]) == []


def test_many_passages_are_counted() -> None:
    many = [Passage("noise", 20.0 * at, 20.0 * at + 10, 0.7) for at in range(9)]
    (line,) = spell_passages(many)
    assert line.startswith("there is noise from 0:00 to 0:10, from 0:20 to 0:30, ")
    assert line.endswith("from 1:40 to 1:50 and 3 times more")
