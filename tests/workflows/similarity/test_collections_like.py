"""Artists and albums that sound like some tracks."""

from __future__ import annotations

from pathlib import Path

import pytest
from fake_encoder import FakeEncoder
from typed_commands import embedded

from musicemb.io.catalogue.catalogue import Catalogue, open_catalogue
from musicemb.workflows.similarity.collections_like import find_collections, most_typical
from musicemb.workflows.similarity.library_vectors import open_space

ENCODER = FakeEncoder()


@pytest.fixture
def catalogue(own_library: Path) -> Catalogue:
    """40 tracks on two sides of the space; eight artists, the even ones on one side; albums of five each."""
    opened = open_catalogue(own_library)
    opened.set_active_encoder(ENCODER.id, ENCODER.name)
    for number in range(40):
        opened.put_track(embedded(number, artist=f"Artist {number % 8}", album=f"Album {number % 8}"), ENCODER.id)
    return opened


def test_the_nearest_artists_are_those_of_the_same_side(catalogue: Catalogue) -> None:
    space = open_space(catalogue)
    seeds = [track for track in catalogue.tracks() if track.tags.artist == "Artist 2"]
    found = find_collections(catalogue, seeds, "artist", n=10, encoder=lambda: ENCODER, space=space)
    assert {one.artist for one in found[:3]} == {"Artist 0", "Artist 4", "Artist 6"}
    assert len(found) == 7, "never those that the seeds are of"
    assert [one.scaled_similarity for one in found] == sorted((one.scaled_similarity for one in found), reverse=True)
    assert {one.tracks for one in found} == {5}
    assert all(one.nearest.tags.artist == one.artist and not one.album for one in found)
    against = [track for track in catalogue.tracks() if track.tags.artist == "Artist 0"][:1]
    other = find_collections(catalogue, seeds, "artist", n=10, encoder=lambda: ENCODER, space=space, unlike=against)
    assert "Artist 0" not in {one.artist for one in other}


def test_albums_count_all_their_tracks(catalogue: Catalogue) -> None:
    seed = catalogue.tracks()[1]
    found = find_collections(catalogue, [seed], "album", n=3, encoder=lambda: ENCODER, space=open_space(catalogue))
    assert {one.album for one in found} == {"Album 3", "Album 5", "Album 7"}


def test_many_are_stood_for_by_those_in_their_middle(catalogue: Catalogue) -> None:
    space = open_space(catalogue)
    tracks = catalogue.tracks()[::2]
    assert most_typical(tracks, space) == tracks
    few = most_typical(tracks, space, 5)
    assert len(few) == 5
    assert [track.id for track in few] == sorted(track.id for track in few)
