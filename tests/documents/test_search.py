"""A search by words, in JSON."""

from __future__ import annotations

from pathlib import Path

from musicemb.documents import to_json
from musicemb.documents.search import search_document, words_document
from musicemb.documents.tracks import track_document
from musicemb.records import FoundTrack, Search, SearchTerm, Track, TrackTags, WordChoice

TRACK = Track(7, Path("/music/a.mp3"), TrackTags("Artist", "Title"), 180.0, "f" * 64)
SEARCH = Search(
    used=(SearchTerm("vocals", "singing", "voice", tag="singing", negated=True),),
    unheard=(SearchTerm("polka", "polka", "genre", genre="polka"),),
    unknown=("xyzzy",),
    without_heads=False,
    found=(FoundTrack(TRACK, 0.12345678, (0.87654321,), (TRACK,)),),
)


def test_the_words_that_chose_a_part_of_the_library() -> None:
    choice = WordChoice(SEARCH.used, (), ("xyzzy",), without_heads=False, scores={7: 0.5, 9: 0.4})
    assert words_document("no vocals xyzzy", choice) == {
        "query": "no vocals xyzzy",
        "used": [{"words": "vocals", "name": "singing", "kind": "voice", "excluded": True}],
        "unheard": [],
        "unknown": ["xyzzy"],
        "tracks": 2,
    }


def test_what_was_used_and_what_was_found() -> None:
    assert search_document(SEARCH) == {
        "used": [{"words": "vocals", "name": "singing", "kind": "voice", "excluded": True}],
        "unheard": [{"words": "polka", "name": "polka", "kind": "genre", "excluded": False}],
        "unknown": ["xyzzy"],
        "matches": [
            {"score": 0.123457, "values": [0.876543], **track_document(TRACK), "versions": [track_document(TRACK)]}
        ],
    }
    assert to_json(SEARCH) == {"schema": 1, **search_document(SEARCH)}
