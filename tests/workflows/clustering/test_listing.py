"""Groups are listed by the tracks that are there, the largest first, and what is odd about them is said."""

from __future__ import annotations

from pathlib import Path

from searched_library import ENCODER, put

from musicemb.io.catalogue.catalogue import open_catalogue
from musicemb.records import Cluster, Clustering
from musicemb.workflows.clustering.listing import clustering_notes, list_clusters


def test_gone_tracks_are_not_counted(tmp_path: Path) -> None:
    with open_catalogue(tmp_path / "library.sqlite") as catalogue:
        assert list_clusters(catalogue) == []
        catalogue.set_active_encoder(ENCODER, "fake")
        for number in range(6):
            put(catalogue, number)
        homes = {1: 4, 2: 4, 3: 4, 4: 7, 5: 7, 6: 9}
        clusters = [Cluster(4, "Four", 3), Cluster(7, "Seven", 2), Cluster(9, "Nine", 1)]
        catalogue.put_clusters(ENCODER, clusters, {track: (home, 0.5, home) for track, home in homes.items()})
        catalogue.mark_gone([1, 2, 6])
        assert [(one.id, one.size) for one in list_clusters(catalogue)] == [(7, 2), (4, 1)]
        assert list_clusters(catalogue, "another") == []


def test_nothing_to_say_is_no_note() -> None:
    assert clustering_notes(Clustering()) == []


def test_each_oddity_of_the_groups_is_a_sentence() -> None:
    odd = Clustering(setting="leaf, 5", instead="one group holds all", fault="two thirds are noise")
    instead, fault, mixes = clustering_notes(odd, 1_234, details=True)
    assert clustering_notes(odd, 1_234) == [fault, mixes], "a setting of HDBSCAN is no news to a listener"
    assert "(one group holds all)" in instead and instead.endswith("leaf, 5")
    assert fault == "the groups are of limited use: two thirds are noise"
    assert mixes.startswith("1,234 tracks play over")
    assert clustering_notes(Clustering(), 1)[0].startswith("1 track plays over")
