"""The parts of an encoder, and its output."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from musicemb.records.arrays import Floats
from musicemb.records.audio import FoundFile, TrackValues
from musicemb.records.tracks import TrackTags
from musicemb.settings import EncoderSettings, FrontEndSettings, SegmentSettings


@dataclass(frozen=True)
class FrontEnd:
    """Everything that turns samples into features; stored in the encoder bundle."""

    settings: FrontEndSettings
    segments: SegmentSettings
    filterbank: Floats
    """Mel filters, shape (n_mels, n_fft // 2 + 1); (0, 0) for waveform features."""
    band_mean: Floats
    """Mean of each feature band over the training data, shape (n_bands,)."""
    band_std: Floats
    """Standard deviation likewise."""


@dataclass(frozen=True)
class Projection:
    """PCA fitted on the bundle's training data; `core.vectors.pca` applies it."""

    mean: Floats
    """Shape (n_dimensions,)."""
    components: Floats
    """Shape (n_components, n_dimensions); rows are orthogonal directions, scaled where whitened."""


@dataclass(frozen=True)
class GenreHead:
    """Multinomial logistic regression on track vectors; `core.genres.names` applies it."""

    labels: tuple[str, ...]
    weights: Floats
    """Shape (n_dimensions, n_labels), for vectors standardised by `mean` and `scale`."""
    bias: Floats
    """Shape (n_labels,)."""
    mean: Floats
    scale: Floats
    threshold: float
    """Lowest confidence at which a guess is made, chosen on held-out artists."""


@dataclass(frozen=True)
class TagHeads:
    """Logistic regressions on track vectors, one per word; `core.sound_tags.heads` applies them."""

    names: tuple[str, ...]
    kinds: tuple[str, ...]
    """What kind of word each is: mood, instrument, voice, era, style, sound or genre."""
    weights: Floats
    """Shape (n_dimensions, n_tags), for vectors standardised by `mean` and `scale`."""
    bias: Floats
    """Shape (n_tags,)."""
    mean: Floats
    scale: Floats
    quantiles: Floats
    """Shape (n_tags, n_quantiles): of each tag's probabilities over the training's tracks, from least to most."""
    areas: Floats
    """Shape (n_tags,): area under the ROC curve on artists that were held out."""


@dataclass(frozen=True)
class BundleInfo:
    """What is known of the bundle that an encoder comes from."""

    settings: EncoderSettings
    about: Mapping[str, Any] = field(default_factory=dict)
    """What its training wrote down: "dataset", "fold", "labels_taught", ..."""
    knows_labels: bool = False
    """Whether labels of its training data reached its weights."""
    is_int8: bool = False
    """Whether its model with weights of 8 bits runs: its vectors must not pass for those of the float model."""


class Encoder(Protocol):
    """What the workflows need of an encoder; `encoder.runtime.litert.load_encoder` opens a real one.

    An encoder is picklable (worker processes open their own) and gives the same vectors everywhere.
    """

    @property
    def id(self) -> str:
        """Id of its bundle: vectors of different ids are never compared."""

    @property
    def name(self) -> str:
        """Name of its bundle, for people."""

    @property
    def front_end(self) -> FrontEnd:
        """How samples become features."""

    @property
    def dimensions(self) -> int:
        """Size of a vector."""

    @property
    def projection(self) -> Projection | None:
        """PCA to cluster in."""

    @property
    def genre_head(self) -> GenreHead | None:
        """Head that names genres; None where it was trained without labels."""

    @property
    def tag_heads(self) -> TagHeads | None:
        """Heads that hear moods, instruments and voices; None where it was trained without a tagger's answers."""

    @property
    def bundle_info(self) -> BundleInfo | None:
        """What is known of its bundle; None where it comes from none."""

    def embed(self, features: Floats) -> Floats:
        """Vectors of segments.

        Parameters
        ----------
        features : ndarray [shape=(n_segments, n_frames, n_bands)], float32

        Returns
        -------
        ndarray [shape=(n_segments, dimensions)], float32
            Unit length.
        """


@dataclass(frozen=True)
class SegmentVectors:
    """Vectors of a track's segments as int8 with a scale each (vector = codes * scale)."""

    starts: Floats
    """Where each segment starts, seconds, shape (n_segments,)."""
    codes: NDArray[np.int8]
    """Shape (n_segments, n_dimensions)."""
    scales: Floats
    """Shape (n_segments,)."""


@dataclass(frozen=True)
class AcousticDescriptors:
    """Acoustic descriptors of a track's sound (see `core.signal.descriptors`)."""

    tempo: float
    """Beats per minute; 0 where no beat was found."""
    brightness: float
    """Hz: where the middle of the spectrum lies."""
    energy: float
    """Onset strength in dB per second."""


@dataclass(frozen=True)
class EmbeddedTrack:
    """The result of a worker for one file."""

    file: FoundFile
    payload_hash: str
    """Hex digest of the audio payload, tags left out."""
    tags: TrackTags
    duration: float
    """Seconds."""
    decoder: str
    """Which decoder it was, "copy" where the vector of another track served; ends in `PARTLY` where only excerpts were
    heard."""
    vector: Floats
    """Pooled, unit length, shape (n_dimensions,)."""
    homogeneity: float
    """Norm of the mean segment vector before normalisation: 1 where all segments are alike."""
    segments: SegmentVectors | None
    note: str = ""
    """A damage that was worked around ("stops after 61 of 240 s"); "" if none."""
    descriptors: AcousticDescriptors | None = None
    values: TrackValues | None = None
    """None where nothing was measured: the audio of another track stood for it."""
