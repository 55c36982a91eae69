"""Tempo, key and loudness are written to the fields that players know, and taken back byte for byte."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mutagen
import mutagen.id3
import pytest
import sounds
import tag_bytes
from laws import cases
from tagged_library import add, snapshot

from musicemb.errors import SettingsError
from musicemb.io.catalogue.catalogue import Catalogue, open_catalogue
from musicemb.io.tags.reader import read_tags
from musicemb.records import Guess, MusicalKey, Track, TrackValues
from musicemb.workflows.tagging.tag import apply_tags, plan_tags
from musicemb.workflows.tagging.undo import apply_undo, plan_undo
from musicemb.workflows.tagging.value_tags import apply_values, plan_values

SONG = TrackValues(127.6, 0.9, MusicalKey(9, minor=True), 0.8, -9.5, 1.0, 4.5, 0.8, 0.987654)
SUFFIXES = sounds.WRITABLE


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    with open_catalogue(tmp_path / "library.sqlite") as opened:
        yield opened


def measured(catalogue: Catalogue, path: Path, values: TrackValues = SONG) -> Track:
    track = add(catalogue, path)
    catalogue.put_values(track.payload_hash, values)
    return catalogue.track(track.id)


def write(catalogue: Catalogue, **options: Any) -> list[str]:
    return [result.status for result in apply_values(catalogue, plan_values(catalogue, **options))]


def told(path: Path) -> dict[str, str]:
    """What mutagen, another reader, finds of the values."""
    tags = mutagen.File(path).tags
    names = ("TBPM", "TKEY", "TXXX:REPLAYGAIN", "bpm", "initialkey", "replaygain", "r128", "tmpo", "----")
    found = {}
    for key in list(tags.keys()):
        if key.startswith(names) or key.lower().startswith(names):
            value = tags[key][0] if not hasattr(tags[key], "text") else tags[key].text[0]
            found[key.lower()] = value.decode() if isinstance(value, bytes) else str(value)
    return found


EXPECTED = {
    "mp3": {
        "tbpm": "128",
        "tkey": "Am",
        "txxx:replaygain_track_gain": "-8.50 dB",
        "txxx:replaygain_track_peak": "0.987654",
    },
    "flac": {
        "bpm": "128",
        "initialkey": "Am",
        "replaygain_track_gain": "-8.50 dB",
        "replaygain_track_peak": "0.987654",
    },
    "opus": {"bpm": "128", "initialkey": "Am", "r128_track_gain": str(round(-13.5 * 256))},
    "m4a": {
        "tmpo": "128",
        "----:com.apple.itunes:initialkey": "Am",
        "----:com.apple.itunes:replaygain_track_gain": "-8.50 dB",
        "----:com.apple.itunes:replaygain_track_peak": "0.987654",
    },
}
EXPECTED["ogg"] = EXPECTED["flac"]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_every_format_tells_them_and_comes_back(catalogue: Catalogue, tmp_path: Path, suffix: str) -> None:
    path = sounds.write_music(tmp_path / "music" / f"a.{suffix}", 1.0, artist="A", title="T", genre="Rock")
    measured(catalogue, path)
    before = snapshot(tmp_path / "music")
    tags = read_tags(path)
    (change,) = plan_values(catalogue)
    assert set(map(tuple, change.before.values())) == {()}
    assert write(catalogue) == ["written"]
    assert told(path) == EXPECTED[suffix]
    assert read_tags(path) == tags
    assert plan_values(catalogue) == []
    assert [result.status for result in apply_undo(catalogue, plan_undo(catalogue))] == ["written"]
    assert snapshot(tmp_path / "music") == before


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_file_that_changed_since_gets_its_fields_back(catalogue: Catalogue, tmp_path: Path, suffix: str) -> None:
    path = sounds.write_music(tmp_path / "music" / f"a.{suffix}", 1.0, artist="A", title="T")
    measured(catalogue, path)
    write(catalogue)
    sounds.tag(path, artist="A", title="Another")
    assert told(path) == EXPECTED[suffix]
    assert [result.status for result in apply_undo(catalogue, plan_undo(catalogue))] == ["written"]
    assert told(path) == {}
    assert read_tags(path).title == "Another"


def test_only_what_is_asked_for_and_missing_and_sure(catalogue: Catalogue, tmp_path: Path) -> None:
    path = sounds.write_music(tmp_path / "music" / "a.flac", 1.0)
    measured(catalogue, path, TrackValues(100.0, 0.6, MusicalKey(0), 0.3, -20.0, 1.0))
    assert write(catalogue, kinds=["bpm", "key"]) == ["written"]
    assert told(path) == {"bpm": "100"}
    catalogue.put_values(catalogue.tracks()[0].payload_hash, SONG)
    assert [change.after for change in plan_values(catalogue, ["bpm"])] == []
    assert write(catalogue, kinds=["bpm"], policy="replace") == ["written"]
    assert told(path) == {"bpm": "128"}
    assert plan_values(catalogue, min_confidence=0.95, kinds=["bpm", "key"]) == []


def test_silence_and_what_was_never_measured_are_left_alone(catalogue: Catalogue, tmp_path: Path) -> None:
    measured(catalogue, sounds.write_music(tmp_path / "music" / "a.flac", 1.0), TrackValues())
    add(catalogue, sounds.write_music(tmp_path / "music" / "b.flac", 1.0, seed=2))
    assert plan_values(catalogue) == []


def test_obstacles_are_told(catalogue: Catalogue, tmp_path: Path) -> None:
    measured(catalogue, sounds.write_music(tmp_path / "music" / "a.wav", 1.0))
    gone = sounds.write_music(tmp_path / "music" / "b.flac", 1.0, seed=2)
    measured(catalogue, gone)
    gone.unlink()
    assert [(change.obstacle, change.failed) for change in plan_values(catalogue)] == [
        ("values are not written to .wav files", False),
        ("does not exist; is its drive mounted?", False),
    ]


def test_a_file_that_says_something_else_by_now_is_left(catalogue: Catalogue, tmp_path: Path) -> None:
    path = sounds.write_music(tmp_path / "music" / "a.flac", 1.0)
    measured(catalogue, path)
    changes = plan_values(catalogue)
    other = mutagen.File(path)
    other["bpm"] = "99"
    other.save()
    (result,) = apply_values(catalogue, changes)
    assert (result.status, result.reason) == ("skipped", "has other values than when this was planned")


def test_genres_in_another_tag_are_no_obstacle_to_values(catalogue: Catalogue, tmp_path: Path) -> None:
    path = sounds.write_music(tmp_path / "music" / "a.mp3", 1.0, artist="A", title="T")
    path.write_bytes(path.read_bytes() + tag_bytes.ape(Genre="Rock"))
    measured(catalogue, path)
    before = snapshot(tmp_path / "music")
    assert write(catalogue) == ["written"]
    assert [result.status for result in apply_undo(catalogue, plan_undo(catalogue))] == ["written"]
    assert snapshot(tmp_path / "music") == before


def test_what_another_tag_tells_is_not_told_again(catalogue: Catalogue, tmp_path: Path) -> None:
    path = sounds.write_music(tmp_path / "music" / "a.mp3", 1.0, artist="A", title="T")
    gain = {"replaygain_track_gain": "-3.20 dB", "BPM": "0"}  # as mp3gain has it; a tempo of 0 tells nothing
    path.write_bytes(path.read_bytes() + tag_bytes.ape(**gain))
    measured(catalogue, path)
    (change,) = plan_values(catalogue)
    assert change.after == {"TBPM": ["128"], "TKEY": ["Am"]}
    (change,) = plan_values(catalogue, policy="replace")
    assert (
        change.obstacle
        == "tells its loudness in its APEv2 tag, which players may read instead of the one that is written"
    )
    (change,) = plan_values(catalogue, ["key"], policy="replace")
    assert change.after == {"TKEY": ["Am"]}


def test_what_players_wrote_in_other_letters_is_said(catalogue: Catalogue, tmp_path: Path) -> None:
    path = sounds.write_music(tmp_path / "music" / "a.mp3", 1.0, artist="A", title="T")
    frames = mutagen.File(path)
    frames.tags.add(mutagen.id3.TXXX(encoding=0, desc="replaygain_track_gain", text="-1.00 dB"))
    frames.save()
    measured(catalogue, path)
    (change,) = plan_values(catalogue)
    assert sorted(change.after) == ["TBPM", "TKEY"]


@pytest.mark.parametrize(("kinds", "policy"), [(["mood"], "missing"), ([], "missing"), (["bpm"], "add")])
def test_what_there_is_not_is_refused(catalogue: Catalogue, kinds: list[Any], policy: Any) -> None:
    with pytest.raises(SettingsError):
        plan_values(catalogue, kinds, policy=policy)


def guess(catalogue: Catalogue, word: str) -> None:
    guesses = {track.id: Guess((word,), 0.9, "genre head") for track in catalogue.tracks()}
    catalogue.put_guesses(catalogue.active_encoder, guesses)
    results = list(apply_tags(catalogue, plan_tags(catalogue, policy="replace")))
    assert {result.status for result in results} == {"written"}


ORDERS = list(itertools.permutations(range(3)))


@pytest.mark.parametrize("order", cases(ORDERS, ORDERS[::3]), ids=str)
def test_genres_and_values_are_undone_in_any_order_byte_for_byte(
    catalogue: Catalogue, tmp_path: Path, order: tuple[int, ...]
) -> None:
    music = tmp_path / "music"
    music.mkdir()
    for number, suffix in enumerate(SUFFIXES):
        measured(
            catalogue, sounds.write_music(music / f"{number}.{suffix}", 1.0, seed=number, title="T", genre="Polka")
        )
    bare = music / "bare.mp3"
    bare.write_bytes(sounds.write_music(tmp_path / "a.mp3", 1.0, seed=9).read_bytes())
    measured(catalogue, bare)
    unrecognised = music / "unrecognised.mp3"  # by its first bytes; only its name says what it is
    unrecognised.write_bytes(b"\n" + bare.read_bytes())
    measured(catalogue, unrecognised)
    before = snapshot(music)
    guess(catalogue, "Jazz")
    assert set(write(catalogue)) == {"written"}
    guess(catalogue, "Folk")
    runs = [run.id for run in catalogue.runs()]
    for number in order:
        list(apply_undo(catalogue, plan_undo(catalogue, sorted(runs)[number])))
    assert snapshot(music) == before
    assert not plan_undo(catalogue)


def test_an_edit_by_hand_stays_when_the_rest_is_undone(catalogue: Catalogue, tmp_path: Path) -> None:
    path = sounds.write_music(tmp_path / "a.mp3", 1.0, title="T", genre="Polka")
    measured(catalogue, path)
    guess(catalogue, "Jazz")
    assert write(catalogue) == ["written"]
    sounds.tag(path, title="By hand")
    for run in sorted(run.id for run in catalogue.runs()):
        list(apply_undo(catalogue, plan_undo(catalogue, run)))
    tags = read_tags(path)
    assert (tags.title, tags.genres, tags.our_genres) == ("By hand", ("Polka",), ()) and not told(path)
