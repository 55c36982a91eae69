"""The bliss-audio library's view of a file: the descriptor that mpd's blissify makes playlists with."""

from __future__ import annotations

import importlib
import importlib.util
from pathlib import Path

import numpy as np

from musicemb.errors import AudioError
from musicemb.records import Floats


def has_bliss() -> bool:
    """Whether the optional library `bliss-audio` is installed."""
    return importlib.util.find_spec("bliss_audio") is not None


def read_bliss(path: Path) -> Floats:
    """Tempo, timbre, loudness and chroma descriptors of a file.

    Parameters
    ----------
    path : Path

    Returns
    -------
    ndarray [shape=(20 or 23,)], float32
        How many hangs on the library's version.

    Raises
    ------
    AudioError
        If the library cannot read the file.
    """
    bliss_audio = importlib.import_module("bliss_audio")  # optional: nothing else here needs it

    try:
        return np.asarray(bliss_audio.Song(str(path)).analysis, dtype=np.float32)
    except Exception as error:  # the library raises bare exceptions of its own
        raise AudioError(path, f"bliss-audio cannot read it ({error})") from None
