"""One trial is a true training, short, and judged on tracks that it never saw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import sounds
from tiny_training import NETWORK

from musicemb.errors import DatasetError
from musicemb.records import Example
from musicemb.settings import EncoderSettings, SegmentSettings, TrainingSettings
from musicemb.workflows.training.prepare import TrainingData, prepare_training
from musicemb.workflows.training.trials import STAGES, TRIAL_STEPS, make_trial, shorten

pytestmark = pytest.mark.keras

SMALL = EncoderSettings(
    segments=SegmentSettings(length=0.5, hop=0.5),
    network=NETWORK,
    training=TrainingSettings(epochs=2, steps_per_epoch=60, tracks_per_batch=4),
)


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> list[Example]:
    folder = tmp_path_factory.mktemp("collection")
    found = []
    for seed in range(12):
        path = sounds.write(folder / f"{seed}.wav", sounds.music(2.0, seed), 16_000)
        split = "val" if seed >= 6 else "train"
        label, artist = ("rock", "jazz")[seed % 2], f"artist {seed}"
        found.append(Example(path, label=label, group=artist, artist=artist, split=split, corpus="made"))
    return found


def prepared(examples: Sequence[Example], cache: Path, settings: EncoderSettings = SMALL) -> TrainingData:
    *_, data = prepare_training(examples, settings, labels=("jazz", "rock"), cache=cache, workers=0)
    assert isinstance(data, TrainingData)
    return data


def test_a_trial_learns_and_is_judged_at_its_end(examples: list[Example], tmp_path: Path) -> None:
    trial = make_trial(prepared(examples, tmp_path / "cache"), minutes=10)
    steps = list(trial(SMALL))
    shares = [share for share, _ in steps]
    # 120 steps in 5 epochs of 24 (at most 25), each a stage or more.
    assert shares == sorted(shares) and shares[-1] == 1.0 and 3 <= len(steps) <= STAGES
    assert all(0 <= figure <= 1 for _, figure in steps)
    assert [path.name for path in tmp_path.iterdir()] == ["cache"]


@pytest.mark.usefixtures("eager")
def test_a_trial_ends_by_the_clock(examples: list[Example], tmp_path: Path) -> None:
    endless = replace(SMALL, training=replace(SMALL.training, epochs=10_000))
    steps = list(make_trial(prepared(examples, tmp_path / "cache"), minutes=0.005)(endless))
    assert steps[-1][0] == 1.0


@pytest.mark.usefixtures("eager")
def test_labels_of_training_tracks_do_not_reach_the_judgement(examples: list[Example], tmp_path: Path) -> None:
    data = prepared(examples, tmp_path / "cache")
    blind = replace(data, train=replace(data.train, labels=np.full(6, -1)))
    short = replace(SMALL, training=replace(SMALL.training, epochs=1, steps_per_epoch=2))
    assert list(make_trial(blind, 10)(short))[-1] == pytest.approx(list(make_trial(data, 10)(short))[-1], abs=1e-6)


def test_without_held_out_labels_nothing_can_be_judged(examples: list[Example], tmp_path: Path) -> None:
    alike = [replace(e, label="rock" if e.split == "val" else e.label) for e in examples]
    with pytest.raises(DatasetError, match="fewer than two labels are held out"):
        make_trial(prepared(alike, tmp_path / "cache"), 1)


def test_a_short_training_has_as_many_steps_in_shorter_epochs() -> None:
    training = shorten(SMALL, 3.0).training
    assert training.steps_per_epoch == TRIAL_STEPS
    assert training.minutes == 3.0
    assert 120 <= training.epochs * training.steps_per_epoch < 120 + TRIAL_STEPS
