"""Decoded frames of PyAV as arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from musicemb.records import Floats

_UNBOUNDED = 8
"""Planes at which PyAV's count of them is no longer safe."""


def read_planes(frame: Any) -> Sequence[Floats]:
    """The channels of a decoded frame of PyAV, for code that copies them elsewhere.

    Most lossy codecs give each channel as it is wanted here, at a fiftieth of a second a frame: no array of all
    channels is made then, which takes as long as a fifth of what Opus takes to be decoded.

    Parameters
    ----------
    frame : av.AudioFrame

    Returns
    -------
    sequence of ndarray [shape=(n,)], float32
        Views of the frame's memory, or copies: not to be kept, nor written to.
    """
    if frame.format.name == "fltp" and 0 < frame.layout.nb_channels < _UNBOUNDED:
        samples = frame.samples
        if planes := [np.frombuffer(plane, np.float32, samples) for plane in frame.planes]:
            return planes
    return list(read_frame(frame))


def read_frame(frame: Any) -> Floats:
    """A decoded frame of PyAV.

    Parameters
    ----------
    frame : av.AudioFrame

    Returns
    -------
    ndarray [shape=(channels, n)], float32
    """
    count = frame.layout.nb_channels
    if frame.format.is_planar and count >= _UNBOUNDED:
        frame = _interleaved(frame)
    values: NDArray[Any] = frame.to_ndarray()
    if not frame.format.is_planar:
        values = values.reshape(-1, count).T
    if values.dtype == np.uint8:
        return (values.astype(np.float32) - np.float32(128)) / np.float32(128)
    if np.issubdtype(values.dtype, np.integer):
        return values.astype(np.float32) / np.float32(-float(np.iinfo(values.dtype).min))
    return values.astype(np.float32, copy=False)


def _interleaved(frame: Any) -> Any:
    """The frame with its channels in one plane.

    PyAV counts planes up to a null pointer that FFmpeg does not set from 8 on, and reads what lies
    behind: 7.1 sound, or a damaged header that claims many channels, would end the process.
    """
    import av

    resampler = av.AudioResampler(format="flt", layout=frame.layout, rate=frame.sample_rate)
    (packed,) = resampler.resample(frame)
    return packed
