"""What retrain may be asked for, before anything is trained."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typed_commands import Type

from musicemb.cli.commands.retrain import _with_history
from musicemb.cli.training_options import TRAINING_OPTIONS, with_options
from musicemb.core.signal.features import make_front_end
from musicemb.encoder.runtime.bundle import write_bundle
from musicemb.errors import SettingsError
from musicemb.settings import EncoderSettings, TrainingSettings, from_dict


@pytest.mark.parametrize(
    ("option", "field", "value"),
    [("--architecture", "network", "gru"), ("--features", "front_end", "waveform"), ("--loss", "training", "triplet")],
)
def test_a_choice_reaches_the_settings_and_no_other_word_does(
    option: str, field: str, value: str, type_: Type, tmp_path: Path
) -> None:
    name = option.removeprefix("--")
    options = {option[2]: None for option in TRAINING_OPTIONS} | {name: value}
    assert getattr(getattr(with_options(options, EncoderSettings()), field), name) == value
    typed = type_("retrain", "--dataset", "music", "--data", tmp_path, option, "nonsense")
    assert typed.status == 2
    assert value in typed.err


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """A bundle that DCASE trained, its second fold held out."""
    settings = EncoderSettings()
    write_bundle(
        tmp_path / "mine",
        name="mine",
        settings=settings,
        front_end=make_front_end(settings.front_end, settings.segments),
        weights={},
        about={"dataset": "dcase", "fold": 2},
    )
    return tmp_path / "mine"


def test_a_fine_tune_keeps_the_features_it_starts_from(type_: Type, mine: Path, tmp_path: Path) -> None:
    typed = type_("retrain", "--dataset", "music", "--start-from", mine, "--features", "mfcc")
    assert typed.status == 2
    assert "takes no --features" in typed.err
    other = {"network": {"dimensions": 9}}
    (tmp_path / "other.json").write_text(json.dumps(other))
    typed = type_("retrain", "--dataset", "music", "--start-from", mine, "--settings", tmp_path / "other.json")
    assert typed.status == 2
    assert "ask for other features, segments or network than --start-from has" in typed.err


def test_a_fold_that_weights_have_heard_is_not_held_out_from_them(type_: Type, mine: Path, tmp_path: Path) -> None:
    common = ("retrain", "--dataset", "dcase", "--data", tmp_path, "--start-from", mine)
    typed = type_(*common, "--fold", "1")
    assert typed.status == 2
    assert "so fold 1 was trained on: use --fold 2" in typed.err
    assert "DCASE 2018 Task 5 is not in" in type_(*common, "--fold", "2").err


def test_what_weights_have_heard_goes_with_them() -> None:
    heard = {"dataset": "dcase", "fold": 2}
    assert _with_history({}, heard) == heard
    assert _with_history({"dataset": "esc10", "fold": 5}, heard) == {"dataset": "esc10", "fold": 5}
    assert _with_history({"dataset": "dcase", "fold": 2}, {}) == heard


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--epochs", "-1"),
        ("--batch", "1"),
        ("--temperature", "0"),
        ("--learning-rate", "-1"),
        ("--minutes", "nan"),
        ("--segment-length", "0"),
        ("--dimensions", "0"),
        ("--members", "0"),
    ],
)
def test_a_number_that_cannot_train_is_refused_before_anything_is_read(
    option: str, value: str, type_: Type, tmp_path: Path
) -> None:
    typed = type_("retrain", "--dataset", "music", "--data", tmp_path / "absent", option, value)
    assert typed.status == 2
    assert option in typed.err or "training: " in typed.err
    assert "absent" not in typed.err


def test_settings_of_a_file_have_the_same_limits() -> None:
    with pytest.raises(SettingsError, match="tracks_per_batch is 1; it must be at least 2"):
        from_dict(TrainingSettings, {"tracks_per_batch": 1})
    with pytest.raises(SettingsError, match="minutes is 0; it must be above 0"):
        TrainingSettings(minutes=0.0)
    with pytest.raises(SettingsError, match=r"segments: length is 0.01; it must be at least 0.1"):
        from_dict(EncoderSettings, {"segments": {"length": 0.01}})
    with pytest.raises(SettingsError, match="network: dimensions is 1; it must be at least 2"):
        from_dict(EncoderSettings, {"network": {"dimensions": 1}})


def test_nothing_to_resume_is_said(type_: Type, tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / "music" / name).mkdir(parents=True)
        (tmp_path / "music" / name / "1.wav").write_bytes(b"")
    typed = type_("retrain", "--dataset", "music", "--data", tmp_path / "music", "-o", tmp_path / "mine", "--resume")
    assert typed.status == 1
    assert f"there is no unfinished training of {tmp_path / 'mine'} to resume" in typed.err


def test_a_trunk_that_is_none_is_refused_in_a_line(type_: Type, tmp_path: Path) -> None:
    pytest.importorskip("ai_edge_litert")
    (tmp_path / "text.tflite").write_text("a text, and a long enough one")
    typed = type_("retrain", "--dataset", "music", "--data", tmp_path, "--start-trunk", tmp_path / "text.tflite")
    assert typed.status == 1
    assert "text.tflite cannot be a trunk: it is not a LiteRT file; give the LiteRT file of YAMNet" in typed.err
    assert len(typed.err.strip().splitlines()) == 1
    typed = type_("retrain", "--dataset", "music", "--data", tmp_path, "--start-trunk", tmp_path / "gone.tflite")
    assert typed.status in (1, 2)
    assert "gone.tflite" in typed.err


def test_weights_start_from_one_thing_only(type_: Type, mine: Path, tmp_path: Path) -> None:
    (tmp_path / "tagger.tflite").write_bytes(b"")
    typed = type_("retrain", "--dataset", "music", "--start-from", mine, "--start-trunk", tmp_path / "tagger.tflite")
    assert typed.status == 2
    assert "--start-trunk and --start-from contradict each other: both say which weights to start from" in typed.err


@pytest.mark.parametrize(
    ("option", "value", "text"),
    [("--coverage", "1.5", "coverage is 1.5"), ("--depth", "15", "depth is 15"), ("--coverage", "0", "coverage")],
)
def test_a_network_or_coverage_that_cannot_be_is_refused(
    option: str, value: str, text: str, type_: Type, tmp_path: Path
) -> None:
    typed = type_("retrain", "--dataset", "music", "--data", tmp_path, "--architecture", "mobilenet", option, value)
    assert typed.status == 2
    assert text in typed.err


def test_a_share_and_a_depth_reach_the_settings() -> None:
    options = {option[2]: None for option in TRAINING_OPTIONS} | {"coverage": 0.5, "depth": 9, "hop": 2.0}
    settings = with_options(options, EncoderSettings())
    assert (settings.segments.coverage, settings.segments.hop, settings.network.depth) == (0.5, 2.0, 9)
