"""Frames do not hang on how a stream was cut into blocks."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from musicemb.core.values.streams import FrameStream


@given(st.lists(st.integers(0, 50), max_size=20), st.integers(2, 9), st.integers(1, 12), st.integers(1, 4))
def test_all_whole_frames_come_in_order(blocks: list[int], length: int, hop: int, together: int) -> None:
    samples = np.arange(sum(blocks), dtype=np.float32)
    hop = min(hop, length)
    stream = FrameStream(length, hop, together)
    found, first = [], 0
    for size in blocks:
        found += list(stream.feed(samples[first : first + size]))
        first += size
    assert all(len(group) == together for group in found)
    found += list(stream.finish())
    expected = [samples[at : at + length].tolist() for at in range(0, len(samples) - length + 1, hop)]
    got = np.concatenate(found) if found else np.zeros((0, length))
    assert got.tolist() == expected
