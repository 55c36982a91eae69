"""Settings that shape vectors, as a bundle stores them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from musicemb.errors import SettingsError

Features = Literal["log-mel", "mfcc", "waveform"]

Spectrum = Literal["power", "magnitude"]

MelScale = Literal["slaney", "htk"]

Architecture = Literal["resnet", "resnet18", "conv1d", "conv2d", "gru", "crnn", "dense", "mobilenet"]

EmbeddingStart = Literal["pca", "discriminant", "random"]

Loss = Literal["nt-xent", "triplet"]


@dataclass(frozen=True)
class FrontEndSettings:
    """How samples become features. Stored in the bundle, and used for everything that the bundle embeds."""

    features: Features = "log-mel"
    sample_rate: int = 16_000
    """Hz. Most codecs keep everything up to 8 kHz even at low bit rates."""
    n_fft: int = 512
    """Samples per frame (32 ms, Hann)."""
    hop: int = 256
    """Samples between frames (16 ms): half the cost of 8 ms; what finer frames would bring was not measured yet."""
    n_mels: int = 96
    fmin: float = 30.0
    """Hz."""
    fmax: float = 8_000.0
    """Hz."""
    n_mfcc: int = 20
    """Coefficients kept where features is "mfcc"."""
    floor_db: float = -80.0
    """Mel power below this, relative to the segment's loudness reference, is cut off: what
    codecs and dither put there is not music."""
    window: int | None = None
    """Samples of a frame's window (Hann); zeros behind them fill it up to n_fft. None: n_fft."""
    whole_frames: bool = False
    """Leave out the last frames, which the samples do not fill; False fills them up with zeros."""
    spectrum: Spectrum = "power"
    """What mel bands are sums of; a magnitude is that of the Hann window as it is, not of full scale."""
    mel_scale: MelScale = "slaney"
    """slaney: triangles in Hz, as librosa makes them; htk: 1127 ln(1 + f / 700), triangles in mel, as TensorFlow's."""
    log_offset: float | None = None
    """Features are ln(mel value + this), the level left in; None: dB over the segment's level, down to floor_db."""
    level: float | None = None
    """Where log_offset is given: root mean square that each segment's mel values are brought to before it is added, so
    that vectors are blind to how loud a copy was mastered; None: as loud as it is."""
    standardise: bool = True
    """Standardise bands by what the training measured; False leaves them, for weights that learned without."""

    def __post_init__(self) -> None:
        _refuse_beyond("front_end", self)
        if self.window is not None and self.window > self.n_fft:
            raise SettingsError(f"front_end: window is {self.window}; it must be at most n_fft, {self.n_fft}")


LIMITS: Mapping[str, Mapping[str, tuple[float, bool]]] = {
    "front_end": {"window": (2, True), "log_offset": (0, False), "level": (0, False)},
    "segments": {
        "length": (0.1, True),
        "hop": (0, False),
        "coverage": (0, False),
    },  # less is no sound, but a few frames
    "network": {
        **dict.fromkeys(("members", "blocks", "depth"), (1, True)),
        "dimensions": (2, True),
        "width": (0, False),
    },
    "augmentation": dict.fromkeys(("band_shift", "time_stretch", "gain_db", "mix_share"), (0, True)),
    "training": {
        **dict.fromkeys(("temperature", "margin", "radius", "minutes", "learning_rate"), (0, False)),
        **dict.fromkeys(("relation_temperature", "teacher_temperature"), (0, False)),
        **dict.fromkeys(("weight_decay", "neighbour_weight", "label_weight", "patience", "seed"), (0, True)),
        **dict.fromkeys(("warm_up", "averaging", "trunk_rate", "embedding_rate", "extra_share"), (0, True)),
        "epochs": (0, True),  # none leaves the network as it begins
        "steps_per_epoch": (1, True),
        "segments_per_track": (2, True),  # an anchor and a neighbour
        "tracks_per_batch": (2, True),  # distant segments are of the batch's other tracks
    },
}
"""Section of `EncoderSettings` -> field -> (least value, whether that one is allowed)."""


