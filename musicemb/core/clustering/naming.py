"""A cluster's name: what its members bear out, in the listener's words where they have some.

First the genre that at least 60 % of the members with a genre carry, as deep in the tree of genres as that holds
("Jazz"; "Rock" for metal, punk and indie together), else two that as many have one of ("Jazz / Blues"). Then what sets
its sound apart ("Blues, slow"); "mixed" where there is neither. Where names are still alike, two typical artists follow
("Blues, slow (Blind James Campbell, Little Walter)"). No number is a name, and no two clusters share one. The name
hangs on what is in the cluster alone, so that a library has the same names in whatever order it was scanned.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from musicemb.core.genres.aliases import NO_GENRE, squeeze
from musicemb.core.genres.families import ancestors_of
from musicemb.core.genres.family_table import JOINT
from musicemb.core.genres.names import spell_genre
from musicemb.records import NO_ALIASES, GenreAliases

_AGREE = 0.6
"""Share of the members with a genre that must carry the one (or one of the two) of the name."""
_PART = 0.2
"""Share of them that each of two genres must have."""
_FEWEST = 3
"""Members that must agree."""
_SPEAKERS = 0.1
"""Share of all members that must have a genre for genres to speak for the cluster."""
_NOBODY = NO_GENRE | {"unknownartist"}
"""Squeezed names that are no artist ("Various Artists")."""
MIXED = "mixed"
_WORDS = 2
"""Words on the sound in a name."""
_ARTISTS = 2
"""Artists in a name."""
_LONGEST = 40
"""Characters of an artist in a name."""
_TRIED = 12
"""Typical artists of whom pairs are tried."""


@dataclass(frozen=True)
class Members:
    """What a cluster's name is made of."""

    size: int
    genres: Sequence[tuple[str, ...]]
    """Folded genres of each member that has any: the listener's own, else a guess."""
    artists: Sequence[str]
    """Artists of the members, the most typical member first; "" where unknown."""
    words: tuple[str, ...] = ()
    """What sets the sound apart, the clearest first (`core.clustering.traits`)."""


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
        The listener's own, that the members' genres were folded by, with their tree.

    Returns
    -------
    dict of cluster id to str
    """
    plain = {cluster: _plain_name(members, own or {}, aliases) for cluster, members in clusters.items()}
    alike = Counter(name.casefold() for name in plain.values())
    tracks = Counter(artist for members in clusters.values() for artist in members.artists)
    names: dict[int, str] = {}
    taken: set[str] = set()
    for cluster in sorted(clusters, key=lambda cluster: (-clusters[cluster].size, plain[cluster], cluster)):
        name = plain[cluster]
        if alike[name.casefold()] > 1:
            known = _at_home(clusters[cluster].artists, tracks)
            name = next(one for one in _told_apart(name, known) if one.casefold() not in taken)
        names[cluster] = name
        taken.add(name.casefold())
    return names


def agreed_genres(members: Members, aliases: GenreAliases = NO_ALIASES) -> tuple[str, ...]:
    """What a cluster's members agree on.

    Parameters
    ----------
    members : Members
    aliases : GenreAliases

    Returns
    -------
    tuple of str
        One or two folded genres; () where there are none that enough members carry.
    """
    if len(members.genres) < max(_FEWEST, _SPEAKERS * members.size):
        return ()
    said = {genre for genres in members.genres for genre in genres}
    carried: Counter[str] = Counter()
    depths: dict[str, int] = {}
    for genres in members.genres:
        mine: set[str] = set()
        for genre in genres:
            above = list(ancestors_of(genre, aliases))
            mine.update([genre, *(one for one in above if one in said or one not in JOINT)])
            for place, one in enumerate([genre, *above]):
                depths[one] = len(above) - place
        carried.update(mine)
    enough = max(_FEWEST, _AGREE * len(members.genres))
    borne = [genre for genre in carried if carried[genre] >= enough]
    if borne:
        return (max(borne, key=lambda genre: (depths[genre], carried[genre], genre)),)
    parts = sorted(genre for genre in carried if carried[genre] >= _PART * len(members.genres))
    best: tuple[int, tuple[str, ...]] = (0, ())
    for pair in combinations(sorted(parts, key=lambda genre: (-carried[genre], genre)), 2):
        if pair[0] in ancestors_of(pair[1], aliases) or pair[1] in ancestors_of(pair[0], aliases):
            continue
        both = set(pair)
        having = sum(
            any(genre in both or not both.isdisjoint(ancestors_of(genre, aliases)) for genre in genres)
            for genres in members.genres
        )
        if having > best[0]:
            best = having, pair
    return best[1] if best[0] >= enough else ()


def _plain_name(members: Members, own: Mapping[str, str], aliases: GenreAliases) -> str:
    agreed = agreed_genres(members, aliases)
    head = " / ".join(spell_genre(fold, own) for fold in agreed)
    return ", ".join([*([head] if head else []), *members.words[:_WORDS]]) or MIXED


def _told_apart(name: str, artists: Sequence[str]) -> Iterator[str]:
    """The name with two typical artists, the most typical ones first; then with any one, and with none."""
    tried = artists[:_TRIED]
    for count in range(min(_ARTISTS, len(tried)), 0, -1):
        for chosen in combinations(tried, count):
            yield f"{name} ({', '.join(chosen)})"
    while True:  # nothing tells them apart
        yield name
        name += ", another"


def _at_home(artists: Sequence[str], tracks: Mapping[str, int]) -> list[str]:
    """Artists whom one knows; those who are mostly found in other clusters come last, as they would lead there."""
    here = Counter(artists)
    ordered = sorted(artists, key=lambda artist: 2 * here[artist] <= tracks[artist])
    found = dict.fromkeys(" ".join(artist.split()) for artist in ordered)
    known = [artist for artist in found if artist and squeeze(artist) not in _NOBODY]
    return [artist if len(artist) <= _LONGEST else artist[: _LONGEST - 1].rstrip() + "…" for artist in known]
