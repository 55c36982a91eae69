"""Names of the fields that may be written."""

from __future__ import annotations

from typing import Any

import pytest

from musicemb.io.tags.fields import TagContents, read_values, told_elsewhere, value_fields
from musicemb.io.tags.formats import FORMATS
from musicemb.io.tags.reading.texts import FoundTag
from musicemb.records import MusicalKey, TrackValues


@pytest.mark.parametrize(
    ("container", "genre", "first"),
    [
        ("mpeg", "TCON", "TXXX:MUSICEMB_GENRE"),
        ("flac", "GENRE", "MUSICEMB_GENRE"),
        ("ogg", "GENRE", "MUSICEMB_GENRE"),
        ("mp4", "\xa9gen", "----:com.apple.iTunes:MUSICEMB_GENRE"),
    ],
)
def test_field_names(container: Any, genre: str, first: str) -> None:
    kind = FORMATS[container]
    assert kind.all_names == (genre, *kind.own_names, *kind.value_fields) and kind.own_names[0] == first
    assert all("MUSICEMB_" in name for name in kind.own_names)


def test_values_become_the_fields_of_a_format() -> None:
    values = TrackValues(127.6, 0.9, MusicalKey(10), 0.8, -9.5, 1.0, peak=1.25)
    assert value_fields(TagContents(FORMATS["mpeg"], {}, ()), values) == {
        "TBPM": ["128"],
        "TKEY": ["Bb"],
        "TXXX:REPLAYGAIN_TRACK_GAIN": ["-8.50 dB"],
        "TXXX:REPLAYGAIN_TRACK_PEAK": ["1.250000"],
    }
    assert value_fields(TagContents(FORMATS["flac"], {}, ()), TrackValues(key=MusicalKey(0))) == {"INITIALKEY": ["C"]}
    assert value_fields(TagContents(FORMATS["flac"], {}, ()), TrackValues()) == {}


def test_an_empty_field_and_a_tempo_of_nothing_tell_nothing() -> None:
    flac = FORMATS["flac"]
    assert read_values(TagContents(flac, {"BPM": ["0"], "INITIALKEY": [" "]}, ())) == frozenset()
    assert read_values(TagContents(flac, {"BPM": ["120"], "REPLAYGAIN_TRACK_PEAK": ["1"]}, ())) == {
        "bpm",
        "gain",
        "peak",
    }


def test_the_first_tag_that_tells_a_value_is_named() -> None:
    first, second = FoundTag("APEv2", {"peak": ["1"], "bpm": ["0"]}), FoundTag("ID3v2 at the end", {"bpm": ["99"]})
    assert told_elsewhere([first, second]) == {"gain": "APEv2", "peak": "APEv2", "bpm": "ID3v2 at the end"}
    assert told_elsewhere([FoundTag("ID3v1", {"title": ["T"], "key": [" "]})]) == {}
