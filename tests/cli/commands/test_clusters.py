"""clusters: names that are given, what sets a group apart, what stands alone; scan --mixes."""

from __future__ import annotations

from pathlib import Path

import pytest
import sounds
from searched_library import LISTENING
from typed_commands import Type, embedded

from musicemb.io.catalogue.catalogue import open_catalogue
from musicemb.records import AcousticDescriptors, Cluster, Clustering, Family


def test_a_given_name_is_shown_and_taken_back(library: Path, type_: Type) -> None:
    typed = type_("clusters", "--rename", "0", "For  the\nevening")
    assert typed.status == 0, typed.err
    assert "For the evening" in typed.text
    first = type_("clusters", "--json").json["clusters"][0]
    assert (first["name"], first["given"]) == ("For the evening", True)
    assert type_("clusters", "0").text.startswith("For the evening, 20 tracks")
    typed = type_("clusters", "--rename", "0", "", "--json")
    assert (typed.json["clusters"][0]["name"], typed.json["clusters"][0]["given"]) == ("Rock", False)


def test_what_cannot_be_renamed_is_one_line(library: Path, type_: Type) -> None:
    unknown = type_("clusters", "--rename", "9", "x")
    assert unknown.status == 1
    assert unknown.err.splitlines() == ["musicemb: there is no group 9; musicemb clusters lists them (ids: 0, 1)"]
    alone = type_("clusters", "--rename", "-1", "x")
    assert alone.status == 2
    assert "-1 is not a group" in alone.err


def test_what_sets_a_group_apart(library: Path, type_: Type) -> None:
    with open_catalogue(library) as catalogue:
        ids = [track.id for track in catalogue.tracks()]
        labels = {id_: (number % 2, 0.9, number % 2) for number, id_ in enumerate(ids)}
        traits = ("dark: 900 Hz, elsewhere 1,500",)
        catalogue.put_clusters("fake00000000", [Cluster(0, "dark", 20, traits=traits), Cluster(1, "x", 20)], labels)
    typed = type_("clusters", "0")
    assert typed.text.splitlines()[1].strip() == "dark: 900 Hz, elsewhere 1,500"
    assert "scan --reembed" in typed.err
    assert type_("clusters", "0", "--json").json["traits"] == ["dark: 900 Hz, elsewhere 1,500"]
    with open_catalogue(library) as catalogue:
        catalogue.put_descriptors(ids[0], AcousticDescriptors(100.0, 900.0, 40.0))
    assert "reembed" not in type_("clusters", "0").err


@pytest.mark.processes
def test_scan_mixes_is_remembered(own_library: Path, tmp_path: Path, type_: Type) -> None:
    music = tmp_path / "music"
    sounds.write(music / "a.wav", sounds.music(2, 1, sample_rate=16_000, channels=1), 16_000)
    for options, wanted in (((), False), (("--mixes",), True), ((), True), (("--no-mixes",), False)):
        typed = type_("scan", music, "--workers", "1", *options)
        assert typed.status == 0, typed.err
        with open_catalogue(own_library, read_only=True) as catalogue:
            assert catalogue.with_mixes is wanted


def test_a_mix_is_told(library: Path, type_: Type) -> None:
    import sqlite3

    connection = sqlite3.connect(library)
    with connection:
        connection.execute("UPDATE track SET duration = 1300 WHERE id = (SELECT max(id) FROM track)")
    connection.close()
    typed = type_("clusters")
    assert "scan --mixes" in typed.err
    assert type_("clusters", "--json").json["mixes"] == 1
    mixes = [track["mix"] for track in type_("clusters", "-1", "--json").json["tracks"]]
    assert mixes == [True]


def test_what_stands_alone_is_shown_with_the_group_that_it_almost_belongs_to(library: Path, type_: Type) -> None:
    lines = type_("clusters", "-1").text.splitlines()
    assert lines[1].split()[:3] == ["strength", "artist", "title"]
    assert "nearest group" in lines[1]
    assert "1 Jazz" in lines[2]
    assert "nearest group" not in type_("clusters", "1").text
    (track,) = type_("clusters", "-1", "--json").json["tracks"]
    assert (track["cluster"], track["nearest"], track["strength"]) == (-1, 1, 0.0)
    matches = type_("similar", "Odd Song 1", "-n", "30", "--json").json["matches"]
    assert [match["nearest"] for match in matches if match["cluster"] == -1] == [1]


