"""The genres of a group's members: from tags, or with their probabilities."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from musicemb.core.genres.families import ancestors_of
from musicemb.core.genres.family_table import JOINT
from musicemb.core.genres.names import fold_genres
from musicemb.records import GenreAliases, GenreOdds, Guess, Track


def allowed_genres(tracks: Iterable[Track], guesses: Mapping[int, Guess], aliases: GenreAliases) -> frozenset[str]:
    """Genres that a group may be named after.

    Parameters
    ----------
    tracks : iterable of Track
        All of a library.
    guesses : mapping of track id to Guess
    aliases : GenreAliases

    Returns
    -------
    frozenset of str
        Folded: those in the listener's tags, those that are guessed of any track (which keeps to their vocabulary), and
        what either belongs to.
    """
    said = {word for track in tracks for word in track.tags.listener_genres}
    guessed = {word for track in tracks if track.id in guesses for word in guesses[track.id].genres}
    folds = {*fold_genres(said, aliases), *fold_genres(guessed, aliases)}
    above = {one for genre in folds for one in ancestors_of(genre, aliases)}
    return frozenset(folds | {genre for genre in above if genre not in JOINT})


def known_genres(
    tracks: Iterable[Track],
    odds: Mapping[int, GenreOdds],
    guesses: Mapping[int, Guess],
    sayable: frozenset[str],
    aliases: GenreAliases,
) -> tuple[list[tuple[str, ...]], list[dict[str, float]]]:
    """The known or probable genres of some tracks.

    Parameters
    ----------
    tracks : iterable of Track
    odds : mapping of track id to GenreOdds
        May lack any: then the guess counts, as sure as it is.
    guesses : mapping of track id to Guess
    sayable : frozenset of str
        Of `allowed_genres`.
    aliases : GenreAliases

    Returns
    -------
    genres : list of tuple of str
        Folded genres of each track to which the listener gave any.
    likely : list of dict of str to float
        Of each other track of which anything is likely: genre -> probability.
    """
    genres: list[tuple[str, ...]] = []
    likely: list[dict[str, float]] = []
    for track in tracks:
        own = fold_genres(track.tags.listener_genres, aliases)
        if own:
            genres.append(own)
        elif track.id in odds:
            likely.append({genre: worth for genre, worth in odds[track.id].worth.items() if genre in sayable})
        elif (guess := guesses.get(track.id)) is not None:
            folds = fold_genres(guess.genres, aliases)
            held = {one for genre in folds for one in (genre, *ancestors_of(genre, aliases)) if one in sayable}
            likely.append(dict.fromkeys(held, guess.confidence))
    return genres, likely
