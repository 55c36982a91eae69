"""Options of a training, and the settings that they reach."""

from __future__ import annotations

from typing import Any

import click
import pytest
from click.testing import CliRunner

from musicemb.cli.training_options import TRAINING_OPTIONS, training_options, with_options
from musicemb.settings import EncoderSettings


@training_options
def take(**options: Any) -> EncoderSettings:
    return with_options(options, EncoderSettings())


COMMAND = click.command()(take)


def settings(*words: str) -> EncoderSettings:
    """Settings with what is typed."""
    result = CliRunner().invoke(COMMAND, words, standalone_mode=False)
    if result.exception is not None:
        raise result.exception
    assert isinstance(result.return_value, EncoderSettings)
    return result.return_value


def test_every_option_reaches_a_setting() -> None:
    defaults = EncoderSettings()
    for _, section, field, _ in TRAINING_OPTIONS:
        assert hasattr(getattr(defaults, section), field), (section, field)
    assert len({flag for flag, *_ in TRAINING_OPTIONS}) == len({field for *_, field, _ in TRAINING_OPTIONS})


def test_nothing_typed_leaves_the_settings() -> None:
    assert settings() == EncoderSettings()


def test_what_is_typed_is_set() -> None:
    found = settings(
        "--architecture", "gru", "--epochs", "3", "--minutes", "1.5", "--random-distant", "--tag-weight", "0.5",
        "--tag-weight", "0", "--mixup", "0.25",
    )  # fmt: skip
    assert (found.network.architecture, found.training.epochs, found.training.minutes) == ("gru", 3, 1.5)
    assert (found.training.semi_hard, found.training.tag_weights) == (False, (0.5, 0.0))
    assert found.augmentation.mix_share == 0.25
    assert found.front_end == EncoderSettings().front_end


def test_a_hop_is_never_longer_than_a_segment() -> None:
    assert settings("--segment-length", "2").segments.hop == 2.0
    assert settings("--segment-length", "2", "--segment-hop", "1").segments.hop == 1.0
    assert settings("--segment-hop", "9").segments.hop == settings().segments.length


@pytest.mark.parametrize(
    "words",
    [
        ("--architecture", "vgg"),
        ("--epochs", "-1"),
        ("--batch", "1"),
        ("--learning-rate", "0"),
        ("--tag-weight", "-1"),
        ("--dimensions", "1"),
        ("--seed", "1.5"),
    ],
    ids=" ".join,
)
def test_values_beyond_the_limits_are_wrong_usage(words: tuple[str, str]) -> None:
    with pytest.raises(click.BadParameter) as caught:
        settings(*words)
    assert words[0] in caught.value.format_message()


def test_help_tells_the_defaults() -> None:
    shown = " ".join(CliRunner().invoke(COMMAND, ["--help"]).output.split())
    for default in ("resnet", "semi-hard", "0.33", "60"):
        assert f"[default: {default}]" in shown
