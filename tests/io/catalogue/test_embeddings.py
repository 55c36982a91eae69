"""Encoders live beside each other, each with its vectors and segments."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from made_tracks import embedded, group, put

from musicemb.errors import CatalogueError
from musicemb.io.catalogue.catalogue import Catalogue


def test_vectors_come_back_in_the_order_of_ids(catalogue: Catalogue) -> None:
    given_tracks = [embedded(f"/m/{number}.mp3", seed=number) for number in (3, 1, 2)]
    ids = [catalogue.put_track(item, "first") for item in given_tracks]
    stored, vectors = catalogue.vectors("first")
    assert stored.dtype == np.int64
    assert vectors.dtype == np.float32
    assert stored.tolist() == sorted(ids) == ids
    np.testing.assert_array_equal(vectors, np.stack([item.vector for item in given_tracks]))
    assert catalogue.homogeneities("first") == dict.fromkeys(ids, 0.8)


def test_no_vectors(catalogue: Catalogue) -> None:
    ids, vectors = catalogue.vectors("nobody")
    assert (ids.shape, vectors.shape, vectors.dtype) == ((0,), (0, 0), np.float32)


def test_vector_of_nonsense_is_refused(catalogue: Catalogue) -> None:
    bad = dataclasses.replace(embedded(), vector=np.array([np.nan, 1], np.float32))
    with pytest.raises(CatalogueError, match="not finite"):
        catalogue.put_track(bad, "first")
    assert catalogue.tracks() == []


def test_vector_of_another_size_is_refused(catalogue: Catalogue) -> None:
    put(catalogue, 1)
    with pytest.raises(CatalogueError, match="has 4 dimensions, the others of encoder first have 8"):
        put(catalogue, 2, dimensions=4)
    assert len(catalogue.tracks()) == 1


def test_segments_can_be_left_out(catalogue: Catalogue) -> None:
    track_id = put(catalogue, 1)
    assert catalogue.segments(track_id, "first") is not None
    catalogue.put_track(embedded("/m/1.mp3", seed=1), "first", keep_segments=False)
    assert catalogue.segments(track_id, "first") is None
    assert len(catalogue.vectors("first")[0]) == 1


def test_encoders_live_beside_each_other(catalogue: Catalogue) -> None:
    track_id = put(catalogue, 1)
    put(catalogue, 2)
    put(catalogue, 1, "second", dimensions=4)
    group(catalogue, track_id)
    assert catalogue.active_encoder == "first"
    assert [file.embedded for file in catalogue.known_files("second")] == [True, False]
    assert catalogue.vectors("second")[1].shape == (1, 4)
    assert [track.cluster for track in catalogue.tracks(encoder_id="second")] == [None, None]
    catalogue.set_active_encoder("second", "newer")
    assert catalogue.active_encoder == "second"
    assert [track.cluster for track in catalogue.tracks()] == [None, None]
    assert catalogue.encoders() == [("second", "newer", 1), ("first", "tile2vec", 2)]
    catalogue.set_active_encoder("first")
    assert catalogue.track(track_id).cluster == 0
    assert catalogue.encoders()[0][1] == "tile2vec"


def test_dropping_an_encoder_leaves_tracks_and_the_other(catalogue: Catalogue) -> None:
    track_id = put(catalogue, 1)
    put(catalogue, 1, "second")
    group(catalogue, track_id)
    group(catalogue, track_id, encoder="second")
    assert catalogue.delete_vectors("first") == 1
    assert catalogue.active_encoder is None
    assert catalogue.clusters("first") == []
    assert catalogue.segments(track_id, "first") is None
    assert [track.cluster for track in catalogue.tracks(encoder_id="second")] == [0]
    assert catalogue.encoders() == [("second", "", 1)]
    assert catalogue.delete_vectors("first") == 0


def test_when_the_first_and_the_last_segment_begin(catalogue: Catalogue) -> None:
    track_id = put(catalogue, 1)
    kept = catalogue.segments(track_id, "first")
    assert kept is not None
    assert catalogue.heard_spans("first") == {track_id: (float(kept.starts[0]), float(kept.starts[-1]))}
    assert catalogue.heard_spans("second") == {}
