"""What a training draws of its tracks: shares, weights, cuts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from musicemb.core.signal.features import make_front_end
from musicemb.settings import EncoderSettings, SegmentSettings, TrainingSettings
from musicemb.workflows.training.track_set import TrackSet, class_weights


def track_set(labels: list[int], shares: list[list[float]] | None) -> TrackSet:
    settings = EncoderSettings(
        segments=SegmentSettings(length=0.5, hop=0.5), training=TrainingSettings(tracks_per_batch=4, steps_per_epoch=5)
    )
    frames = [np.zeros((60, 96), np.uint8) for _ in labels]
    held = None if shares is None else np.array(shares, np.float32)
    return TrackSet(frames, np.arange(len(labels)), np.array(labels), settings, held)


def test_a_share_of_one_is_a_label() -> None:
    plain = track_set([0, 0, 0, 1, -1], None)
    shared = replace(plain, shares=np.array([[1, 0]] * 3 + [[0, 1], [0, 0]], np.float32))
    np.testing.assert_allclose(class_weights(shared, 2), class_weights(plain, 2))
    front_end = make_front_end(plain.settings.front_end, plain.settings.segments)
    both = (one.batches(front_end, balance=True)(0) for one in (plain, shared))
    for one, other in zip(*both, strict=True):
        np.testing.assert_array_equal(one.tracks, other.tracks)
        np.testing.assert_array_equal(other.shares, shared.shares[other.tracks])
        assert one.shares is None


def test_classes_that_no_label_names_have_weights_too() -> None:
    weights = class_weights(track_set([0, 0, -1], [[1, 0, 0], [0.5, 0.5, 0], [0, 0.5, 0.5]]), 1)
    assert weights.shape == (3,)
    assert weights.mean() == pytest.approx(1)
    assert weights[0] < weights[1] <= weights[2]
    rare = class_weights(track_set([0] * 100 + [1], None), 2)
    assert rare[1] / rare[0] == pytest.approx(4)  # never more, however rare
