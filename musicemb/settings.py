"""Every number of the product, once: with its unit, its default and the reason for it.

All settings are frozen dataclasses. `from_dict` reads one from JSON and refuses unknown keys, so a
typo in a file never becomes a silently ignored wish.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from musicemb.errors import SettingsError

Features = Literal["log-mel", "mfcc", "waveform"]
Architecture = Literal["resnet", "resnet18", "conv1d", "conv2d", "gru", "crnn", "dense"]
Loss = Literal["nt-xent", "triplet"]
TagPolicy = Literal["missing", "add", "replace"]


@dataclass(frozen=True)
class FrontEndSettings:
    """How samples become features. Stored in the bundle: every user of a bundle obeys it."""

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


LIMITS: Mapping[str, Mapping[str, tuple[float, bool]]] = {
    "segments": {"length": (0.1, True), "hop": (0, False)},  # less is no sound, but a few frames
    "network": {"dimensions": (2, True), "members": (1, True), "blocks": (1, True)},
    "augmentation": dict.fromkeys(("band_shift", "time_stretch", "mix_share"), (0, True)),
    "training": {
        **dict.fromkeys(("temperature", "margin", "radius", "minutes", "learning_rate"), (0, False)),
        **dict.fromkeys(("weight_decay", "label_weight", "patience", "seed"), (0, True)),
        **dict.fromkeys(("epochs", "steps_per_epoch"), (1, True)),
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
    """Seconds between starts; never more than the length, so that the whole track is heard."""
    silence_db: float = -60.0
    """RMS below this (dB of full scale) is silence; such segments are left out."""
    shortest_track: float = 1.0
    """Seconds; a shorter file is skipped. A track between this and one segment is repeated to fill it."""

    def __post_init__(self) -> None:
        _refuse_beyond("segments", self)


@dataclass(frozen=True)
class NetworkSettings:
    """The encoder network."""

    architecture: Architecture = "resnet"
    """A name of `encoder.networks.architectures`. resnet18 has 11 million parameters, the others at most 1.3."""
    dimensions: int = 128
    """Size of an embedding; several members share it out evenly."""
    members: int = 1
    """Networks side by side, each with fresh weights and losses of its own; their vectors stand behind one another.
    Several err in different places, and together less (deep ensembles, Lakshminarayanan et al. 2017)."""
    widths: tuple[int, ...] = (32, 64, 128, 256)
    """Channels per stage (resnet)."""
    blocks: int = 1
    """Residual blocks per stage (resnet)."""
    dropout: float = 0.0

    def __post_init__(self) -> None:
        _refuse_beyond("network", self)


@dataclass(frozen=True)
class AugmentationSettings:
    """Changes made to features while training, so that vectors do not hang on them. 0 turns one off."""

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
    steps_per_epoch: int = 100
    minutes: float | None = None
    """Stop after this many minutes; None: after the epochs."""
    learning_rate: float = 2e-3
    weight_decay: float = 1e-4
    label_weight: float = 0.0
    """Weight of the genre losses (cross-entropy and supervised contrastive); 0 is pure Tile2Vec."""
    all_genres: bool = True
    """Cross-entropy: share a track out among all genres that its source gives it; False: its label alone."""
    patience: int = 0
    """Stop after this many epochs without a better probe, and keep the best weights; 0 never stops early
    and keeps the last ones."""
    seed: int = 1

    def __post_init__(self) -> None:
        _refuse_beyond("training", self)


@dataclass(frozen=True)
class ScanSettings:
    """How a scan runs."""

    minimum_tracks: int = 30
    """Fewer tracks than this are not clustered: density means nothing among so few."""
    nearest_pairs: int = 5
    """Pairs shown where there are too few tracks to group."""
    decode_share: float = 0.98
    """A decoder that returns less of the promised frames than this is asked to give way to the next."""
    longest: float = 4 * 3600.0
    """Seconds of audio read of one file; what lies beyond is left out and said."""
    file_timeout: float = 900.0
    """Seconds that one file may take before its process is ended: a hanging decoder or drive must not
    stop a scan, and a slow machine needs minutes for hours of audio."""


LONGEST_TRACK = 20 * 60.0
"""Seconds; what plays longer is a mix (a DJ set, an album in one file): its mean vector is that of no music in it."""


@dataclass(frozen=True)
class ClusterSettings:
    """How tracks are grouped. `None` means: chosen from the library's size (see `core.clustering.selection`)."""

    min_cluster_size: int | None = None
    min_samples: int | None = None
    typical: int = 3
    """Typical tracks named per cluster."""
    most_clustered: int = 20_000
    """Tracks that HDBSCAN looks at; of a larger library so many are chosen by their content, and the others join
    the clusters of those. What it takes grows with the square of their number."""
    with_mixes: bool = False
    """Whether mixes (see `LONGEST_TRACK`) are grouped and vote too."""


