"""The options of ``retrain`` that change training settings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, get_args

import click

from musicemb.settings import LIMITS, Architecture, EncoderSettings, Features, Loss

_DEFAULTS = EncoderSettings()

TRAINING_OPTIONS = (
    # option, section and field of EncoderSettings, help
    ("--features", "front_end", "features", "Features that are the network's input."),
    ("--architecture", "network", "architecture", "Network; resnet18 is 10 times the size and meant for a GPU."),
    ("--loss", "training", "loss", "Loss function: nt-xent, or triplet with a margin."),
    ("--temperature", "training", "temperature", "Temperature of nt-xent."),
    ("--margin", "training", "margin", "Margin of the triplet loss, in squared distance."),
    ("--semi-hard/--random-distant", "training", "semi_hard", "Triplet loss: which distant segments to use."),
    (
        "--radius",
        "training",
        "radius",
        "Largest distance in seconds from anchor to neighbour (default: the whole track; dcase: 30).",
    ),
    ("--neighbour-weight", "training", "neighbour_weight", "Weight of the loss over time (--loss)."),
    ("--label-weight", "training", "label_weight", "Weight of the genre losses; 0: Tile2Vec alone."),
    (
        "--relation-weight",
        "training",
        "relation_weights",
        "Weight of a teacher's relational loss; repeat it to give each teacher its own.",
    ),
    (
        "--tag-weight",
        "training",
        "tag_weights",
        "Weight of a teacher's tag loss; repeat it to give each teacher its own.",
    ),
    (
        "--vector-weight",
        "training",
        "vector_weights",
        "Weight of a teacher's cosine regression; repeat it to give each teacher its own.",
    ),
    ("--extra-share", "training", "extra_share", "Largest share of a batch that --extra takes."),
    ("--segment-length", "segments", "length", "Length of a segment in seconds."),
    ("--segment-hop", "segments", "hop", "Seconds between the starts of segments; at most their length."),
    ("--coverage", "segments", "coverage", "Share of a track's segments that a scan embeds, spread evenly."),
    ("--depth", "network", "depth", "Number of mobilenet's 14 layers to use."),
    ("--dimensions", "network", "dimensions", "Dimensions of an embedding."),
    ("--members", "network", "members", "Number of networks that share the dimensions; the cost grows with it."),
    ("--batch", "training", "tracks_per_batch", "Tracks per batch."),
    ("--segments", "training", "segments_per_track", "Segments of each track in a batch."),
    ("--steps", "training", "steps_per_epoch", "Batches per epoch."),
    ("--epochs", "training", "epochs", "Maximum number of epochs."),
    ("--minutes", "training", "minutes", "Maximum training time in minutes; the learning rate schedule adapts to it."),
    ("--patience", "training", "patience", "Stop after this many epochs without a better probe; 0: never."),
    ("--learning-rate", "training", "learning_rate", "Peak learning rate (AdamW)."),
    ("--trunk-rate", "training", "trunk_rate", "Learning rate factor before the embedding layer; 0 freezes it."),
    ("--embedding-rate", "training", "embedding_rate", "Learning rate factor of the embedding layer."),
    ("--warm-up", "training", "warm_up", "Share of the training in which the learning rate rises."),
    ("--averaging", "training", "averaging", "Momentum of averaged weights, such as 0.99; 0: the last step's."),
    ("--band-shift", "augmentation", "band_shift", "Augmentation: shift by up to this many bands (another key)."),
    ("--time-stretch", "augmentation", "time_stretch", "Augmentation: change the tempo by up to this share."),
    ("--mixup", "augmentation", "mix_share", "Augmentation: share of segments mixed with others."),
    ("--gain", "augmentation", "gain_db", "Augmentation: change the level by up to this many dB."),
    ("--seed", "training", "seed", "Random seed of weights, batches and augmentation."),
)

_CHOICES = {"features": Features, "architecture": Architecture, "loss": Loss}


def _flag_name(flag: str, default: Any) -> Any:
    return flag.split("/")[0 if default else 1].lstrip("-") if "/" in flag else default


def training_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add an option per entry of `TRAINING_OPTIONS`, its default shown from `settings`.

    Parameters
    ----------
    command : callable

    Returns
    -------
    callable
    """
    for flag, section, field, text in reversed(TRAINING_OPTIONS):
        default = getattr(getattr(_DEFAULTS, section), field)
        kind: Any = {"radius": float, "minutes": float}.get(field, type(default))
        if field in _CHOICES:
            kind = click.Choice(get_args(_CHOICES[field]))
        elif field in LIMITS.get(section, ()):
            least, inside = LIMITS[section][field]
            kind = (click.IntRange if kind is int else click.FloatRange)(min=kind(least), min_open=not inside)
        several = isinstance(default, tuple)
        if several:
            kind = click.FloatRange(min=0)
            default = ", ".join(f"{value:g}" for value in default)
        if isinstance(default, float):
            default = float(f"{default:.2g}")
        shown = "" if default is None else f"  [default: {_flag_name(flag, default)}]"
        options: dict[str, Any] = {"default": None, "help": f"{text}{shown}", "multiple": several}
        if "/" not in flag:
            options["type"] = kind
            if field not in _CHOICES:
                options["metavar"] = "N" if isinstance(kind, click.IntRange) else "X"
        else:
            del options["multiple"]
        command = click.option(flag, field, **options)(command)
    return command


def with_options(options: dict[str, Any], settings: EncoderSettings) -> EncoderSettings:
    """The settings with the values of the options.

    Parameters
    ----------
    options : dict
        As click gives them to a command with `training_options`; None or () where nothing was asked.
    settings : EncoderSettings

    Returns
    -------
    EncoderSettings
    """
    for _, section, field, _ in TRAINING_OPTIONS:
        if options[field] is not None and options[field] != ():
            part = replace(getattr(settings, section), **{field: options[field]})
            settings = replace(settings, **{section: part})
    if settings.segments.hop > settings.segments.length:
        settings = replace(settings, segments=replace(settings.segments, hop=settings.segments.length))
    return settings
