"""Tracks: what is put comes back; replacing and moving keep what they should and no more."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path

import numpy as np
import pytest
from catalogue_values import ANY_TEXT, NAMES, TAGS
from hypothesis import given, settings
from hypothesis import strategies as st
from laws import trials
from made_tracks import embedded, found, group, put

from musicemb.errors import CatalogueError, TrackNotFound
from musicemb.io.catalogue.catalogue import Catalogue
from musicemb.records import KnownFile, Problem, TrackTags


@settings(deadline=None, max_examples=trials(60))
@given(
    name=NAMES,
    tags=TAGS,
    note=ANY_TEXT,
    size=st.integers(0, 2**62),
    mtime_ns=st.integers(-(2**62), 2**62),
    dimensions=st.integers(1, 5),
    segments=st.integers(0, 3),
)
def test_track_comes_back_as_it_was_given(
    lasting: Catalogue,
    name: bytes,
    tags: TrackTags,
    note: str,
    size: int,
    mtime_ns: int,
    dimensions: int,
    segments: int,
) -> None:
    path = Path("/m").absolute() / os.fsdecode(name)
    given_track = embedded(
        file=found(path, size, mtime_ns), tags=tags, note=note, dimensions=dimensions, segments=segments
    )
    lasting.put_problem(Problem(path, "was broken", "failed"))
    encoder = f"of {dimensions}"
    track_id = lasting.put_track(given_track, encoder)
    track = lasting.track(track_id)
    assert track.path == path
    assert os.fsencode(track.path) == os.fsencode(path)
    assert (track.tags, track.duration, track.payload_hash, track.gone) == (
        tags,
        240.0,
        given_track.payload_hash,
        False,
    )
    assert lasting.track_at(path) == track
    assert lasting.notes().get(track_id, "") == note
    assert lasting.problems() == []
    (known,) = [file for file in lasting.known_files(encoder) if file.id == track_id]
    assert known == KnownFile(track_id, path, size, mtime_ns, given_track.payload_hash, False, True)
    kept = lasting.segments(track_id, encoder)
    np.testing.assert_array_equal(lasting.vectors(encoder)[1], given_track.vector[None])
    if given_track.segments is None:
        assert kept is None
    else:
        assert kept is not None
        for field in dataclasses.fields(kept):
            before, after = getattr(given_track.segments, field.name), getattr(kept, field.name)
            assert after.dtype == before.dtype
            np.testing.assert_array_equal(after, before)
    lasting.mark_gone([track_id])
    lasting.forget_gone()


def test_same_path_keeps_its_id(catalogue: Catalogue) -> None:
    first = put(catalogue, 1)
    again = catalogue.put_track(embedded("/m/1.mp3", seed=9), "first")
    assert again == first
    assert len(catalogue.tracks()) == 1
    np.testing.assert_array_equal(catalogue.vectors("first")[1][0], embedded(seed=9).vector)


def test_changed_audio_drops_what_other_encoders_said(catalogue: Catalogue) -> None:
    track_id, other = put(catalogue, 1), put(catalogue, 2)
    for row in (1, 2):
        put(catalogue, row, "second")
    group(catalogue, track_id, other, encoder="second")
    catalogue.put_track(embedded("/m/1.mp3", seed=9), "first")
    assert catalogue.vectors("second")[0].tolist() == [other]
    assert catalogue.segments(track_id, "second") is None
    by_id = {track.id: track for track in catalogue.tracks(encoder_id="second")}
    assert (by_id[track_id].cluster, by_id[track_id].guess) == (None, None)
    assert by_id[other].cluster == 0


def test_same_audio_keeps_what_other_encoders_said(catalogue: Catalogue) -> None:
    track_id = put(catalogue, 1)
    put(catalogue, 1, "second")
    group(catalogue, track_id)
    put(catalogue, 1, "second", tags=TrackTags("New"))
    assert catalogue.vectors("first")[0].tolist() == [track_id]
    assert catalogue.track(track_id).cluster == 0
    assert catalogue.track(track_id).tags.artist == "New"


def test_put_brings_a_gone_track_back(catalogue: Catalogue) -> None:
    track_id = put(catalogue, 1)
    catalogue.mark_gone([track_id])
    put(catalogue, 1)
    assert [track.id for track in catalogue.tracks()] == [track_id]


def test_duplicates_each_have_a_row(catalogue: Catalogue) -> None:
    ids = [catalogue.put_track(embedded(f"/m/{name}.mp3", payload="same"), "first") for name in "ab"]
    assert [track.id for track in catalogue.tracks_with_payload("same")] == ids
    assert catalogue.tracks_with_payload("other") == []


def test_moved_track_keeps_everything(catalogue: Catalogue) -> None:
    track_id = put(catalogue, 1)
    put(catalogue, 1, "second")
    group(catalogue, track_id)
    before = catalogue.track(track_id)
    catalogue.mark_gone([track_id])
    catalogue.put_problem(Problem(Path("/n/1.mp3"), "was broken", "failed"))
    catalogue.move_tracks({track_id: found("/n/1.mp3", 7, 8)})
    assert catalogue.track(track_id) == dataclasses.replace(before, path=Path("/n/1.mp3"))
    assert catalogue.track_at(Path("/m/1.mp3")) is None
    assert catalogue.segments(track_id, "second") is not None
    assert catalogue.problems() == []
    assert (catalogue.known_files("first")[0].size, catalogue.known_files("first")[0].mtime_ns) == (7, 8)


def test_chain_and_swap_of_moves(catalogue: Catalogue) -> None:
    first, second, third = (put(catalogue, number) for number in (1, 2, 3))
    catalogue.move_tracks({first: found("/m/2.mp3"), second: found("/m/3.mp3"), third: found("/m/1.mp3")})
    assert [track.path.stem for track in catalogue.tracks()] == ["2", "3", "1"]
    assert catalogue.vectors("first")[0].tolist() == [first, second, third]


def test_move_onto_a_track_that_stays_replaces_it(catalogue: Catalogue) -> None:
    first, _ = put(catalogue, 1), put(catalogue, 2)
    catalogue.move_tracks({first: found("/m/2.mp3")})
    assert [(track.id, track.path) for track in catalogue.tracks()] == [(first, Path("/m/2.mp3"))]
    assert len(catalogue.vectors("first")[0]) == 1


def test_retagged_track_keeps_its_audio(catalogue: Catalogue) -> None:
    track_id = put(catalogue, 1)
    group(catalogue, track_id)
    tags = TrackTags("A", "T", genres=("Jazz",), our_genres=("Jazz",), our_confidence=0.5, our_encoder="first")
    catalogue.retag_track(track_id, found("/m/1.mp3", 7, 8), tags)
    track = catalogue.track(track_id)
    assert (track.tags, track.cluster, track.payload_hash) == (tags, 0, f"{1:040x}")
    assert (catalogue.known_files("first")[0].size, catalogue.known_files("first")[0].mtime_ns) == (7, 8)


def test_unknown_tracks_are_told(catalogue: Catalogue) -> None:
    for ask in (
        lambda: catalogue.track(99),
        lambda: catalogue.move_tracks({99: found("/m/1.mp3")}),
        lambda: catalogue.retag_track(99, found("/m/1.mp3"), TrackTags()),
    ):
        with pytest.raises(TrackNotFound, match="no track 99"):
            ask()
    assert catalogue.track_at(Path("/nowhere")) is None


def test_gone_tracks_are_out_of_results(catalogue: Catalogue) -> None:
    gone, here = put(catalogue, 1), put(catalogue, 2)
    group(catalogue, gone, here)
    catalogue.mark_gone([gone])
    assert [track.id for track in catalogue.tracks()] == [here]
    assert [(track.id, track.gone) for track in catalogue.tracks(include_gone=True)] == [(gone, True), (here, False)]
    assert catalogue.vectors("first")[0].tolist() == [here]
    assert list(catalogue.homogeneities("first")) == [here]
    assert catalogue.clusters("first")[0].typical == (here,)
    assert [file.gone for file in catalogue.known_files("first")] == [True, False]
    assert catalogue.encoders() == [("first", "tile2vec", 1)]
    counts = catalogue.counts()
    assert (counts["tracks"], counts["gone"], counts["embedded"], counts["guesses"]) == (1, 1, 1, 1)
    catalogue.mark_found([gone])
    assert [track.cluster for track in catalogue.tracks()] == [0, 0]


def test_tracks_that_play_longer_are_told_by_their_length(catalogue: Catalogue) -> None:
    row = catalogue.put_track(embedded(), "first")  # 240 s
    assert catalogue.longer_than(239.9) == {row}
    assert catalogue.longer_than(240.0) == set()
    catalogue.mark_gone([row])
    assert catalogue.longer_than(0.0) == set()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE track SET duration = 'words'",
        "UPDATE track SET duration = 1e999",
        "UPDATE track SET our_confidence = 'sure'",
        "UPDATE guess SET confidence = 'sure'",
        "UPDATE membership SET strength = 'much'",
        "UPDATE membership SET cluster = 'first'",
    ],
)
def test_a_number_that_is_none_is_told_as_damage(catalogue: Catalogue, statement: str) -> None:
    group(catalogue, put(catalogue, 1))
    assert len(catalogue.tracks()) == 1
    with catalogue.transaction() as connection:
        connection.execute(statement)
    with pytest.raises(CatalogueError, match="damaged"):
        catalogue.tracks()
