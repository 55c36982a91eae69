"""playlist as it is typed, and the newer options of similar."""

from __future__ import annotations

import itertools
import os
from pathlib import Path

import pytest
from fake_encoder import FakeEncoder
from searched_library import LISTENING
from typed_commands import Type, embedded

from musicemb.io.catalogue.catalogue import open_catalogue
from musicemb.records import MusicalKey, TrackValues

EVIL = "\x1b[31m<script>\r\n#EXTINF:1,\x00\u2028שיר 🎵"


def test_a_playlist_is_printed(library: Path, type_: Type) -> None:
    typed = type_("playlist", "Even Song 4", "--tracks", "5")
    lines = typed.text.splitlines()
    assert typed.status == 0
    assert lines[:3] == ["#EXTM3U", "#EXTINF:180,Even - Song 4", "/music/Even/04.mp3"]
    assert len(lines) == 11
    assert type_("playlist", "Even Song 4", "--tracks", "5").out == typed.out


def test_a_dash_prints_it_too(library: Path, type_: Type, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    words = ("playlist", "Even Song 4", "--tracks", "3")
    assert type_(*words, "-o", "-").text == type_(*words).text != ""
    assert list(tmp_path.iterdir()) == []
    assert type_("playlist", "--all-groups", "-o", "-").status == 2


def test_a_way_and_a_cluster(library: Path, type_: Type) -> None:
    typed = type_("playlist", "--from", "Even Song 4", "--to", "Odd Song 7", "--tracks", "6", "--json")
    paths = [track["path"] for track in typed.json["tracks"]]
    assert (paths[0], paths[-1], len(paths)) == ("/music/Even/04.mp3", "/music/Odd/07.mp3", 6)
    document = type_("playlist", "--cluster", "1", "--minutes", "12", "--json").json
    assert {track["cluster"] for track in document["tracks"]} == {1}
    assert document["duration"] == pytest.approx(4 * 180.4)


@pytest.mark.skipif(os.name != "posix", reason="the library's paths are POSIX's")
def test_output_is_relative_whole_or_refused(library: Path, type_: Type, tmp_path: Path) -> None:
    target = tmp_path / "list.m3u8"
    typed = type_("playlist", "Even Song 4", "--tracks", "2", "-o", target)
    assert (typed.status, typed.out) == (0, b"")
    assert target.read_text().splitlines()[3] == os.path.relpath("/music/Even/04.mp3", tmp_path)
    before = target.read_bytes()
    typed = type_("playlist", "Even Song 4", "-o", target)
    assert typed.status == 2
    assert "--force" in typed.err
    assert target.read_bytes() == before
    assert type_("playlist", "Even Song 4", "-o", target, "--force", "--absolute").status == 0
    assert target.read_text().splitlines()[1] == "#PLAYLIST:list"
    assert target.read_text().splitlines()[3] == "/music/Even/04.mp3"
    assert [path.name for path in tmp_path.glob("*.m3u8*")] == ["list.m3u8"]
    assert not list(tmp_path.glob("*.part"))
    shown = type_("playlist", "Even Song 4", "--relative-to", "/music").text
    assert shown.splitlines()[2] == "Even/04.mp3"
    for bad in (tmp_path, tmp_path / "no" / "list.m3u8"):
        assert type_("playlist", "Even Song 4", "-o", bad).status == 1


def test_another_drive_is_whole_and_said(library: Path, type_: Type, monkeypatch: pytest.MonkeyPatch) -> None:
    def other_drive(*_: object) -> str:
        raise ValueError("path is on mount 'C:', start on mount 'D:'")

    monkeypatch.setattr("musicemb.io.output.playlist_paths.os.path.relpath", other_drive)
    typed = type_("playlist", "Even Song 4", "--tracks", "2", "--relative-to", "/elsewhere")
    assert typed.status == 0
    assert "/music/Even/04.mp3" in typed.text.splitlines()
    assert "another drive" in typed.err


def test_evil_titles_are_one_line(library: Path, type_: Type) -> None:
    with open_catalogue(library) as catalogue:
        catalogue.put_track(embedded(50, title=EVIL, artist="Even\udcff"), FakeEncoder().id)
    typed = type_("playlist", "/music/Even/50.mp3", "--tracks", "1")
    assert typed.status == 0, typed.err
    lines = typed.text.split("\n")
    assert len(lines) == 4
    assert lines[1].startswith("#EXTINF:180,Even")
    assert not set(typed.text) & set("\x1b\x00\r\u2028")


@pytest.mark.skipif(os.name != "posix", reason="file names are text there")
def test_paths_that_are_not_text_are_said(library: Path, type_: Type) -> None:
    import dataclasses

    track = embedded(51)
    odd = dataclasses.replace(track.file, path=Path(os.fsdecode(b"/music/Odd/caf\xe9.mp3")))
    with open_catalogue(library) as catalogue:
        catalogue.put_track(dataclasses.replace(track, file=odd), FakeEncoder().id)
    typed = type_("playlist", "Odd Song 51", "--tracks", "1")
    assert b"/music/Odd/caf\xe9.mp3\n" in typed.out
    assert "not UTF-8" in typed.err


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["Even Song 4", "--cluster", "1"],
        ["--all-groups"],
        ["--all-groups", "-o", "x", "--name", "y"],
        ["--all-groups", "--cluster", "1", "-o", "x"],
        ["Even Song 4", "--prefix", "/music"],
        ["Even Song 4", "--prefix", "/music=/m", "--absolute"],
        ["--from", "Even Song 4"],
        ["Even Song 4", "--tracks", "3", "--minutes", "3"],
        ["Even Song 4", "--absolute", "--relative-to", "."],
        ["--cluster", "1", "--within", "rock"],
        ["--from", "Even Song 4", "--to", "Odd Song 1", "--tracks", "1"],
    ],
)
def test_wrong_usage(library: Path, type_: Type, words: list[str]) -> None:
    typed = type_("playlist", *words)
    assert typed.status == 2
    assert typed.out == b""


