"""Names clusters by what most of their members share, in the listener's words if possible.

First the genre that at least 60 % of the members can be expected to carry, as deep in the tree of genres as that holds
("Jazz"; "Rock" for metal, punk and indie together), else two that as many have one of ("Jazz / Blues"), else,
where hardly anything is tagged, one that is heard in most members and that guesses lean to. Then what sets its sound
apart ("Blues, slow"); "mixed" where there is neither. Where names are still alike, two typical artists follow
("Blues, slow (Blind James Campbell, Little Walter)"), or a typical track where no artist is known. No number is a name,
and no two clusters share one. The name hangs on what is in the cluster alone, so that a library has the same names in
whatever order it was scanned.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from musicemb.core.genres.aliases import NOBODY, squeeze
from musicemb.core.genres.families import ancestors_of
from musicemb.core.genres.family_table import JOINT
from musicemb.core.genres.names import fold_genre, spell_genre
from musicemb.records import NO_ALIASES, GenreAliases

_AGREE = 0.6
"""Share of the members with a genre that must carry the one (or one of those) of the name."""
_SURE = 1.0
"""Standard deviations by which a name's share must be above that."""
_PART = 0.2
"""Share of them that each of two genres must have. Three are no name: "Jazz / Pop Rock / Classical" is a mixture."""
_FEWEST = 3
"""Members that must agree."""
_SPEAKERS = 0.1
"""Share of all members that must have a genre for genres to speak for the cluster."""
_LEANING = 0.4
"""What a genre that is heard, or what it belongs to, must be worth to the guesses of the members on average."""
MIXED = "mixed"
_WORDS = 2
"""Words on the sound in a name."""
_ARTISTS = 2
"""Artists in a name."""
_LONGEST = 40
"""Characters of an artist, or a title, in a name."""
_LETTERS = 3
"""Letters in a title that says something."""
_NUMBERED = re.compile(r"(audio\W*)?(track|titel|title|piste|untitled|unknown)\W*\d*", re.IGNORECASE)
_TRIED = 12
"""Typical artists of whom pairs are tried."""


@dataclass(frozen=True)
class Members:
    """The data for a cluster's name."""

    size: int
    genres: Sequence[tuple[str, ...]]
    """Folded genres of each member to which the listener gave any."""
    artists: Sequence[str]
    """Artists of the members, the most typical member first; "" where unknown."""
    words: tuple[str, ...] = ()
    """What sets the sound apart, the clearest first (`core.clustering.traits`)."""
    likely: Sequence[Mapping[str, float]] = ()
    """Of each member without a genre of which anything is known: folded genre -> its probability, all that belongs to
    it counted."""
    heard: tuple[str, ...] = ()
    """Folded genres that are heard in most members and in little else, the clearest first."""
    titles: Sequence[str] = ()
    """Of the members' tracks, the most typical one's first."""


def name_clusters(
    clusters: Mapping[int, Members],
    own: Mapping[str, str] | None = None,
    aliases: GenreAliases = NO_ALIASES,
    *,
    taken: Collection[str] = (),
) -> dict[int, str]:
    """A name for each cluster, no two alike.

    Parameters
    ----------
    clusters : mapping of cluster id to Members
    own : mapping of str to str, optional
        The listener's spellings of genres (`core.genres.names.own_spellings`).
    aliases : GenreAliases
        The listener's own, that the members' genres were folded by, with their tree.
    taken : collection of str
        Names that are given already.

    Returns
    -------
    dict of cluster id to str
    """
    plain = {cluster: _plain_name(members, own or {}, aliases) for cluster, members in clusters.items()}
    alike = Counter(name.casefold() for name in plain.values())
    tracks = Counter(artist for members in clusters.values() for artist in members.artists)
    names: dict[int, str] = {}
    used = {name.casefold() for name in taken}
    for cluster in sorted(clusters, key=lambda cluster: (-clusters[cluster].size, plain[cluster], cluster)):
        name = plain[cluster]
        if alike[name.casefold()] > 1 or name.casefold() in used:
            known = _at_home(clusters[cluster].artists, tracks)
            told_apart = _told_apart(name, known, _telling(clusters[cluster].titles))
            name = next(one for one in told_apart if one.casefold() not in used)
        names[cluster] = name
        used.add(name.casefold())
    return names


