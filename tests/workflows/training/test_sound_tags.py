"""Tag heads of a training set and its teachers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from musicemb.core.signal.features import make_front_end
from musicemb.core.training.targets import TeacherTargets
from musicemb.records import Example, TeacherShape
from musicemb.settings import EncoderSettings
from musicemb.workflows.training.prepare import TrainingData
from musicemb.workflows.training.sound_tags import LEAST_TRACKS, fit_tags
from musicemb.workflows.training.track_set import TrackSet

SETTINGS = EncoderSettings()


def _training(n: int, *, names: tuple[str, ...] = ("Piano", "nonsense")) -> tuple[np.ndarray, TrainingData]:
    """Direction 0 of a track's vector says how much piano its two windows have."""
    rng = np.random.default_rng(n)
    vectors = rng.normal(size=(n, 6)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    level = 255 / (1 + np.exp(-5 * vectors[:, :1]))
    windows = np.repeat(np.concatenate([level, np.full((n, 1), 9)], axis=1), 2, axis=0)
    bounds = np.stack([np.arange(n) * 2, np.arange(n) * 2 + 2], axis=1)
    shape = TeacherShape("made", 0, 2)
    teacher = TeacherTargets(
        shape, names, 3.0, bounds, np.zeros((2 * n, 0), np.float32), bounds, windows.astype(np.uint8)
    )
    nobody = np.full(n, -1)
    train = TrackSet([np.zeros((9, 4), np.uint8)] * n, nobody, nobody, SETTINGS, teachers=[teacher])
    examples = [Example(Path(f"{i}.mp3"), label="", artist=f"{i // 3}", group=f"{i // 3}") for i in range(n)]
    front_end = make_front_end(SETTINGS.front_end, SETTINGS.segments)
    return vectors, TrainingData(
        train, TrackSet([], nobody[:0], nobody[:0], SETTINGS), examples, [], (), front_end, None
    )


def test_heads_hear_what_the_teacher_does() -> None:
    vectors, data = _training(3 * LEAST_TRACKS)
    heads = fit_tags(vectors, data)
    assert heads is not None
    assert heads.names == ("piano",)
    assert heads.areas[0] > 0.99
    assert heads.weights[0, 0] > 0


@pytest.mark.parametrize("names", [("Piano", "nonsense"), ("no word", "of ours")])
def test_no_heads_of_too_little(names: tuple[str, ...]) -> None:
    n = LEAST_TRACKS - 1 if names[0] == "Piano" else 3 * LEAST_TRACKS
    assert fit_tags(*_training(n, names=names)) is None
