"""Finds names that are spelled like a misspelled one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

_ALIKE = 75.0
"""Of 100: share of letters that two words have in common, in order, from which one may be the other misspelled (two of
"Ella" and "Ela" are 86, "Monkey" and "Mokney" 83, "Bob" and "Rob" 67)."""
_FAR = 60.0
"""Of 100, from which a name is told as the nearest: chance alone reaches 50."""
_SHORTEST = 3
"""Letters; what is shorter is taken as it is."""


def match_words(words: Sequence[str], tokens: Iterable[str]) -> list[dict[str, float]]:
    """For each word the tokens that it may mean.

    Parameters
    ----------
    words, tokens : str
        Folded. Tokens that hold a word are meant by it; where none does, those that are spelled much like it.

    Returns
    -------
    list of dict of str to float
        Token -> how alike, 100 for those that hold it.
    """
    from rapidfuzz import fuzz, process

    known = list(dict.fromkeys(tokens))
    found = []
    for word in words:
        meant = {token: 100.0 for token in known if word in token}
        if not meant and len(word) >= _SHORTEST:
            near = process.extract(word, known, scorer=fuzz.ratio, score_cutoff=_ALIKE, limit=None)
            meant = {token: score for token, score, _ in near}
        found.append(meant)
    return found


def nearest_names(text: str, names: Iterable[str], n: int = 3) -> list[str]:
    """The names that a text comes nearest to.

    Parameters
    ----------
    text : str
        Folded, as the names are.
    names : iterable of str
    n : int

    Returns
    -------
    list of str
        Best first, each once; names that have nothing in common with it are left out.
    """
    from rapidfuzz import fuzz, process

    known = dict.fromkeys(names)
    return [name for name, _, _ in process.extract(text, known.keys(), scorer=fuzz.WRatio, limit=n, score_cutoff=_FAR)]
