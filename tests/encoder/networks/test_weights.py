"""Weights by name: read as they are, put back as they were, refused where they do not fit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from small_networks import build, settings_of

from musicemb.encoder.networks.weights import read_weights, write_weights
from musicemb.errors import BundleError

pytestmark = pytest.mark.keras


def small(seed: int = 1) -> Any:
    return build(settings_of("dense", "mfcc", widths=(4, 4), dimensions=8), seed)


def test_weights_are_put_back_by_name() -> None:
    one, other = small(1), small(2)
    wanted = read_weights(one)
    assert wanted["embedding/bias"].shape == (8,)
    assert any(not np.array_equal(value, wanted[name]) for name, value in read_weights(other).items())
    write_weights(other, wanted)
    for name, value in read_weights(other).items():
        np.testing.assert_array_equal(value, wanted[name])


def test_what_is_read_does_not_go_on_learning() -> None:
    network = small()
    before = read_weights(network)["embedding/bias"]
    write_weights(network, {name: value + 1 for name, value in read_weights(network).items()})
    np.testing.assert_array_equal(read_weights(network)["embedding/bias"], before + 1)


def test_weights_of_another_network_are_refused() -> None:
    weights = read_weights(small())
    weights.pop("embedding/bias")
    with pytest.raises(BundleError, match="embedding/bias"):
        write_weights(small(), weights)


def test_a_weight_of_another_shape_is_refused() -> None:
    weights = read_weights(small()) | {"embedding/bias": np.zeros(9, np.float32)}
    with pytest.raises(BundleError, match="embedding/bias is missing or of another shape"):
        write_weights(small(), weights)
