"""Limits of the settings that shape vectors."""

from __future__ import annotations

from typing import Any

import pytest

from musicemb.errors import SettingsError
from musicemb.settings import (
    LIMITS,
    AugmentationSettings,
    EncoderSettings,
    FrontEndSettings,
    NetworkSettings,
    SegmentSettings,
    TrainingSettings,
)

SECTIONS: dict[str, Any] = {
    "front_end": FrontEndSettings,
    "segments": SegmentSettings,
    "network": NetworkSettings,
    "augmentation": AugmentationSettings,
    "training": TrainingSettings,
}
BOUNDS = [(section, name, *bound) for section, fields in LIMITS.items() for name, bound in fields.items()]


@pytest.mark.parametrize(("section", "name", "least", "inside"), BOUNDS)
def test_every_limit_is_kept(section: str, name: str, least: float, inside: bool) -> None:
    kind = SECTIONS[section]
    if inside:
        assert getattr(kind(**{name: least}), name) == least
    else:
        with pytest.raises(SettingsError, match=f"{section}: {name} is {least:g}; it must be above {least}"):
            kind(**{name: least})
    bound = "at least" if inside else "above"
    with pytest.raises(SettingsError, match=f"{section}: {name} is .*; it must be {bound} {least}"):
        kind(**{name: least - 1})


@pytest.mark.parametrize(
    ("section", "values", "message"),
    [
        ("front_end", {"window": 513}, "window is 513; it must be at most n_fft, 512"),
        ("segments", {"coverage": 1.5}, "coverage is 1.5; it must be at most 1"),
        ("network", {"depth": 15}, "depth is 15; mobilenet has 14 layers at most"),
        ("training", {"averaging": 1.0}, "averaging is 1; it must be at most 0.9999"),
        ("training", {"warm_up": 1.5}, "warm_up is 1.5; it must be at most 1"),
        ("training", {"extra_share": 0.6}, "extra_share is 0.6; it must be at most 0.5"),
        ("training", {"tag_weights": ()}, "tag_weights must be one weight or more"),
        ("training", {"relation_weights": (1.0, -0.5)}, "relation_weights must be one weight or more, each at least 0"),
    ],
)
def test_upper_limits(section: str, values: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsError, match=f"{section}: {message}"):
        SECTIONS[section](**values)


def test_the_sections_of_all_settings_are_those_with_limits() -> None:
    settings = EncoderSettings()
    assert set(LIMITS) == set(SECTIONS) == set(vars(settings))
    assert all(isinstance(getattr(settings, name), kind) for name, kind in SECTIONS.items())
