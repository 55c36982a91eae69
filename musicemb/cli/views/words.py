"""Shows how ``find``, ``similar`` and ``playlist`` understood the words of a search."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from musicemb.cli.progress import note
from musicemb.cli.wording import first_few, printable

if TYPE_CHECKING:
    from musicemb.records import Search, SearchTerm, WordChoice

SHOWN = 10
"""Number of words shown of each kind: used, unheard, unknown."""


def tell_left_out(words: Search | WordChoice) -> None:
    """Print on stderr which words are ignored.

    Parameters
    ----------
    words : Search or WordChoice
    """
    if words.unknown:
        note(f"not known, and left out: {few(words.unknown)}")
    if words.without_heads and words.unheard:
        from musicemb.workflows.similarity.word_scores import TELL_REEMBED

        note(TELL_REEMBED)
    if words.unheard:
        note(f"left out, since this library has no data on it: {meanings(words.unheard)}")


def meanings(terms: Sequence[SearchTerm]) -> str:
    """The meanings of the words, such as "calm, no singing".

    Parameters
    ----------
    terms : sequence of SearchTerm

    Returns
    -------
    str
        The first ten, fit to be printed.
    """
    return few(term.said for term in terms)


def few(words: Iterable[str]) -> str:
    """Some words in a line.

    Parameters
    ----------
    words : iterable of str

    Returns
    -------
    str
        The first ten, each cut to 40 letters, fit to be printed.
    """
    return printable(", ".join(first_few((word[:40] for word in words), SHOWN)))
