"""The losses of a training by hand: which heads there are, what they weigh, and what each one is told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from small_networks import numbers
from tiny_training import SOUNDS, TEACHERS, network, training

from musicemb.encoder.training import distillation, losses
from musicemb.encoder.training.training_model import PART, TrainingModel
from musicemb.records import TeacherShape
from musicemb.settings import TrainingSettings

pytestmark = pytest.mark.keras

N, SIZE, LABELS = 8, 8, 3
TRACKS = np.repeat(np.arange(4), 2)
ARTISTS = TRACKS // 2
CLASSES = TRACKS % LABELS
DEEP = TeacherShape("deep", 6, 3)


def rows(*columns: int, seed: int = 0) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [rng.random((N, n)).astype(np.float32) for n in columns]


def targets(*told: np.ndarray) -> np.ndarray:
    """Rows as the loop makes them: track, artist, label and a draw, then what is told."""
    ids = np.stack([TRACKS, ARTISTS, CLASSES, np.linspace(0, 1, N)], axis=1)
    return np.concatenate([ids, *told], axis=1).astype(np.float32)


def unit(part: np.ndarray) -> np.ndarray:
    return part / np.linalg.norm(part, axis=1, keepdims=True)


def model(settings: TrainingSettings, *, members: int = 1, labels: int = LABELS, teachers: Any = ()) -> TrainingModel:
    made = TrainingModel(network(members), settings, labels, teachers)
    made(SOUNDS[:2].repeat(32, axis=1))  # builds the heads
    return made


def test_without_labels_or_teachers_there_is_the_network_alone() -> None:
    found = model(training(label_weight=0.0))
    assert found.heads == [] and set(found.trackers) == {"neighbour", "distant", "active"}
    features = SOUNDS[:3].repeat(32, axis=1)
    np.testing.assert_array_equal(numbers(found(features)), numbers(found.network(features)))


def test_each_member_has_heads_of_its_own_that_start_alike_everywhere() -> None:
    settings = training(label_weight=1.0, tag_weights=(1.0,), vector_weights=(1.0,))
    found = model(settings, members=2, teachers=TEACHERS)
    assert [head.name for head in found.heads] == [
        "genre1", "tags1_1", "vectors1_1", "tags2_1", "genre2", "tags1_2", "vectors1_2", "tags2_2",
    ]  # fmt: skip
    assert [head.units for head in found.heads] == [LABELS, 3, 6, 2] * 2
    assert numbers(found(SOUNDS[:3].repeat(32, axis=1))).shape == (3, 8 + 2 * (LABELS + 3 + 6 + 2))
    again = model(settings, members=2, teachers=TEACHERS)
    other = model(replace(settings, seed=settings.seed + 1), members=2, teachers=TEACHERS)
    for one, same, differs in zip(found.heads, again.heads, other.heads, strict=True):
        np.testing.assert_array_equal(numbers(one.kernel), numbers(same.kernel))
        assert not np.array_equal(numbers(one.kernel), numbers(differs.kernel))
    assert not np.array_equal(numbers(found.heads[0].kernel), numbers(found.heads[4].kernel))


def test_heads_read_sharpened_vectors() -> None:
    found = model(training(label_weight=1.0))
    out = numbers(found(SOUNDS[:3].repeat(32, axis=1)))
    logits = 12.0 * out[:, :SIZE] @ numbers(found.heads[0].kernel) + numbers(found.heads[0].bias)
    np.testing.assert_allclose(out[:, SIZE:], logits, atol=1e-4)


@pytest.mark.parametrize("weight", [0.5, 2.0])
def test_the_loss_is_the_weighted_sum_of_its_parts(weight: float) -> None:
    settings = training(label_weight=weight, neighbour_weight=1.5)
    found = model(settings)
    (vectors,), (logits, shares) = rows(SIZE), rows(LABELS, LABELS, seed=1)
    vectors = unit(vectors)
    neighbours = losses.nt_xent(vectors, TRACKS, ARTISTS, settings.temperature)
    genres = losses.cross_entropy(logits, shares, 1.0)
    pairs = losses.supervised_contrastive(vectors, TRACKS, CLASSES, settings.temperature)
    wanted = 1.5 * float(neighbours) + weight * float(genres) + 0.5 * weight * float(pairs)
    loss = found.compute_loss(None, targets(shares), np.concatenate([vectors, logits], axis=1))
    assert float(loss) == pytest.approx(wanted, rel=1e-5)
    told = {name: float(tracker.result()) for name, tracker in found.trackers.items()}
    assert told[f"{PART}neighbours"] == pytest.approx(float(neighbours), rel=1e-5)
    assert told[f"{PART}genres"] == pytest.approx(float(genres), rel=1e-5)
    assert told[f"{PART}genre pairs"] == pytest.approx(float(pairs), rel=1e-5)
    near, far, _ = losses.distance_report(vectors, TRACKS, ARTISTS, settings.margin)
    assert (told["neighbour"], told["distant"]) == pytest.approx((float(near), float(far)), rel=1e-5)


def test_a_triplet_loss_takes_its_draws_from_the_targets() -> None:
    settings = training(loss="triplet", semi_hard=False, label_weight=0.0)
    (vectors,) = rows(SIZE)
    y = targets()
    wanted = losses.triplet_margin(unit(vectors), TRACKS, ARTISTS, settings.margin, semi_hard=False, draws=y[:, 3])
    loss = model(settings).compute_loss(None, y, unit(vectors))
    assert float(loss) == pytest.approx(float(wanted), rel=1e-5)


def test_a_teacher_is_compared_with_its_own_columns() -> None:
    settings = training(
        label_weight=0.0, neighbour_weight=0.0, relation_weights=(0.5,), tag_weights=(2.0,), vector_weights=(3.0,)
    )
    found = model(settings, teachers=[DEEP])
    (vectors, theirs, tags), (tag_out, vector_out) = rows(SIZE, 6, 3), rows(3, 6, seed=1)
    known = np.array([1, 1, 1, 1, 1, 1, 0, 0], np.float32)
    relation = distillation.relational(
        unit(vectors), theirs, known, TRACKS, settings.relation_temperature, settings.teacher_temperature
    )
    soft = distillation.soft_tags(tag_out, tags, known)
    cosine = distillation.cosine_regression(vector_out, theirs, known)
    y = targets(known[:, None], theirs, tags)
    loss = found.compute_loss(None, y, np.concatenate([unit(vectors), tag_out, vector_out], axis=1))
    assert float(loss) == pytest.approx(0.5 * float(relation) + 2 * float(soft) + 3 * float(cosine), rel=1e-5)
    assert {name for name in found.trackers if name.startswith(PART)} == {
        f"{PART}relation to deep", f"{PART}tags of deep", f"{PART}vectors of deep",
    }  # fmt: skip


def test_later_teachers_take_the_last_weight_and_what_a_teacher_lacks_weighs_nothing() -> None:
    settings = training(relation_weights=(1.0, 0.25), tag_weights=(2.0,), vector_weights=(0.0,))
    found = model(settings, teachers=[DEEP, TeacherShape("flat", 0, 2), TeacherShape("wide", 4, 0)])
    weights = [(one.relation_weight, one.tag_weight, one.vector_weight) for one in found.teachers]
    assert weights == [(1.0, 2.0, 0.0), (0.0, 2.0, 0.0), (0.25, 0.0, 0.0)]
    assert [head.name for head in found.heads][-2:] == ["tags1", "tags2"]


def test_the_loss_of_two_members_is_the_mean_of_each() -> None:
    settings = training(label_weight=0.0)
    one, other = (unit(part) for part in rows(4, 4))
    wanted = np.mean([float(losses.nt_xent(part, TRACKS, ARTISTS, settings.temperature)) for part in (one, other)])
    joined = np.concatenate([one, other], axis=1) / 2**0.5
    loss = model(settings, members=2).compute_loss(None, targets(), joined)
    assert float(loss) == pytest.approx(wanted, rel=1e-5)