@pytest.mark.skipif(os.name != "posix", reason="the library's paths are POSIX's")
def test_a_playlist_of_every_group(library: Path, type_: Type, tmp_path: Path) -> None:
    folder = tmp_path / "playlists"
    typed = type_("playlist", "--all-groups", "-o", folder, "--prefix", "/music=/media", "--json")
    assert typed.status == 0, typed.err
    told = [(one["cluster"], one["name"], one["size"], Path(one["output"]).name) for one in typed.json["playlists"]]
    assert told == [(0, "Rock", 20, "Rock.m3u8"), (1, "Jazz", 19, "Jazz.m3u8")]
    lines = (folder / "Jazz.m3u8").read_text().splitlines()
    assert lines[:5] == [
        "#EXTM3U",
        "#PLAYLIST:Jazz",
        "# musicemb group 1",
        "#EXTINF:180,Odd - Song 1",
        "/media/Odd/01.mp3",
    ]
    assert len(lines) == 3 + 2 * 19

    # Again with another length: our own are replaced, and what is no group's any more is told.
    assert type_("clusters", "--rename", "0", "Loud").status == 0
    typed = type_("playlist", "--all-groups", "-o", folder, "--tracks", "3", "--json")
    assert typed.status == 0, typed.err
    assert [one["size"] for one in typed.json["playlists"]] == [3, 3]
    assert [Path(path).name for path in typed.json["old"]] == ["Rock.m3u8"]
    assert "Rock.m3u8" in typed.err
    assert (folder / "Loud.m3u8").read_text().count("#EXTINF") == 3


def test_a_file_of_the_listener_is_left_alone(library: Path, type_: Type, tmp_path: Path) -> None:
    (tmp_path / "Jazz.xspf").write_text("my own")
    typed = type_("playlist", "--all-groups", "-o", tmp_path, "--format", "xspf")
    assert typed.status == 2
    assert "Jazz.xspf exists" in typed.err
    assert [path.name for path in tmp_path.iterdir()] == ["Jazz.xspf"]
    assert type_("playlist", "--all-groups", "-o", tmp_path, "--format", "xspf", "--force").status == 0
    assert "<annotation>musicemb group 1</annotation>" in (tmp_path / "Jazz.xspf").read_text()


def test_no_groups_and_no_folder_are_said(own_library: Path, library: Path, type_: Type, tmp_path: Path) -> None:
    typed = type_("playlist", "--all-groups", "-o", tmp_path / "no" / "where")
    assert (typed.status, typed.err.count("\n")) == (1, 1)
    assert "cannot be made" in typed.err
    with open_catalogue(library) as catalogue:
        catalogue.put_clusters(FakeEncoder().id, [], {})
    typed = type_("playlist", "--all-groups", "-o", tmp_path)
    assert typed.status == 1
    assert "no groups yet" in typed.err


