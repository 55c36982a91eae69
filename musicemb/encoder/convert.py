"""Converts a bundle's network to LiteRT in a separate process, which is the only one that needs TensorFlow.

``python -m musicemb.encoder.convert FOLDER [SEGMENTS.npy]`` is that process. It writes the float model and, where
its vectors stay near enough, one of 8 bits: the first of `KINDS` that does.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from musicemb.encoder.onnx_model import add_onnx
from musicemb.encoder.quantise import quantise_weights
from musicemb.encoder.runtime.bundle import INT8, ONNX, RUNTIME, SETTINGS, Bundle, read_bundle, seal_bundle
from musicemb.encoder.runtime.litert import BundleEncoder, open_network
from musicemb.encoder.runtime.litert_session import BATCH
from musicemb.errors import MusicembError
from musicemb.extras import require
from musicemb.records import Floats
from musicemb.settings import INT8_COSINE, INT8_SEGMENTS

CLOSEST = 0.9999
"""Lowest cosine between Keras's vectors and LiteRT's at which a conversion is kept."""


KINDS = {
    "full": "weights and activations of 8 bits",
    "dynamic": "weights of 8 bits, activations rounded as they come",
    "weights": "weights of 8 bits, float arithmetic",
}
"""Kinds of int8 models, the cheapest to run first."""


def convert_bundle(bundle: Bundle, segments: Floats | None = None) -> tuple[Bundle, str]:
    """Add LiteRT models to a bundle: float, and int8 if its vectors stay close enough to those of float.

    Parameters
    ----------
    bundle : Bundle
    segments : ndarray [shape=(n_segments, n_frames, n_bands)], float32, optional
        Features of music to measure the int8 model on; None: normal numbers, which are kinder to it than music.

    Returns
    -------
    bundle : Bundle
        Read again; its id is the same. Its notes hold, under "int8", the lowest cosine, or why there is no such model.
    reason : str
        Why there is none ("" where there is one): scan then runs the network with Keras.
    """
    if importlib.util.find_spec("tensorflow") is None:
        later = f"{Path(sys.executable).name} -m musicemb.encoder.convert {bundle.folder}"
        return bundle, f"TensorFlow is not installed here; where it is, {later} converts it"
    environment = {**os.environ, "KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3"}
    command = [sys.executable, "-m", "musicemb.encoder.convert", os.fspath(bundle.folder)]
    # The child must find this very package, also where it is not installed.
    parents = [str(Path(__file__).resolve().parents[2]), environment.get("PYTHONPATH", "")]
    environment["PYTHONPATH"] = os.pathsep.join(part for part in parents if part)
    with tempfile.TemporaryDirectory() as scratch:
        if segments is not None:
            heard = Path(scratch) / "segments.npy"
            np.save(heard, segments)
            command.append(os.fspath(heard))
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        return read_bundle(bundle.folder), lines[-1] if lines else f"the converter ended with {done.returncode}"
    return read_bundle(bundle.folder), ""


def _convert(folder: Path, segments: Floats | None = None) -> None:
    bundle = read_bundle(folder)
    network = open_network(bundle)
    n_frames, n_bands = bundle.about["input_shape"]
    import tensorflow as tf

    # A fixed batch: LiteRT then plans its memory once.
    features = tf.TensorSpec((BATCH, n_frames, n_bands), tf.float32, name="features")
    traced = tf.function(lambda part: network(part, training=False), autograph=False).get_concrete_function(features)
    converter = tf.lite.TFLiteConverter.from_concrete_functions([traced], network)
    # Variables become constants of the function itself: to write a SavedModel and read it again, at each conversion,
    # takes four times as long and gives the same operations.
    converter.experimental_lower_to_saved_model = False
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
    for name in (INT8, ONNX):  # of earlier weights
        (folder / name).unlink(missing_ok=True)
    _put(folder, RUNTIME, converter.convert())
    problem = _compare(folder)
    if problem:
        (folder / RUNTIME).unlink()
        seal_bundle(folder)
        raise SystemExit(problem)
    _note(folder, "int8", _add_int8(folder, converter, segments))
    _note(folder, "onnx", _add_onnx(folder))


def _add_int8(folder: Path, converter: Any, segments: Floats | None) -> dict[str, Any]:
    """Add the first int8 model whose vectors are near enough; what the bundle is to say of it."""
    bundle = read_bundle(folder)
    n_frames, n_bands = bundle.about["input_shape"]
    of = "normal numbers" if segments is None else "music"
    heard = segments
    if heard is None:
        heard = np.random.default_rng(0).normal(size=(INT8_SEGMENTS, n_frames, n_bands)).astype(np.float32)
    expected = BundleEncoder(bundle, "litert").embed(heard)
    cosines: dict[str, float] = {}
    problem = ""
    for kind in KINDS if segments is not None else tuple(KINDS)[1:]:  # numbers tell nothing of music's range
        try:
            _put(folder, INT8, _int8_model(kind, folder, converter, heard))
            found = BundleEncoder(read_bundle(folder), "int8").embed(heard)
        except Exception as error:  # some layers have no such form; another kind or the float model serves
            problem = problem or " ".join(f"it cannot be converted ({error})".split())[:200]
            continue
        cosine = float(np.nan_to_num((found * expected).sum(axis=1)).min())
        cosines[kind] = round(cosine, 6)
        if cosine >= INT8_COSINE:
            told = {"cosine": cosines.pop(kind), "segments": len(heard), "of": of, "kind": kind}
            return {**told, "differed": cosines} if cosines else told
    (folder / INT8).unlink(missing_ok=True)
    seal_bundle(folder)
    if not cosines:
        return {"left_out": problem}
    best = max(cosines.values())
    told = {"cosine": best, "segments": len(heard), "of": of, "differed": cosines}
    return {**told, "left_out": f"its vectors differ from the float model's (cosine {best:.4f})"}


def _int8_model(kind: str, folder: Path, converter: Any, heard: Floats) -> bytes:
    if kind == "weights":
        return quantise_weights((folder / RUNTIME).read_bytes())
    import tensorflow as tf

    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    # Half of the segments tell how far activations reach; the cosine is that of all.
    some = heard[: max(BATCH, len(heard) // 2)]
    batches = [some[first : first + BATCH] for first in range(0, len(some) - BATCH + 1, BATCH)]
    converter.representative_dataset = (lambda: ([batch] for batch in batches)) if kind == "full" else None
    model: bytes = converter.convert()
    return model


def _put(folder: Path, name: str, model: bytes) -> None:
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        draft = Path(scratch) / name
        draft.write_bytes(model)
        draft.replace(folder / name)
    seal_bundle(folder)


def _add_onnx(folder: Path) -> dict[str, Any]:
    """Add the model for ONNX Runtime where that can be; what the bundle is to say of it."""
    try:
        return {"difference": float(f"{add_onnx(folder):.2g}")}
    except Exception as error:  # a recurrent layer, say, or no ONNX here: LiteRT and Keras serve
        return {"left_out": " ".join(str(error).split())[:200]}


def _note(folder: Path, name: str, found: dict[str, Any]) -> None:
    stated = json.loads((folder / SETTINGS).read_text(encoding="utf-8"))
    stated["about"] = {**stated.get("about", {}), name: found}
    seal_bundle(folder, stated)


def _compare(folder: Path) -> str:
    bundle = read_bundle(folder)
    n_frames, n_bands = bundle.about["input_shape"]
    features = np.random.default_rng(0).normal(size=(2 * BATCH + 1, n_frames, n_bands)).astype(np.float32)
    lite = BundleEncoder(bundle, "litert").embed(features)
    keras = BundleEncoder(bundle, "keras").embed(features)
    cosine = float((lite * keras).sum(axis=1).min())
    return "" if cosine >= CLOSEST else f"LiteRT's vectors differ from Keras's (cosine {cosine:.6f})"


def main(arguments: Sequence[str]) -> None:
    """Convert the bundle in a folder, as ``python -m musicemb.encoder.convert`` does.

    Parameters
    ----------
    arguments : sequence of str
        The folder, and optionally the file of segments.

    Raises
    ------
    SystemExit
        With one line, where it cannot be done.
    """
    if not arguments:
        raise SystemExit("usage: python -m musicemb.encoder.convert FOLDER [SEGMENTS.npy]")
    try:
        require("converting a bundle", "tensorflow", "keras")
        _convert(Path(arguments[0]), np.load(arguments[1], allow_pickle=False) if len(arguments) > 1 else None)
    except MusicembError as problem:
        raise SystemExit(f"musicemb: {problem}") from None


if __name__ == "__main__":
    main(sys.argv[1:])
