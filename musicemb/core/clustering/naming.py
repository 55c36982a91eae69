"""A cluster's name: what its members agree on, in the listener's words where they have some.

A genre that at least half of the members with a genre share ("Jazz"); else the two commonest, if half have
one of them ("Jazz / Blues"); else what sets their sound apart ("slow, dark"); else a typical artist
("around Nina Simone"). Several clusters of one name are told apart by a typical artist ("Rock around
Nirvana"), most of whose tracks are there. A name that still fits is kept: a listener finds their way by it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from musicemb.core.genres.aliases import NO_GENRE, squeeze
from musicemb.core.genres.names import fold_genre, spell_genre
from musicemb.records import NO_ALIASES, GenreAliases

_AGREE = 0.5
"""Share of the members with a genre that must have the one (or one of the two) of the name."""
_STILL = 0.4
"""Share at which a name that is there may stay: less than `_AGREE`, so that it does not flicker."""
_FEWEST = 3
"""Members that must agree."""
_SPEAKERS = 0.1
"""Share of all members that must have a genre for genres to speak for the cluster."""
_NOBODY = NO_GENRE | {"unknownartist"}
"""Squeezed names that are no artist ("Various Artists")."""
_AROUND = "around "
_PARTED = ", "
_WORDS = 2
"""Words on the sound in a name."""
_LONGEST = 40
"""Characters of an artist in a name."""


@dataclass(frozen=True)
class Members:
    """What a cluster's name is made of."""

    size: int
    genres: Sequence[tuple[str, ...]]
    """Folded genres of each member that has any: the listener's own, else a guess."""
    artists: Sequence[str]
    """Artists of the members, the most typical member first; "" where unknown."""
    name: str = ""
    """The name that the cluster has; "" for a new one."""
    words: tuple[str, ...] = ()
    """What sets the sound apart, the clearest first (`core.clustering.traits`)."""
    still: tuple[str, ...] = ()
    """The same with words that are only clear enough for a name that is there."""


def name_clusters(
    clusters: Mapping[int, Members], own: Mapping[str, str] | None = None, aliases: GenreAliases = NO_ALIASES
) -> dict[int, str]:
    """A name for each cluster, no two alike.

    Parameters
    ----------
    clusters : mapping of cluster id to Members
    own : mapping of str to str, optional
        The listener's spellings of genres (`core.genres.names.own_spellings`).
    aliases : GenreAliases
        The listener's own, that the members' genres were folded by.

    Returns
    -------
    dict of cluster id to str
    """
    own = own or {}
    names: dict[int, str] = {}
    taken: set[str] = set()
    by_size = sorted(clusters, key=lambda cluster: (-clusters[cluster].size, cluster))
    for cluster in by_size:
        name = clusters[cluster].name
        if name and name.casefold() not in taken and _fits(name, clusters[cluster], own, aliases):
            names[cluster] = name
            taken.add(name.casefold())
    tracks = Counter(artist for members in clusters.values() for artist in members.artists)
    for cluster in by_size:
        if cluster not in names:
            candidates = _candidates(cluster, clusters[cluster], own, tracks)
            names[cluster] = next(name for name in candidates if name.casefold() not in taken)
            taken.add(names[cluster].casefold())
    return names


def _candidates(cluster: int, members: Members, own: Mapping[str, str], tracks: Mapping[str, int]) -> Iterator[str]:
    genre = " / ".join(spell_genre(fold, own) for fold in _agreed(members))
    if not genre:
        genre = _PARTED.join(members.words[:_WORDS])
    if genre:
        yield genre
    # One who is mostly found in other clusters would lead there.
    here = Counter(members.artists)
    at_home = sorted(members.artists, key=lambda artist: 2 * here[artist] <= tracks[artist])
    for artist in _known(at_home):
        yield f"{genre} {_AROUND}{artist}".strip()
    yield f"{genre or 'cluster'} {cluster}"
    number = cluster
    while True:
        number += 1
        yield f"{genre or 'cluster'} {cluster}-{number}"


def _agreed(members: Members) -> tuple[str, ...]:
    """The one or two folded genres that the members agree on; () where they do not."""
    counts = Counter(fold for genres in members.genres for fold in dict.fromkeys(genres))
    ranked = sorted(counts, key=lambda fold: (-counts[fold], fold))
    if not ranked or len(members.genres) < _SPEAKERS * members.size:
        return ()
    if counts[ranked[0]] >= max(_FEWEST, _AGREE * len(members.genres)):
        return (ranked[0],)
    pair = tuple(ranked[:2])
    if _share(pair, members) >= max(_AGREE, _FEWEST / len(members.genres)) and counts[pair[-1]] > 1:
        return pair
    return ()


def _share(folds: Sequence[str], members: Members) -> float:
    """Share of the members with a genre that have one of these."""
    having = sum(any(fold in genres for fold in folds) for genres in members.genres)
    return having / max(len(members.genres), 1)


def _fits(name: str, members: Members, own: Mapping[str, str], aliases: GenreAliases) -> bool:
    genre, _, artist = name.rpartition(_AROUND) if _AROUND in name else (name, "", "")
    if artist and artist not in _known(members.artists):
        return False
    agreed = _agreed(members)
    if not genre.strip():
        return bool(artist) and not agreed
    if not agreed and set(genre.strip().split(_PARTED)) <= set(members.still):
        return True
    folds = [fold for word in genre.strip().split(" / ") for fold in fold_genre(word, aliases)]
    if not folds or (len(folds) > 1 and len(agreed) == 1):
        return False
    # Written as the listener writes it today; a changed spelling changes the name.
    same = " / ".join(spell_genre(fold, own) for fold in folds) == genre.strip()
    return same and _share(folds, members) >= _STILL


def _known(artists: Sequence[str]) -> list[str]:
    found = dict.fromkeys(" ".join(artist.split()) for artist in artists)
    known = [artist for artist in found if artist and squeeze(artist) not in _NOBODY]
    return [artist if len(artist) <= _LONGEST else artist[: _LONGEST - 1].rstrip() + "…" for artist in known]
