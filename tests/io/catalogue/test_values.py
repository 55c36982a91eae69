"""What was measured comes back as it was, shared by copies of the same audio."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from laws import trials
from made_tracks import embedded, put

from musicemb.errors import CatalogueError
from musicemb.io.catalogue import schema
from musicemb.io.catalogue.catalogue import Catalogue, open_catalogue
from musicemb.io.catalogue.values import SILENCE, VALUE_COLUMNS, unpack_values
from musicemb.records import AcousticDescriptors, MusicalKey, TrackValues

SHARE = st.floats(0, 1)
NUMBER = st.none() | st.floats(-100, 300)
KEYS = st.none() | st.builds(MusicalKey, st.integers(0, 11), st.booleans())
VALUES = st.builds(TrackValues, NUMBER, SHARE, KEYS, SHARE, NUMBER, SHARE, NUMBER, SHARE, NUMBER, st.none() | SHARE)
HEARD = AcousticDescriptors(120.0, 1800.0, 6.5)
SONG = TrackValues(128.0, 0.9, MusicalKey(9, minor=True), 0.7, -9.5, 1.0, 4.5, 0.8, 0.99)


@given(VALUES)
@settings(max_examples=trials(20), deadline=None)
def test_values_come_back_as_they_were_put(lasting: Catalogue, values: TrackValues) -> None:
    track = lasting.put_track(embedded("/m/1.mp3", values=values), "first")
    assert lasting.track(track).values == values
    assert lasting.tracks()[0].values == values


def test_a_copy_shares_them_and_other_audio_has_its_own(catalogue: Catalogue) -> None:
    first = catalogue.put_track(embedded("/m/1.mp3", payload="aa", values=SONG), "first")
    copy = catalogue.put_track(embedded("/m/2.mp3", payload="aa"), "first")
    other = put(catalogue, 3)
    assert catalogue.track(copy).values == SONG
    assert catalogue.track(other).values is None
    assert catalogue.unmeasured() == {other}
    catalogue.mark_gone([other])
    assert catalogue.unmeasured() == set()
    catalogue.forget_tracks([first, copy])
    back = catalogue.put_track(embedded("/m/4.mp3", payload="aa"), "first")
    assert catalogue.track(back).values == SONG


def test_an_older_catalogue_does_not_know_silence(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as before:
        before.setattr(schema, "MIGRATIONS", schema.MIGRATIONS[: schema.MIGRATIONS.index(SILENCE)])
        with open_catalogue(path):
            pass
        with sqlite3.connect(path) as connection:
            connection.execute(
                "INSERT INTO measured (payload_hash, bpm, bpm_confidence, key_confidence, loudness_confidence, "
                "range_confidence) VALUES ('aa', 128.0, 0.9, 0, 0, 0)"
            )
        connection.close()
    with open_catalogue(path) as catalogue:
        catalogue.set_active_encoder("first")
        track = catalogue.put_track(embedded("/m/1.mp3", payload="aa"), "first")
        found = catalogue.track(track).values
        assert found == TrackValues(128.0, 0.9)
        assert found.silence is None and catalogue.unmeasured() == set()
        catalogue.put_values("aa", TrackValues(128.0, 0.9, silence=0.25))
        assert catalogue.track(track).values == TrackValues(128.0, 0.9, silence=0.25)


def test_nothing_measured_is_no_values() -> None:
    assert unpack_values([None] * len(VALUE_COLUMNS)) is None


@pytest.mark.parametrize("change", ["bpm = 'fast'", "musical_key = 'H'", "key_confidence = 9e999"])
def test_damage_is_told_in_a_line(path: Path, change: str) -> None:
    with open_catalogue(path) as catalogue:
        catalogue.set_active_encoder("first")
        catalogue.put_track(embedded("/m/1.mp3", values=SONG), "first")
    with sqlite3.connect(path) as connection:
        connection.execute(f"UPDATE measured SET {change}")
    connection.close()
    with open_catalogue(path, read_only=True) as catalogue, pytest.raises(CatalogueError, match="damaged"):
        catalogue.tracks()


def test_a_track_sounds_as_it_was_heard_last(catalogue: Catalogue) -> None:
    first = catalogue.put_track(embedded(descriptors=HEARD), "first")
    second = catalogue.put_track(embedded("/music/b.mp3", seed=1), "first")
    assert catalogue.descriptors() == {first: HEARD}
    catalogue.mark_gone([first])
    assert catalogue.descriptors() == {}
    catalogue.mark_found([first])
    catalogue.put_descriptors(second, HEARD)
    catalogue.put_descriptors(first, None)
    assert catalogue.descriptors() == {second: HEARD}
    catalogue.mark_gone([second])
    catalogue.forget_gone()
    assert catalogue.descriptors() == {}
