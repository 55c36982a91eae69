"""What the catalogue keeps about clusters: how they came about, what the listener called them, how tracks sound."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from made_tracks import embedded

from musicemb.io.catalogue.catalogue import Catalogue, open_catalogue
from musicemb.records import AcousticDescriptors, Cluster, Clustering

ENCODER = "encoder00001"
SOUND = AcousticDescriptors(120.0, 1800.0, 6.5)


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    with open_catalogue(tmp_path / "library.sqlite") as opened:
        opened.set_active_encoder(ENCODER)
        yield opened


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


def test_a_track_sounds_as_it_was_heard_last(catalogue: Catalogue) -> None:
    first = catalogue.put_track(embedded(descriptors=SOUND), ENCODER)
    second = catalogue.put_track(embedded("/music/b.mp3", seed=1), ENCODER)
    assert catalogue.descriptors() == {first: SOUND}
    catalogue.mark_gone([first])
    assert catalogue.descriptors() == {}
    catalogue.mark_found([first])
    catalogue.put_descriptors(second, SOUND)
    catalogue.put_descriptors(first, None)
    assert catalogue.descriptors() == {second: SOUND}
    catalogue.mark_gone([second])
    catalogue.forget_gone()
    assert catalogue.descriptors() == {}


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
