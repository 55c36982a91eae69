"""A bundle's network for ONNX Runtime, which has wheels where LiteRT has none (macOS on Intel, Windows on ARM).

The file holds the graph only: its weights are told by where they lie in the bundle's float LiteRT model. So it takes a
few kilobytes, and gives what that model gives.

``python -m musicemb.encoder.onnx_model FOLDER`` adds it to a bundle that has none.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from musicemb.encoder.onnx_graph import convert_to_onnx
from musicemb.encoder.runtime.bundle import ONNX, RUNTIME, read_bundle, seal_bundle
from musicemb.encoder.runtime.litert import BundleEncoder
from musicemb.encoder.runtime.litert_session import BATCH
from musicemb.errors import BundleError, MusicembError
from musicemb.extras import require

NEAREST = 1e-4
"""Largest difference of a number in a vector from that of the float LiteRT model at which the ONNX model is kept."""


def add_onnx(folder: Path) -> float:
    """Add an ONNX model to a bundle that has a float LiteRT model, where it gives the same vectors.

    Parameters
    ----------
    folder : Path
        The bundle's.

    Returns
    -------
    float
        The largest difference that was found.

    Raises
    ------
    BundleError
        Where the network cannot be translated, or differs: the bundle then has no ONNX model.
    MissingExtra
        Where ONNX or ONNX Runtime is not installed.
    """
    require("an ONNX model", "onnx", "onnxruntime")
    bundle = read_bundle(folder)
    (folder / ONNX).unlink(missing_ok=True)
    seal_bundle(folder)
    if not bundle.has_runtime:
        raise BundleError(f"{folder} has no {RUNTIME} to make an ONNX model of")
    made = convert_to_onnx(folder / RUNTIME)
    try:
        (folder / ONNX).write_bytes(made)
        seal_bundle(folder)
        n_frames, n_bands = bundle.about["input_shape"]
        heard = np.random.default_rng(0).normal(size=(2 * BATCH + 1, n_frames, n_bands)).astype(np.float32)
        expected = BundleEncoder(bundle, "litert").embed(heard)
        difference = float(np.abs(BundleEncoder(read_bundle(folder), "onnx").embed(heard) - expected).max())
        if not difference <= NEAREST:
            raise BundleError(f"{folder}: ONNX Runtime's vectors differ from LiteRT's by {difference:.2g}")
    except BaseException:
        (folder / ONNX).unlink(missing_ok=True)
        seal_bundle(folder)
        raise
    return difference


def main(arguments: Sequence[str]) -> None:
    """Add an ONNX model to the bundle in a folder.

    Parameters
    ----------
    arguments : sequence of str
        The folder.

    Raises
    ------
    SystemExit
        With one line, where it cannot be done.
    """
    if len(arguments) != 1:
        raise SystemExit("usage: python -m musicemb.encoder.onnx_model FOLDER")
    try:
        difference = add_onnx(Path(arguments[0]))
    except MusicembError as problem:
        raise SystemExit(f"musicemb: {problem}") from None
    sys.stderr.write(f"{arguments[0]}: at most {difference:.1g} from LiteRT's vectors\n")


if __name__ == "__main__":
    main(sys.argv[1:])
