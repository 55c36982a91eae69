"""The training loop learns, stops by the clock, and goes on after a kill where it stood."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from laws import cases
from tiny_training import NETWORK, SOUNDS, batches, few_batches, few_steps, network, training

from musicemb.encoder.networks.weights import read_weights
from musicemb.encoder.training.loop import Batch, train_network
from musicemb.errors import MusicembError
from musicemb.settings import Architecture

pytestmark = pytest.mark.keras


def refuse(*_: object, **__: object) -> None:
    """PyTorch's own answer to labels beyond the classes, whichever back end runs."""
    raise RuntimeError("Class values must be smaller than num_classes.")


LOSSES = [{"loss": "triplet", "margin": 1.0}, {"loss": "triplet", "semi_hard": False, "margin": 1.0}]
"""Semi-hard and random distant segments: to compile one takes seconds."""


@pytest.mark.parametrize(
    ("architecture", "changes"),
    [("resnet", {}), *((NETWORK.architecture, changes) for changes in cases(LOSSES, LOSSES[:1]))],
    ids=str,
)
def test_neighbours_come_together(
    architecture: Architecture, changes: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    import keras

    from musicemb.encoder.training.training_model import TrainingModel

    monkeypatch.setattr("keras.ops.one_hot", refuse)  # no label is looked at
    compute, traced = TrainingModel.compute_loss, []
    monkeypatch.setattr(
        TrainingModel, "compute_loss", lambda *rest, **named: traced.append(1) or compute(*rest, **named)
    )
    reports = list(train_network(network(architecture=architecture), batches, training(epochs=8, **changes)))
    assert [report.epoch for report in reports] == list(range(1, 9))
    gap = [report.distant - report.neighbour for report in reports]
    assert gap[-1] > gap[0] + 0.1
    assert 0 <= reports[-1].waiting <= 1
    if keras.backend.backend() == "tensorflow":
        assert len(traced) == 1, "a step is compiled once"


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("members", cases([1, 2], [1]))
def test_labels_are_learned_too(members: int) -> None:
    reports = list(train_network(network(members), batches, training(epochs=2, label_weight=1.0), n_labels=4))
    assert reports[-1].loss < reports[0].loss
    assert reports[-1].parts["genres"] < reports[0].parts["genres"]


def test_members_learn_side_by_side_and_differ() -> None:
    trained = network(members=2)
    reports = list(train_network(trained, batches, training(epochs=8)))
    gap = [report.distant - report.neighbour for report in reports]
    assert gap[-1] > gap[0] + 0.1
    halves = np.split(np.asarray(trained.predict_on_batch(SOUNDS.repeat(32, axis=1))), 2, axis=1)
    for half in halves:
        np.testing.assert_allclose(np.linalg.norm(half, axis=1), 0.5**0.5, atol=1e-5)
        distances = 1 - 2 * half @ half.T
        assert distances.mean() > 0.2  # it tells tracks apart by itself
    assert np.abs(halves[0] - halves[1]).max() > 0.1


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("members", cases([1, 2], [1]))
def test_a_resumed_training_ends_like_an_unbroken_one(tmp_path: Path, members: int) -> None:
    whole, broken = network(members), network(members)
    list(train_network(whole, few_batches, few_steps(epochs=4), checkpoint=tmp_path / "a.npz"))
    run = train_network(broken, few_batches, few_steps(epochs=4), checkpoint=tmp_path / "b.npz")
    next(run)
    next(run)
    run.close()
    fresh = network(members)
    reports = list(train_network(fresh, few_batches, few_steps(epochs=4), checkpoint=tmp_path / "b.npz", resume=True))
    assert [report.epoch for report in reports] == [1, 2, 3, 4]
    for name, value in read_weights(whole).items():
        np.testing.assert_allclose(read_weights(fresh)[name], value, atol=2e-4, err_msg=name)


@pytest.mark.usefixtures("eager")
def test_the_best_weights_are_kept() -> None:
    seen = []

    def probe(embed) -> dict[str, float]:
        seen.append(embed(SOUNDS.repeat(32, axis=1)))
        return {"figure": [0.1, 0.9, 0.2, 0.3][len(seen) - 1]}

    trained = network()
    list(train_network(trained, few_batches, few_steps(epochs=4), probe=probe, best_by="figure"))
    found = np.asarray(trained.predict_on_batch(SOUNDS.repeat(32, axis=1)))
    np.testing.assert_allclose(found, seen[1], atol=1e-4)


@pytest.mark.usefixtures("eager")
def test_the_clock_and_patience_end_a_training() -> None:
    assert len(list(train_network(network(), few_batches, few_steps(epochs=1000, minutes=0.003)))) < 1000
    patient = few_steps(epochs=50, patience=2)
    reports = list(train_network(network(), few_batches, patient, probe=lambda _: {"figure": 0.5}, best_by="figure"))
    assert len(reports) < 50


@pytest.mark.usefixtures("eager")
def test_features_that_are_not_numbers_end_it_with_a_line() -> None:
    def broken(epoch: int) -> Iterator[Batch]:
        for batch in batches(epoch):
            yield replace(batch, features=batch.features * np.nan)

    with pytest.raises(MusicembError, match="step 1 of epoch 1: the loss is nan; the input features"):
        list(train_network(network(), broken, training()))


@pytest.mark.usefixtures("eager")
def test_a_loss_that_is_no_number_ends_it_with_a_line() -> None:
    with pytest.raises(MusicembError, match="the loss is nan; try a lower learning rate"):
        list(train_network(network(), batches, training(learning_rate=float("1e30"), epochs=20)))


@pytest.mark.usefixtures("eager")
def test_minutes_end_it_within_an_epoch_and_the_figures_are_means() -> None:
    def slow(epoch: int) -> Iterator[Batch]:
        for batch in batches(epoch):
            time.sleep(0.3)
            yield batch

    (report,) = train_network(network(), slow, training(minutes=0.005, epochs=3))
    assert report.seconds < 60 and report.waiting > 0


@pytest.mark.usefixtures("eager")
def test_the_thread_that_makes_batches_ends_with_the_training() -> None:
    before = threading.active_count()
    run = train_network(network(), few_batches, few_steps(epochs=50))
    next(run)
    run.close()
    assert threading.active_count() <= before


@pytest.mark.usefixtures("eager")
def test_a_problem_in_the_batch_thread_reaches_the_caller() -> None:
    def broken(epoch: int) -> Iterator[Batch]:
        yield next(batches(epoch))
        raise ValueError("no more sound")

    with pytest.raises(ValueError, match="no more sound"):
        list(train_network(network(), broken, training()))
