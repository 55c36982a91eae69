"""Groups of tracks."""

from __future__ import annotations

from dataclasses import dataclass

NOISE = -1
"""Cluster id of a track that belongs to no cluster, as in HDBSCAN."""


@dataclass(frozen=True)
class Cluster:
    """A group of tracks that sound alike."""

    id: int
    name: str
    size: int
    typical: tuple[int, ...] = ()
    """Ids of the most typical tracks, best first."""
    given: bool = False
    """Whether the listener gave the name: then it stays, whatever becomes of the members."""
    traits: tuple[str, ...] = ()
    """What sets it apart from the rest of the library ("fast: 138 BPM"), the clearest first."""
    parent: str = ""
    """Name of the family that it is in; "" where it is in none."""


@dataclass(frozen=True)
class Family:
    """Groups that HDBSCAN's tree has together."""

    name: str
    """No other family, and no group, has it."""
    clusters: tuple[int, ...]
    """Ids, at least two."""


@dataclass(frozen=True)
class Clustering:
    """How the present clusters were made; text is for people, "" where there is nothing to say."""

    setting: str = ""
    """The settings of HDBSCAN."""
    instead: str = ""
    """What was wrong with the plain setting, where this is another one."""
    fault: str = ""
    """What is wrong with the result all the same."""
    last_id: int = 0
    """Highest cluster id that was ever given: none is given twice."""
    smallest: int = 0
    """Fewest tracks of a group; 0 where it is not known."""
    families: tuple[Family, ...] = ()
    """Empty where the groups have one level only. A group may be in none."""