def _refuse_beyond(section: str, settings: Any) -> None:
    for name, (least, inside) in LIMITS[section].items():
        value = getattr(settings, name)
        if value is not None and not (value >= least if inside else value > least):
            bound = f"at least {least}" if inside else f"above {least}"
            raise SettingsError(f"{section}: {name} is {value:g}; it must be {bound}")


@dataclass(frozen=True)
class SegmentSettings:
    """How a track is cut."""

    length: float = 4.0
    """Seconds."""
    hop: float = 4.0
    """Seconds between starts; never more than the length, so that the whole track is covered."""
    silence_db: float = -60.0
    """RMS below this (dB of full scale) is silence; such segments are left out."""
    shortest_track: float = 1.0
    """Seconds; a shorter file is skipped. A track between this and one segment is repeated to fill it."""
    coverage: float = 1.0
    """Share of a track's segments that a scan hears, spread evenly over it, but at least half a minute of them: 0.5
    costs the network half."""

    def __post_init__(self) -> None:
        _refuse_beyond("segments", self)
        if self.coverage > 1:
            raise SettingsError(f"segments: coverage is {self.coverage:g}; it must be at most 1 (all of a track)")


@dataclass(frozen=True)
class NetworkSettings:
    """The encoder network."""

    architecture: Architecture = "resnet"
    """A name of `encoder.networks.architectures`. resnet18 has 11 million parameters, mobilenet 3.3, the others at
    most 1.3."""
    dimensions: int = 128
    """Size of an embedding; several members share it out evenly."""
    members: int = 1
    """Networks side by side, each with fresh weights and losses of its own; their vectors stand behind one another.
    Several err in different places, and together less (deep ensembles, Lakshminarayanan et al. 2017)."""
    widths: tuple[int, ...] = (32, 64, 128, 256)
    """Channels per stage (resnet)."""
    blocks: int = 1
    """Residual blocks per stage (resnet)."""
    depth: int = 14
    """Layers (mobilenet): the first so many of 14."""
    width: float = 1.0
    """Times the channels of MobileNet v1 (mobilenet)."""
    dropout: float = 0.0

    def __post_init__(self) -> None:
        _refuse_beyond("network", self)
        if self.depth > 14:
            raise SettingsError(f"network: depth is {self.depth}; mobilenet has 14 layers at most")


@dataclass(frozen=True)
class AugmentationSettings:
    """Changes made to features while training, so that vectors do not depend on them. 0 turns one off."""

    tilt_db: float = 12.0
    """Range of a random smooth equaliser over all bands, dB."""
    noise_share: float = 0.25
    """Share of segments that get white noise."""
    noise_snr_db: float = 10.0
    """Lowest signal-to-noise ratio of that noise; the highest is 25 dB above."""
    lowpass_share: float = 0.25
    """Share of segments whose upper bands (up to a quarter of them) are cut off, as codecs do."""
    time_masks: int = 1
    time_mask: float = 0.1
    """Longest time mask, share of the segment."""
    band_masks: int = 1
    band_mask: float = 0.1
    """Widest band mask, share of the bands."""
    band_shift: float = 0.0
    """Bands by which a segment may be moved up or down, as if played in another key: of 96 mel bands up to 8 kHz, two
    are one semitone above 1 kHz and two at 500 Hz."""
    time_stretch: float = 0.0
    """Share by which a segment may be played faster or slower; 0.1 is from 90 to 110 % of its tempo."""
    gain_db: float = 0.0
    """dB by which a segment may be made louder or softer: for features that the level is left in."""
    mix_share: float = 0.0
    """Share of segments that get up to half of another one mixed in, and as much of its genres (mixup)."""

    def __post_init__(self) -> None:
        _refuse_beyond("augmentation", self)


