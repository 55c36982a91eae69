"""Values in words."""

from __future__ import annotations

from musicemb.cli.views.values import spell_values, sum_up_values
from musicemb.records import SoundValues

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
