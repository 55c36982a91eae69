"""The label rules that training uses, on a collection and on the scanned library."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from musicemb.core.signal.features import make_front_end
from musicemb.settings import EncoderSettings, SegmentSettings, TrainingSettings
from musicemb.workflows.datasets.examples import music_examples
from musicemb.workflows.training.track_set import TrackSet, class_weights

ROWS = """path,corpus,genre,all_genres
a.wav,panda,hip-hop,Rap; R&B
b.wav,panda,R&B,R&B
c.wav,panda,,Pop/Rock; International
d.wav,panda,pop,Pop
e.wav,mine,pop,Pop; Rock
f.wav,esc10,rain,
"""


def test_genres_are_spelled_as_labels_are(tmp_path: Path) -> None:
    (tmp_path / "tracks.csv").write_text(ROWS)
    for name in "abcdef":
        (tmp_path / f"{name}.wav").touch()
    found = {example.path.stem: example for example in music_examples(tmp_path)}
    assert sorted(found) == ["a", "b", "c", "d", "e"]  # rain is no music
    assert found["a"].genres == ("hip-hop", "R&B")
    assert found["c"].genres == ("pop/rock", "world")
    assert (found["d"].label, found["d"].genres) == ("pop/rock", ("pop/rock",))
    # Only where the border is known to be noise are words folded into wider ones.
    assert (found["e"].label, found["e"].genres) == ("pop", ("pop", "rock"))


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