def agreed_genres(members: Members, aliases: GenreAliases = NO_ALIASES) -> tuple[str, ...]:
    """The genres that most of a cluster's members share.

    A tag counts for one member, a guess for as much as it is likely; members with neither widen the bound.

    Parameters
    ----------
    members : Members
    aliases : GenreAliases

    Returns
    -------
    tuple of str
        One or two folded genres; () where there are none that enough members carry.
    """
    known = len(members.genres) + len(members.likely)
    if known < max(_FEWEST, _SPEAKERS * members.size):
        return ()
    said = {genre for genres in members.genres for genre in genres}.union(*members.likely)
    chances: dict[str, NDArray[np.float64]] = {}
    for row, genres in enumerate(members.genres):
        for genre in (one for own in genres for one in (own, *ancestors_of(own, aliases))):
            if genre in said or genre not in JOINT:
                chances.setdefault(genre, np.zeros(known))[row] = 1
    for row, likely in enumerate(members.likely, start=len(members.genres)):
        for genre, chance in likely.items():
            chances.setdefault(genre, np.zeros(known))[row] = chance
    above = {genre: list(ancestors_of(genre, aliases)) for genre in chances}
    carried = {genre: float(each.sum()) for genre, each in chances.items()}
    borne = [genre for genre, each in chances.items() if _bears(each, members.size)]
    if borne:
        return (max(borne, key=lambda genre: (len(above[genre]), carried[genre], genre)),)
    parts = [genre for genre in carried if carried[genre] >= _PART * known]
    best: tuple[float, tuple[str, ...]] = (0, ())
    for one, other in combinations(sorted(parts, key=lambda genre: (-carried[genre], genre)), 2):
        if one in above[other] or other in above[one]:
            continue
        having = np.minimum(chances[one] + chances[other], 1)
        if having.sum() > best[0] and _bears(having, members.size):
            best = float(having.sum()), (one, other)
    if best[1]:
        return best[1]
    return _heard_genre(members, aliases)


def _heard_genre(members: Members, aliases: GenreAliases) -> tuple[str, ...]:
    """Of untagged members, a genre that is heard, or the nearest above it that the guesses lean to.

    Tag heads and guesses err in different ways, so both must say so.
    """
    if len(members.genres) >= _SPEAKERS * members.size:
        return ()
    for heard in members.heard:
        for genre in (heard, *ancestors_of(heard, aliases)):
            leaning = sum(likely.get(genre, 0.0) for likely in members.likely)
            if leaning >= max(_LEANING * len(members.likely), 1e-9):
                return (genre,)
    return ()


def _bears(chances: NDArray[np.float64], size: int) -> bool:
    """Whether enough of a cluster's members carry a genre, given the chance that each known one does.

    The bound is `_SURE` standard deviations below the share to be expected. What varies is whether likely members
    really carry it, and which of the members happen to be known.
    """
    known, share = len(chances), float(chances.mean())
    unsure = float((chances * (1 - chances)).sum()) / known**2
    sampled = share * (1 - share) / known * max(0.0, 1 - known / size)
    return share - _SURE * math.sqrt(unsure + sampled) >= _AGREE and chances.sum() >= _FEWEST


def _plain_name(members: Members, own: Mapping[str, str], aliases: GenreAliases) -> str:
    agreed = agreed_genres(members, aliases)
    head = " / ".join(spell_genre(fold, own) for fold in agreed)
    # "Hip-Hop, rap" says a thing twice.
    told = [
        word
        for word in members.words
        if not any({genre, *ancestors_of(genre, aliases)} & set(agreed) for genre in fold_genre(word, aliases))
    ]
    return ", ".join([*([head] if head else []), *told[:_WORDS]]) or MIXED


def _told_apart(name: str, artists: Sequence[str], titles: Sequence[str]) -> Iterator[str]:
    """The name with two typical artists, the most typical ones first; then with one, with a title, and with none."""
    tried = artists[:_TRIED]
    for count in range(min(_ARTISTS, len(tried)), 0, -1):
        for chosen in combinations(tried, count):
            yield f"{name} ({', '.join(chosen)})"
    for title in titles[:_TRIED]:
        yield f'{name} (like "{title}")'
    while True:  # nothing tells them apart
        yield name
        name += ", another"


def _at_home(artists: Sequence[str], tracks: Mapping[str, int]) -> list[str]:
    """Typical artists; those with most of their tracks in other clusters come last."""
    here = Counter(artists)
    ordered = sorted(artists, key=lambda artist: 2 * here[artist] <= tracks[artist])
    found = dict.fromkeys(" ".join(artist.split()) for artist in ordered)
    return [_shortened(artist) for artist in found if artist and squeeze(artist) not in NOBODY]


def _telling(titles: Sequence[str]) -> list[str]:
    """Titles that say something: not "Track 07"."""
    found = dict.fromkeys(" ".join(title.split()) for title in titles)
    return [
        _shortened(title)
        for title in found
        if title.isprintable() and sum(map(str.isalpha, title)) >= _LETTERS and not _NUMBERED.fullmatch(title)
    ]


def _shortened(name: str) -> str:
    return name if len(name) <= _LONGEST else name[: _LONGEST - 1].rstrip() + "…"
