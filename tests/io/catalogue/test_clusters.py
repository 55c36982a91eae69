"""What the catalogue keeps about clusters: how they came about, what the listener called them, how tracks sound."""

from __future__ import annotations

from dataclasses import replace

import pytest
from made_tracks import embedded, group, put

from musicemb.errors import CatalogueError
from musicemb.io.catalogue.catalogue import Catalogue, open_catalogue
from musicemb.records import NOISE, AcousticDescriptors, Cluster, Clustering, Guess

ENCODER = "first"
SOUND = AcousticDescriptors(120.0, 1800.0, 6.5)


def test_how_clusters_came_about_is_kept_until_it_is_replaced(catalogue: Catalogue) -> None:
    assert catalogue.clustering(ENCODER) == Clustering()
    facts = Clustering("clusters of 5 or more", "72% of the tracks belong to no cluster", "", 7)
    clusters = [Cluster(7, "calm", 0, traits=("slow: 70 BPM", "dark"))]
    catalogue.put_clusters(ENCODER, clusters, {}, facts)
    assert catalogue.clusters(ENCODER) == clusters
    catalogue.put_clusters(ENCODER, [], {})
    assert catalogue.clustering(ENCODER) == facts
    catalogue.put_clusters(ENCODER, [], {}, Clustering())
    assert catalogue.clustering(ENCODER) == Clustering()
    assert catalogue.clustering("another") == Clustering()


def test_a_given_name_outlives_the_cluster_and_can_be_taken_back(catalogue: Catalogue) -> None:
    catalogue.put_clusters(ENCODER, [Cluster(3, "around Nobody", 0)], {})
    catalogue.give_name(ENCODER, 3, "für \udcff später")
    assert catalogue.clusters(ENCODER) == [Cluster(3, "für \udcff später", 0, given=True)]
    catalogue.put_clusters(ENCODER, [], {})
    assert catalogue.given_names(ENCODER) == {3: "für \udcff später"}
    catalogue.put_clusters(ENCODER, [Cluster(3, "Rock", 0)], {})
    catalogue.give_name(ENCODER, 3, "")
    assert catalogue.clusters(ENCODER) == [Cluster(3, "Rock", 0)]
    assert catalogue.given_names(ENCODER) == {}


def test_the_wish_for_mixes_is_remembered(catalogue: Catalogue) -> None:
    assert not catalogue.with_mixes
    catalogue.want_mixes(True)
    with open_catalogue(catalogue.path, read_only=True) as other:
        assert other.with_mixes
    catalogue.want_mixes(False)
    assert not catalogue.with_mixes


def test_what_an_encoder_was_told_goes_with_it(catalogue: Catalogue) -> None:
    row = catalogue.put_track(embedded(descriptors=SOUND), "old")
    catalogue.put_clusters("old", [Cluster(1, "x", 1)], {row: (1, 1.0, 1)}, Clustering("plain"))
    catalogue.give_name("old", 1, "mine")
    catalogue.delete_vectors("old")
    assert (catalogue.clustering("old"), catalogue.given_names("old")) == (Clustering(), {})
    assert catalogue.descriptors() == {row: SOUND}


def test_long_pieces_are_mixes(catalogue: Catalogue) -> None:
    row = catalogue.put_track(embedded(), ENCODER)
    assert not catalogue.track(row).is_mix
    assert not replace(catalogue.track(row), duration=1200.0).is_mix
    assert replace(catalogue.track(row), duration=1200.1).is_mix


def dump(catalogue: Catalogue) -> list[str]:
    return list(catalogue._connection.iterdump())


def test_new_clusters_replace_the_last(catalogue: Catalogue) -> None:
    ids = [put(catalogue, number) for number in range(3)]
    group(catalogue, *ids)
    clusters = [Cluster(0, "loud / fast", 1, (ids[1],)), Cluster(4, "quiet", 1, (ids[0],))]
    labels = {ids[0]: (4, 1.0, 4), ids[1]: (0, 0.25, 0), ids[2]: (NOISE, 0.0, 4)}
    catalogue.put_clusters("first", clusters, labels)
    assert catalogue.clusters("first") == clusters
    assert catalogue.nearest_clusters("first") == {ids[0]: 4, ids[1]: 0, ids[2]: 4}
    assert [(track.cluster, track.strength) for track in catalogue.tracks()] == [(4, 1.0), (0, 0.25), (NOISE, 0.0)]
    assert (catalogue.counts()["clusters"], catalogue.counts()["noise"]) == (2, 1)
    catalogue.put_guesses("first", {ids[0]: Guess(("Folk",), 1.0, "neighbours")})
    assert [track.guess and track.guess.genres for track in catalogue.tracks()] == [("Folk",), None, None]


def test_failed_replacement_keeps_the_last(catalogue: Catalogue) -> None:
    track_id = put(catalogue, 1)
    group(catalogue, track_id)
    before = dump(catalogue)
    with pytest.raises(CatalogueError):
        catalogue.put_clusters("first", [], {track_id: (0, 1.0, 0), 99: (0, 1.0, 0)})
    with pytest.raises(CatalogueError):
        catalogue.put_guesses("first", {99: Guess(("Jazz",), 0.5, "neighbours")})
    assert dump(catalogue) == before
