"""A frame's channels are what was put into it, in whichever way it holds them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from musicemb.io.audio.parts.av_frames import read_frame, read_planes

LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1", 8: "7.1"}
KINDS: dict[str, tuple[type, float, float]] = {
    "u8": (np.uint8, 128, 128),
    "s16": (np.int16, 0, 1 << 15),
    "s32": (np.int32, 0, 1 << 31),
    "flt": (np.float32, 0, 1),
    "dbl": (np.float64, 0, 1),
}
"""Type of a sample, what silence is, and what full scale is above it."""


def make_frame(name: str, channels: int, planar: bool) -> tuple[Any, np.ndarray]:
    """A frame of random samples, and these."""
    import av

    kind, silence, full = KINDS[name]
    values = np.random.default_rng(channels).integers(-100, 100, (channels, 37)) / 128
    stored = (values * full + silence).astype(kind)
    packed = av.AudioFrame.from_ndarray(stored.T.reshape(1, -1).copy(), format=name, layout=LAYOUTS[channels])
    packed.sample_rate = 44_100
    if not planar:
        return packed, values.astype(np.float32)
    resampler = av.AudioResampler(format=name + "p", layout=LAYOUTS[channels], rate=44_100)
    (frame,) = resampler.resample(packed)
    assert frame.format.is_planar
    return frame, values.astype(np.float32)


@pytest.mark.parametrize("planar", [False, True], ids=["packed", "planar"])
@pytest.mark.parametrize("channels", LAYOUTS)
@pytest.mark.parametrize("name", KINDS)
def test_channels_are_what_was_put_in(name: str, channels: int, planar: bool) -> None:
    frame, values = make_frame(name, channels, planar)
    planes = read_planes(frame)
    assert {plane.dtype for plane in planes} == {np.dtype(np.float32)}
    np.testing.assert_array_equal(np.stack(planes), values)
    np.testing.assert_array_equal(read_frame(frame), values)


def test_planes_of_floats_are_not_copied() -> None:
    frame, _ = make_frame("flt", 2, planar=True)
    first, second = read_planes(frame)
    assert np.shares_memory(first, np.frombuffer(frame.planes[0], np.float32))
    assert np.shares_memory(second, np.frombuffer(frame.planes[1], np.float32))