@dataclass(frozen=True)
class SimilarSettings:
    """How similar tracks are chosen."""

    reduction: Literal["none", "mutual proximity", "local scaling", "contextual dissimilarity"] = "local scaling"
    """See `core.vectors.hubness`. Takes half of the hubs away and costs nothing that could be shown (cross-validated by
    tests/benchmarks/hubness.py: skewness 0.53 to 0.27, precision@5 .000 less; contextual dissimilarity leaves 0.09
    and costs .011)."""
    unlike_weight: float = 0.5
    """What nearness to an unwanted track takes away, per unit. Below 1, so that being like what was asked for
    counts for more than being unlike the rest (Rocchio's feedback weighs in the same order)."""
    same_recording: float = 0.999
    """Cosine from which two tracks of equal length, whose titles do not differ, are one recording."""
    same_duration: float = 2.0
    """Seconds by which two copies of a recording may differ."""
    path_candidates: int = 1500
    """Tracks near the line between two ends that a smooth path may lead through: a matrix of 9 MB."""


@dataclass(frozen=True)
class MapSettings:
    """How the map of a library is laid out. Measured by tests/benchmarks/map_layout.py."""

    neighbours: int = 8
    """Nearest tracks that the page knows of each: 3 bytes apiece."""
    perplexity: float = 15.0
    """Of t-SNE: about how many neighbours a track is held by. Low, as an album has a dozen tracks."""
    early_iterations: int = 250
    early_exaggeration: float = 12.0
    """openTSNE's defaults, both."""
    iterations: int = 500
    exaggeration: float = 1.0
    """To the end; 1 is plain t-SNE, whose large maps are one even disc."""
    relayout_share: float = 0.25
    """Share of tracks placed among their neighbours since the last layout, from which all are laid out again."""
    threads_from: int = 10_000
    """Tracks from which several threads work: in smaller libraries they wait for each other longer than they
    work (700 tracks: 1 s of CPU with one, 23 s with two on a busy machine)."""
    seed: int = 1
    genres: int = 40
    """Most frequent genres in the legend; the others share one line."""


PoolWeights = tuple[float, ...]

SHIPPED_POOL: Mapping[tuple[str, ...], PoolWeights] = types.MappingProxyType(
    {
        ("neighbours", "genre head", "cluster"): (1.0, 0.3, 0.03, -2.2),
        ("neighbours", "cluster"): (1.2, 0.09, -2.5),
    }
)
"""What witnesses weigh is as tests/benchmarks/guesses.py fits it. What another genre is worth is set higher than there,
where each track had one of twelve genres and "another" never came true."""


@dataclass(frozen=True)
class GuessSettings:
    """How genres are guessed."""

    neighbours: int = 20
    """Nearest tagged tracks that vote."""
    minimum_votes: int = 5
    """Tagged tracks among them that it takes for the listener's own words to speak."""
    minimum_artists: int = 3
    """Different artists among those."""
    vote_temperature: float = 0.2
    """Cosine: a neighbour that is this much less alike than another weighs 1/e of it."""
    vote_doubt: float = 1.0
    """Weight of an imagined neighbour of yet another genre: few votes never make a certainty."""
    floor: float = 0.01
    """Added to a share before its logarithm is taken: nobody can rule a genre out altogether."""
    pool: Mapping[tuple[str, ...], PoolWeights] = field(default_factory=lambda: SHIPPED_POOL)
    """Witnesses -> weight of each, and the worth of "another genre", where the library has no tags to fit them on."""
    held_to_shipped: float = 5.0
    """Nats that a squared step away from those costs: some hundred tags move them, fifty hardly."""
    fewest_tried: int = 30
    """Tagged tracks below which nothing is fitted."""
    tried: int = 1000
    """Tagged tracks that the weights are fitted on, spread over the library; there are at most four weights."""
    translation_doubt: float = 20.0
    """Tracks for which it counts that the head and the listener mean the same by the same word."""
    translation_steps: int = 20
    """Rounds of expectation maximisation; it hardly moves after ten."""
    threshold: float = 0.6
    """Confidence below which no guess is made (tests/benchmarks/guesses.py: about 3 of 4 guesses are right from
    there). Where only the genre head speaks, its own threshold holds."""
    max_genres: int = 1
    """Genres that a guess may name."""
    second_share: float = 0.5
    """A further genre is named where it is at least this likely, compared with the first."""


@dataclass(frozen=True)
class ScorecardSettings:
    """How guesses are measured in the listener's own library."""

    mfcc_tracks: int = 200
    """Tagged tracks that MFCC statistics are made of, for comparison: each is decoded and heard, about a second of
    CPU for four minutes of music. 0 leaves them out."""
    draws: int = 1000
    """Bootstrap draws behind each interval."""
    pairs: int = 10
    """Pairs of confused genres told."""


