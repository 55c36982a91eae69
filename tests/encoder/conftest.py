"""Small encoders for the tests of this folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest

from musicemb.core.signal.features import make_front_end
from musicemb.encoder.runtime.bundle import Bundle, write_bundle
from musicemb.records import GenreHead, Projection, TagHeads
from musicemb.settings import EncoderSettings, NetworkSettings


@pytest.fixture(scope="session")
def small() -> EncoderSettings:
    """Settings of a network that trains in seconds."""
    return EncoderSettings(network=NetworkSettings(widths=(4, 8), dimensions=8))


@pytest.fixture(scope="session")
def make_bundle(small: EncoderSettings) -> Callable[..., Bundle]:
    """Writes a bundle with fresh weights of the network, or with others, which need no Keras."""

    def make(folder: Path, weights: Mapping[str, np.ndarray] | None = None, **options: object) -> Bundle:
        if weights is None:
            from musicemb.encoder.networks.network import build_network
            from musicemb.encoder.networks.weights import read_weights

            weights = read_weights(build_network(small, 250, 96))
        rng = np.random.default_rng(0)

        def numbers(*shape: int) -> np.ndarray:
            return rng.normal(size=shape).astype(np.float32)

        return write_bundle(
            folder,
            name="small",
            settings=small,
            front_end=make_front_end(small.front_end, small.segments),
            weights=weights,
            projection=Projection(numbers(8), numbers(4, 8)),
            genre_head=GenreHead(("jazz", "rock"), numbers(8, 2), numbers(2), numbers(8), numbers(8), 0.6),
            tag_heads=TagHeads(
                ("piano", "calm"),
                ("instrument", "mood"),
                numbers(8, 2),
                numbers(2),
                numbers(8),
                numbers(8),
                numbers(2, 5),
                numbers(2),
            ),
            about={"input_shape": [250, 96]} | options,
        )

    return make


@pytest.fixture(scope="session")
def converted(tmp_path_factory: pytest.TempPathFactory, make_bundle: Callable[..., Bundle]) -> Bundle:
    """A small bundle with its LiteRT models, converted once, in a process of its own as retrain does it."""
    from musicemb.encoder.convert import convert_bundle

    made = make_bundle(tmp_path_factory.mktemp("bundles") / "small")
    bundle, reason = convert_bundle(made)
    assert (reason, bundle.id) == ("", made.id)
    return bundle