def test_a_playlist_is_named(library: Path, type_: Type, tmp_path: Path) -> None:
    assert type_("playlist", "--cluster", "1").text.splitlines()[1] == "#PLAYLIST:Jazz"
    assert type_("playlist", "--cluster", "1", "--name", "For me").text.splitlines()[1] == "#PLAYLIST:For me"
    assert type_("playlist", "Even Song 4", "-o", tmp_path / "x.xspf", "--json").json["name"] == "x"
    assert "<title>x</title>" in (tmp_path / "x.xspf").read_text()


def test_a_curve_of_tempo(library: Path, type_: Type) -> None:
    import dataclasses

    from musicemb.records import TrackValues

    assert "--reembed" in type_("playlist", "--cluster", "1", "--curve", "arc").err
    with open_catalogue(library) as catalogue:
        for number in range(60, 72, 2):
            track = dataclasses.replace(embedded(number), values=TrackValues(bpm=240.0 - number, bpm_confidence=0.9))
            catalogue.put_track(track, FakeEncoder().id)
    like = ("playlist", "Even Song 60", "-n", "30")
    rising = type_(*like, "--curve", "warm-up").text.splitlines()[2::2]
    found = [int(Path(path).stem) for path in rising if int(Path(path).stem) >= 60]
    assert found == sorted(found, reverse=True)  # the higher its number, the slower
    assert set(rising) == set(type_(*like).text.splitlines()[2::2])
    assert type_("playlist", "--from", "Even Song 4", "--to", "Odd Song 7", "--curve", "arc").status == 2


def test_similar_takes_several_and_leaves_out(library: Path, type_: Type) -> None:
    document = type_("similar", "Even Song 4", "Odd Song 5", "--not", "Even Song 6", "--json").json
    assert len(document["seeds"]) == 2
    assert document["unlike"] == ["/music/Even/06.mp3"]
    assert not {"/music/Even/04.mp3", "/music/Odd/05.mp3", "/music/Even/06.mp3"} & {
        match["path"] for match in document["matches"]
    }
    shown = type_("similar", "Even Song 4", "-n", "2", "--where", "--within", "Jazz").text
    assert "/music/Odd/" in shown
    assert "/music/Even/" not in shown
    assert "no segments are stored" in shown
    assert type_("similar", "Even Song 4", "--within", "polka").status == 1


@pytest.mark.parametrize("way", [["Odd Song 5"], ["--from", "Odd Song 5", "--to", "Odd Song 7"], ["--cluster", "0"]])
def test_words_choose_all_but_what_is_named(way: list[str], library: Path, type_: Type) -> None:
    typed = type_("playlist", *way, "-n", "6", "--where-words", "calm", "--json", encoder=LISTENING)
    assert typed.status == 0, typed.err
    named = {"Song 5", "Song 7"}
    artists = {track["artist"] for track in typed.json["tracks"] if track["title"] not in named}
    assert artists == {"Even"}  # the odd ones are not calm
    assert typed.json["where_words"]["used"][0]["name"] == "calm"


def test_tempo_key_and_what_mixes(library: Path, type_: Type) -> None:
    keys = [MusicalKey(9, minor=True), MusicalKey(0), MusicalKey(6)]
    with open_catalogue(library) as catalogue:
        for number, track in enumerate(catalogue.tracks()):
            catalogue.put_values(track.payload_hash, TrackValues(100.0 + number, 0.9, keys[number % 3], 0.8))
    chosen = type_("playlist", "Even Song 4", "--bpm", "110-120", "-n", "5", "--spacing", "0", "--json").json["tracks"]
    assert all(110 <= track["bpm"] <= 120 for track in chosen[1:])
    mixed = type_("playlist", "--cluster", "0", "--harmonic", "--json").json["tracks"]
    wheel = [track["camelot"] == "2B" for track in mixed]
    assert sum(one != two for one, two in itertools.pairwise(wheel)) == 1  # F sharp comes once, all of it together
    way = ("playlist", "--from", "Even Song 4", "--to", "Odd Song 3", "--json")
    assert all(track["key"] != "F#" for track in type_(*way, "--key", "8A,8B").json["tracks"][1:-1])
    assert type_("playlist", "--all-groups", "-o", "x", "--harmonic").status == 2
