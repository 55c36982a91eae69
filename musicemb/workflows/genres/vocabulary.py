"""The listener's own genre words: aliases from their file, and the vocabulary that guesses keep to."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from musicemb.errors import SettingsError
from musicemb.io.genre_lists import read_genres, read_vocabulary
from musicemb.io.user_folders import aliases_file
from musicemb.records import NO_ALIASES, GenreAliases

if TYPE_CHECKING:
    from musicemb.io.catalogue.catalogue import Catalogue

_VOCABULARY, _MOST, _ALIASES, _SURE = "vocabulary", "max genres", "aliases", "min confidence"
_USED, _GUESSED_BY = "preferences used", "guessed by"

METHOD = "held by artists"
"""The guessing method; it changes when the same tags lead to other guesses: the next scan then guesses again."""

REMEMBERED = {
    "vocabulary": _VOCABULARY,
    "max_genres": _MOST,
    "min_confidence": _SURE,
    "mixes": "with mixes",
    "exclude": "exclude",
}
"""Keys of the configuration that a scan remembers -> names in the catalogue's table preference."""


@dataclass(frozen=True)
class GuessPreferences:
    """The listener's preferences for genre guesses."""

    vocabulary: tuple[str, ...] = ()
    """Words that may be guessed, as they shall be written; empty: any."""
    max_genres: int = 1
    """Genres that a guess may name."""
    min_confidence: float | None = None
    """Confidence that a guess takes; None: what it was calibrated for."""


def load_aliases(path: Path | None = None) -> GenreAliases:
    """The listener's own aliases and families of genres, for `open_catalogue`.

    Parameters
    ----------
    path : Path, optional
        Default: genres.txt in the user's data folder, if it is there.

    Returns
    -------
    GenreAliases

    Raises
    ------
    SettingsError
        If the file is broken; it names the line, or the words.
    """
    path = path or aliases_file()
    aliases, families = read_genres(path)
    if not aliases and not families:  # most have no such file, and need not wait for the table of genres
        return NO_ALIASES
    from musicemb.core.genres.aliases import make_aliases
    from musicemb.core.genres.families import add_families

    try:
        return add_families(make_aliases(aliases), families)
    except SettingsError as error:
        raise SettingsError(f"{path}: {error}") from None


def load_vocabulary(path: Path, aliases: GenreAliases = NO_ALIASES) -> tuple[str, ...]:
    """Words that may be guessed.

    Parameters
    ----------
    path : Path
        One genre a line.
    aliases : GenreAliases
        The listener's own.

    Returns
    -------
    tuple of str

    Raises
    ------
    SettingsError
        If the file cannot be read, or a word in it names no single genre.
    """
    from musicemb.core.genres.names import fold_genre

    words = read_vocabulary(path)
    for word in words:
        if len(fold_genre(word, aliases)) != 1:
            raise SettingsError(f'{path}: "{word[:60]}" is not one genre; write one per line')
    return words


def read_preferences(catalogue: Catalogue) -> GuessPreferences:
    """The listener's preferences: those of the last scan, else those of the configuration.

    Parameters
    ----------
    catalogue : Catalogue

    Returns
    -------
    GuessPreferences
    """
    words, most, sure = remembered_preferences(catalogue)
    said = catalogue.configuration
    vocabulary = said.value("vocabulary", remembered=words)
    if isinstance(vocabulary, Path):
        vocabulary = load_vocabulary(vocabulary, catalogue.aliases)
    confidence = said.value("min_confidence", remembered=sure)
    limit = None if confidence is None or confidence < 0 else float(confidence)
    return GuessPreferences(tuple(vocabulary), int(said.value("max_genres", remembered=most)), limit)


def remembered_preferences(catalogue: Catalogue) -> tuple[tuple[str, ...] | None, int | None, float | None]:
    """The preferences that the library remembers of scans.

    Parameters
    ----------
    catalogue : Catalogue

    Returns
    -------
    vocabulary : tuple of str or None
        Empty: any genre, whatever the configuration says; None: nothing is remembered.
    max_genres : int or None
    min_confidence : float or None
        Negative: what guesses were calibrated for, whatever the configuration says.
    """
    words = catalogue.preference(_VOCABULARY)
    most = catalogue.preference(_MOST)
    sure = catalogue.preference(_SURE)
    return tuple(json.loads(words)) if words else None, int(most) if most else None, float(sure) if sure else None


def forget_preference(catalogue: Catalogue, key: str) -> None:
    """Forget the value that a scan set for a key, so that the configuration applies again.

    Parameters
    ----------
    catalogue : Catalogue
        Open for writing.
    key : str
        One of `REMEMBERED`.
    """
    catalogue.prefer(REMEMBERED[key], "")


def used_preferences(catalogue: Catalogue) -> GuessPreferences:
    """The preferences that the guesses in the catalogue were made with; the configuration may have changed since.

    Parameters
    ----------
    catalogue : Catalogue

    Returns
    -------
    GuessPreferences
    """
    used = catalogue.preference(_USED)
    if used:
        words, most, sure = json.loads(used)
        return GuessPreferences(tuple(words), most, sure)
    words, most, sure = remembered_preferences(catalogue)  # of a catalogue of before
    return GuessPreferences(words or (), most or 1, None if sure is None or sure < 0 else sure)


def note_used(catalogue: Catalogue, preferences: GuessPreferences) -> None:
    """Remember what guesses were made with.

    Parameters
    ----------
    catalogue : Catalogue
    preferences : GuessPreferences
    """
    values = [list(preferences.vocabulary), preferences.max_genres, preferences.min_confidence]
    catalogue.prefer(_USED, json.dumps(values, ensure_ascii=False))
    catalogue.prefer(_GUESSED_BY, METHOD)


def store_preferences(
    catalogue: Catalogue,
    *,
    vocabulary: Sequence[str] | None = None,
    max_genres: int | None = None,
    min_confidence: float | None = None,
) -> bool:
    """Remember what the listener asks for, and which aliases are in use.

    Parameters
    ----------
    catalogue : Catalogue
        Open for writing.
    vocabulary : sequence of str, optional
        Empty: any word again. None: as before.
    max_genres : int, optional
        None: as before.
    min_confidence : float, optional
        Negative: what guesses were calibrated for again. None: as before.

    Returns
    -------
    bool
        Whether anything is other than before, also because guesses in the catalogue were made by an older method.
    """
    import hashlib

    before = used_preferences(catalogue), catalogue.preference(_ALIASES)
    own = catalogue.aliases
    said = [sorted(own.folds.items()), *([sorted(own.parents.items())] if own.parents else [])]
    aliases = json.dumps(said if own.parents else said[0]).encode()
    with catalogue.transaction():
        if vocabulary is not None:
            catalogue.prefer(_VOCABULARY, json.dumps(list(vocabulary), ensure_ascii=False))
        if max_genres is not None:
            catalogue.prefer(_MOST, str(max_genres))
        if min_confidence is not None:
            catalogue.prefer(_SURE, repr(float(min_confidence)))
        catalogue.prefer(_ALIASES, hashlib.sha256(aliases).hexdigest() if own.folds or own.parents else "")
    if catalogue.preference(_USED) and catalogue.preference(_GUESSED_BY) != METHOD:
        return True
    return (read_preferences(catalogue), catalogue.preference(_ALIASES)) != before
