"""Settings as JSON types and back."""

from __future__ import annotations

import json
from typing import Any

import pytest

from musicemb.errors import SettingsError
from musicemb.settings import EncoderSettings, NetworkSettings, TrainingSettings, from_dict, to_dict

CHANGED = EncoderSettings(
    network=NetworkSettings(architecture="crnn", widths=(8, 16)),
    training=TrainingSettings(minutes=1.5, semi_hard=False),
)


@pytest.mark.parametrize("settings", [EncoderSettings(), CHANGED], ids=["defaults", "changed"])
def test_settings_come_back_from_json(settings: EncoderSettings) -> None:
    assert from_dict(EncoderSettings, json.loads(json.dumps(to_dict(settings)))) == settings


def test_tuples_become_lists_and_sections_dictionaries() -> None:
    document = to_dict(CHANGED)
    assert document["network"]["widths"] == [8, 16]
    assert document["training"]["minutes"] == 1.5
    assert list(document) == ["front_end", "segments", "network", "augmentation", "training"]


def test_missing_keys_take_their_defaults() -> None:
    assert from_dict(EncoderSettings, {"network": {"dimensions": 64}}) == EncoderSettings(
        network=NetworkSettings(dimensions=64)
    )
    assert from_dict(EncoderSettings, {}) == EncoderSettings()


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"colour": 1}, r"^settings: unknown setting 'colour'; known ones: augmentation, front_end, "),
        ({"network": {"colour": 1}}, r"^settings\.network: unknown setting 'colour'"),
        ({"network": {"architecture": "vgg"}}, r"^settings\.network: architecture cannot be 'vgg'$"),
        ({"network": {"dimensions": 64.0}}, r"dimensions cannot be 64\.0$"),
        ({"network": {"dimensions": True}}, r"dimensions cannot be True$"),
        ({"network": {"widths": [8, "x"]}}, r"widths cannot be \(8, 'x'\)$"),
        ({"training": {"minutes": "long"}}, r"minutes cannot be 'long'$"),
        ({"training": {"learning_rate": False}}, r"learning_rate cannot be False$"),
        ({"training": {"seed": None}}, r"seed cannot be None$"),
    ],
)
def test_what_does_not_fit_is_refused(values: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        from_dict(EncoderSettings, values)


def test_an_integer_is_a_number_and_none_where_it_is_allowed() -> None:
    assert from_dict(TrainingSettings, {"learning_rate": 1, "minutes": 2, "radius": None}) == TrainingSettings(
        learning_rate=1, minutes=2, radius=None
    )
