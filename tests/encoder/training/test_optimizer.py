"""Parts of a network learn at their own rates, and averaged weights are a mean of those that were passed."""

from __future__ import annotations

import numpy as np
import pytest
from tiny_training import SOUNDS, few_batches, few_steps, network

from musicemb.encoder.networks.weights import read_weights
from musicemb.encoder.training.loop import train_network

pytestmark = [pytest.mark.keras, pytest.mark.usefixtures("eager")]


def test_a_rate_of_nothing_keeps_the_trunk_and_lets_the_embedding_learn() -> None:
    trained = network()
    before = read_weights(trained)
    list(train_network(trained, few_batches, few_steps(epochs=1, trunk_rate=0.0, embedding_rate=0.5, weight_decay=0.0)))
    after = read_weights(trained)
    moved = {name for name in before if not np.array_equal(before[name], after[name])}
    assert {"embedding/kernel", "embedding/bias"} <= moved
    assert any(name.endswith("kernel") for name in before.keys() - {"embedding/kernel"})
    assert moved - {"embedding/kernel", "embedding/bias"} == {name for name in moved if "moving_" in name}


def test_a_smaller_rate_moves_less() -> None:
    def distance(**rates: float) -> float:
        trained = network()
        before = read_weights(trained)["embedding/kernel"]
        list(train_network(trained, few_batches, few_steps(epochs=1, **rates)))
        return float(np.abs(read_weights(trained)["embedding/kernel"] - before).mean())

    assert distance(embedding_rate=0.1) < 0.3 * distance(embedding_rate=0.999)


def test_what_is_probed_and_kept_is_the_average() -> None:
    seen = []

    def probe(embed: object) -> dict[str, float]:
        seen.append(embed(SOUNDS.repeat(32, axis=1)))  # type: ignore[operator]
        return {"figure": 0.0}

    trained = network()
    list(train_network(trained, few_batches, few_steps(averaging=0.9), probe=probe))
    found = np.asarray(trained.predict_on_batch(SOUNDS.repeat(32, axis=1)))
    np.testing.assert_allclose(found, seen[-1], atol=1e-4)
    plain = network()
    list(train_network(plain, few_batches, few_steps()))
    assert np.abs(np.asarray(plain.predict_on_batch(SOUNDS.repeat(32, axis=1))) - found).max() > 1e-3


def test_averages_do_not_change_what_is_learned() -> None:
    def losses(averaging: float) -> list[float]:
        settings = few_steps(averaging=averaging)
        # A probe sees the averages; what goes on learning is put back behind it.
        return [report.loss for report in train_network(network(), few_batches, settings, probe=lambda embed: {})]

    np.testing.assert_allclose(losses(0.9), losses(0.0), rtol=1e-3)
