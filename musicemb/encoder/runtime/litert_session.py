"""Running an encoder with LiteRT, many segments at once.

A converted model is made for a few segments a call (`BATCH`). Larger calls are a tenth faster, since the last
layers, whose maps are small, then read their weights less often; so the one place of the file that names the number,
the shape that features are brought into, is opened up in memory, and each track is cut into calls of equal size. A
segment's vector stays the same, which the first call makes sure of: a network that has the number elsewhere too goes
on as it was converted.
"""

from __future__ import annotations

import contextlib
import os
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from musicemb.encoder.runtime.bundle import Bundle
from musicemb.errors import BundleError
from musicemb.records import Floats

BATCH = 4
"""Segments per call that a model is converted for, where it cannot be opened up."""
MOST = 24
"""Segments per call at most; their largest maps take 9 MB. With more it was no faster
(`tests/benchmarks/runtime_batch.py`)."""
_ROUNDING = 1e-6
"""Vectors have length 1."""


def open_litert(model: Path, bundle: Bundle) -> Callable[[Floats], Floats]:
    """Return a function that embeds segments with a LiteRT model.

    Parameters
    ----------
    model : Path
    bundle : Bundle
        That the model belongs to.

    Returns
    -------
    callable
        Features of segments to vectors.

    Raises
    ------
    BundleError
        Where the model cannot be opened, or is another network's.
    """
    wanted = [BATCH, *bundle.about.get("input_shape", ())]
    opened = _opened_up(model, wanted)
    session = None
    if opened is not None:
        with contextlib.suppress(BundleError):
            session = _Session(_interpreter(model, model_content=opened), bundle, may_grow=True)
    if session is None:
        session = _Session(_interpreter(model, model_path=os.fspath(model)), bundle, may_grow=False)
    size, *shape = session.shape
    if shape != list(wanted[1:] or shape) or session.out_shape != [size, bundle.settings.network.dimensions]:
        raise BundleError(f"{model} is not the network that its bundle describes; take another bundle")
    return session.embed


def _interpreter(model: Path, **source: Any) -> Any:
    from ai_edge_litert.interpreter import Interpreter

    try:
        interpreter = Interpreter(num_threads=1, **source)
        interpreter.allocate_tensors()
    except (ValueError, RuntimeError) as problem:
        raise BundleError(f"LiteRT cannot open {model}: {problem}") from problem
    return interpreter


def _opened_up(model: Path, shape: list[int]) -> bytes | None:
    """A model whose one constant that names the number of segments leaves it open; None where that is not clear."""
    content = model.read_bytes()
    wanted = [*shape, 1]
    constant = struct.pack(f"<{len(wanted) + 1}i", 4 * len(wanted), *wanted)  # its length in bytes stands before it
    if len(shape) < 2 or content.count(constant) != 1:
        return None
    return content.replace(constant, struct.pack(f"<{len(wanted) + 1}i", 4 * len(wanted), -1, *wanted[1:]))


class _Session:
    """An interpreter, and how many segments it takes at present."""

    def __init__(self, interpreter: Any, bundle: Bundle, may_grow: bool) -> None:
        self._interpreter = interpreter
        self._source, self._target = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
        self.shape: list[int] = self._source["shape"].tolist()
        self.out_shape: list[int] = self._target["shape"].tolist()
        self._dimensions = bundle.settings.network.dimensions
        self._first = self._size = self.shape[0]
        self._may_grow, self._is_sure = may_grow, False

    def embed(self, features: Floats) -> Floats:
        if self._may_grow and not self._is_sure and len(features) > self._first:
            self._make_sure(features)
        if self._is_sure and len(features):
            self._resize(-(-len(features) // -(-len(features) // MOST)))
        return self._run(features)

    def _make_sure(self, features: Floats) -> None:
        """Whether a call of more segments gives what calls of the size that was converted for give."""
        expected = self._run(features[: self._first])
        some = features[: max(MOST, self._first + 1)]
        try:
            self._resize(len(some))
            found = self._run(some)[: self._first]
        except (ValueError, RuntimeError):  # another constant holds the number
            found = np.full_like(expected, np.nan)
        self._may_grow = self._is_sure = np.allclose(found, expected, rtol=0, atol=_ROUNDING)
        if not self._is_sure:
            self._resize(self._first)

    def _resize(self, size: int) -> None:
        if size != self._size:
            self._size = size
            self._interpreter.resize_tensor_input(self._source["index"], [size, *self.shape[1:]])
            self._interpreter.allocate_tensors()

    def _run(self, features: Floats) -> Floats:
        vectors = np.empty((len(features), self._dimensions), dtype=np.float32)
        block = np.zeros((self._size, *self.shape[1:]), dtype=np.float32)
        for first in range(0, len(features), self._size):
            part = features[first : first + self._size]
            block[: len(part)] = part
            self._interpreter.set_tensor(self._source["index"], block)
            self._interpreter.invoke()
            vectors[first : first + len(part)] = self._interpreter.get_tensor(self._target["index"])[: len(part)]
        return vectors
