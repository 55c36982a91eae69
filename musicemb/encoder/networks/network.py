"""The encoder networks: features of a segment in, a unit vector out.

A network is a body of `architectures` and an embedding layer on it, made of keras layers only, so that
it trains under TensorFlow, JAX and PyTorch and converts to LiteRT. Dropout, where asked for, stands
before the embedding, never behind it. Several members are such networks side by side.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from musicemb.encoder.networks.architectures import ARCHITECTURES, sample_stem
from musicemb.encoder.networks.weights import MEMBER
from musicemb.errors import SettingsError
from musicemb.records import Floats
from musicemb.settings import EncoderSettings


def build_network(settings: EncoderSettings, n_frames: int, n_bands: int, *, seed: int | None = None) -> Any:
    """Build an encoder network with fresh weights.

    Parameters
    ----------
    settings : EncoderSettings
    n_frames, n_bands : int
        Shape of a segment's features; of waveform features n_bands is samples per frame.
    seed : int, optional
        Of the fresh weights; None draws them as Keras is seeded now.

    Returns
    -------
    keras.Model
        (batch, n_frames, n_bands) -> (batch, dimensions), rows of unit length.

    Raises
    ------
    SettingsError
        For an architecture that is not known, or dimensions that do not go into the members.
    """
    import keras

    from musicemb.encoder.networks.layers import UnitLength

    if seed is not None:
        keras.utils.set_random_seed(seed)
    network = settings.network
    try:
        body = ARCHITECTURES[network.architecture]
    except KeyError:
        known = ", ".join(ARCHITECTURES)
        raise SettingsError(f"unknown architecture {network.architecture!r}; known ones: {known}") from None
    if network.members < 1 or network.dimensions % network.members:
        raise SettingsError(f"{network.dimensions} dimensions cannot be divided among {network.members} members")

    def make_member(name: str) -> Any:
        features = keras.Input((n_frames, n_bands), name="features")
        heard = sample_stem(features) if settings.front_end.features == "waveform" else features
        x = body(heard, network)  # (batch, n_channels)
        if network.dropout:
            x = keras.layers.Dropout(network.dropout, name="dropout")(x)
        x = keras.layers.Dense(network.dimensions // network.members, name="embedding")(x)
        return keras.Model(features, UnitLength(name="unit")(x), name=name)

    if network.members == 1:
        return make_member(network.architecture)
    members = []
    for number in range(1, network.members + 1):
        name = f"{MEMBER}{number}"
        with keras.name_scope(name):  # so that the same layer of two members has two names
            members.append(make_member(name))
    features = keras.Input((n_frames, n_bands), name="features")
    together = keras.layers.Concatenate(name="side_by_side")([member(features) for member in members])
    return keras.Model(features, UnitLength(name="unit")(together), name=network.architecture)


def forget_networks() -> None:
    """Free what Keras keeps of earlier networks, so that many trainings fit into one process."""
    import keras

    keras.backend.clear_session()


def embed_in_batches(network: Any, features: Floats, size: int = 64) -> Floats:
    """Vectors of many segments by the Keras network, in inference mode.

    Parameters
    ----------
    network : keras.Model
    features : ndarray [shape=(n, n_frames, n_bands)], float32
    size : int
        Segments per call, at most; a call of fewer is filled up to a power of two, so that few sizes are traced.

    Returns
    -------
    ndarray [shape=(n, dimensions)], float32
    """
    found = []
    for first in range(0, len(features), size):
        part = features[first : first + size]
        filled = np.zeros((min(size, 1 << (len(part) - 1).bit_length()), *features.shape[1:]), dtype=np.float32)
        filled[: len(part)] = part
        found.append(np.asarray(network.predict_on_batch(filled))[: len(part)])
    return np.concatenate(found) if found else np.zeros((0, network.output_shape[-1]), dtype=np.float32)
