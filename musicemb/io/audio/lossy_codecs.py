"""Lossy encoders: write samples as MP3 or Opus, to test how much the vectors change."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import numpy as np

from musicemb.errors import AudioError
from musicemb.records import Floats

Codec = Literal["mp3", "opus"]

_ENCODERS = {"mp3": "libmp3lame", "opus": "libopus"}
_BLOCK = 48_000


def write_lossy(path: Path, samples: Floats, sample_rate: int, codec: Codec, bit_rate: int) -> None:
    """Write mono samples with a lossy codec.

    Parameters
    ----------
    path : Path
        Written in the container that its suffix says (.mp3, .opus).
    samples : ndarray [shape=(n_samples,)], float32
    sample_rate : int
        Hz; one that the codec knows (48 000 is known to both).
    codec : str
        "mp3" or "opus".
    bit_rate : int
        Bits per second.

    Raises
    ------
    AudioError
        Where this build of FFmpeg has no such encoder, or it refuses.
    """
    import av

    heard = np.clip(samples, -1, 1).astype(np.float32)
    try:
        with av.open(str(path), "w") as container:
            stream: Any = container.add_stream(_ENCODERS[codec], rate=sample_rate)
            stream.codec_context.layout = "mono"
            stream.codec_context.bit_rate = bit_rate
            resampler = av.AudioResampler(format=stream.codec_context.format, layout="mono", rate=sample_rate)
            for start in range(0, len(heard), _BLOCK):
                frame = av.AudioFrame.from_ndarray(heard[None, start : start + _BLOCK], format="fltp", layout="mono")
                frame.sample_rate, frame.pts = sample_rate, start
                for piece in resampler.resample(frame):
                    container.mux(stream.encode(piece))
            for piece in resampler.resample(None):
                container.mux(stream.encode(piece))
            container.mux(stream.encode(None))
    except (av.FFmpegError, ValueError) as error:
        raise AudioError(path, f"cannot be written as {codec} ({error})") from None


def resample(samples: Floats, rate: int, wanted: int) -> Floats:
    """Samples at another rate (soxr HQ).

    Parameters
    ----------
    samples : ndarray [shape=(n_samples,)], float32
    rate, wanted : int
        Hz.

    Returns
    -------
    ndarray [shape=(about n_samples * wanted / rate,)], float32
    """
    if rate == wanted:
        return samples
    import soxr

    changed: Floats = soxr.resample(samples, rate, wanted, "HQ").astype(np.float32)
    return changed
