"""Closed-form maps: what they must separate, and what must not matter to them."""

from __future__ import annotations

import numpy as np
import pytest

from musicemb.core.vectors.linear_maps import (
    LinearMap,
    fit_discriminant,
    fit_regression,
    genre_targets,
    join_maps,
    leading_directions,
    mean_per_track,
)


def _segments(rng: np.random.Generator, *, n_tracks: int = 40, each: int = 6) -> tuple[np.ndarray, np.ndarray]:
    """Channel 0 tells tracks apart, channel 1 varies ten times as much within each, others are weak noise."""
    tracks = np.repeat(np.arange(n_tracks), each)
    rows = rng.normal(scale=0.1, size=(len(tracks), 5))
    rows[:, 0] += rng.normal(size=n_tracks)[tracks]
    rows[:, 1] += rng.normal(scale=10, size=len(tracks))
    return rows, tracks


def test_discriminant_finds_what_tells_tracks_apart() -> None:
    rows, tracks = _segments(np.random.default_rng(0))
    kernel = fit_discriminant(rows, rows, tracks, 1).kernel[:, 0]
    assert np.abs(kernel).argmax() == 0
    # Of channel 1 a step is a hundred times as long; it must not count a tenth of what channel 0 does.
    assert abs(kernel[1]) * 10 < 0.1 * abs(kernel[0])


def test_discriminant_avoids_what_damage_changes() -> None:
    rng = np.random.default_rng(1)
    rows, tracks = _segments(rng)
    rows[:, 1] = 0
    rows[:, 2] = 3 * rng.normal(size=tracks.max() + 1)[tracks]  # tells tracks apart better than channel 0
    unharmed = fit_discriminant(rows, rows, tracks, 1).kernel[:, 0]
    damaged = rows.copy()
    damaged[:, 2] = rng.normal(scale=10, size=len(rows))
    robust = fit_discriminant(rows, damaged, tracks, 1).kernel[:, 0]
    assert np.abs(unharmed).argmax() == 2
    assert np.abs(robust).argmax() == 0


def test_discriminant_has_unit_spread_within_tracks_and_no_mean() -> None:
    rows, tracks = _segments(np.random.default_rng(2), n_tracks=300, each=8)
    found = fit_discriminant(rows, rows, tracks, 1)
    mapped = rows @ found.kernel + found.bias
    assert mapped.mean() == pytest.approx(0, abs=1e-9)
    means, numbers = mean_per_track(mapped, tracks)
    assert (mapped - means[numbers]).std() < 1  # shrinkage holds it below


def test_order_of_segments_does_not_matter() -> None:
    rng = np.random.default_rng(3)
    rows, tracks = _segments(rng)
    order = rng.permutation(len(rows))
    one, other = (fit_discriminant(x, x, t, 2).kernel for x, t in ((rows, tracks), (rows[order], tracks[order])))
    np.testing.assert_allclose(np.abs(one), np.abs(other), rtol=1e-6, atol=1e-9)


def test_regression_follows_its_targets() -> None:
    rng = np.random.default_rng(4)
    means = rng.normal(size=(500, 4))
    targets = means @ rng.normal(size=(4, 2)) + 7
    found = fit_regression(means, targets)
    mapped = means @ found.kernel + found.bias
    for column in range(2):
        assert np.corrcoef(mapped[:, column], targets[:, column])[0, 1] > 0.98
    assert mapped.mean() == pytest.approx(0, abs=1e-9)


def test_rare_genres_stand_out() -> None:
    targets = genre_targets(np.eye(3)[[0, 0, 0, 0, 2]])
    np.testing.assert_allclose(targets.max(axis=0), [0.5, 0, 1])
    np.testing.assert_allclose(np.square(targets).sum(axis=0), [1, 0, 1])


def test_a_track_of_two_genres_is_a_part_of_each() -> None:
    targets = genre_targets(np.array([[1, 0], [0.5, 0.5], [0.5, 0.5]]))
    np.testing.assert_allclose(targets[:, 0], np.array([1, 0.5, 0.5]) / np.sqrt(2))
    np.testing.assert_allclose(targets[:, 1], [0, 0.5, 0.5])


def test_leading_directions_keep_distances() -> None:
    rng = np.random.default_rng(5)
    flat = rng.normal(size=(30, 3)) @ rng.normal(size=(3, 20))
    short = leading_directions(flat, 3)
    assert short.shape == (30, 3)
    np.testing.assert_allclose(
        np.linalg.norm(flat[:, None] - flat, axis=2), np.linalg.norm(short[:, None] - short, axis=2), atol=1e-6
    )
    assert leading_directions(flat, 50).shape == (30, 20)


def test_joined_maps_count_the_same() -> None:
    rng = np.random.default_rng(6)
    rows = rng.normal(size=(200, 4))
    parts = [LinearMap(rng.normal(size=(4, n)) * scale, np.zeros(n)) for n, scale in ((3, 100), (2, 0.01))]
    joined = join_maps(parts, rows)
    mapped = rows @ joined.kernel + joined.bias
    assert np.square(mapped[:, :3]).sum(axis=1).mean() == pytest.approx(1)
    assert np.square(mapped[:, 3:]).sum(axis=1).mean() == pytest.approx(1)


def test_joined_maps_are_as_long_as_is_wished() -> None:
    rng = np.random.default_rng(7)
    rows = rng.normal(size=(200, 4))
    parts = [LinearMap(rng.normal(size=(4, 3)), np.zeros(3)) for _ in range(2)]
    mapped = rows @ join_maps(parts, rows, [1.0, 1.25]).kernel
    assert np.square(mapped[:, :3]).sum(axis=1).mean() == pytest.approx(1)
    assert np.square(mapped[:, 3:]).sum(axis=1).mean() == pytest.approx(1.25**2)


def test_means_go_by_number_of_the_track() -> None:
    means, numbers = mean_per_track(np.array([[1.0], [3.0], [10.0]]), np.array([7, 7, 2]))
    np.testing.assert_array_equal(means, [[10], [2]])
    np.testing.assert_array_equal(numbers, [1, 1, 0])
