"""What retrain may be asked for, before anything is trained."""

from __future__ import annotations

from pathlib import Path

import pytest
from typed_commands import Type

from musicemb.cli.training import WISHES, _grant
from musicemb.core.features import make_front_end
from musicemb.encoder.bundle import write_bundle
from musicemb.settings import EncoderSettings


@pytest.mark.parametrize(
    ("option", "field", "value"),
    [("--architecture", "network", "gru"), ("--features", "front_end", "waveform"), ("--loss", "training", "triplet")],
)
def test_a_choice_reaches_the_settings_and_no_other_word_does(
    option: str, field: str, value: str, type_: Type, tmp_path: Path
) -> None:
    name = option.removeprefix("--")
    wishes = {wish[2]: None for wish in WISHES} | {name: value}
    assert getattr(getattr(_grant(wishes, EncoderSettings()), field), name) == value
    typed = type_("retrain", "--dataset", "music", "--data", tmp_path, option, "nonsense")
    assert typed.status == 2
    assert value in typed.err


def test_a_fine_tune_keeps_the_features_it_starts_from(type_: Type, tmp_path: Path) -> None:
    settings = EncoderSettings()
    write_bundle(
        tmp_path / "mine",
        name="mine",
        settings=settings,
        front_end=make_front_end(settings.front_end, settings.segments),
        weights={},
        about={},
    )
    typed = type_("retrain", "--dataset", "music", "--start-from", tmp_path / "mine", "--features", "mfcc")
    assert typed.status == 2
    assert "takes no --features" in typed.err
