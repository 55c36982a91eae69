"""The catalogue: what is put comes back; replacing, moving and forgetting keep what they should and no more."""

from __future__ import annotations

import numpy as np
from made_tracks import group, put

import musicemb
from musicemb.io.catalogue.catalogue import Catalogue, open_catalogue
from musicemb.io.catalogue.connection import Database
from musicemb.records import Cluster, Guess


def dump(catalogue: Catalogue) -> list[str]:
    passing = ("sqlite_sequence", 'INTO "edition"')
    return [line for line in catalogue._connection.iterdump() if not any(word in line for word in passing)]


def test_public_name() -> None:
    assert musicemb.open_catalogue is open_catalogue


def test_the_classes_of_tables_stand_side_by_side() -> None:
    tables = Catalogue.__bases__
    assert len(tables) > 7
    assert [(one, other) for one in tables for other in tables if one is not other and issubclass(one, other)] == []
    assert {base for table in tables for base in table.__bases__} == {Database}


def test_numpy_numbers_are_taken(catalogue: Catalogue) -> None:
    put(catalogue, 1)
    (row,) = catalogue.vectors("first")[0]
    clusters = [Cluster(np.int64(0), "calm", np.int32(1), (row,))]  # type: ignore[arg-type]
    catalogue.put_clusters("first", clusters, {row: (np.int64(0), np.float32(0.5), np.int64(0))})  # type: ignore[dict-item]
    catalogue.put_guesses("first", {row: Guess(("Jazz",), np.float32(0.5), "neighbours")})  # type: ignore[arg-type]
    track = catalogue.track(row)
    assert (track.cluster, track.strength, track.guess) == (0, 0.5, Guess(("Jazz",), 0.5, "neighbours"))
    catalogue.mark_gone(catalogue.vectors("first")[0])
    assert catalogue.counts()["gone"] == 1


def test_forgetting_takes_all_that_hangs_on_it(catalogue: Catalogue) -> None:
    here = put(catalogue, 2)
    before = dump(catalogue)
    gone = put(catalogue, 1)
    put(catalogue, 1, "second")
    group(catalogue, gone, encoder="second")
    catalogue.put_guesses("first", {gone: Guess(("Jazz",), 0.5, "neighbours")})
    catalogue.mark_gone([gone])
    assert catalogue.forget_gone() == 1
    assert catalogue.forget_gone() == 0
    catalogue.delete_vectors("second")
    assert dump(catalogue) == before
    assert put(catalogue, 3) > gone > here  # ids are never given twice


def test_of_many_only_recording_and_artist_are_read(catalogue: Catalogue) -> None:
    ids = [put(catalogue, number) for number in range(4)]
    catalogue.mark_gone(ids[:1])
    tracks = [catalogue.track(one) for one in ids]
    expected = {track.id: (track.payload_hash, track.tags.artist) for track in tracks}
    assert catalogue.recordings_of([*ids, 999]) == expected
    assert catalogue.recordings_of([]) == {}
