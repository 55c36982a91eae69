"""The search space of hyper-parameters: which settings may change, within which bounds, and why.

Only settings that leave the question the same are searched: the front-end, the segment length and the
network stay as they were asked for. With another segment length other tracks would be long enough to be
held out, and with another network a few minutes would tell which one is quick, not which one is good.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from musicemb.settings import EncoderSettings

Value = float | int | str | None


@dataclass(frozen=True)
class Dimension:
    """One setting that is searched."""

    section: str
    """Of `EncoderSettings`."""
    field: str
    low: float = 0.0
    high: float = 0.0
    log: bool = False
    """Drawn evenly by ratio, not by difference."""
    choices: tuple[Value, ...] = ()
    """Where it is one of a few; `low` and `high` mean nothing then."""
    loss: str = ""
    """Searched with this loss only; "": with any."""
    labels: bool = False
    """Searched only where labels are learned."""
    reason: str = ""

    @property
    def name(self) -> str:
        """Section and field."""
        return f"{self.section}.{self.field}"


SPACE = (
    Dimension("training", "learning_rate", 3e-4, 1e-2, log=True, reason="a wrong value of it does the most harm"),
    Dimension("training", "weight_decay", 1e-6, 1e-2, log=True, reason="small collections overfit"),
    Dimension(
        "training",
        "temperature",
        0.03,
        0.5,
        log=True,
        loss="nt-xent",
        reason="the weight of the nearest distant segments",
    ),
    Dimension("training", "margin", 0.1, 1.5, loss="triplet", reason="squared distances are between 0 and 4"),
    Dimension("training", "semi_hard", choices=(True, False), loss="triplet", reason="which distant segments are used"),
    Dimension(
        "training", "radius", choices=(None, 6.0, 12.0, 24.0), reason="largest distance of a neighbour in seconds"
    ),
    Dimension(
        "training", "label_weight", 0.1, 3.0, log=True, labels=True, reason="weight of labels relative to neighbours"
    ),
    Dimension("network", "dropout", 0.0, 0.4, reason="small collections overfit"),
    Dimension("augmentation", "tilt_db", 0.0, 18.0, reason="robustness against an equaliser"),
    Dimension("augmentation", "noise_share", 0.0, 0.5, reason="robustness against noise, which also hides detail"),
    Dimension("augmentation", "lowpass_share", 0.0, 0.5, reason="robustness against codecs"),
    Dimension("augmentation", "time_mask", 0.0, 0.3, reason="robustness against gaps"),
    Dimension("augmentation", "band_mask", 0.0, 0.3, reason="robustness against missing bands"),
    Dimension("augmentation", "band_shift", 0.0, 5.0, reason="robustness against another key, in bands"),
    Dimension("augmentation", "time_stretch", 0.0, 0.25, reason="robustness against another tempo"),
)
"""Everything that is searched. Bounds reach about four times below and above the defaults, where that is possible."""


def search_space(settings: EncoderSettings, *, same_network: bool = False) -> tuple[Dimension, ...]:
    """The dimensions that matter for these settings, each holding what the settings say now.

    Parameters
    ----------
    settings : EncoderSettings
    same_network : bool
        Leave the network's settings alone.

    Returns
    -------
    tuple of Dimension
    """
    training = settings.training
    found = []
    for item in SPACE:
        if item.loss not in ("", training.loss) or (item.labels and not training.label_weight):
            continue
        if same_network and item.section == "network":
            continue
        value = getattr(getattr(settings, item.section), item.field)
        if item.choices:
            item = item if value in item.choices else replace(item, choices=(*item.choices, value))
        else:
            # A logarithmic range begins above 0, also where the settings say 0.
            item = replace(item, low=min(item.low, value or item.low), high=max(item.high, value))
        found.append(item)
    return tuple(found)


def read_values(settings: EncoderSettings, space: tuple[Dimension, ...]) -> dict[str, Value]:
    """The value of each dimension in some settings.

    Parameters
    ----------
    settings : EncoderSettings
    space : tuple of Dimension

    Returns
    -------
    dict
        Dimension's name -> value within its bounds.
    """
    found: dict[str, Value] = {}
    for item in space:
        value = getattr(getattr(settings, item.section), item.field)
        found[item.name] = value if item.choices else max(item.low, min(item.high, value))
    return found


def with_values(settings: EncoderSettings, values: Mapping[str, Any]) -> EncoderSettings:
    """Settings with other values.

    Parameters
    ----------
    settings : EncoderSettings
    values : mapping
        "section.field" -> value.

    Returns
    -------
    EncoderSettings
    """
    for name, value in values.items():
        section, field = name.split(".")
        settings = replace(settings, **{section: replace(getattr(settings, section), **{field: value})})
    return settings
