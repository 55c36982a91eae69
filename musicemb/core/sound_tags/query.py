"""Parses the words of a search: which sounds and genres they mean, which they exclude, and which are unknown.

No grammar and no language model: the longest phrase that the table of synonyms or the tree of genres knows is taken,
from left to right. "no", "without", "not" and a minus exclude what comes next, and what is joined to it by "or".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from musicemb.core.genres.aliases import squeeze
from musicemb.core.genres.families import ancestors_of
from musicemb.core.sound_tags.synonyms import WORDS
from musicemb.core.sound_tags.vocabulary import HEARD_GENRES, SOUND_TAGS
from musicemb.records import Floats64, SearchTerm

OPPOSITE = {"no voice": "singing"}
"""Words that are the opposite of another: it is asked for, or excluded, in their place."""

MOST_WORDS = 100
"""A search is a few words; a page of text is a mistake."""

_LONGEST = 4
"""Words of the longest phrase."""
_KINDS: dict[str, str] = {tag.name: tag.kind for tag in SOUND_TAGS}
_GENRES_TOO = {"style", "rap", "opera singing", "noise"}
"""Kinds of words, and words, that may be genres as well: a track that is tagged so counts too."""
_EXCLUDES = frozenset(["no", "not", "without", "non", "minus", "never", "except", "w/o", "isn't", "isnt", "excluding"])
_ALSO = frozenset(["or", "nor"])
_JOINED = [[word] for word in _ALSO]
_SEPARATORS = frozenset([",", "and", "but", "with", "plus", "&", "+"])
_SAID_AROUND = """
a about an any are around as at be by can decade do epoch era feat featuring feel feeling find for from genre
give has have i in instrument instruments is it its kind like lot lots love many me mood more most much music
my of on playing please plenty quite rather really so some something song songs sort sound sounding sounds
stuff style that the there this to tone too track tracks tune tunes very vibe vibes want which who years
"""
_SILENT = frozenset(_SAID_AROUND.split())
"""Words that say nothing of the sound; they do not end what "no" excludes ("not too loud")."""
_SPLIT = re.compile(r"[,;:.!?()\[\]{}\"|\n]")


def parse_query(text: str, known_genre: Callable[[str], str]) -> tuple[tuple[SearchTerm, ...], tuple[str, ...]]:
    """Parse a listener's words.

    Parameters
    ----------
    text : str
    known_genre : callable
        Gives the folded genre that a phrase names; "" where it names none.

    Returns
    -------
    terms : tuple of SearchTerm
        Each meaning once, in the order of the words.
    unknown : tuple of str
        Words that mean nothing here, each once.
    """
    words = _words(text)
    terms: dict[tuple[str, str], SearchTerm] = {}
    unknown: dict[str, None] = {}
    excluding = False
    at = 0
    while at < len(words):
        if (term := _longest(words, at, known_genre)) is not None:
            length = len(term.words.split(" "))
            if excluding:
                term = replace(term, negated=not term.negated)
            terms.setdefault((term.tag, term.genre), term)
            # "no drums or bass": the exclusion goes on.
            excluding = (
                (excluding or words[at] in _EXCLUDES) and at + length < len(words) and words[at + length] in _ALSO
            )
            at += length
            continue
        word = words[at]
        parts = [part for part in re.split(r"[-/]", word) if part]
        if word in _EXCLUDES:
            excluding = True
        elif word in _SEPARATORS:
            excluding = False
        elif word.startswith("-") and parts:
            words[at : at + 1] = ["minus", *parts]
            continue
        elif len(parts) > 1:
            words[at : at + 1] = parts
            continue
        elif word not in _SILENT and word not in _ALSO and squeeze(word):
            unknown[word] = None
            excluding = False
        at += 1
    return tuple(terms.values()), tuple(unknown)


def find_tag(phrase: str, *, plural: bool = False) -> str:
    """The word of the vocabulary that a phrase means.

    Parameters
    ----------
    phrase : str
    plural : bool
        Whether to look for what it would be without an s at its end.

    Returns
    -------
    str
        "" where it means none.
    """
    key = squeeze(phrase)
    if plural:
        key = key[:-1] if len(key) > 4 and key.endswith("s") else ""
    return WORDS.get(key, "")


def genre_with_head(genre: str) -> str:
    """The genre that tag heads can tell in place of one: itself, else the nearest that it belongs to.

    Parameters
    ----------
    genre : str
        Folded.

    Returns
    -------
    str
        "metal" of "death metal"; "" where there is none.
    """
    return next((one for one in (genre, *ancestors_of(genre)) if one in HEARD_GENRES), "")


def describe_language() -> dict[str, Any]:
    """The language of searches as data, for another front end that reads it itself.

    Returns
    -------
    dict
        "tags": squeezed phrase -> word of the vocabulary; "kinds": word -> its kind; "opposites"; "genres_too": words
        that may be genres as well; the words that exclude, join, separate and say nothing; "longest" phrase, in words.
    """
    return {
        "tags": dict(WORDS),
        "kinds": dict(_KINDS),
        "opposites": dict(OPPOSITE),
        "genres_too": sorted(name for name, kind in _KINDS.items() if kind in _GENRES_TOO or name in _GENRES_TOO),
        "excludes": sorted(_EXCLUDES),
        "also": sorted(_ALSO),
        "separators": sorted(_SEPARATORS),
        "silent": sorted(_SILENT),
        "longest": _LONGEST,
    }


def library_ranks(amounts: Floats64) -> Floats64:
    """How much of a tag each track has among the tracks of its library: the share that has less.

    Parameters
    ----------
    amounts : ndarray [shape=(n,)]
        Probabilities, or what grows with them.

    Returns
    -------
    ndarray [shape=(n,)], float64
        Between 0 and 1, without either; equal ones share a rank.
    """
    _, places, counts = np.unique(amounts, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)  # of several that are equal, the mean of the places that they take
    means = (last - counts + 1 + last) / 2
    return np.asarray((means[places] - 0.5) / max(len(amounts), 1), dtype=np.float64)


def combine_values(values: Sequence[Floats64]) -> Floats64:
    """One score of several words: their geometric mean, so that a track must have something of each.

    Parameters
    ----------
    values : sequence of ndarray [shape=(n,)]
        Per word how well each track has it, above 0 and at most 1.

    Returns
    -------
    ndarray [shape=(n,)], float64
        0 to 1.
    """
    return np.asarray(np.exp(np.mean(np.log(np.stack(list(values))), axis=0)), dtype=np.float64)


def _words(text: str) -> list[str]:
    folded = unicodedata.normalize("NFKC", text).casefold().replace("’", "'").replace("−", "-").replace("–", "-")
    return _SPLIT.sub(" , ", folded).split()


def _longest(words: Sequence[str], at: int, known_genre: Callable[[str], str]) -> SearchTerm | None:
    """The longest known phrase from a place on."""
    for length in range(min(_LONGEST, len(words) - at), 0, -1):
        chosen = words[at : at + length]
        if "," in chosen or chosen[0].startswith("-") or (length == 1 and chosen[0] in (_SILENT | _EXCLUDES)):
            continue
        if length > 1 and ({chosen[0], chosen[-1]} & _SEPARATORS or set(chosen) & _ALSO):
            continue
        phrase = " ".join(chosen)
        term = _term(phrase, known_genre)
        if term is not None:
            return term
    return None


def _term(phrase: str, known_genre: Callable[[str], str]) -> SearchTerm | None:
    tag = find_tag(phrase)
    if not tag and (genre := known_genre(phrase)):
        return SearchTerm(phrase, genre, "genre", tag=genre_with_head(genre), genre=genre)
    tag = tag or find_tag(phrase, plural=True)
    if not tag:
        return None
    if tag in OPPOSITE:
        opposite = OPPOSITE[tag]
        return SearchTerm(phrase, opposite, _KINDS[opposite], tag=opposite, negated=True)
    too = _KINDS[tag] in _GENRES_TOO or tag in _GENRES_TOO
    genre = (known_genre(phrase) or known_genre(tag)) if too else ""
    return SearchTerm(phrase, tag, _KINDS[tag], tag=tag, genre=genre)
