"""Chooses the guess of a track from its stored probabilities; it can be done again without the encoder."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from musicemb.core.genres.choice import choose_genres
from musicemb.core.genres.families import ancestors_of, parent_of
from musicemb.core.genres.family_table import JOINT, PARENTS
from musicemb.core.genres.names import fold_genre, fold_genres, own_spellings, spell_genre
from musicemb.records import GenreAliases, GenreOdds, Guess, Track
from musicemb.settings import GuessSettings
from musicemb.workflows.genres.vocabulary import GuessPreferences, read_preferences, used_preferences

if TYPE_CHECKING:
    from musicemb.io.catalogue.catalogue import Catalogue


@dataclass(frozen=True)
class Wording:
    """How a listener speaks of genres."""

    spellings: Mapping[str, str]
    """Folded genre -> as they write it."""
    apart: frozenset[str]
    """Families that they never name, but use words from several sides of: not said."""
    aliases: GenreAliases


def wording_of(words: Iterable[str], aliases: GenreAliases) -> Wording:
    """How a listener speaks, from their tags.

    Parameters
    ----------
    words : iterable of str
        All genre values that are the listener's own, repeated as often as they occur.
    aliases : GenreAliases

    Returns
    -------
    Wording
    """
    said = list(words)
    folds = set(fold_genres(set(said), aliases))
    parts: dict[str, set[str]] = {genre: set() for genre in JOINT}
    for own in folds:
        for below, above in pairwise([own, *ancestors_of(own, aliases)]):
            if above in parts:
                parts[above].add(below)
    apart = frozenset(genre for genre, below in parts.items() if len(below) > 1 and genre not in folds)
    return Wording(own_spellings(said, aliases), apart, aliases)


def choose_guess(odds: GenreOdds, wording: Wording, preferences: GuessPreferences) -> Guess | None:
    """The guess for one track.

    Parameters
    ----------
    odds : GenreOdds
    wording : Wording
    preferences : GuessPreferences

    Returns
    -------
    Guess or None
        The deepest word that is sure enough; None where none is.
    """
    return _GuessChooser(wording, preferences).say(odds)


def nearest_word(odds: GenreOdds, wording: Wording, preferences: GuessPreferences) -> tuple[str, float]:
    """The allowed word that comes nearest to being guessed.

    Parameters
    ----------
    odds : GenreOdds
    wording : Wording
    preferences : GuessPreferences

    Returns
    -------
    word : str
        As the listener writes it; "" where none is likely at all.
    worth : float
        Its probability.
    """
    return _GuessChooser(wording, preferences).nearest(odds)


class _GuessChooser:
    """Chooses the guesses of many tracks; what depends only on the listener is computed once."""

    def __init__(self, wording: Wording, preferences: GuessPreferences) -> None:
        self._wording, self._preferences = wording, preferences
        # A word may have become no genre since, by an alias that came later.
        self._spelled = {
            fold: word for word in preferences.vocabulary for fold in fold_genre(word, wording.aliases)[:1]
        }
        self._parents: dict[str, str] = {}
        self._joint = [
            (joint, [genre for genre, above in PARENTS.items() if wording.aliases.parents.get(genre, above) == joint])
            for joint in JOINT
        ]
        self._second_share = GuessSettings().second_share

    def _sayable(self, genre: str) -> bool:
        return genre in self._spelled if self._preferences.vocabulary else genre not in self._wording.apart

    def _may_be_said(self, odds: GenreOdds) -> dict[str, float]:
        known = self._divide_joint(odds.worth)
        return {genre: worth for genre, worth in known.items() if self._sayable(genre)}

    def _spell(self, genre: str) -> str:
        return self._spelled.get(genre) or spell_genre(genre, self._wording.spellings)

    def nearest(self, odds: GenreOdds) -> tuple[str, float]:
        sayable = self._may_be_said(odds)
        if not sayable:
            return "", 0.0
        best = max(sayable, key=lambda genre: sayable[genre])
        return self._spell(best), sayable[best]

    def say(self, odds: GenreOdds) -> Guess | None:
        preferences, aliases = self._preferences, self._wording.aliases
        sayable = self._may_be_said(odds)
        for genre in sayable.keys() - self._parents.keys():
            self._parents.update((one, parent_of(one, aliases)) for one in (genre, *ancestors_of(genre, aliases)))
        limit = odds.threshold if preferences.min_confidence is None else preferences.min_confidence
        chosen, confidence = choose_genres(
            sayable, self._parents, limit, most=preferences.max_genres, second_share=self._second_share
        )
        if not chosen:
            return None
        words = tuple(self._spell(genre) for genre in chosen)
        return Guess(words, round(confidence, 4), odds.predictor)

    def _divide_joint(self, worth: Mapping[str, float]) -> Mapping[str, float]:
        """What is only known to be of a family that holds what people keep apart ("Pop Rock"), in words that may be
        said: where it may not, its parts have their shares of it; where its parts alone are known, it has what they
        have together."""
        found = dict(worth)
        for joint, parts in self._joint:
            together = sum(worth.get(part, 0.0) for part in parts)
            if self._sayable(joint):
                found.setdefault(joint, min(together, 1.0))
            elif joint in worth and (rest := worth[joint] - together) > 0:
                even = 1 / len(parts) if parts else 0.0
                for part in parts:
                    found[part] = worth.get(part, 0.0) + rest * (worth.get(part, 0.0) / together if together else even)
        return found


def choose_guesses(odds: Mapping[int, GenreOdds], wording: Wording, preferences: GuessPreferences) -> dict[int, Guess]:
    """The guesses for many tracks.

    Parameters
    ----------
    odds : mapping of track id to GenreOdds
    wording : Wording
    preferences : GuessPreferences

    Returns
    -------
    dict of track id to Guess
        Tracks of which nothing is sure enough are left out.
    """
    speaker = _GuessChooser(wording, preferences)
    said = {track_id: speaker.say(one) for track_id, one in odds.items()}
    return {track_id: guess for track_id, guess in said.items() if guess is not None}


def prefer(
    kept: GuessPreferences,
    *,
    vocabulary: Sequence[str] | None = None,
    max_genres: int | None = None,
    min_confidence: float | None = None,
) -> GuessPreferences:
    """Preferences for once.

    Parameters
    ----------
    kept : GuessPreferences
        What the listener asked for at a scan.
    vocabulary, max_genres, min_confidence
        None: as kept. A negative confidence: what guesses were calibrated for.

    Returns
    -------
    GuessPreferences
    """
    return GuessPreferences(
        kept.vocabulary if vocabulary is None else tuple(vocabulary),
        max_genres or kept.max_genres,
        kept.min_confidence if min_confidence is None else min_confidence if min_confidence >= 0 else None,
    )


def guess_otherwise(
    catalogue: Catalogue,
    fallback: Callable[[GuessPreferences], dict[int, Guess]],
    *,
    vocabulary: Sequence[str] | None = None,
    max_genres: int | None = None,
    min_confidence: float | None = None,
) -> dict[int, Guess] | None:
    """The guesses with other preferences than those of the last scan; nothing is stored.

    Parameters
    ----------
    catalogue : Catalogue
    fallback : callable
        Guesses anew; called only for a catalogue whose last scan did not store what is likely.
    vocabulary : sequence of str, optional
        Genres that may be guessed; empty: any. None: as in the last scan.
    max_genres : int, optional
        Genres that a guess may name. None: as in the last scan.
    min_confidence : float, optional
        Confidence that a guess takes. None: as in the last scan.

    Returns
    -------
    dict of track id to Guess, or None
        None where the preferences are the same: the guesses in the catalogue hold.
    """
    kept = used_preferences(catalogue)
    wanted = prefer(
        read_preferences(catalogue), vocabulary=vocabulary, max_genres=max_genres, min_confidence=min_confidence
    )
    if wanted == kept or catalogue.active_encoder is None:
        return None
    odds, tracks = catalogue.odds(catalogue.active_encoder), catalogue.tracks()
    if not odds and wanted == replace(kept, min_confidence=wanted.min_confidence):
        # Of a catalogue of before, guesses below what it was made with are unknown.
        least = wanted.min_confidence or 0.0
        return {track.id: track.guess for track in tracks if track.guess and track.guess.confidence >= least}
    if not odds:
        return fallback(wanted)
    return choose_guesses(odds, wording_of(words_of(tracks), catalogue.aliases), wanted)


def words_of(tracks: Iterable[Track]) -> list[str]:
    """All genre values that are the listener's own.

    Parameters
    ----------
    tracks : iterable of Track

    Returns
    -------
    list of str
        Repeated as often as they occur.
    """
    return [word for track in tracks for word in track.tags.listener_genres]


def with_guesses(tracks: Iterable[Track], guesses: Mapping[int, Guess] | None) -> list[Track]:
    """Tracks with other guesses.

    Parameters
    ----------
    tracks : iterable of Track
    guesses : mapping of track id to Guess, or None
        Of `guess_otherwise`; None: those that they have.

    Returns
    -------
    list of Track
    """
    if guesses is None:
        return list(tracks)
    return [replace(track, guess=guesses.get(track.id)) for track in tracks]
