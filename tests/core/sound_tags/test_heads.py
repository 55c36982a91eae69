"""Tag heads: they say on artists never met what taggers say, and only words that hold there are kept."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from musicemb.core.sound_tags.heads import (
    TagTargets,
    apply_tag_head,
    apply_tag_heads,
    fit_tag_heads,
    join_targets,
    rank_area,
    rank_tags,
)
from musicemb.core.sound_tags.vocabulary import SOUND_TAGS
from musicemb.records import TagHeads

PIANO, BANJO, CALM = (next(tag for tag in SOUND_TAGS if tag.name == name) for name in ("piano", "banjo", "calm"))


def _made(rng: np.random.Generator, n: int = 600) -> tuple[np.ndarray, TagTargets, list[str]]:
    """Direction 0 of a vector is how much piano there is; what is said of the banjo is chance."""
    vectors = rng.normal(size=(n, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    piano = 1 / (1 + np.exp(-(6 * vectors[:, 0] - 2)))
    values = np.stack([piano, rng.uniform(size=n)], axis=1).astype(np.float32)
    return vectors, TagTargets((PIANO, BANJO), values), [f"artist {i // 4}" for i in range(n)]


@pytest.fixture(scope="module")
def heads() -> TagHeads:
    return fit_tag_heads(*_made(np.random.default_rng(0)))


def test_what_cannot_be_heard_is_left_out(heads: TagHeads) -> None:
    assert heads.names == ("piano",)
    assert heads.kinds == ("instrument",)
    assert heads.areas[0] > 0.99


def test_probabilities_are_those_of_the_taggers(heads: TagHeads) -> None:
    vectors, targets, _ = _made(np.random.default_rng(1))
    found = apply_tag_heads(vectors, heads)
    assert found.shape == (600, 1)
    assert np.abs(found[:, 0] - targets.values[:, 0]).mean() < 0.03
    assert found.mean() == pytest.approx(targets.values[:, 0].mean(), abs=0.02)
    many = np.tile(vectors.astype(np.float32), (15, 1))  # more than a block
    assert np.abs(apply_tag_head(many, heads, 0) - np.tile(found[:, 0], 15)).max() < 1e-6


@pytest.mark.parametrize("seed", range(4))
def test_what_few_tracks_have_clearly_is_as_frequent_as_the_taggers_say(seed: int) -> None:
    """The mean of a logistic regression's answers is the mean of what it was taught, if it has reached its optimum."""
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(600, 16))
    clear = rng.random(600) < 0.05
    vectors[clear] += 1.5 * (1 + rng.normal(size=(clear.sum(), 16)))
    said = np.where(clear, rng.random(600), 0.0)[:, None].astype(np.float32)
    heads = fit_tag_heads(vectors.astype(np.float32), TagTargets((PIANO,), said), [str(i) for i in range(600)])
    found = apply_tag_heads(vectors.astype(np.float32), heads)[:, 0]
    assert found.mean() == pytest.approx(said.mean(), abs=1e-3)
    assert heads.areas[0] > 0.8


def test_ranks_are_even_over_music_like_the_training(heads: TagHeads) -> None:
    vectors, *_ = _made(np.random.default_rng(2))
    ranks = rank_tags(apply_tag_heads(vectors, heads), heads)[:, 0]
    assert ranks.min() >= 0 and ranks.max() <= 1
    assert np.abs(np.sort(ranks) - np.linspace(0, 1, len(ranks))).max() < 0.08
    order = np.argsort(apply_tag_heads(vectors, heads)[:, 0])
    assert (np.diff(ranks[order]) >= 0).all()


def test_tracks_that_no_tagger_knows_teach_nothing(heads: TagHeads) -> None:
    vectors, targets, groups = _made(np.random.default_rng(0))
    unknown = replace(targets, values=np.concatenate([targets.values, np.full((3, 2), np.nan, np.float32)]))
    more = fit_tag_heads(np.concatenate([vectors, vectors[:3]]), unknown, [*groups, "a", "b", "c"])
    np.testing.assert_allclose(more.weights, heads.weights, atol=0.3)
    assert more.names == heads.names


def test_targets_are_means_over_taggers_of_their_surest_class() -> None:
    one = (("Piano", "Mellow", "Soft", "nonsense"), np.array([[0.2, 0.1, 0.5, 0.9], [0.4, 0.3, 0.1, 0.9]]))
    other = (("piano",), np.array([[0.6], [np.nan]]))
    found = join_targets([one, other])
    assert [tag.name for tag in found.tags] == [CALM.name, PIANO.name]
    np.testing.assert_allclose(found.values, [[0.5, 0.4], [0.3, 0.4]])


def test_no_tagger_no_targets() -> None:
    assert join_targets([]).tags == ()


@pytest.mark.parametrize(
    ("scores", "positive", "expected"),
    [
        ([1, 2, 3, 4], [0, 0, 1, 1], 1.0),
        ([4, 3, 2, 1], [0, 0, 1, 1], 0.0),
        ([1, 1, 1, 1], [0, 1, 0, 1], 0.5),
        ([1, 3, 2, 4], [0, 0, 1, 1], 0.75),
    ],
)
def test_area_is_how_often_the_right_one_is_above(scores: list[float], positive: list[int], expected: float) -> None:
    assert rank_area(np.array(scores), np.array(positive, bool)) == expected


def test_area_of_one_side_alone_is_unknown() -> None:
    assert np.isnan(rank_area(np.arange(3.0), np.ones(3, bool)))
