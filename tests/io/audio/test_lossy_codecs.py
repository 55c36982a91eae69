from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from sounds import music

from musicemb.errors import AudioError
from musicemb.io.audio.lossy_codecs import resample, write_lossy
from musicemb.io.audio.reader import read_audio


@pytest.mark.parametrize(("codec", "bit_rate"), [("mp3", 64_000), ("opus", 28_000)])
def test_what_was_written_is_lossy_and_still_the_same_music(tmp_path: Path, codec: str, bit_rate: int):
    samples = music(6.0, seed=1, sample_rate=48_000, channels=1)[:, 0]
    path = tmp_path / f"copy.{codec}"
    write_lossy(path, samples, 48_000, codec, bit_rate)  # type: ignore[arg-type]
    info = soundfile.info(path)
    assert info.channels == 1 and info.duration == pytest.approx(6.0, abs=0.1)
    assert 0.5 * bit_rate < path.stat().st_size * 8 / 6 < 1.3 * bit_rate
    copy = read_audio(path, 16_000).samples
    # Codecs shift by a few milliseconds: levels over 50 ms are compared, not samples.
    levels = [
        np.sqrt(np.mean(part[: 16_000 * 5].reshape(-1, 800) ** 2, axis=1))
        for part in (resample(samples, 48_000, 16_000), copy)
    ]
    assert np.corrcoef(*levels)[0, 1] > 0.9


def test_resampling_keeps_a_tone():
    samples = np.sin(2 * np.pi * 440 * np.arange(48_000) / 48_000).astype(np.float32)
    low = resample(samples, 48_000, 22_050)
    assert len(low) == pytest.approx(22_050, abs=2)
    assert np.abs(np.fft.rfft(low)).argmax() * 22_050 / len(low) == pytest.approx(440, abs=2)
    assert resample(samples, 48_000, 48_000) is samples


def test_a_rate_that_the_codec_does_not_know(tmp_path: Path):
    with pytest.raises(AudioError, match="cannot be written as opus"):
        write_lossy(tmp_path / "copy.opus", np.zeros(1000, np.float32), 44_100, "opus", 28_000)
