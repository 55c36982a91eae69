"""From decoded examples to a training and a validation set."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from musicemb.core.signal.features import make_front_end
from musicemb.errors import DatasetError
from musicemb.records import Example, Problem
from musicemb.settings import EncoderSettings, SegmentSettings
from musicemb.workflows.training.prepare import TrainingData, assemble_training, is_val

SETTINGS = EncoderSettings(segments=SegmentSettings(length=0.5, hop=0.5))


def example(number: int, split: str = "train", label: str = "") -> Example:
    return Example(Path(f"/m/{number}.mp3"), label, f"artist {number}", split, "c", f"artist {number}")  # type: ignore[arg-type]


def assemble(examples: list[Example], *, short: tuple[int, ...] = ()) -> tuple[list[object], TrainingData]:
    rng = np.random.default_rng(0)
    frames = {
        one.path: rng.integers(0, 200, (5 if number in short else 100, 96)).astype(np.uint8)
        for number, one in enumerate(examples)
    }
    front_end = make_front_end(SETTINGS.front_end, SETTINGS.segments)
    *events, data = assemble_training(examples, frames, SETTINGS, front_end)
    assert isinstance(data, TrainingData)
    return events, data


def test_val_is_held_out_and_test_is_left_out() -> None:
    assert is_val(example(0, "val")) and not is_val(example(0, "train"))
    events, data = assemble([example(i, ("train", "train", "val", "test")[i % 4]) for i in range(8)])
    assert events == []
    assert [one.group for one in data.train_examples] == ["artist 0", "artist 1", "artist 4", "artist 5"]
    assert [one.group for one in data.val_examples] == ["artist 2", "artist 6"]
    assert data.train.artists.tolist() == [0, 1, 2, 3]


def test_labels_of_eight_artists_are_told_apart_and_no_others() -> None:
    _, data = assemble([example(i, label="jazz" if i < 8 else "rare") for i in range(12)])
    assert data.labels == ("jazz",)
    assert data.train.labels.tolist() == [0] * 8 + [-1] * 4


def test_a_track_shorter_than_a_segment_is_told_and_left_out() -> None:
    events, data = assemble([example(i) for i in range(3)], short=(1,))
    assert events == [Problem(Path("/m/1.mp3"), "is shorter than a segment of 0.5 s", "skipped")]
    assert len(data.train.frames) == 2


def test_one_track_is_too_little() -> None:
    with pytest.raises(DatasetError, match=r"1 tracks of at least 0\.5 s to learn from; at least two are needed"):
        assemble([example(0)])


def test_bands_are_standardised_on_the_training_set() -> None:
    _, data = assemble([example(i) for i in range(4)])
    mean, deviation = data.train.measure(make_front_end(SETTINGS.front_end, SETTINGS.segments))
    np.testing.assert_array_equal(data.front_end.band_mean, mean)
    np.testing.assert_array_equal(data.front_end.band_std, deviation)
