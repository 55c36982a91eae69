"""Reads the channels of a recording separately, such as the four microphones of a DCASE node."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from musicemb.errors import AudioError
from musicemb.io.audio.lossy_codecs import resample
from musicemb.records import Floats
from musicemb.settings import LONGEST_TRACK


def read_channels(path: Path, sample_rate: int, *, longest: float = LONGEST_TRACK) -> Floats:
    """Decode a file without mixing its channels.

    Parameters
    ----------
    path : Path
    sample_rate : int
        Hz, of the result.
    longest : float
        Seconds; what lies beyond is left out.

    Returns
    -------
    ndarray [shape=(n_channels, n_samples)], float32

    Raises
    ------
    AudioError
        Where the file cannot be read or holds nothing.
    """
    import soundfile

    name: Any = path if os.name == "nt" else os.fsencode(path)
    try:
        with soundfile.SoundFile(name) as file:
            rate = file.samplerate
            samples = file.read(round(longest * rate), dtype="float32", always_2d=True)
    except OSError as error:
        raise AudioError(path, f"cannot be read ({error.strerror or error})", transient=True) from None
    except soundfile.LibsndfileError as error:
        if not path.exists():
            raise AudioError(path, "is absent") from None
        raise AudioError(path, f"cannot be decoded ({error.error_string.strip()})") from None
    if not len(samples):
        raise AudioError(path, "is empty")
    return np.stack([resample(np.ascontiguousarray(column), rate, sample_rate) for column in samples.T])
