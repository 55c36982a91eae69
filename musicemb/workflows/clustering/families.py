"""Names families of groups by the same rules as groups; no family has the name of a group."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from musicemb.core.clustering.naming import Members, name_clusters
from musicemb.records import NO_ALIASES, Family, GenreAliases


def name_families(
    families: Sequence[Family],
    members: Mapping[int, Members],
    taken: Collection[str],
    own: Mapping[str, str] | None = None,
    aliases: GenreAliases = NO_ALIASES,
) -> tuple[Family, ...]:
    """Name families again, from the present tracks in their groups.

    Parameters
    ----------
    families : sequence of Family
    members : mapping of cluster id to Members
        Of all groups that there are.
    taken : collection of str
        Names of groups, which no family shall have.
    own : mapping of str to str, optional
        The listener's spellings of genres.
    aliases : GenreAliases

    Returns
    -------
    tuple of Family
        Groups that are not there any more are left out, and families that are left with fewer than two.
    """
    there = {
        place: here
        for place, family in enumerate(families)
        if len(here := tuple(one for one in family.clusters if one in members)) > 1
    }
    together = {place: _pooled([members[one] for one in here]) for place, here in there.items()}
    names = name_clusters(together, own, aliases, taken=taken)
    return tuple(replace(families[place], name=names[place], clusters=here) for place, here in there.items())


def _pooled(groups: Sequence[Members]) -> Members:
    """Groups as one; the most typical artists and titles of each come in turns."""
    artists = _in_turns([group.artists for group in groups])
    titles = _in_turns([group.titles for group in groups])
    shared = [word for word in groups[0].words if all(word in group.words for group in groups)]
    genres = [each for group in groups for each in group.genres]
    likely = [each for group in groups for each in group.likely]
    heard = tuple(genre for genre in groups[0].heard if all(genre in group.heard for group in groups))
    return Members(sum(group.size for group in groups), genres, artists, tuple(shared), likely, heard, titles)


def _in_turns(lists: Sequence[Sequence[str]]) -> list[str]:
    longest = max(len(one) for one in lists)
    return [one[place] for place in range(longest) for one in lists if place < len(one)]
