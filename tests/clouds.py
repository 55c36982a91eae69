"""Vectors in groups, for the tests of clustering."""

from __future__ import annotations

import numpy as np


def unit(rows: np.ndarray) -> np.ndarray:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def blobs(n: int, groups: int, *, spread: float = 0.3, d: int = 16, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Unit vectors around random directions, and which direction each is from."""
    rng = np.random.default_rng(seed)
    centres = np.linalg.qr(rng.normal(size=(d, d)))[0][:groups]
    truth = rng.integers(groups, size=n)
    return unit(centres[truth] + spread / np.sqrt(d) * rng.normal(size=(n, d))), truth