@dataclass(frozen=True)
class TrainingSettings:
    """How the encoder is trained."""

    loss: Loss = "nt-xent"
    temperature: float = 0.1
    """Of NT-Xent."""
    margin: float = 0.5
    """Of the triplet loss, in squared distance of unit vectors (0 to 4)."""
    semi_hard: bool = True
    """Triplet loss: use the semi-hard distants of the batch; False draws one at random (Tile2Vec)."""
    radius: float | None = None
    """Seconds between the starts of anchor and neighbour; None: the whole track."""
    tracks_per_batch: int = 64
    segments_per_track: int = 2
    epochs: int = 60
    """0 keeps the network as it begins, which makes sense where the embedding is found in closed form."""
    steps_per_epoch: int = 100
    warm_up: float = 0.03
    """Share of the training in which the learning rate rises; it then falls by half a cosine to almost 0."""
    minutes: float | None = None
    """Stop after this many minutes; None: after the epochs."""
    learning_rate: float = 2e-3
    trunk_rate: float = 1.0
    """Times the learning rate, for all of the network before its embedding layer: less keeps a trunk that was taught
    elsewhere close to what it knows; 0 keeps it as it is."""
    embedding_rate: float = 1.0
    """Times the learning rate, for the embedding layer; heads on it go by the learning rate itself."""
    weight_decay: float = 1e-4
    averaging: float = 0.0
    """Momentum of a moving average of the weights, which is what is probed and kept (Polyak & Juditsky 1992): 0.99
    averages over some hundred steps; 0 keeps the weights of the last step."""
    neighbour_weight: float = 1.0
    """Weight of the loss over time (`loss`)."""
    label_weight: float = 0.0
    """Weight of the genre losses (cross-entropy and supervised contrastive); 0 is pure Tile2Vec. Of an embedding that
    starts as a discriminant: how long the genres' directions are beside the others."""
    relation_weights: tuple[float, ...] = (1.0,)
    """Weight of each teacher's relational loss, in the order of the teachers; the last one is that of all others too.
    Without a teacher there is no such loss, nor those of the next two. Of an embedding that starts as a discriminant:
    how many dimensions a teacher has, of its part of a half of them (at most 1)."""
    tag_weights: tuple[float, ...] = (1.0,)
    """Likewise of the cross-entropy on the teacher's tags."""
    vector_weights: tuple[float, ...] = (0.0,)
    """Likewise of the cosine regression to the teacher's vector."""
    relation_temperature: float = 0.1
    """Of the student's softmax over a batch."""
    teacher_temperature: float = 0.1
    """Of the teacher's."""
    extra_share: float = 1 / 3
    """Most of a batch that extra music without labels takes, where there is any."""
    all_genres: bool = True
    """Share a track out among all genres that its source gives it; False: its label alone."""
    patience: int = 0
    """Stop after this many epochs without a better probe, and keep the best weights; 0 never stops early
    and keeps the last ones."""
    embedding_start: EmbeddingStart = "pca"
    """How the embedding layer begins on a published tagger's trunk: pca of the trunk's outputs on the training's
    segments, so that the network begins with the tagger's own neighbourhoods; discriminant: in closed form, by what
    tells tracks apart, what teachers say of them and their genres; or at random."""
    seed: int = 1

    def __post_init__(self) -> None:
        _refuse_beyond("training", self)
        for name in ("relation_weights", "tag_weights", "vector_weights"):
            if not getattr(self, name) or min(getattr(self, name)) < 0:
                raise SettingsError(f"training: {name} must be one weight or more, each at least 0")
        for name, most in (("averaging", 0.9999), ("warm_up", 1.0), ("extra_share", 0.5)):
            if getattr(self, name) > most:
                raise SettingsError(f"training: {name} is {getattr(self, name):g}; it must be at most {most:g}")


DEFAULT_BUNDLE = "tile2vec-genre"
"""Folder below pretrained/ that scan uses."""

INT8_COSINE = 0.999
"""Lowest cosine between the int8 model's vectors and the float model's at which int8 is kept: a tenth of what
a track and its copy by a poor codec differ by (tests/benchmarks/codec_cosine.py), far from what tells tracks apart."""

INT8_SEGMENTS = 128
"""Segments of the training's music that this is measured on; the lowest cosine of all counts."""


@dataclass(frozen=True)
class EncoderSettings:
    """All that shapes vectors, as a bundle stores it."""

    front_end: FrontEndSettings = field(default_factory=FrontEndSettings)
    segments: SegmentSettings = field(default_factory=SegmentSettings)
    network: NetworkSettings = field(default_factory=NetworkSettings)
    augmentation: AugmentationSettings = field(default_factory=AugmentationSettings)
    training: TrainingSettings = field(default_factory=TrainingSettings)
