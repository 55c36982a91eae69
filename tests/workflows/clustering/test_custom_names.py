"""Names that the listener gave survive the move to another encoder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sounds
from fake_encoder import FakeEncoder
from made_tracks import embedded

from musicemb.io.catalogue.catalogue import Catalogue, open_catalogue
from musicemb.records import NOISE, Cluster, ScanSummary
from musicemb.settings import ScanSettings
from musicemb.workflows.clustering.custom_names import restore_names, transfer_names
from musicemb.workflows.library.scan import scan_library


@pytest.fixture
def catalogue(own_library: Path) -> Iterator[Catalogue]:
    with open_catalogue(own_library) as opened:
        opened.set_active_encoder("old", "old")
        for number in range(20):
            for encoder in ("old", "new"):
                opened.put_track(embedded(f"/music/{number}.mp3", seed=number), encoder)
        yield opened


def group(catalogue: Catalogue, encoder: str, labels: list[int]) -> None:
    ids = [track.id for track in catalogue.tracks()]
    stored = {id_: (label, 0.5, label) for id_, label in zip(ids, labels, strict=True)}
    clusters = [Cluster(label, f"group {label}", labels.count(label)) for label in sorted({*labels} - {NOISE})]
    catalogue.put_clusters(encoder, clusters, stored)


def test_a_name_goes_where_most_of_its_tracks_are(catalogue: Catalogue) -> None:
    group(catalogue, "old", [1] * 8 + [2] * 8 + [NOISE] * 4)
    group(catalogue, "new", [7] * 9 + [5] * 9 + [NOISE] * 2)
    catalogue.give_name("old", 1, "evening")
    catalogue.give_name("old", 2, "party")
    assert transfer_names(catalogue, "old", "new") == []
    assert catalogue.given_names("new") == {7: "evening", 5: "party"}


def test_a_name_without_a_group_is_told(catalogue: Catalogue) -> None:
    group(catalogue, "old", [1] * 12 + [2] * 8)
    group(catalogue, "new", [1] * 4 + [2] * 4 + [3] * 4 + [4] * 8)
    catalogue.give_name("old", 2, "party")
    catalogue.give_name("old", 9, "left long ago")
    assert transfer_names(catalogue, "old", "new") == []
    assert catalogue.given_names("new") == {4: "party"}
    group(catalogue, "new", [NOISE] * 20)
    assert transfer_names(catalogue, "old", "new") == ["party"]


def test_what_was_named_since_keeps_its_name(catalogue: Catalogue) -> None:
    group(catalogue, "old", [1] * 20)
    group(catalogue, "new", [3] * 20)
    catalogue.give_name("old", 1, "evening")
    catalogue.give_name("new", 3, "morning")
    transfer_names(catalogue, "old", "new")
    assert catalogue.given_names("new") == {3: "morning"}


def test_scan_reembed_keeps_the_names(own_library: Path, tmp_path: Path) -> None:
    music = tmp_path / "music"
    for number in range(24):
        rate = 16_000
        wave = sounds.music(1.5, number, sample_rate=rate, channels=1)
        sounds.write(music / f"{number:02}.wav", wave, rate)
    settings = ScanSettings(minimum_tracks=10)
    with open_catalogue(own_library) as catalogue:
        list(scan_library([music], catalogue=catalogue, encoder=FakeEncoder(), workers=0, settings=settings))
        ids = [track.id for track in catalogue.tracks()]
        catalogue.put_clusters("fake00000000", [Cluster(1, "x", 24)], dict.fromkeys(ids, (1, 0.5, 1)))
        catalogue.give_name("fake00000000", 1, "evening")
        other = FakeEncoder(id="fake00000001")
        *_, summary = scan_library(
            [music], catalogue=catalogue, encoder=other, workers=0, reembed=True, settings=settings
        )
        assert isinstance(summary, ScanSummary)
        assert catalogue.active_encoder == other.id
        kept = "evening" in [cluster.name for cluster in summary.clusters]
        told = any("evening" in note for note in summary.notes)
        assert kept or told
        assert kept == bool(catalogue.clusters(other.id))


def test_a_name_waits_for_a_group_that_is_away_also_at_another_encoder(catalogue: Catalogue) -> None:
    group(catalogue, "old", [1] * 12 + [2] * 8)
    catalogue.give_name("old", 2, "party")
    away = [track.id for track in catalogue.tracks()][12:]
    catalogue.mark_gone(away)
    catalogue.put_clusters("old", [Cluster(1, "x", 12)], dict.fromkeys(range(away[0] - 12, away[0]), (1, 0.5, 1)))
    catalogue.put_clusters("new", [Cluster(4, "x", 12)], dict.fromkeys(range(away[0] - 12, away[0]), (4, 0.5, 4)))
    assert transfer_names(catalogue, "old", "new") == []
    catalogue.delete_vectors("old")
    assert catalogue.kept_names() == {"party": away}
    restore_names(catalogue, "new")
    assert catalogue.given_names("new") == {}
    catalogue.mark_found(away)
    group(catalogue, "new", [4] * 12 + [9] * 8)
    restore_names(catalogue, "new")
    assert catalogue.given_names("new") == {9: "party"}
    assert catalogue.kept_names() == {}
