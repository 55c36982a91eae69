"""How near held-out tracks lie to their own label, by encoders that know all or nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from musicemb.core.signal.features import make_front_end
from musicemb.records import Example, Floats
from musicemb.settings import EncoderSettings, SegmentSettings
from musicemb.workflows.training.prepare import TrainingData, assemble_training
from musicemb.workflows.training.probe import ALONE, make_probe, subsample


def data(labels: tuple[str, ...] = ("jazz", "rock")) -> TrainingData:
    """Twenty tracks to train on and ten held out; a label is loud in its own half of the bands."""
    settings = EncoderSettings(segments=SegmentSettings(length=0.5, hop=0.5))
    rng = np.random.default_rng(0)
    examples, frames = [], {}
    for number in range(30):
        place = number % len(labels)
        split = "val" if number % 3 == 2 else "train"
        one = Example(Path(f"/m/{number}.mp3"), labels[place], f"artist {number}", split, "c", f"artist {number}")  # type: ignore[arg-type]
        bands = rng.integers(0, 40, (60, 96))
        bands[:, place * 48 : place * 48 + 48] += 100
        examples.append(one)
        frames[one.path] = bands.astype(np.uint8)
    front_end = make_front_end(settings.front_end, settings.segments)
    *_, made = assemble_training(examples, frames, settings, front_end)
    assert isinstance(made, TrainingData)
    return made


def halves(features: Floats) -> Floats:
    """The mean of each half of the bands, of unit length."""
    rows = features.mean(axis=1).reshape(len(features), 2, 48).mean(axis=2)
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def test_an_encoder_that_hears_the_label_finds_its_own() -> None:
    probe = make_probe(data())
    assert probe is not None
    found = probe(halves)
    assert set(found) == {"precision@5", "1-nn", ALONE, "silhouette"}
    assert (found["precision@5"], found["1-nn"]) == (1, 1)
    assert found["silhouette"] > 0.9


def test_alone_asks_the_held_out_only() -> None:
    probe = make_probe(data(), alone=True)
    assert probe is not None
    found = probe(halves)
    assert set(found) == {ALONE, "silhouette"}
    assert found[ALONE] == pytest.approx(0.8)  # each label has five held out: four of the nearest five are its own


def test_one_label_cannot_be_asked_about() -> None:
    assert make_probe(data(("jazz",))) is None


def test_of_many_tracks_some_are_drawn_always_the_same() -> None:
    whole = data()
    few, again = subsample(whole, 6), subsample(whole, 6)
    assert (len(few.train.frames), len(few.val_examples)) == (6, 6)
    assert few.train_examples == again.train_examples
    assert [whole.train_examples.index(one) for one in few.train_examples] == sorted(
        whole.train_examples.index(one) for one in few.train_examples
    )
    for one, frames in zip(few.train_examples, few.train.frames, strict=True):
        assert frames is whole.train.frames[list(whole.train_examples).index(one)]
    assert subsample(whole, 100).train_examples == whole.train_examples
