"""Reads the arrays of a bundle and refuses what no training writes: a bundle may come from anywhere."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from musicemb.records import GenreHead, TagHeads
from musicemb.settings import EncoderSettings
from musicemb.settings.array_files import read_npz

TAG_PARTS = ("weights", "bias", "mean", "scale", "quantiles", "areas")
"""Arrays of tag heads, each called tags_… in a bundle."""
_MOST_ARRAYS = 1 << 28
"""Bytes of filterbank, projection and head; a shipped bundle has 0.2 MB."""
_MOST_SAMPLES = 1 << 24
"""Samples of a segment, and of a window: 17 minutes at 16 kHz."""


def read_arrays(file: Path, settings: EncoderSettings) -> dict[str, NDArray[Any]]:
    """Filterbank, bands, projection and head of a bundle.

    Parameters
    ----------
    file : Path
    settings : EncoderSettings
        That they must fit.

    Returns
    -------
    dict
        Name -> array; all of their values are numbers.

    Raises
    ------
    OSError, KeyError, ValueError
        Where the file cannot be read, an array is missing, or makes no sense.
    """
    arrays = read_npz(file, _MOST_ARRAYS)
    for name, array in arrays.items():
        if array.dtype.kind not in "fiu" or not np.isfinite(array).all():
            raise ValueError(f"{name} in {file.name} holds values that are not numbers")
    front, length = settings.front_end, settings.segments.length * settings.front_end.sample_rate
    if max(length, front.n_fft, front.hop) > _MOST_SAMPLES or front.sample_rate > 1_000_000:
        raise ValueError("its segments, windows or sample rate are larger than those of any audio")
    if front.features != "waveform" and arrays["filterbank"].shape != (front.n_mels, front.n_fft // 2 + 1):
        raise ValueError("its filterbank does not fit its settings")
    bands = {"log-mel": front.n_mels, "mfcc": front.n_mfcc, "waveform": 1}[front.features]
    if arrays["band_mean"].shape != (bands,) or arrays["band_std"].shape != (bands,):
        raise ValueError("its bands do not fit its settings")
    return arrays


def read_genre_head(arrays: Mapping[str, NDArray[Any]], stated: Mapping[str, Any]) -> GenreHead | None:
    """The genre head of a bundle.

    Parameters
    ----------
    arrays : mapping
        From `read_arrays`.
    stated : mapping
        What bundle.json says.

    Returns
    -------
    GenreHead or None
        None where the bundle has none.
    """
    if "head_weights" not in arrays:
        return None
    return GenreHead(
        labels=tuple(stated["labels"]),
        weights=arrays["head_weights"],
        bias=arrays["head_bias"],
        mean=arrays["head_mean"],
        scale=arrays["head_scale"],
        threshold=float(stated["threshold"]),
    )


def read_tag_heads(arrays: Mapping[str, NDArray[Any]], stated: Mapping[str, Any], dimensions: int) -> TagHeads | None:
    """The tag heads that a bundle was made with.

    Parameters
    ----------
    arrays : mapping
        From `read_arrays`.
    stated : mapping
        What bundle.json says.
    dimensions : int
        Of the bundle's vectors.

    Returns
    -------
    TagHeads or None
        None where the bundle has none.

    Raises
    ------
    KeyError, ValueError
        Where an array is missing, or does not fit.
    """
    if "tags_weights" not in arrays:
        return None
    names, kinds = zip(*stated["tags"].items(), strict=True)
    heads = TagHeads(names, kinds, **{part: arrays[f"tags_{part}"] for part in TAG_PARTS})
    check_tag_heads(heads, dimensions)
    return heads


def check_tag_heads(heads: TagHeads, dimensions: int) -> None:
    """Refuse tag heads whose arrays do not fit one another, or the vectors.

    Parameters
    ----------
    heads : TagHeads
    dimensions : int
        Of the vectors.

    Raises
    ------
    ValueError
    """
    n = len(heads.names)
    shapes = {"weights": (dimensions, n), "bias": (n,), "mean": (dimensions,), "scale": (dimensions,), "areas": (n,)}
    for part, shape in shapes.items():
        if getattr(heads, part).shape != shape:
            raise ValueError(f"the {part} of its tag heads have the shape {getattr(heads, part).shape}, not {shape}")
    if heads.quantiles.ndim != 2 or len(heads.quantiles) != n or heads.quantiles.shape[1] < 2:
        raise ValueError("the quantiles of its tag heads do not fit")
    if not all(np.isfinite(getattr(heads, part)).all() for part in TAG_PARTS) or not heads.scale.all():
        raise ValueError("its tag heads hold values that are not numbers, or a scale of 0")
    if not all(isinstance(word, str) for word in (*heads.names, *heads.kinds)):
        raise ValueError("the names of its tag heads are not words")
