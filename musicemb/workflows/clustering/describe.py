"""Describes groups: their names, what distinguishes them, their families and their typical tracks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from musicemb.core.clustering.membership import find_typicality
from musicemb.core.clustering.naming import Members, name_clusters
from musicemb.core.clustering.sound_words import find_words
from musicemb.core.clustering.traits import TEMPOS, confirm_traits, find_traits
from musicemb.core.genres.names import own_spellings
from musicemb.records import (
    NOISE,
    AcousticDescriptors,
    Booleans,
    Cluster,
    Family,
    Floats,
    GenreAliases,
    GenreOdds,
    Guess,
    Track,
)
from musicemb.settings import ClusterSettings
from musicemb.workflows.clustering.families import name_families
from musicemb.workflows.clustering.known_genres import allowed_genres, known_genres
from musicemb.workflows.clustering.typical import typical_tracks

_TEMPO_CLEAR = 0.5
"""Confidence from which a measured tempo is taken, rather than that of a first glance."""
_NAMING_TRACKS = 50
"""Most typical members whose artists and titles a name may be made of."""


@dataclass(frozen=True)
class Grouped:
    """Tracks with their groups, one entry per track."""

    tracks: Sequence[Track]
    projected: Floats
    labels: NDArray[np.int64]
    """Cluster id, or NOISE."""
    strengths: Floats
    descriptors: Sequence[AcousticDescriptors | None]
    """None where a track was scanned before they were computed."""
    words: tuple[tuple[str, ...], Booleans] | None = None
    """What is heard for sure (`core.sound_tags.values.words_for_names`); None where the encoder hears no such thing."""
    heard_genres: tuple[tuple[str, ...], Booleans] | None = None
    """The same of genres that names may say (`genres_for_names`)."""


@dataclass(frozen=True)
class Genres:
    """Genre information of a library besides the tags."""

    odds: Mapping[int, GenreOdds]
    """Track id -> what is likely of it."""
    aliases: GenreAliases
    guesses: Mapping[int, Guess] | None = None
    """Track id -> what is guessed; None: what the tracks hold."""


def describe_clusters(
    library: Grouped,
    ids: Sequence[int],
    settings: ClusterSettings,
    known: Genres,
    families: Sequence[Family],
    given: Mapping[int, str],
) -> tuple[list[Cluster], tuple[Family, ...]]:
    """Name clusters and their families, and find the typical tracks.

    Parameters
    ----------
    library : Grouped
    ids : sequence of int
        Of the clusters.
    settings : ClusterSettings
    known : Genres
    families : sequence of Family
        Named or not.
    given : mapping of cluster id to str
        Names that the listener gave, which no family shall have.

    Returns
    -------
    clusters : list of Cluster
        With automatic names; the largest first.
    families : tuple of Family
        With names.
    """
    order = sorted(ids)
    aliases = known.aliases
    places = {cluster: place for place, cluster in enumerate(order)}
    plain = np.array([places.get(int(label), NOISE) for label in library.labels], dtype=np.int64)
    typicality = find_typicality(library.projected, plain, library.strengths, plain)
    own = own_spellings((word for track in library.tracks for word in track.tags.listener_genres), aliases)
    described = [_measured(track, one) for track, one in zip(library.tracks, library.descriptors, strict=True)]
    traits = find_traits(described, plain)
    confirmed = confirm_traits(described, plain)
    heard = None if library.words is None else find_words(*library.words, plain)
    heard_genres = {} if library.heard_genres is None else find_words(*library.heard_genres, plain)
    guesses = known.guesses
    if guesses is None:
        guesses = {track.id: track.guess for track in library.tracks if track.guess is not None}
    sayable = allowed_genres(library.tracks, guesses, aliases)
    members: dict[int, Members] = {}
    typical: dict[int, tuple[int, ...]] = {}
    told: dict[int, tuple[str, ...]] = {}
    for cluster, place in places.items():
        inside = np.flatnonzero(plain == place)
        ranked = [library.tracks[row] for row in inside[np.argsort(-typicality[inside], kind="stable")]]
        genres, likely = known_genres(ranked, known.odds, guesses, sayable, aliases)
        typical_ones = ranked[:_NAMING_TRACKS]
        artists = [track.tags.artist for track in typical_ones]
        titles = [track.tags.title or track.path.stem for track in typical_ones]
        apart = traits.get(place, ())
        words = confirmed.get(place, ())
        if heard is not None:
            # Of what is measured only the tempo is a listener's word; "dark" or "percussive" is said beside the name.
            words = (*heard.get(place, ()), *(trait for trait in words if trait.word in TEMPOS))
            apart = (*heard.get(place, ()), *apart)
        said = tuple(trait.word for trait in sorted(words, key=lambda trait: -trait.chance))
        sounds_like = tuple(trait.word for trait in heard_genres.get(place, ()))
        members[cluster] = Members(len(ranked), genres, artists, said, likely, sounds_like, titles)
        told[cluster] = tuple(trait.text for trait in apart if trait.clear)
        typical[cluster] = typical_tracks(ranked, settings.typical)
    named = name_clusters(members, own, aliases)
    found_families = name_families(families, members, [*named.values(), *given.values()], own, aliases)
    parents = {one: family.name for family in found_families for one in family.clusters}
    found = [
        Cluster(one, named[one], members[one].size, typical[one], traits=told[one], parent=parents.get(one, ""))
        for one in order
    ]
    return sorted((one for one in found if one.size), key=lambda one: (-one.size, one.id)), found_families


def _measured(track: Track, described: AcousticDescriptors | None) -> AcousticDescriptors | None:
    """With the tempo that was measured of the whole track, where there is one."""
    values = track.values
    if described is None or values is None or values.bpm is None or values.bpm_confidence < _TEMPO_CLEAR:
        return described
    return replace(described, tempo=values.bpm)
