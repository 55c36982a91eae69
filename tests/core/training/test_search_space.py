"""What a search may change: what matters for the settings, within bounds that hold what they say now."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musicemb.core.training.search_space import SPACE, read_values, search_space, with_values
from musicemb.settings import EncoderSettings

BEFORE = EncoderSettings()


@pytest.mark.parametrize(
    ("changes", "searched_too", "left_out"),
    [
        ({}, "temperature", "margin"),
        ({"loss": "triplet"}, "margin", "temperature"),
        ({"label_weight": 1.0}, "label_weight", "margin"),
    ],
)
def test_only_what_matters_is_searched(changes: dict, searched_too: str, left_out: str) -> None:
    space = search_space(replace(BEFORE, training=replace(BEFORE.training, **changes)))
    names = {item.field for item in space}
    assert searched_too in names
    assert left_out not in names
    assert all(item.reason for item in space)


def test_the_network_can_be_left_alone() -> None:
    assert "network.dropout" in {item.name for item in search_space(BEFORE)}
    assert "network" not in {item.section for item in search_space(BEFORE, same_network=True)}


@given(st.floats(1e-6, 10), st.one_of(st.none(), st.floats(0.1, 100)), st.floats(0, 1))
def test_bounds_hold_what_the_settings_say(rate: float, radius: float | None, decay: float) -> None:
    training = replace(BEFORE.training, learning_rate=rate, radius=radius, weight_decay=decay)
    settings = replace(BEFORE, training=training)
    space = search_space(settings)
    values = read_values(settings, space)
    assert values["training.learning_rate"] == rate
    assert values["training.radius"] == radius
    for item in space:
        if item.choices:
            assert values[item.name] in item.choices
        else:
            assert item.low <= values[item.name] <= item.high  # type: ignore[operator]
            assert item.low > 0 or not item.log, "a logarithm needs a bound above 0"


def test_values_are_put_where_they_were_read() -> None:
    space = search_space(BEFORE)
    assert with_values(BEFORE, read_values(BEFORE, space)) == BEFORE
    changed = with_values(BEFORE, {"training.learning_rate": 0.004, "augmentation.band_shift": 1.5})
    assert (changed.training.learning_rate, changed.augmentation.band_shift) == (0.004, 1.5)
    assert replace(changed, training=BEFORE.training, augmentation=BEFORE.augmentation) == BEFORE


def test_every_dimension_is_a_setting() -> None:
    for item in SPACE:
        assert hasattr(getattr(BEFORE, item.section), item.field), item.name