def test_why_names_the_group_that_a_lone_track_is_nearest_to(library: Path, type_: Type) -> None:
    assert "the nearest one is Jazz (group 1), strength 0.00" in type_("why", "Odd Song 39").text
    assert type_("why", "Odd Song 39", "--json").json["nearest_name"] == "Jazz"
    assert "in no group" not in type_("why", "Odd Song 37").text


def test_status_repeats_how_the_groups_came_about(library: Path, type_: Type) -> None:
    assert type_("status", "--json").json["notes"] == []
    with open_catalogue(library) as catalogue:
        labels = {track.id: (0, 0.9, 0) for track in catalogue.tracks()}
        made = Clustering("20 tracks", "half of the tracks in no group", "one group holds nearly all")
        catalogue.put_clusters("fake00000000", [Cluster(0, "Rock", 40)], labels, made)
    shown = type_("status").text
    assert "HDBSCAN" not in shown
    assert "does not suit this library (half of the tracks in no group)" in type_("clusters", "--details").err
    assert "the groups are of limited use: one group holds nearly all" in shown
    assert len(type_("status", "--json").json["notes"]) == 1


def test_a_genre_of_ten_thousand_letters_is_cut(library: Path, type_: Type) -> None:
    with open_catalogue(library) as catalogue:
        catalogue.put_track(embedded(0, genres=("x" * 10_240,)), "fake00000000")
    assert max(len(line) for line in type_("clusters", "0").text.splitlines()) < 200
    assert max(len(line) for line in type_("similar", "Even Song 4", "-n", "19").text.splitlines()) < 250


def test_nobody_alone_is_no_table(library: Path, type_: Type) -> None:
    with open_catalogue(library) as catalogue:
        labels = {track.id: (0, 0.9, 0) for track in catalogue.tracks()}
        catalogue.put_clusters("fake00000000", [Cluster(0, "Rock", 40)], labels)
    assert type_("clusters", "-1").text == "in no group, 0 tracks\n"


def test_two_levels_where_the_tree_has_them(library: Path, type_: Type) -> None:
    plain = type_("clusters", "--tree")
    assert plain.text == type_("clusters").text
    assert "one level only: 2 groups in which HDBSCAN's tree shows no families" in plain.err
    assert type_("clusters", "--json").json["families"] == []
    with open_catalogue(library) as catalogue:
        labels = {track.id: (number % 4, 0.9, 0) for number, track in enumerate(catalogue.tracks())}
        clusters = [Cluster(number, f"Group {'abcd'[number]}", 10) for number in range(4)]
        made = Clustering(families=(Family("Electronic", (0, 3)),))
        catalogue.put_clusters("fake00000000", clusters, labels, made)
    typed = type_("clusters", "--tree")
    assert "one level" not in typed.err
    assert [line.split()[:3] for line in typed.text.splitlines()[1:4]] == [
        ["20", "Electronic"],
        ["0", "10", "Group"],
        ["3", "10", "Group"],
    ]
    document = type_("clusters", "--json").json
    assert document["families"] == [{"name": "Electronic", "size": 20, "clusters": [0, 3]}]
    assert [one["parent"] for one in document["clusters"]] == ["Electronic", None, None, "Electronic"]
    assert type_("clusters", "3", "--json").json["parent"] == "Electronic"
    with_id = type_("clusters", "3", "--tree")
    assert with_id.status == 2 and "leave the ID out" in with_id.err


def test_what_most_tracks_of_a_cluster_sound_like(library: Path, type_: Type) -> None:
    typed = type_("clusters", encoder=LISTENING)
    assert "most sound like" in typed.text.splitlines()[0]
    document = type_("clusters", "--json", encoder=LISTENING).json
    told = [cluster["values"]["moods"] + cluster["values"]["instruments"] for cluster in document["clusters"]]
    assert sorted(told) == [["calm"], ["piano"]]
    one = type_("clusters", str(document["clusters"][0]["cluster"]), encoder=LISTENING).text.splitlines()
    assert one[1].startswith("  most sound like: mood ") and "era not known" in one[1]
    assert type_("clusters", "0", "--json").json["values"] is None  # an encoder without tag heads
    assert "most sound like" not in type_("clusters").text


def test_too_few_tracks_for_groups_are_told_with_what_to_do(own_library: Path, type_: Type) -> None:
    with open_catalogue(own_library) as catalogue:
        catalogue.set_active_encoder("fake00000000", "fake")
        for number in range(2):
            catalogue.put_track(embedded(number), "fake00000000")
    typed = type_("clusters")
    assert typed.status == 0
    assert typed.err == "no groups among 2 tracks: at least 30 are needed; musicemb scan FOLDER adds music\n"
