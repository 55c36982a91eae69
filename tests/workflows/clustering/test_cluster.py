"""Grouping a library: what is stored, what stays, what is told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fake_encoder import made_tag_heads

from musicemb.core.vectors.pca import fit_projection
from musicemb.io.catalogue.catalogue import Catalogue, open_catalogue
from musicemb.records import NOISE, AcousticDescriptors, EmbeddedTrack, FoundFile, GenreOdds, Guess, TrackTags
from musicemb.settings import ClusterSettings
from musicemb.workflows.clustering.cluster import cluster_library, group_library
from musicemb.workflows.clustering.listing import list_clusters

ENCODER = "encoder00001"
CENTRES = np.linalg.qr(np.random.default_rng(7).normal(size=(16, 16)))[0][:6]


def sound(group: int, number: int, spread: float = 0.35) -> np.ndarray:
    rng = np.random.default_rng([group, number])
    vector = CENTRES[group] + spread / 4 * rng.normal(size=16)
    return (vector / np.linalg.norm(vector)).astype(np.float32)


def track(number: int, vector: np.ndarray, **tags: object) -> EmbeddedTrack:
    return EmbeddedTrack(
        FoundFile(Path(f"/music/{number:04}.mp3").absolute(), 1000, number),
        f"hash {number}",
        TrackTags(**tags),  # type: ignore[arg-type]
        180.0,
        "soundfile",
        vector,
        0.9,
        None,
    )


def fill(catalogue: Catalogue, numbers: range, groups: int = 4, genres: tuple[str, ...] = ()) -> None:
    with catalogue.transaction():
        for number in numbers:
            group = number % groups
            tags = {"artist": f"Artist {number % (3 * groups)}", "title": f"Title {number}"}
            words = (genres[group],) if genres and genres[group] else ()
            catalogue.put_track(track(number, sound(group, number), genres=words, **tags), ENCODER)


@pytest.fixture
def catalogue(own_library: Path) -> Iterator[Catalogue]:
    with open_catalogue(own_library) as opened:
        opened.set_active_encoder(ENCODER, "test")
        yield opened


def memberships(catalogue: Catalogue) -> dict[int, int]:
    return {track.id: track.cluster for track in catalogue.tracks() if track.cluster is not None}


def test_groups_are_found_named_and_stored(catalogue: Catalogue) -> None:
    fill(catalogue, range(120), genres=("Rock", "HipHop", "jazz", ""))
    clusters = cluster_library(catalogue, ENCODER, None)
    assert sorted(cluster.id for cluster in clusters) == [1, 2, 3, 4]
    assert [cluster.size for cluster in clusters] == sorted((cluster.size for cluster in clusters), reverse=True)
    assert {cluster.name for cluster in clusters} >= {"Rock", "HipHop", "jazz"}
    assert sum(cluster.name == "mixed" for cluster in clusters) == 1
    assert list_clusters(catalogue) == clusters
    found = {track.id: track for track in catalogue.tracks()}
    for cluster in clusters:
        inside = [track for track in found.values() if track.cluster == cluster.id]
        assert len(inside) == cluster.size
        assert len({(track.id - 1) % 4 for track in inside}) == 1
        assert len(cluster.typical) == 3
        assert {found[track_id].cluster for track_id in cluster.typical} == {cluster.id}
        assert len({found[track_id].tags.artist for track_id in cluster.typical}) == 3


def test_the_projection_is_used(catalogue: Catalogue) -> None:
    fill(catalogue, range(80))
    _, vectors = catalogue.vectors(ENCODER)
    assert len(cluster_library(catalogue, ENCODER, fit_projection(vectors, 6))) == 4


def test_names_come_from_guesses_where_the_listener_says_nothing(catalogue: Catalogue) -> None:
    fill(catalogue, range(80))
    guesses = {row.id: Guess(("Trip-Hop",), 0.8, "genre head") for row in catalogue.tracks() if row.id % 4 == 0}
    catalogue.put_guesses(ENCODER, guesses)
    assert "Trip-Hop" in {cluster.name for cluster in cluster_library(catalogue, ENCODER, None)}


def test_too_few_tracks_are_not_grouped(catalogue: Catalogue) -> None:
    fill(catalogue, range(40))
    assert group_library(catalogue, ENCODER, None).how == "grouped"
    catalogue.mark_gone([row.id for row in catalogue.tracks()][:25])
    grouping = group_library(catalogue, ENCODER, None)
    assert (grouping.how, grouping.clusters, grouping.tracks) == ("too few", (), 15)
    assert list_clusters(catalogue) == []
    assert memberships(catalogue) == {}
    assert group_library(catalogue, ENCODER, None, minimum_tracks=10).how == "grouped"


@pytest.mark.parametrize("count", [0, 1, 2])
def test_next_to_nothing_can_be_asked_for(catalogue: Catalogue, count: int) -> None:
    fill(catalogue, range(count))
    assert group_library(catalogue, ENCODER, None).how == "too few"
    assert group_library(catalogue, ENCODER, None, minimum_tracks=0).clusters == ()


def test_nothing_new_changes_nothing(catalogue: Catalogue) -> None:
    fill(catalogue, range(120))
    first = group_library(catalogue, ENCODER, None)
    stored = memberships(catalogue)
    again = group_library(catalogue, ENCODER, None)
    assert again.how == "unchanged"
    assert again.clusters == first.clusters
    assert again.noise == first.noise
    assert memberships(catalogue) == stored


def test_a_few_newcomers_join_what_is_there(catalogue: Catalogue) -> None:
    fill(catalogue, range(200))
    names = {cluster.id: cluster.name for cluster in cluster_library(catalogue, ENCODER, None)}
    stored = memberships(catalogue)
    fill(catalogue, range(200, 206))
    grouping = group_library(catalogue, ENCODER, None)
    assert grouping.how == "joined"
    now = memberships(catalogue)
    assert {row: now[row] for row in stored} == stored
    homes = {(row - 1) % 4: cluster for row, cluster in stored.items() if cluster != NOISE}
    assert [now[row] for row in range(201, 207)] == [homes[(row - 1) % 4] for row in range(201, 207)]
    assert {cluster.id: cluster.name for cluster in grouping.clusters} == names
    assert sum(cluster.size for cluster in grouping.clusters) + grouping.noise == 206
    assert list_clusters(catalogue) == list(grouping.clusters)


def test_many_small_steps_are_a_large_one(catalogue: Catalogue) -> None:
    fill(catalogue, range(200))
    cluster_library(catalogue, ENCODER, None)
    how = []
    for start in range(200, 230, 6):
        fill(catalogue, range(start, start + 6))
        how.append(group_library(catalogue, ENCODER, None).how)
    assert how[0] == "joined"
    assert "grouped" in how[1:3]


def test_ids_and_names_stay_when_all_is_clustered_again(catalogue: Catalogue) -> None:
    fill(catalogue, range(200), groups=4)
    before = {cluster.id: cluster.name for cluster in cluster_library(catalogue, ENCODER, None)}
    stored = memberships(catalogue)
    with catalogue.transaction():
        for number in range(200, 290):  # a fifth sound arrives, the largest of all
            catalogue.put_track(track(number, sound(5, number), artist=f"Newcomer {number}"), ENCODER)
    grouping = group_library(catalogue, ENCODER, None)
    assert grouping.how == "grouped"
    after = {cluster.id: cluster.name for cluster in grouping.clusters}
    assert {cluster: after[cluster] for cluster in before} == before
    assert set(after) - set(before) == {5}
    assert grouping.clusters[0].id == 5
    now = memberships(catalogue)
    kept = [now[row] == cluster for row, cluster in stored.items() if cluster != NOISE and now[row] != NOISE]
    assert np.mean(kept) > 0.95


def test_an_id_is_not_given_to_another_cluster(catalogue: Catalogue) -> None:
    fill(catalogue, range(200))
    cluster_library(catalogue, ENCODER, None)
    lost = next(iter(memberships(catalogue).values()))
    catalogue.mark_gone([row for row, cluster in memberships(catalogue).items() if cluster == lost])
    with catalogue.transaction():
        for number in range(300, 380):
            catalogue.put_track(track(number, sound(5, number)), ENCODER)
    ids = {cluster.id for cluster in cluster_library(catalogue, ENCODER, None)}
    assert lost not in ids
    assert 5 in ids


def test_tracks_that_left_are_not_counted(catalogue: Catalogue) -> None:
    fill(catalogue, range(200))
    cluster_library(catalogue, ENCODER, None)
    catalogue.mark_gone([1, 2, 3])
    assert (
        sum(cluster.size for cluster in list_clusters(catalogue))
        + sum(cluster == NOISE for cluster in memberships(catalogue).values())
        == 197
    )


def test_a_changed_recording_finds_its_new_place(catalogue: Catalogue) -> None:
    fill(catalogue, range(200))
    cluster_library(catalogue, ENCODER, None)
    first = memberships(catalogue)
    changed = track(0, sound(1, 999))
    catalogue.put_track(replace(changed, payload_hash="another recording"), ENCODER)
    assert group_library(catalogue, ENCODER, None).how == "joined"
    assert memberships(catalogue)[1] == first[2] != first[1]


def test_numbers_that_are_given_cluster_again(catalogue: Catalogue) -> None:
    fill(catalogue, range(200))
    cluster_library(catalogue, ENCODER, None)
    assert group_library(catalogue, ENCODER, None, ClusterSettings(min_cluster_size=4)).how == "grouped"
    assert group_library(catalogue, ENCODER, None, again=True).how == "grouped"


def test_a_library_without_structure_is_said_to_be_one(catalogue: Catalogue) -> None:
    with catalogue.transaction():
        for number in range(60):
            catalogue.put_track(track(number, sound(0, 0)), ENCODER)
    grouping = group_library(catalogue, ENCODER, None)
    assert "one group holds 100% of the tracks" in grouping.clustering.fault
    assert len(grouping.clusters) == 1


def test_every_noise_track_knows_its_nearest_cluster(catalogue: Catalogue) -> None:
    fill(catalogue, range(200))
    with catalogue.transaction():
        for number in range(300, 306):
            stray = -CENTRES[:4].sum(axis=0) + np.random.default_rng(number).normal(size=16) * 0.2
            catalogue.put_track(track(number, (stray / np.linalg.norm(stray)).astype(np.float32)), ENCODER)
    grouping = group_library(catalogue, ENCODER, None)
    noise = [row for row in catalogue.tracks() if row.cluster == NOISE]
    assert grouping.noise == len(noise) > 0
    near = catalogue.nearest_clusters(ENCODER)
    assert all(near[row.id] in {cluster.id for cluster in grouping.clusters} for row in noise)
    assert all(0 < row.strength < 1 for row in noise)


def test_encoders_are_kept_apart(catalogue: Catalogue) -> None:
    fill(catalogue, range(60))
    cluster_library(catalogue, ENCODER, None)
    assert cluster_library(catalogue, "another", None) == []
    assert len(list_clusters(catalogue)) == 4
    assert list_clusters(catalogue, "another") == []
    assert list_clusters(open_catalogue(catalogue.path.with_name("new.sqlite"))) == []


def test_a_given_name_sticks_when_all_is_clustered_again(catalogue: Catalogue) -> None:
    fill(catalogue, range(120), genres=("Rock", "", "", ""))
    chosen = next(one for one in cluster_library(catalogue, ENCODER, None) if one.name == "Rock")
    catalogue.give_name(ENCODER, chosen.id, "For the evening")
    again = {one.id: one for one in group_library(catalogue, ENCODER, None, again=True).clusters}
    assert (again[chosen.id].name, again[chosen.id].given) == ("For the evening", True)
    catalogue.give_name(ENCODER, chosen.id, "")
    assert next(one for one in list_clusters(catalogue) if one.id == chosen.id).name == "Rock"


def test_groups_without_genres_are_called_by_their_sound(catalogue: Catalogue) -> None:
    fill(catalogue, range(120))
    for one in catalogue.tracks():
        slow = int(one.path.stem) % 4 == 0
        catalogue.put_descriptors(one.id, AcousticDescriptors(70.0 if slow else 130.0, 800.0 if slow else 1600.0, 40.0))
    found = group_library(catalogue, ENCODER, None).clusters
    by_words = {one.name: one for one in found if "slow" in one.name}
    assert len(by_words) == 1
    (name,) = by_words
    assert set(name.split(", ")) == {"slow", "dark"}
    assert "dark: 800 Hz, elsewhere 1,600" in by_words[name].traits
    assert [one.traits for one in list_clusters(catalogue) if one.name == name] == [by_words[name].traits]


def test_groups_without_a_tag_are_called_by_the_genre_that_is_heard(catalogue: Catalogue) -> None:
    fill(catalogue, range(120))
    guess = Guess(("electronic",), 0.7, "genre head")
    catalogue.put_guesses(ENCODER, {next(iter(catalogue.tracks())).id: guess})  # said elsewhere, so it may be here
    odds = {track.id: GenreOdds({"electronic": 0.5}, 0.5, "genre head") for track in catalogue.tracks()}
    weights = np.stack([8 * CENTRES[0], 8 * CENTRES[1]], axis=1).astype(np.float32)
    heads = replace(made_tag_heads(("techno", "genre"), ("metal", "genre")), weights=weights)
    grouping = group_library(catalogue, ENCODER, None, tag_heads=heads, odds=odds)
    # Techno, which is heard, is guessed of no track and may be no word of theirs; no guess leans to metal.
    assert sum(cluster.name == "Electronic" for cluster in grouping.clusters) == 1
    assert not any("Metal" in cluster.name for cluster in grouping.clusters)


def test_groups_of_tracks_that_were_not_described_have_no_traits(catalogue: Catalogue) -> None:
    fill(catalogue, range(120))
    assert all(one.traits == () for one in group_library(catalogue, ENCODER, None).clusters)


def labels_by_number(catalogue: Catalogue) -> dict[str, int]:
    return {one.path.name: one.cluster for one in catalogue.tracks() if one.cluster is not None}


def test_the_order_of_scans_does_not_decide(catalogue: Catalogue, tmp_path: Path) -> None:
    for start in range(0, 160, 16):
        fill(catalogue, range(start, start + 16), genres=("Rock", "Jazz", "Folk", "Soul"))
        group_library(catalogue, ENCODER, None)
    grown, names = labels_by_number(catalogue), {one.id: one.name for one in list_clusters(catalogue)}
    with open_catalogue(tmp_path / "fresh.sqlite") as fresh:
        fresh.set_active_encoder(ENCODER, "test")
        fill(fresh, range(160), genres=("Rock", "Jazz", "Folk", "Soul"))
        group_library(fresh, ENCODER, None)
        anew, new_names = labels_by_number(fresh), {one.id: one.name for one in list_clusters(fresh)}
    assert {path: names.get(one) for path, one in grown.items()} == {
        path: new_names.get(one) for path, one in anew.items()
    }


def test_a_group_that_was_away_comes_back_with_its_id_and_the_listeners_name(catalogue: Catalogue) -> None:
    fill(catalogue, range(120), genres=("Rock", "Jazz", "Folk", "Soul"))
    group_library(catalogue, ENCODER, None)
    before = memberships(catalogue)
    away = [one.id for one in catalogue.tracks() if (one.id - 1) % 4 == 2]
    home = before[away[0]]
    catalogue.give_name(ENCODER, home, "Camp fire")
    catalogue.mark_gone(away)
    assert group_library(catalogue, ENCODER, None).how == "grouped"
    assert home not in {one.id for one in list_clusters(catalogue)}
    catalogue.mark_found(away)
    assert group_library(catalogue, ENCODER, None).how == "grouped"
    assert memberships(catalogue) == before
    assert {one.id: one.name for one in list_clusters(catalogue)}[home] == "Camp fire"


def test_no_group_becomes_smaller_than_the_smallest(catalogue: Catalogue) -> None:
    fill(catalogue, range(400), groups=4)
    group_library(catalogue, ENCODER, None)
    smallest = catalogue.clustering(ENCODER).smallest
    assert smallest >= 3
    fill(catalogue, range(400, 400 + smallest), groups=1)  # of the first group
    inside = [one.id for one in catalogue.tracks() if one.cluster == catalogue.track(2).cluster]
    while len(inside) > 1:
        gone, inside = inside[:15], inside[15:]
        catalogue.mark_gone(gone)
        group_library(catalogue, ENCODER, None)
        assert all(one.size >= catalogue.clustering(ENCODER).smallest for one in list_clusters(catalogue))


def test_small_changes_add_up_to_a_full_grouping(catalogue: Catalogue) -> None:
    fill(catalogue, range(400))
    group_library(catalogue, ENCODER, None)
    hows = []
    for number in range(400, 432, 4):
        fill(catalogue, range(number, number + 4))
        hows.append(group_library(catalogue, ENCODER, None).how)
    assert hows == ["joined"] * 5 + ["grouped"] + ["joined"] * 2
    assert group_library(catalogue, ENCODER, None).how == "unchanged"
    assert group_library(catalogue, ENCODER, None, again=True).how == "grouped"
