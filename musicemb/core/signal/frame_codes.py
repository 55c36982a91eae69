"""Frames as small integers, for a cache on disk, and back."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from musicemb.core.signal.features import LOWEST_DB
from musicemb.records import Floats


def pack_frames(frames: Floats, features: str) -> NDArray[Any]:
    """Frames as small integers, for a cache on disk.

    Parameters
    ----------
    frames : ndarray [shape=(n_frames, n_values)], float32
        As `compute_frames` gives them.
    features : str
        "waveform" becomes int16; mel bands become uint8 in steps of half a dB.

    Returns
    -------
    ndarray, same shape, uint8 or int16
    """
    if features == "waveform":
        wave: NDArray[np.int16] = np.clip(np.rint(frames * 32767), -32768, 32767).astype(np.int16)
        return wave
    codes: NDArray[np.uint8] = np.clip(np.rint((frames - LOWEST_DB) * 2), 0, 255).astype(np.uint8)
    return codes


def unpack_frames(codes: NDArray[Any]) -> Floats:
    """Undo `pack_frames`, to a quarter of a dB.

    Parameters
    ----------
    codes : ndarray, uint8 or int16

    Returns
    -------
    ndarray, same shape, float32
    """
    if codes.dtype == np.int16:
        return codes.astype(np.float32) / np.float32(32767)
    return codes.astype(np.float32) * np.float32(0.5) + np.float32(LOWEST_DB)
