"""Excerpts are what stands at their places in the whole; what cannot be sought in is left to the decoders."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import sounds
from decoded_audio import RATE, spoil
from numpy.typing import NDArray
from scipy.signal import correlate

from musicemb.io.audio.parts.excerpts import read_excerpts
from musicemb.io.audio.reader import read_audio
from musicemb.records import Floats


def correlations(part: Floats, whole: Floats) -> NDArray[np.float64]:
    """Correlation of a part with each place of a whole."""
    part, whole = part.astype(np.float64), whole.astype(np.float64)
    part -= part.mean()
    sums, squares = (np.concatenate([[0], np.cumsum(whole**power)]) for power in (1, 2))
    length = len(part)
    spread = (squares[length:] - squares[:-length]) - (sums[length:] - sums[:-length]) ** 2 / length
    found: NDArray[np.float64] = correlate(whole, part, "valid", "fft") / np.sqrt(spread * (part @ part))
    return found


def test_correlations_are_numpy_s() -> None:
    rng = np.random.default_rng(0)
    whole = rng.normal(0.5, 1, 60).astype(np.float32)
    expected = [np.corrcoef(whole[20:50], whole[place : place + 30])[0, 1] for place in range(31)]
    np.testing.assert_allclose(correlations(whole[20:50], whole), expected, atol=1e-6)


@pytest.mark.parametrize(
    ("suffix", "decoder"),
    [
        ("flac", "soundfile"),
        ("mp3", "soundfile"),
        ("wav", "soundfile"),
        ("ogg", "soundfile"),
        ("opus", "av"),
        ("m4a", "av"),
    ],
)
def test_an_excerpt_is_what_stands_there(tmp_path: Path, suffix: str, decoder: str) -> None:
    path = sounds.write_music(tmp_path / f"x.{suffix}", 15, seed=3)
    whole = read_audio(path, RATE).samples
    heard = read_excerpts(path, RATE, 3, 2.0)
    assert heard is not None
    assert heard.decoder == decoder
    assert heard.duration == pytest.approx(15, abs=0.1)
    assert heard.starts == pytest.approx([1.5, 6.5, 11.5], abs=0.1)
    for start, samples in zip(heard.starts, heard.samples, strict=True):
        assert len(samples) == 2 * RATE
        inner = samples[RATE // 2 : -RATE // 2]
        begin = round(start * RATE) + RATE // 2
        # MP3, AAC and Opus begin some milliseconds early or late when they are sought in.
        likeness = correlations(inner, whole[begin - 1500 : begin + len(inner) + 1500])
        assert likeness.max() > 0.97  # Opus fills bands with noise of its own
        assert suffix in ("m4a", "opus", "mp3") or likeness[1500] > 0.999


def test_what_is_short_or_damaged_is_left_to_the_decoders(tmp_path: Path) -> None:
    path = sounds.write_music(tmp_path / "x.flac", 11, seed=3)
    assert read_excerpts(path, RATE, 3, 2.0) is None  # more than half of it
    assert read_excerpts(path, RATE, 2, 2.0) is not None
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert read_excerpts(path, RATE, 2, 2.0) is None
    path.write_bytes(b"no audio at all" * 100)
    assert read_excerpts(path, RATE, 2, 2.0) is None


def test_damage_between_excerpts_goes_unnoticed_and_damage_in_one_does_not_end_the_scan(tmp_path: Path) -> None:
    path = sounds.write(tmp_path / "x.mp3", sounds.music(30, seed=3, sample_rate=22_050, channels=1), 22_050)
    path.write_bytes(spoil(path.read_bytes(), 0.45, 3000))
    heard = read_excerpts(path, RATE, 2, 4.0)  # at 5 and 20 seconds
    assert heard is None or len(heard.samples) == 2
