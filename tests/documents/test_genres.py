"""Why a genre is guessed, in JSON."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from musicemb.documents.genres import reasons_document
from musicemb.documents.tracks import track_document
from musicemb.records import Guess, HeardSound, Passage, Reasons, SoundValues, Track, TrackTags, Voter

TRACK = Track(7, Path("/music/a.mp3"), TrackTags("Artist", "Title"), 180.0, "f" * 64)
OTHER = replace(TRACK, id=8)
REASONS = Reasons(
    track=TRACK,
    guess=Guess(("Rock", "Pop"), 0.8, "neighbours"),
    threshold=0.61234567,
    likely={"Rock": 0.87654321},
    families={"Pop Rock": 0.91239},
    shares={"neighbours": {"Rock": 0.75}, "cluster": {"Pop": 0.5}},
    weights={"neighbours": 1.0, "cluster": 0.03},
    voters=(Voter(OTHER, ("Rock",), 0.98765432, 0.123456789),),
    head={"rock": 0.99999},
    cluster=2,
    cluster_name="Rock",
    nearest_name="Rock",
    tried=30,
    outside=("Polka", "Ska"),
    sounds=(HeardSound("piano", "instrument", 0.71234, 0.95),),
    values=SoundValues(("calm",), ("piano",), "none", "", "low"),
    company=3,
    company_says={"Rock": 0.55556},
    passages=(Passage("speech", 0.0, 12.3456, 0.98765),),
)


def test_all_that_speaks_for_a_guess() -> None:
    assert reasons_document(REASONS) == {
        "track": track_document(TRACK),
        "guess": {"genre": "Rock; Pop", "confidence": 0.8, "witness": "neighbours"},
        "threshold": 0.6123,
        "likely": {"Rock": 0.8765},
        "families": {"Pop Rock": 0.9124},
        "witnesses": {
            "neighbours": {"weight": 1.0, "shares": {"Rock": 0.75}},
            "cluster": {"weight": 0.03, "shares": {"Pop": 0.5}},
        },
        "neighbours": [
            {"track": track_document(OTHER), "genres": ["Rock"], "similarity": 0.987654, "weight": 0.123457}
        ],
        "head": {"rock": 1.0},
        "cluster": 2,
        "cluster_name": "Rock",
        "nearest_name": "Rock",
        "tried": 30,
        "outside_vocabulary": "Polka; Ska",
        "company": {"tracks": 3, "shares": {"Rock": 0.5556}},
        "sounds": [{"name": "piano", "kind": "instrument", "probability": 0.7123, "rank": 0.95}],
        "values": {"moods": ["calm"], "instruments": ["piano"], "voice": "none", "era": None, "energy": "low"},
        "passages": [{"name": "speech", "start": 0.0, "end": 12.35, "clearness": 0.9877}],
    }


def test_passages_that_cannot_be_known_are_null() -> None:
    assert reasons_document(replace(REASONS, passages=None))["passages"] is None
    assert reasons_document(replace(REASONS, passages=()))["passages"] == []


def test_no_guess_is_null() -> None:
    document = reasons_document(replace(REASONS, guess=None, outside=(), cluster=None))
    assert (document["guess"], document["outside_vocabulary"], document["cluster"]) == (None, "", None)
