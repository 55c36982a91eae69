"""Colourings of the map: by cluster, genre, sound values, and tempo.

Another value of a track is one more colouring: bands of it in their order, as `colour_bands` makes them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from musicemb.core.genres.names import genres_of, own_spellings, spell_genre
from musicemb.records import NOISE, Colouring, GenreAliases, MapGroup, SoundValues, Track
from musicemb.settings import MAP_COLOURS, MAP_GREY

ALONE = "in no group"
NO_GENRE = "no genre"
OTHER_GENRES = "other genres"
NO_MOOD = "no clear mood"
NOT_KNOWN = "not known"

_VOICES = {
    "none": "no voice", "female": "female voice", "male": "male voice", "choir": "choir", "rap": "rap",
    "singing": "sung, voice not clear",
}  # fmt: skip
_ENERGIES = {"high": ("high", "#d1605e"), "medium": ("medium", "#ab8a21"), "low": ("low", "#4e79a7")}


_TEMPOS = {
    "fast": ("over 140 BPM", "#d1605e"), "lively": ("120 to 140 BPM", "#df6d1a"), "even": ("95 to 120 BPM", "#ab8a21"),
    "slow": ("70 to 95 BPM", "#489a93"), "slowest": ("under 70 BPM", "#4e79a7"),
}  # fmt: skip
_SLOWEST_OF = {"fast": 140.0, "lively": 120.0, "even": 95.0, "slow": 70.0, "slowest": 0.0}


def colour_by_cluster(tracks: Sequence[Track], names: Mapping[int, str]) -> Colouring:
    """By the cluster that each track belongs to.

    Parameters
    ----------
    tracks : sequence of Track
    names : mapping of cluster id to str

    Returns
    -------
    Colouring
    """
    ids = [NOISE if track.cluster is None else track.cluster for track in tracks]
    named = {str(id_): names.get(id_) or f"cluster {id_}" for id_ in ids if id_ != NOISE}
    return _colour([str(id_) for id_ in ids], named, {str(NOISE): ALONE})


def colour_by_genre(tracks: Sequence[Track], most: int, aliases: GenreAliases) -> Colouring:
    """By the first genre that the listener gave each track, else by the guess.

    Parameters
    ----------
    tracks : sequence of Track
    most : int
        Genres that have a colour; the others are one group.
    aliases : GenreAliases

    Returns
    -------
    Colouring
    """
    own = own_spellings((word for track in tracks for word in track.tags.listener_genres), aliases)
    folds = [next(iter(genres_of(track, aliases)), "") for track in tracks]
    counts = Counter(fold for fold in folds if fold)
    frequent = {fold for fold, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:most]}
    keys = [fold if fold in frequent or not fold else "\0" for fold in folds]
    return _colour(keys, {fold: spell_genre(fold, own) for fold in frequent}, {"\0": OTHER_GENRES, "": NO_GENRE})


def colour_by_values(values: Sequence[SoundValues]) -> dict[str, Colouring]:
    """By the clearest mood, by the voice and by the energy.

    Parameters
    ----------
    values : sequence of SoundValues
        Of each track.

    Returns
    -------
    dict of str to Colouring
        Empty without values.
    """
    if not values:
        return {}
    moods = [next(iter(value.moods), "") for value in values]
    voices = [value.voice for value in values]
    return {
        "mood": _colour(moods, {mood: mood for mood in moods if mood}, {"": NO_MOOD}),
        "voice": _colour(voices, {voice: _VOICES[voice] for voice in voices if voice}, {"": NOT_KNOWN}),
        "energy": colour_bands([value.energy for value in values], _ENERGIES),
    }


def colour_by_tempo(tracks: Sequence[Track]) -> dict[str, Colouring]:
    """By the tempo that was measured.

    Parameters
    ----------
    tracks : sequence of Track

    Returns
    -------
    dict of str to Colouring
        Empty where no track has one.
    """
    tempos = [None if track.values is None else track.values.bpm for track in tracks]
    if all(bpm is None for bpm in tempos):
        return {}
    keys = ["" if bpm is None else next(band for band, least in _SLOWEST_OF.items() if bpm >= least) for bpm in tempos]
    return {"tempo": colour_bands(keys, _TEMPOS)}


def colour_bands(keys: Sequence[str], bands: Mapping[str, tuple[str, str]]) -> Colouring:
    """By bands of a value, in the order of the bands.

    Parameters
    ----------
    keys : sequence of str
        The band of each track; "" where the value is not known.
    bands : mapping of str to (name, colour)

    Returns
    -------
    Colouring
        Bands without a track are left out.
    """
    counts = Counter(keys)
    order = [band for band in bands if counts[band]]
    groups = [MapGroup(bands[band][0], counts[band], bands[band][1]) for band in order]
    if counts[""]:
        order.append("")
        groups.append(MapGroup(NOT_KNOWN, counts[""], MAP_GREY))
    places = {band: place for place, band in enumerate(order)}
    return Colouring(tuple(groups), np.array([places[key] for key in keys], dtype=np.int64))


def _colour(keys: Sequence[str], names: Mapping[str, str], grey: Mapping[str, str]) -> Colouring:
    """The largest group first; what is no group stands last and is grey."""
    counts = Counter(keys)
    order: list[str] = sorted(names, key=lambda key: (-counts[key], names[key], key))
    groups = [
        MapGroup(names[key], counts[key], MAP_COLOURS[place % len(MAP_COLOURS)]) for place, key in enumerate(order)
    ]
    last: list[str] = [key for key in grey if counts[key]]
    groups += [MapGroup(grey[key], counts[key], MAP_GREY) for key in last]
    places: dict[str, int] = {key: place for place, key in enumerate([*order, *last])}
    return Colouring(tuple(groups), np.array([places[key] for key in keys], dtype=np.int64))
