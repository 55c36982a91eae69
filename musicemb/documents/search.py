"""A search by words, in JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from musicemb.documents.tracks import track_document

if TYPE_CHECKING:
    from musicemb.records import Search, SearchTerm, WordChoice


def search_document(search: Search) -> dict[str, Any]:
    """The result of a search by words.

    Parameters
    ----------
    search : Search

    Returns
    -------
    dict
    """
    return {
        "used": [_term_document(term) for term in search.used],
        "unheard": [_term_document(term) for term in search.unheard],
        "unknown": list(search.unknown),
        "matches": [
            {
                "score": round(one.score, 6),
                "values": [round(value, 6) for value in one.values],
                **track_document(one.track),
                "versions": [track_document(track) for track in one.versions],
            }
            for one in search.found
        ],
    }


def words_document(text: str, words: WordChoice) -> dict[str, Any]:
    """The words that selected a part of the library.

    Parameters
    ----------
    text : str
        As typed.
    words : WordChoice

    Returns
    -------
    dict
    """
    return {
        "query": text,
        "used": [_term_document(term) for term in words.used],
        "unheard": [_term_document(term) for term in words.unheard],
        "unknown": list(words.unknown),
        "tracks": len(words.scores),
    }


def _term_document(term: SearchTerm) -> dict[str, Any]:
    return {"words": term.words, "name": term.name, "kind": term.kind, "excluded": term.negated}
