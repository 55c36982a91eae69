"""similar and clusters on a library that is there."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from fake_encoder import FakeEncoder
from fresh_python import loaded_by
from searched_library import LISTENING
from typed_commands import Type, embedded

from musicemb.io.catalogue.catalogue import open_catalogue
from musicemb.records import MusicalKey, TrackValues


def test_similar_shows_a_table_without_the_track_itself(library: Path, type_: Type) -> None:
    typed = type_("similar", "Even Song 4", "-n", "5")
    assert typed.status == 0, typed.err
    lines = typed.text.splitlines()
    assert lines[0] == "Most similar to Even - Song 4"
    assert lines[1].split() == ["closeness", "artist", "title", "album", "genre", "path"]
    assert len(lines) == 7
    assert "/music/Even/04.mp3" not in typed.text
    assert all("/music/Even/" in line for line in lines[2:])


def test_similar_in_every_form(library: Path, type_: Type) -> None:
    document = type_("similar", "Even Song 4", "-n", "3", "--json").json
    assert document["schema"] == 1
    assert document["seed"] == "/music/Even/04.mp3"
    paths = [match["path"] for match in document["matches"]]
    assert len(paths) == 3
    assert document["matches"][0]["similarity"] >= document["matches"][-1]["similarity"]
    assert type_("similar", "Even Song 4", "-n", "3", "--paths").text.splitlines() == paths
    assert type_("similar", "Even Song 4", "-n", "3", "--print0").text == "".join(f"{path}\0" for path in paths)
    playlist = type_("similar", "Even Song 4", "-n", "3", "--m3u8").text.splitlines()
    assert playlist[0] == "#EXTM3U"
    assert playlist[2::2] == paths
    assert playlist[1].startswith("#EXTINF:180,Even - Song ")


def test_a_guess_is_marked(library: Path, type_: Type) -> None:
    shown = type_("similar", "Even Song 4", "-n", "19").text
    guessed = [line for line in shown.splitlines() if "/music/Even/30.mp3" in line]
    assert "~Rock" in guessed[0]
    assert shown.count("~Rock") == 5


def test_max_per_artist(library: Path, type_: Type) -> None:
    matches = type_("similar", "Even Song 4", "--max-per-artist", "2", "--json").json["matches"]
    assert [match["artist"] for match in matches].count("Even") == 2


def test_ambiguous_words_without_a_terminal(library: Path, type_: Type) -> None:
    typed = type_("similar", "even")
    assert typed.status == 2
    assert typed.out == b""
    assert "/music/Even/00.mp3" in typed.err
    assert typed.err.splitlines()[-1].startswith("musicemb: ")


def test_ambiguous_words_at_a_terminal(library: Path, type_: Type, monkeypatch: pytest.MonkeyPatch) -> None:
    import io

    monkeypatch.setattr(sys, "stdin", io.StringIO("2\n"))
    typed = type_("similar", "even song", "-n", "1", "--json", terminal=True)
    assert typed.status == 0
    assert "Which one" in typed.err
    second = next(line for line in typed.err.splitlines() if line.startswith("  2  "))
    assert typed.json["seed"] in second


def test_an_unknown_track_is_one_line(library: Path, type_: Type) -> None:
    typed = type_("similar", "no such thing")
    assert typed.status == 1
    assert len(typed.err.splitlines()) == 1
    assert typed.err.startswith("musicemb: ")


def test_clusters(library: Path, type_: Type) -> None:
    shown = type_("clusters").text.splitlines()
    assert shown[0].split()[:3] == ["id", "tracks", "name"]
    assert shown[1].split()[:3] == ["0", "20", "Rock"]
    assert "Even - Song 0 · Even - Song 2" in shown[1]
    assert shown[-1] == "1 track in no group, 2% (musicemb clusters -1)"
    document = type_("clusters", "--json").json
    assert [cluster["size"] for cluster in document["clusters"]] == [20, 19]
    assert document["noise"] == 1


def test_one_cluster_most_typical_first(library: Path, type_: Type) -> None:
    document = type_("clusters", "1", "--json").json
    assert [track["title"] for track in document["tracks"]][:4] == ["Song 1", "Song 3", "Song 5", "Song 7"]
    assert len(document["tracks"]) == 19
    assert type_("clusters", "1", "--paths").text.splitlines()[0] == "/music/Odd/01.mp3"
    assert type_("clusters", "1").text.splitlines()[0] == "Jazz, 19 tracks"


def test_tracks_that_stand_alone(library: Path, type_: Type) -> None:
    assert type_("clusters", "-1", "--paths").text == "/music/Odd/39.mp3\n"


def test_an_unknown_cluster(library: Path, type_: Type) -> None:
    typed = type_("clusters", "7")
    assert typed.status == 1
    assert "there is no group 7" in typed.err and "0, 1" in typed.err


def test_paths_of_all_clusters_is_wrong_usage(library: Path, type_: Type) -> None:
    typed = type_("clusters", "--paths")
    assert typed.status == 2
    assert "needs the ID" in typed.err


def test_library_option_in_both_places_and_in_hints(library: Path, type_: Type, tmp_path: Path) -> None:
    with open_catalogue() as catalogue:
        catalogue.mark_gone([1])
    moved = tmp_path / "my library.sqlite"
    library.rename(moved)
    for words in (["--library", moved, "status"], ["status", "--library", moved]):
        typed = type_(*words)
        assert typed.status == 0, typed.err
        assert f'musicemb forget --library "{moved}" --gone' in typed.text
    assert type_("status").status == 1


def test_reading_makes_no_library(type_: Type, own_library: Path) -> None:
    for words in (["status"], ["clusters"], ["similar", "x"], ["forget", "--gone"], ["tag"], ["undo"]):
        typed = type_(*words)
        assert typed.status == 1, words
        assert len(typed.err.splitlines()) == 1
    assert not own_library.exists()


@pytest.mark.skipif(os.name != "posix", reason="file names are text there")
def test_paths_that_are_not_text(library: Path, type_: Type) -> None:
    odd = Path(os.fsdecode(b"/music/Even/caf\xe9\x1b[2J.mp3"))
    with open_catalogue() as catalogue:
        track = embedded(50, title="Odd one", genres=("Rock\x1b[31m",))
        file = type(track.file)(odd, 1, 1)
        catalogue.put_track(type(track)(**{**vars(track), "file": file}), FakeEncoder().id)
    shown = type_("similar", "Song 4", "-n", "39")
    assert shown.status == 2 or b"\x1b" not in shown.out
    found = type_("similar", "Even Song 4", "-n", "39")
    assert b"\x1b" not in found.out
    assert "caf\ufffd\ufffd[2J.mp3" in found.text
    assert os.fsencode(odd) in type_("similar", "Even Song 4", "-n", "39", "--paths").out.split(b"\n")
    assert os.fsencode(odd) in type_("similar", "Even Song 4", "-n", "39", "--m3u8").out.split(b"\n")
    document = type_("similar", "Even Song 4", "-n", "39", "--json")
    document.out.decode("utf-8")
    assert odd in [Path(match["path"]) for match in document.json["matches"]]


@pytest.mark.processes
def test_a_known_track_loads_no_audio_and_no_network(library: Path) -> None:
    loaded = loaded_by("from musicemb.cli import run; run(['similar', 'Even Song 4'])")
    assert "numpy" in loaded
    heavy = {"tensorflow", "keras", "librosa", "numba", "sklearn", "hdbscan", "scipy", "soundfile", "av", "mutagen"}
    assert not loaded & (heavy | {"ai_edge_litert"})


def test_an_artist_or_an_album_as_seed_and_as_answer(library: Path, type_: Type) -> None:
    found = type_("similar", "--artist", "even", "-n", "5", "--json").json
    assert {match["artist"] for match in found["matches"]} == {"Odd"}, "the artist's own are at hand"
    assert type_("similar", "--album", "Album 2", "-n", "3", "--json").status == 0
    found = type_("similar", "even", "song", "4", "--artists", "--json").json
    assert [(one["artist"], one["tracks"]) for one in found["matches"]] == [("Odd", 20)]
    assert (
        type_("similar", "even", "--artists", "--json").json
        == type_("similar", "--artist", "even", "--artists", "--json").json
    ), "words that fit many tracks name the artist"
    assert "40 tracks match" in type_("similar", "song", "--artists").err, "of two artists"
    typed = type_("similar", "--artist", "odd", "--albums", "-n", "2")
    assert typed.status == 0, typed.err
    assert typed.text.splitlines()[0] == "Albums most similar to Odd"
    assert typed.text.count("\n") == 4
    assert "no artist matches 'zappa'" in type_("similar", "--artist", "zappa").err
    assert type_("similar").status == 2
    assert "--where concerns tracks" in type_("similar", "odd song 1", "--artists", "--where").err


def test_words_choose_what_is_compared(library: Path, type_: Type) -> None:
    words = ("similar", "Odd Song 5", "-n", "30", "--where-words", "calm, xyzzy")
    typed = type_(*words, encoder=LISTENING)
    lines = typed.text.splitlines()
    assert (typed.status, lines[0]) == (0, "Most similar to Odd - Song 5, with calm")
    assert typed.err == "not known, and left out: xyzzy\n"
    assert all("/music/Even/" in line for line in lines[2:])  # the odd ones are not calm
    document = type_(*words, "--json", encoder=LISTENING).json
    assert document["where_words"]["unknown"] == ["xyzzy"]
    assert document["where_words"]["tracks"] >= len(document["matches"]) > 0
    closeness = [match["closeness"] for match in document["matches"]]
    assert closeness == sorted(closeness, reverse=True)
    assert all("calm" in match["values"]["moods"] and 0 < match["fit"] < 1 for match in document["matches"])
    assert type_("similar", "Odd Song 5", "--json").json["where_words"] is None


@pytest.mark.parametrize("command", ["similar", "playlist"])
def test_words_that_nobody_knows_are_one_line(command: str, library: Path, type_: Type) -> None:
    typed = type_(command, "Odd Song 5", "--where-words", "xyzzy", encoder=LISTENING)
    assert (typed.status, typed.out, typed.err.count("\n")) == (1, b"", 1)
    assert "no word of 'xyzzy' is known" in typed.err
    assert "scan --reembed" in type_(command, "Odd Song 5", "--where-words", "calm").err


def give_values(library: Path) -> None:
    """Every fourth track is at 126 BPM in 8A, those after it at 90 in 3B; the others were not measured."""
    with open_catalogue(library) as catalogue:
        for number, track in enumerate(catalogue.tracks()):
            if number % 4 == 0:
                values = TrackValues(126.2, 0.9, MusicalKey(9, minor=True), 0.8, -9.3, 1.0, 4.0, 0.9, 0.99)
                catalogue.put_values(track.payload_hash, values)
            elif number % 4 == 1:
                catalogue.put_values(track.payload_hash, TrackValues(90.0, 0.9, MusicalKey(1), 0.8))


def test_values_are_shown_and_asked_for(library: Path, type_: Type) -> None:
    give_values(library)
    shown = type_("similar", "Even Song 4", "-n", "3", "--bpm", "120-128").text.splitlines()
    assert shown[1].split() == ["closeness", "artist", "title", "album", "genre", "bpm", "key", "path"]
    assert all(line.split()[-3:-1] == ["126", "8A"] for line in shown[2:])
    match = type_("similar", "Even Song 4", "--key", "9a+", "--json").json["matches"][0]
    assert (match["bpm"], match["key"], match["camelot"], match["loudness"]) == (126.2, "Am", "8A", -9.3)
    assert type_("similar", "Even Song 4", "--key", "Db", "--paths").text.count("/music/Odd/") == 10
    assert "no other track matches" in type_("similar", "Even Song 4", "--key", "7B").err


def test_where_nothing_was_measured_the_way_to_measure_is_told(library: Path, type_: Type) -> None:
    typed = type_("similar", "Even Song 4", "--bpm", "100-")
    assert (typed.status, typed.text) == (0, "")
    assert "scan --reembed" in typed.err


@pytest.mark.parametrize(
    ("option", "value", "reason"), [("--bpm", "fast", "range of tempos"), ("--key", "H", "no key")]
)
def test_a_limit_that_is_none_is_refused(library: Path, type_: Type, option: str, value: str, reason: str) -> None:
    typed = type_("similar", "Even Song 4", option, value)
    assert typed.status == 2
    assert reason in typed.err
