"""Running an encoder with ONNX Runtime, where LiteRT has no wheel."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np

from musicemb.encoder.runtime.bundle import Bundle
from musicemb.errors import BundleError
from musicemb.records import Floats

_FATAL_ONLY = 4
"""Level of the log: errors are raised as well, and reported in one line."""


def open_onnx(model: Path, bundle: Bundle) -> Callable[[Floats], Floats]:
    """Return a function that embeds segments with an ONNX model.

    Parameters
    ----------
    model : Path
        Beside the LiteRT model that holds its weights.
    bundle : Bundle

    Returns
    -------
    callable
        Features of segments to vectors.

    Raises
    ------
    BundleError
        Where the model cannot be opened, or is another network's.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1  # a worker has one core
    options.log_severity_level = _FATAL_ONLY
    try:
        session = onnxruntime.InferenceSession(os.fspath(model), options, providers=["CPUExecutionProvider"])
    except Exception as problem:  # its own exceptions share no base
        raise BundleError(f"ONNX Runtime cannot open {model}: {' '.join(str(problem).split())[:200]}") from problem
    source, target = session.get_inputs()[0], session.get_outputs()[0]
    size, *shape = source.shape
    dimensions = bundle.settings.network.dimensions
    if shape != list(bundle.about.get("input_shape", shape)) or target.shape != [size, dimensions]:
        raise BundleError(f"{model} is not the network that its bundle describes; take another bundle")

    def embed(features: Floats) -> Floats:
        vectors = np.empty((len(features), dimensions), dtype=np.float32)
        block = np.zeros((size, *shape), dtype=np.float32)
        for first in range(0, len(features), size):
            part = features[first : first + size]
            block[: len(part)] = part
            vectors[first : first + len(part)] = session.run([target.name], {source.name: block})[0][: len(part)]
        return vectors

    return embed
