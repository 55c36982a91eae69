"""Converting a bundle's network to LiteRT, in a process of its own: only this needs TensorFlow.

``python -m musicemb.encoder.convert FOLDER`` is that process.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from musicemb.encoder.bundle import RUNTIME, Bundle, read_bundle, seal_bundle
from musicemb.encoder.runtime import BATCH, BundleEncoder, open_network

CLOSEST = 0.9999
"""Lowest cosine between Keras's vectors and LiteRT's at which a conversion is kept."""


def convert_bundle(bundle: Bundle) -> tuple[Bundle, str]:
    """Add a LiteRT model to a bundle.

    Parameters
    ----------
    bundle : Bundle

    Returns
    -------
    bundle : Bundle
        Read again; its id is the same.
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
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        return read_bundle(bundle.folder), lines[-1] if lines else f"the converter ended with {done.returncode}"
    return read_bundle(bundle.folder), ""


def _convert(folder: Path) -> None:
    bundle = read_bundle(folder)
    network = open_network(bundle)
    n_frames, n_bands = bundle.about["input_shape"]
    import keras
    import tensorflow as tf

    # A fixed batch: LiteRT then plans its memory once. A wrapping model, for from_keras_model turns
    # variables into constants, which a traced function of a Keras 3 model does not.
    features = keras.Input(batch_shape=(BATCH, n_frames, n_bands), dtype="float32")
    converter = tf.lite.TFLiteConverter.from_keras_model(keras.Model(features, network(features, training=False)))
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
    model = converter.convert()
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        draft = Path(scratch) / RUNTIME
        draft.write_bytes(model)
        draft.replace(folder / RUNTIME)
    seal_bundle(folder)
    problem = _compare(folder)
    if problem:
        (folder / RUNTIME).unlink()
        seal_bundle(folder)
        raise SystemExit(problem)


def _compare(folder: Path) -> str:
    bundle = read_bundle(folder)
    n_frames, n_bands = bundle.about["input_shape"]
    features = np.random.default_rng(0).normal(size=(2 * BATCH + 1, n_frames, n_bands)).astype(np.float32)
    lite = BundleEncoder(bundle, "litert").embed(features)
    keras = BundleEncoder(bundle, "keras").embed(features)
    cosine = float((lite * keras).sum(axis=1).min())
    return "" if cosine >= CLOSEST else f"LiteRT's vectors differ from Keras's (cosine {cosine:.6f})"


if __name__ == "__main__":
    _convert(Path(sys.argv[1]))
