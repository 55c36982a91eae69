"""Genre words: folding of spellings, how genres are written, and the outputs of the genre head."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from musicemb.core.genres.aliases import ALIASES, ID3_NAMES, NO_GENRE, WHOLE, squeeze
from musicemb.core.genres.family_table import WORDS
from musicemb.records import NO_ALIASES, Floats, GenreAliases, Track
from musicemb.settings import SPELLINGS

if TYPE_CHECKING:
    from musicemb.records import GenreHead

_LONGEST = 60
"""Characters of a word; what is longer is a sentence, not a genre."""
_MOST = 8
"""Genres taken from one value; a tag of 10 kB is a mistake, not a wish."""
_HARD = re.compile(r"[;|\\\x00\n\r\t；、]")
_COMMA = re.compile(r"[,，]")
_CONJUNCTION = re.compile(r"^((&|\+|and\s|and$)\s*)+", re.IGNORECASE)
_ID3 = re.compile(r"\((\d{1,3})\)")
_BRACKETS = "()[]{}<>\"'"
_NOTHING = re.compile(r"(genre|genero|track|disc|cd|tag)?\d*")
_UNWRITABLE = re.compile(r"[/;\x00]")


def fold_genre(word: str, aliases: GenreAliases = NO_ALIASES) -> tuple[str, ...]:
    """The genres that a word from a tag names, free of spelling.

    Parameters
    ----------
    word : str
        One value as written in a file. It may hold several genres ("Rock; Pop", "Rock, Pop",
        "Rock/Pop") and references to numbered ones ("(17)", "(4)Eurodisco").
    aliases : GenreAliases
        The listener's own; they go before the built-in table.

    Returns
    -------
    tuple of str
        Lower case, each once, in the order of the word; () where it names none ("Other",
        "genre2", "Audiobook", a number, nothing). See `core.genres.aliases` for the table.
    """
    return _folded(word) if not aliases.folds else _folds(word, aliases)


def _folds(word: str, aliases: GenreAliases) -> tuple[str, ...]:
    return tuple(dict.fromkeys(fold for fold, _ in _read(word, aliases)))


@lru_cache(maxsize=1 << 13)
def _folded(word: str) -> tuple[str, ...]:
    """By the built-in table alone: the same few thousand words come again and again."""
    return _folds(word, NO_ALIASES)


def fold_genres(words: Iterable[str], aliases: GenreAliases = NO_ALIASES) -> tuple[str, ...]:
    """The genres that several words name together, each once.

    Parameters
    ----------
    words : iterable of str
    aliases : GenreAliases
        The listener's own.

    Returns
    -------
    tuple of str
    """
    return tuple(dict.fromkeys(fold for word in words for fold in fold_genre(word, aliases)))


def genres_of(track: Track, aliases: GenreAliases = NO_ALIASES) -> tuple[str, ...]:
    """A track's genres: those that the listener gave it, else those that are guessed.

    Parameters
    ----------
    track : Track
    aliases : GenreAliases
        The listener's own.

    Returns
    -------
    tuple of str
        Folded; () where there are none.
    """
    own = fold_genres(track.tags.listener_genres, aliases)
    return own or (fold_genres(track.guess.genres, aliases) if track.guess else ())


def fold_artist(name: str) -> str:
    """An artist's name without what spelling changes ("The Beatles" and "beatles" are one).

    Parameters
    ----------
    name : str

    Returns
    -------
    str
    """
    key = squeeze(re.sub(r"^the\s+|,\s*the$", "", name.strip(), flags=re.IGNORECASE))
    return key or name.strip().casefold()


def own_spellings(words: Iterable[str], aliases: GenreAliases = NO_ALIASES) -> dict[str, str]:
    """How the listener writes each genre: as in their aliases, else their commonest spelling of it.

    Parameters
    ----------
    words : iterable of str
        All the listener's genre values, repeated as often as they occur.
    aliases : GenreAliases

    Returns
    -------
    dict of str to str
        Folded genre -> spelling; of equally common ones the first in the alphabet. A spelling
        that no tag may hold ('/', ';', NUL) is left out.
    """
    counts: dict[str, Counter[str]] = {}
    for word, times in Counter(words).items():
        for fold, spelling in _read(word, aliases):
            if not _UNWRITABLE.search(spelling):
                counts.setdefault(fold, Counter())[spelling] += times
    commonest = {fold: min(found, key=lambda text: (-found[text], text)) for fold, found in counts.items()}
    return commonest | {fold: text for fold, text in aliases.spellings.items() if not _UNWRITABLE.search(text)}


def spell_genre(fold: str, own: Mapping[str, str] | None = None) -> str:
    """A folded genre as people write it.

    Parameters
    ----------
    fold : str
    own : mapping of str to str, optional
        The listener's spellings (`own_spellings`): they come first.

    Returns
    -------
    str
        Fit for a tag: without '/', ';' and NUL.
    """
    if own and fold in own:
        return own[fold]
    if fold in SPELLINGS:
        return SPELLINGS[fold]
    capitals = re.sub(r"(?<![^\s-])\w", lambda first: first[0].upper(), fold)
    return _UNWRITABLE.sub(" ", capitals).replace(" And ", " and ")


def apply_head(vectors: Floats, head: GenreHead) -> Floats:
    """Probabilities of the genre head's labels.

    Parameters
    ----------
    vectors : ndarray [shape=(n, n_dimensions)], float32
        Track vectors of the head's own encoder.
    head : GenreHead

    Returns
    -------
    ndarray [shape=(n, n_labels)], float32
        Rows sum to 1; a row that is not finite stays so.
    """
    rows = np.atleast_2d(np.asarray(vectors, dtype=np.float64))
    scale = np.where(head.scale > 0, head.scale, 1.0)
    scores = ((rows - head.mean) / scale) @ head.weights + head.bias
    scores = np.exp(scores - scores.max(axis=1, keepdims=True, initial=-np.inf))
    return np.asarray(scores / scores.sum(axis=1, keepdims=True), dtype=np.float32)


def _read(word: str, aliases: GenreAliases) -> Iterator[tuple[str, str]]:
    """Folded genre and spelling of each genre in a value."""
    count = 0
    for part in _parts(word, aliases.folds):
        fold = _fold(part, aliases.folds)
        if fold:
            yield fold, part
            count += 1
            if count == _MOST:
                return


def _parts(word: str, own: Mapping[str, str]) -> Iterator[str]:
    """A value cut into single genres; a known genre that holds a slash ("Hip-Hop/Rap") stays whole."""
    for outer in _HARD.split(_name_numbers(unicodedata.normalize("NFKC", word))):
        for inner in [outer] if squeeze(outer) in WHOLE or squeeze(outer) in own else _COMMA.split(outer):
            # "Rock, Pop & Folk" and "Rock, and Pop" leave a conjunction behind the last comma.
            text = _CONJUNCTION.sub("", inner.strip())
            for part in [text] if squeeze(text) in own or _is_known(squeeze(text)) else text.split("/"):
                yield _CONJUNCTION.sub("", part.strip())


def _is_known(key: str) -> bool:
    return key in ALIASES or key in NO_GENRE


def _name_numbers(word: str) -> str:
    """ID3's "(17)" and "(4)Eurodisco" by their names."""
    if not word.startswith("(") or word.startswith("(("):  # "((" is its escape for a parenthesis
        return word
    return _ID3.sub(lambda found: "".join(ID3_NAMES[int(found[1]) :][:1]) + ";", word)


def _fold(part: str, own: Mapping[str, str]) -> str:
    if len(part) > _LONGEST:
        return ""
    text = _plain(part)
    while text != part:  # what is stripped of one thing may begin with another
        part, text = text, _plain(text)
    key = squeeze(text)
    if key in own:
        return own[key]
    if not key or key in NO_GENRE or _NOTHING.fullmatch(key):
        return ""
    return ALIASES.get(key) or WORDS.get(key, text)


def _plain(part: str) -> str:
    """Small letters, one space between words, no brackets around and no conjunction in front."""
    text = unicodedata.normalize("NFKC", part.casefold()).replace("’", "'").replace("&", " and ")
    words = re.split(r"[\s_]+|(?<=\w)[-.](?=\w)", text)
    text = _CONJUNCTION.sub("", " ".join(words).strip())
    return text.strip(_BRACKETS).strip() if text[:1] in _BRACKETS else text
