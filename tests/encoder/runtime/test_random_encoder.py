from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest

from musicemb.core.signal.features import make_front_end
from musicemb.encoder.runtime.random_encoder import UntrainedEncoder
from musicemb.settings import EncoderSettings, NetworkSettings

pytestmark = pytest.mark.keras

SETTINGS = EncoderSettings(network=NetworkSettings(dimensions=8, widths=(4, 8)))


def twin(seed: int = 0) -> UntrainedEncoder:
    return UntrainedEncoder(SETTINGS, make_front_end(SETTINGS.front_end, SETTINGS.segments), seed)


def test_equal_seeds_give_equal_vectors_of_unit_length():
    features = np.random.default_rng(0).normal(size=(3, 250, 96)).astype(np.float32)
    first = twin().embed(features)
    assert first.shape == (3, 8) and first.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(first, axis=1), 1, atol=1e-5)
    again = pickle.loads(pickle.dumps(twin()))
    np.testing.assert_allclose(again.embed(features), first, atol=1e-6)
    assert not np.allclose(twin(1).embed(features), first)


def test_its_id_names_what_shapes_it():
    assert twin().id == twin().id != twin(1).id
    wider = replace(SETTINGS, network=replace(SETTINGS.network, dimensions=16))
    assert UntrainedEncoder(wider, twin().front_end).id != twin().id
    assert twin().dimensions == 8 and twin().projection is None and twin().genre_head is None
