"""What is said of groups in odd libraries: of one genre, of tracks that are all alike, of nothing that is known."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from musicemb.records import NO_ALIASES, NOISE, AcousticDescriptors, Family, GenreOdds, Track, TrackTags, TrackValues
from musicemb.settings import ClusterSettings
from musicemb.workflows.clustering.describe import Genres, Grouped, describe_clusters


def library(genres: tuple[str, ...], *, groups: int = 4, each: int = 6) -> Grouped:
    """Tracks in groups 1 and up, two artists each, and two that are in none."""
    labels = np.array([*np.repeat(np.arange(1, groups + 1), each), NOISE, NOISE])
    tracks = [
        Track(
            number, Path(f"/{number}.mp3"), TrackTags(f"Artist {label}{'ab'[number % 2]}", "T", genres=genres), 180, ""
        )
        for number, label in enumerate(labels.tolist())
    ]
    projected = np.tile(np.eye(4, dtype=np.float32)[0], (len(tracks), 1))
    return Grouped(tracks, projected, labels, np.ones(len(tracks), dtype=np.float32), [None] * len(tracks))


def describe(found: Grouped, odds: dict[int, GenreOdds] | None = None, families: tuple[Family, ...] = ()):  # type: ignore[no-untyped-def]
    ids = [int(one) for one in np.unique(found.labels) if one != NOISE]
    return describe_clusters(found, ids, ClusterSettings(), Genres(odds or {}, NO_ALIASES), families, {})


@pytest.mark.parametrize(("genres", "name"), [(("Rock",), "Rock"), ((), "mixed")])
def test_groups_of_one_genre_or_none_are_told_apart_by_their_artists(genres: tuple[str, ...], name: str) -> None:
    clusters, families = describe(library(genres), families=(Family("", (1, 2)), Family("", (3, 4))))
    assert [cluster.size for cluster in clusters] == [6] * 4
    names = [cluster.name for cluster in clusters] + [family.name for family in families]
    assert len({one.casefold() for one in names}) == 6
    assert all(one.startswith(name) for one in names)
    assert clusters[0].name == f"{name} (Artist 1a, Artist 1b)"
    assert {cluster.id: cluster.parent for cluster in clusters} == {
        one: family.name for family in families for one in family.clusters
    }


def test_what_is_likely_names_groups_without_a_tag() -> None:
    found = library((), groups=2)
    odds = {track.id: GenreOdds({"jazz": 0.9}, 0.95, "genre head") for track in found.tracks if track.id < 6}
    clusters, _ = describe(found, odds)
    # Likely, but guessed of no track at all: not what a listener reads anywhere else.
    assert {cluster.name for cluster in clusters} == {"mixed (Artist 1a, Artist 1b)", "mixed (Artist 2a, Artist 2b)"}


def test_what_is_heard_comes_before_what_only_machines_say() -> None:
    plain = library((), each=10)
    described = [AcousticDescriptors(70 if one == 1 else 140, 900 if one == 1 else 1800, 40) for one in plain.labels]
    plain = replace(plain, descriptors=described)
    named = {cluster.id: cluster.name for cluster in describe(plain)[0]}
    assert named[1] == "slow, dark"
    told = np.stack([plain.labels == 1, plain.labels == 2], axis=1)
    clusters, _ = describe(replace(plain, words=(("calm", "piano"), told)))
    found = {cluster.id: cluster for cluster in clusters}
    assert found[1].name == "calm, slow"
    assert found[2].name == "piano"
    assert found[1].traits[0] == "calm: 100% of the tracks, elsewhere 0%"
    assert any(text.startswith("dark: 900 Hz") for text in found[1].traits)


def test_the_tempo_is_that_of_the_whole_track_where_it_was_measured() -> None:
    plain = library((), each=10)
    measured = [
        replace(track, values=TrackValues(bpm=72.0 if label == 1 else 141.0, bpm_confidence=0.9))
        for track, label in zip(plain.tracks, plain.labels.tolist(), strict=True)
    ]
    heard = [AcousticDescriptors(100.0, 1000.0, 40.0)] * len(measured)
    clusters, _ = describe(replace(plain, tracks=measured, descriptors=heard))
    assert {cluster.id: cluster.name for cluster in clusters}[1] == "slow"
    assert next(cluster for cluster in clusters if cluster.id == 1).traits == ("slow: 72 BPM, elsewhere 141",)


def test_all_tracks_alike_in_one_group() -> None:
    clusters, families = describe(library(("Rock",), groups=1))
    assert [(cluster.id, cluster.name, cluster.parent) for cluster in clusters] == [(1, "Rock", "")]
    assert families == ()
    assert len(clusters[0].typical) > 0
