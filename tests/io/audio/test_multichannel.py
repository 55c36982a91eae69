"""Channels of a recording stay apart."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from musicemb.errors import AudioError
from musicemb.io.audio.multichannel import read_channels


def test_channels_stay_apart(tmp_path: Path):
    import soundfile

    path = tmp_path / "four.wav"
    samples = np.zeros((8000, 4), np.float32)
    samples[:, 2] = 0.5
    soundfile.write(path, samples, 16_000)
    read = read_channels(path, 8_000)
    assert read.shape == (4, 4000) and read[2].mean() == pytest.approx(0.5, abs=0.01) and not read[[0, 1, 3]].any()
    with pytest.raises(AudioError, match="is absent"):
        read_channels(tmp_path / "none.wav", 8_000)
    (tmp_path / "text.wav").write_text("no sound at all")
    with pytest.raises(AudioError, match="cannot be decoded"):
        read_channels(tmp_path / "text.wav", 8_000)
