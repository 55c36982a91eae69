"""A published tagger's trunk stands beside a bundle as an encoder of its own."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
from made_tagger import write_tagger

from musicemb.core.signal.features import count_bands, count_frames
from musicemb.workflows.evaluation.collect import open_tagger

pytestmark = pytest.mark.keras


def test_its_vectors_are_the_trunks_own_and_survive_a_pickle(tmp_path: Path) -> None:
    encoder = open_tagger(write_tagger(tmp_path / "made.tflite"))
    front_end = encoder.front_end
    rng = np.random.default_rng(0)
    shape = (3, count_frames(front_end), count_bands(front_end.settings))
    features = rng.normal(size=shape).astype(np.float32)
    vectors = encoder.embed(features)
    assert vectors.shape == (3, encoder.dimensions)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-4)
    assert encoder.name == "made (frozen)" and encoder.id.startswith("tagger-")
    assert encoder.projection is None and encoder.genre_head is None and encoder.bundle_info is None
    again = pickle.loads(pickle.dumps(encoder))
    np.testing.assert_allclose(again.embed(features), vectors, atol=1e-5)
