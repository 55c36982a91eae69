"""What the listener wants stays until they say otherwise."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from made_tracks import embedded

from musicemb.io.catalogue.catalogue import Catalogue, open_catalogue
from musicemb.records import Decision, EmbeddedTrack, FoundFile, TrackTags


def test_mixes_are_wanted_only_where_it_was_said(catalogue: Catalogue) -> None:
    assert not catalogue.with_mixes
    for wanted in (True, True, False):
        catalogue.want_mixes(wanted)
        assert catalogue.with_mixes is wanted


@pytest.mark.parametrize("value", ["rock\njazz", "Chanson française", "\udcff"])
def test_a_preference_is_read_as_it_was_stored(value: str, catalogue: Catalogue) -> None:
    assert catalogue.preference("vocabulary") == ""
    catalogue.prefer("vocabulary", "something else")
    catalogue.prefer("vocabulary", value)
    assert catalogue.preference("vocabulary") == value
    assert catalogue.preference("most genres") == ""
    catalogue.prefer("vocabulary", "")
    assert catalogue.preference("vocabulary") == ""


def test_preferences_outlive_the_program(path: Path) -> None:
    with open_catalogue(path) as catalogue:
        catalogue.prefer("vocabulary", "rock")
        catalogue.want_mixes(True)
    with open_catalogue(path, read_only=True) as catalogue:
        assert (catalogue.preference("vocabulary"), catalogue.with_mixes) == ("rock", True)


def test_imported_genres_belong_to_the_audio(catalogue: Catalogue) -> None:
    track = catalogue.put_track(embedded(), "first")
    payload = catalogue.track(track).payload_hash
    catalogue.put_imported_genres({payload: ["Gypsy Jazz", "\udcff"], "elsewhere": ["Rock"]})
    assert catalogue.track(track).tags.imported == ("Gypsy Jazz", "\udcff")
    assert catalogue.track(track).tags.listener_genres == ("Gypsy Jazz", "\udcff")
    catalogue.forget_tracks([track])
    again = catalogue.put_track(embedded(), "first")
    assert catalogue.track(again).tags.imported == ("Gypsy Jazz", "\udcff")
    catalogue.put_imported_genres({payload: []})
    assert catalogue.track(again).tags == embedded().tags
    assert catalogue.imported_genres() == {"elsewhere": ("Rock",)}


def test_decisions_are_read_as_they_were_stored_until_they_are_dropped(catalogue: Catalogue) -> None:
    track, other = (catalogue.put_track(embedded(f"/music/{number}.mp3"), "first") for number in range(2))
    first = Decision("chosen", ("Chanson française", "a\udcff"), ("Pop",), (), "f" * 64)
    skipped = Decision("skipped", (), ("Pop", "Rock"), ("\u2028",), "0" * 64)
    catalogue.decide({track: first, other: skipped})
    assert catalogue.decisions() == {track: first, other: skipped}
    catalogue.decide({track: skipped})
    assert catalogue.decisions() == {track: skipped, other: skipped}
    catalogue.forget_decisions([track])
    assert catalogue.decisions() == {other: skipped}
    catalogue.forget_tracks([other])
    assert catalogue.decisions() == {}


def test_voices_are_the_listeners_words_of_tracks_that_are_there(catalogue: Catalogue) -> None:
    catalogue.set_active_encoder("encoder00001", "test")
    made = [
        EmbeddedTrack(
            FoundFile(Path(f"/music/{number}.mp3").absolute(), 1, number),
            f"hash {number}",
            TrackTags("Ann\udc80", "Title", "Album", ("Rock", "Jazz"), ("Jazz",)),
            100.0 + number,
            "soundfile",
            np.ones(4, np.float32),
            0.5,
            None,
        )
        for number in range(3)
    ]
    ids = [catalogue.put_track(one, "encoder00001") for one in made]
    catalogue.put_imported_genres({"hash 1": ("Tango",)})
    catalogue.put_clusters("encoder00001", [], {ids[1]: (4, 0.5, 4)})
    catalogue.mark_gone(ids[2:])
    assert list(catalogue.voices("encoder00001")) == [
        (ids[0], "hash 0", "Ann\udc80", "Album", 100.0, ("Rock",), None),
        (ids[1], "hash 1", "Ann\udc80", "Album", 101.0, ("Tango",), 4),
    ]
