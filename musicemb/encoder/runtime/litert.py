"""Runs an encoder: with LiteRT (35 MB, 0.1 s to load; int8 before float), or else ONNX Runtime, else Keras."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from musicemb.encoder.runtime.bundle import ARRAYS, INT8, ONNX, RUNTIME, WEIGHTS, Bundle, find_bundle, read_bundle
from musicemb.encoder.runtime.litert_session import open_litert
from musicemb.encoder.runtime.onnx_session import open_onnx
from musicemb.errors import BundleError
from musicemb.extras import is_installed, require, require_keras
from musicemb.records import BundleInfo, Encoder, Floats, FrontEnd, GenreHead, Projection, TagHeads


@dataclass
class BundleEncoder:
    """The encoder of a bundle; its network is opened on first use, once per process.

    Satisfies `records.Encoder`. Pickling sends the bundle's folder only.

    Parameters
    ----------
    bundle : Bundle
    runtime : str
        "int8" or "litert" (float), both run by LiteRT; "onnx" (float) by ONNX Runtime; "keras"; or "auto": the first
        of these that is installed and that the bundle has a model for.
    """

    bundle: Bundle
    runtime: str = "auto"
    unverified: bool = False
    """Whether its network was not compared with its checksums yet."""
    _embed: Callable[[Floats], Floats] | None = field(default=None, repr=False)

    @property
    def id(self) -> str:
        """Id of the bundle."""
        return self.bundle.id

    @property
    def name(self) -> str:
        """Name of the bundle."""
        return self.bundle.name

    @property
    def front_end(self) -> FrontEnd:
        """How samples become features."""
        return self.bundle.front_end

    @property
    def dimensions(self) -> int:
        """Size of a vector."""
        return self.bundle.settings.network.dimensions

    @property
    def projection(self) -> Projection | None:
        """PCA to cluster in."""
        return self.bundle.projection

    @property
    def genre_head(self) -> GenreHead | None:
        """Head that names genres."""
        return self.bundle.genre_head

    @property
    def tag_heads(self) -> TagHeads | None:
        """Heads for moods, instruments and voices."""
        return self.bundle.tag_heads

    @property
    def bundle_info(self) -> BundleInfo:
        """Information on the bundle, and whether its model with weights of 8 bits is used."""
        is_int8 = _runtime_model(self.bundle, self.runtime) == INT8
        return BundleInfo(self.bundle.settings, self.bundle.about, self.bundle.knows_labels, is_int8)

    def embed(self, features: Floats) -> Floats:
        """Vectors of segments.

        Parameters
        ----------
        features : ndarray [shape=(n_segments, n_frames, n_bands)], float32

        Returns
        -------
        ndarray [shape=(n_segments, dimensions)], float32
            Unit length.

        Raises
        ------
        BundleError
            If the network cannot be opened.
        """
        if self._embed is None:
            self.verify()
            self._embed = _open(self.bundle, self.runtime)
        return self._embed(features)

    def verify(self) -> None:
        """Compare the network with its checksums, unless this was done already.

        Raises
        ------
        BundleError
            If it was altered.
        """
        if self.unverified:
            read_bundle(self.bundle.folder)
            self.unverified = False

    def __reduce__(self) -> tuple[Any, ...]:
        self.verify()  # a worker takes it as it is
        return _reopen, (self.bundle.folder, self.bundle.id, self.runtime)


def load_encoder(folder: str | Path | None = None, *, runtime: str = "auto") -> BundleEncoder:
    """Open an encoder.

    Parameters
    ----------
    folder : str or Path, optional
        A bundle's folder or the name of a shipped one; None is the default bundle.
    runtime : str
        "auto", "int8", "litert", "onnx" or "keras"; see `BundleEncoder`.

    Returns
    -------
    BundleEncoder
        Its arrays are compared with their checksums; its network when it is first used, and not by who asks for
        words or genres of tracks that were heard: 30 MB take a tenth of such a question.

    Raises
    ------
    BundleError
        If the bundle is missing, altered or from a newer version.
    """
    return BundleEncoder(read_bundle(find_bundle(folder), verify={ARRAYS}), runtime, unverified=True)


def require_runtime(encoder: Encoder) -> None:
    """Refuse an encoder that no installed runtime can run, before a file is decoded for it.

    Parameters
    ----------
    encoder : Encoder
        Others than `BundleEncoder` are taken at their word.

    Raises
    ------
    MissingExtra
        Where Keras would have to run it, and is not installed.
    BundleError
        If its network was altered.
    """
    if not isinstance(encoder, BundleEncoder):
        return
    encoder.verify()
    if not _runtime_model(encoder.bundle, encoder.runtime):
        if encoder.bundle.has_onnx and encoder.runtime == "auto":
            require("running the encoder", "onnxruntime")  # smaller than Keras, and it has wheels everywhere
        _require_keras(encoder.bundle)


def _require_keras(bundle: Bundle) -> None:
    lacking = "" if bundle.has_runtime else ", which has no LiteRT model,"
    require_keras(f"the encoder bundle {bundle.folder}{lacking}")


def _reopen(folder: Path, wanted: str, runtime: str) -> BundleEncoder:
    # The parent verified the files; a worker only makes sure that it holds the same encoder.
    bundle = read_bundle(folder, verify=False)
    if bundle.id != wanted:
        raise BundleError(f"the encoder bundle {folder} changed during the scan; scan again")
    return BundleEncoder(bundle, runtime)


def _open(bundle: Bundle, runtime: str) -> Callable[[Floats], Floats]:
    if runtime == "int8" and not bundle.has_int8:
        raise BundleError(f"the encoder bundle {bundle.folder} has no int8 model; use the float one (litert)")
    if runtime == "litert" and not bundle.has_runtime:
        raise BundleError(f"the encoder bundle {bundle.folder} has no LiteRT model; use Keras")
    if runtime == "onnx" and not bundle.has_onnx:
        raise BundleError(f"the encoder bundle {bundle.folder} has no ONNX model; use LiteRT or Keras")
    model = _runtime_model(bundle, runtime)
    try:
        if model == ONNX:
            return open_onnx(bundle.folder / model, bundle)
        if model:
            return open_litert(bundle.folder / model, bundle)
    except ImportError as problem:
        name = "ONNX Runtime" if model == ONNX else "LiteRT"
        package = "onnxruntime" if model == ONNX else "ai-edge-litert"
        raise BundleError(f"{name} is not installed: pip install {package}, or use Keras") from problem
    return _open_keras(bundle)


def _runtime_model(bundle: Bundle, runtime: str) -> str:
    """The model file to run; "" if Keras must run the network."""
    lite = runtime in ("int8", "litert") or (runtime == "auto" and is_installed("ai_edge_litert"))
    if lite and runtime != "litert" and bundle.has_int8:
        return INT8
    if lite and bundle.has_runtime:
        return RUNTIME
    onnx = runtime == "onnx" or (runtime == "auto" and is_installed("onnxruntime"))
    return ONNX if onnx and bundle.has_onnx else ""


def _open_keras(bundle: Bundle) -> Callable[[Floats], Floats]:
    _require_keras(bundle)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    from musicemb.encoder.networks.network import embed_in_batches

    network = open_network(bundle)
    return lambda features: embed_in_batches(network, features)


def open_network(bundle: Bundle) -> Any:
    """The Keras network of a bundle with its weights.

    Parameters
    ----------
    bundle : Bundle

    Returns
    -------
    keras.Model

    Raises
    ------
    BundleError
        Where the weights do not fit the settings.
    """
    from musicemb.encoder.networks.network import build_network
    from musicemb.encoder.networks.weights import write_weights

    n_frames, n_bands = bundle.about["input_shape"]
    network = build_network(bundle.settings, n_frames, n_bands)
    with np.load(bundle.folder / WEIGHTS, allow_pickle=False) as stored:
        write_weights(network, {key: stored[key] for key in stored.files})
    return network