@dataclass(frozen=True)
class TagSettings:
    """How guesses are written to files."""

    policy: TagPolicy = "missing"
    min_confidence: float | None = None
    """None: the threshold that guesses were made with."""
    shown: int = 20
    """Changes shown before asking."""


SPELLINGS: Mapping[str, str] = types.MappingProxyType(
    {
        "pop/rock": "Pop Rock",
        "r&b": "R&B",
        "hip-hop": "Hip-Hop",
        "stage & screen": "Stage & Screen",
        "children's": "Children's",
    }
)
"""How a guessed word is written to a tag, where capitalising it is not enough. Never '/', ';' or NUL."""

MAP_COLOURS = (
    "#4e79a7", "#e8833a", "#59a14f", "#d1605e", "#8a78b8", "#b8863b", "#4fa8a0", "#d77fb3", "#8c8f3d", "#5b9bd5",
    "#c9a227", "#7a9e3f", "#b5546f", "#6f6bd1", "#a0674f", "#3e8f6b", "#cf8f8a", "#9a6fb0", "#6d8794", "#c46a9f",
)  # fmt: skip
"""Of the map's largest groups: of middling lightness, to stand out on white and on black."""
MAP_GREY = "#9a9a9f"
"""Of tracks that stand alone, or have no genre."""

DEFAULT_BUNDLE = "tile2vec-genre"
"""Folder below pretrained/ that scan uses."""

INT8_COSINE = 0.999
"""Lowest cosine between the int8 model's vectors and the float model's at which int8 is kept: a tenth of what
a track and its copy by a poor codec differ by (tests/benchmarks/codec_cosine.py), far from what tells tracks apart."""
INT8_SEGMENTS = 128
"""Segments of the training's music that this is measured on; the lowest cosine of all counts."""

AUDIO_SUFFIXES = frozenset(
    {".mp3", ".flac", ".ogg", ".oga", ".opus", ".wav", ".aif", ".aiff", ".aifc", ".m4a", ".m4b", ".mp4", ".aac", ".wma"}
)
"""Lower-case suffixes of files that a scan opens."""

NO_MUSIC_MARKER = ".nomusic"
"""A folder that holds a file of this name is left out, with all below it."""


Settings = TypeVar("Settings")


def to_dict(settings: Any) -> dict[str, Any]:
    """Settings as plain JSON types.

    Parameters
    ----------
    settings : dataclass instance

    Returns
    -------
    dict
        Tuples become lists.
    """
    found: dict[str, Any] = {}
    for item in dataclasses.fields(settings):
        value = getattr(settings, item.name)
        if dataclasses.is_dataclass(value):
            value = to_dict(value)
        elif isinstance(value, tuple):
            value = list(value)
        found[item.name] = value
    return found


def from_dict(kind: type[Settings], values: Mapping[str, Any], *, where: str = "settings") -> Settings:
    """Settings from plain JSON types.

    Parameters
    ----------
    kind : type
        One of the dataclasses of this module.
    values : mapping
        As `to_dict` gives it. Missing keys take their defaults.
    where : str
        Named in errors.

    Returns
    -------
    Settings
        An instance of `kind`.

    Raises
    ------
    SettingsError
        For a key that `kind` does not have, or a value of the wrong type.
    """
    hints = typing.get_type_hints(kind)
    unknown = sorted(set(values) - set(hints))
    if unknown:
        known = ", ".join(sorted(hints))
        raise SettingsError(f"{where}: unknown setting {unknown[0]!r}; known ones: {known}")
    arguments = {}
    for name, value in values.items():
        wanted = hints[name]
        if dataclasses.is_dataclass(wanted):
            value = from_dict(typing.cast(Any, wanted), value, where=f"{where}.{name}")
        elif isinstance(value, list):
            value = tuple(value)
        if not _fits(value, wanted):
            raise SettingsError(f"{where}: {name} cannot be {value!r}")
        arguments[name] = value
    return kind(**arguments)


def _fits(value: Any, wanted: Any) -> bool:
    origin = typing.get_origin(wanted)
    if origin is Literal:
        return value in typing.get_args(wanted)
    if origin in (types.UnionType, typing.Union):
        return any(_fits(value, option) for option in typing.get_args(wanted))
    if origin is tuple:
        return isinstance(value, tuple) and all(_fits(item, typing.get_args(wanted)[0]) for item in value)
    if wanted is float:
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    if wanted is int:
        return isinstance(value, int) and not isinstance(value, bool)
    if wanted is type(None):
        return value is None
    return isinstance(value, wanted)


@dataclass(frozen=True)
class EncoderSettings:
    """All that shapes vectors, as a bundle stores it."""

    front_end: FrontEndSettings = field(default_factory=FrontEndSettings)
    segments: SegmentSettings = field(default_factory=SegmentSettings)
    network: NetworkSettings = field(default_factory=NetworkSettings)
    augmentation: AugmentationSettings = field(default_factory=AugmentationSettings)
    training: TrainingSettings = field(default_factory=TrainingSettings)
