"""Teacher files are read as they are meant, and anything else is refused in a line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from musicemb.errors import DatasetError
from musicemb.io.teacher_files import read_teacher

RNG = np.random.default_rng(3)


def arrays(**changes: Any) -> dict[str, Any]:
    """Two tracks of two and three windows, with vectors and tags."""
    found = {
        "paths": np.array(["a/one.opus", "two.opus"]),
        "offsets": np.array([0, 2, 5], dtype=np.int32),
        "vectors": RNG.integers(-127, 128, (5, 4)).astype(np.int8),
        "scale": np.array([0.5, 1, 2, 4], dtype=np.float32),
        "scores": RNG.integers(0, 256, (5, 3)).astype(np.uint8),
        "classes": np.array(["drum", "voice", "rain"]),
        **changes,
    }
    return {name: value for name, value in found.items() if value is not None}


def write(place: Path, **changes: Any) -> Path:
    np.savez(place, **arrays(**changes))
    return place


def test_windows_of_8_bits_are_scaled_back(tmp_path: Path) -> None:
    stored = arrays()
    np.savez(tmp_path / "yamnet.npz", **stored)
    teacher = read_teacher(tmp_path / "yamnet.npz")
    assert (teacher.name, teacher.paths, teacher.hop) == ("yamnet", ("a/one.opus", "two.opus"), 1.95)
    np.testing.assert_allclose(teacher.vectors, stored["vectors"] * stored["scale"])
    np.testing.assert_array_equal(teacher.tags, stored["scores"])
    assert teacher.tag_names == ("drum", "voice", "rain") and not teacher.of_tracks


def test_a_vector_a_track_and_several_lists_of_tags(tmp_path: Path) -> None:
    pool = RNG.normal(size=(2, 6)).astype(np.float16)
    chances = RNG.random((5, 1)).astype(np.float32)
    place = write(
        tmp_path / "b.npz",
        vectors=None, scale=None, scores=None, classes=None, pool=pool,
        msd=chances, msd_classes=np.array(["rock"]), mtt=1 - chances, mtt_classes=np.array(["flute"]),
        hop=np.float64(2.5), hashes=np.array(["", "abc"]),
    )  # fmt: skip
    teacher = read_teacher(place)
    assert teacher.of_tracks and teacher.hop == 2.5 and teacher.hashes == ("", "abc")
    assert teacher.tag_names == ("rock", "flute")
    np.testing.assert_allclose(teacher.tags[:, 0] / 255, chances[:, 0], atol=0.002)
    np.testing.assert_allclose(teacher.vectors, pool, atol=1e-3)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"paths": None}, "has no 'paths'"),
        ({"offsets": np.array([0, 2])}, "offsets must be 3 rising numbers"),
        ({"offsets": np.array([0, 3, 2])}, "offsets must be 3 rising numbers"),
        ({"vectors": np.zeros((4, 4), np.float32)}, "vectors has 4 rows; it must have 5"),
        ({"scale": None}, "has no 'scale'"),
        ({"scale": np.ones(3, np.float32)}, "scale has 3 numbers; vectors have 4 columns"),
        ({"scores": np.zeros((5, 2), np.uint8)}, r"scores has shape \(5, 2\), not \(5, 3\)"),
        ({"scores": np.full((5, 3), 2.0)}, "must be probabilities"),
        ({"scores": None, "vectors": None}, "neither vectors, nor pool, nor tags"),
        ({"vectors": np.full((5, 4), np.nan, np.float32)}, "holds values in 'vectors' that are not numbers"),
        ({"hop": np.float64(0)}, "hop is 0"),
        ({"hashes": np.array(["x"])}, "hashes must be as many as paths"),
    ],
)
def test_another_layout_is_told(tmp_path: Path, changes: dict[str, Any], complaint: str) -> None:
    with pytest.raises(DatasetError, match=complaint):
        read_teacher(write(tmp_path / "a.npz", **changes))


@pytest.mark.parametrize("share", [0.0, 0.3, 0.7, 0.99])
def test_a_truncated_file_is_told(tmp_path: Path, share: float) -> None:
    place = write(tmp_path / "a.npz")
    place.write_bytes(place.read_bytes()[: int(share * place.stat().st_size)])
    with pytest.raises(DatasetError, match="damaged, truncated or not an npz file"):
        read_teacher(place)


def test_what_is_no_npz_file_or_not_there_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.npz").write_bytes(b"nothing")
    with pytest.raises(DatasetError, match="damaged, truncated or not an npz file"):
        read_teacher(tmp_path / "a.npz")
    np.save(tmp_path / "b.npy", np.zeros(3))
    with pytest.raises(DatasetError, match="damaged, truncated or not an npz file"):
        read_teacher(tmp_path / "b.npy")
    with pytest.raises(DatasetError, match="cannot read the teacher file"):
        read_teacher(tmp_path / "gone.npz")
