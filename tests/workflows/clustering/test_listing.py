"""Groups are listed by the tracks that are there, the largest first."""

from __future__ import annotations

from pathlib import Path

from searched_library import ENCODER, put

from musicemb.io.catalogue.catalogue import open_catalogue
from musicemb.records import Cluster
from musicemb.workflows.clustering.listing import list_clusters


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
