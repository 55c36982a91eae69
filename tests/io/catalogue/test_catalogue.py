"""The catalogue: what is put comes back; replacing, moving and forgetting keep what they should and no more."""

from __future__ import annotations

import dataclasses
import os
import string
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_tracks import embedded, found

import musicemb
from musicemb.errors import CatalogueError, TrackNotFound
from musicemb.io.catalogue.catalogue import Catalogue, open_catalogue
from musicemb.records import NOISE, Cluster, Guess, KnownFile, Problem, TrackTags

ANY_TEXT = st.text(st.characters(), max_size=12)
WORDS = st.lists(ANY_TEXT, max_size=3).map(tuple)
SHARE = st.floats(0, 1)
TAGS = st.builds(TrackTags, ANY_TEXT, ANY_TEXT, ANY_TEXT, WORDS, WORDS, st.none() | SHARE, ANY_TEXT)
NAMES = st.binary(min_size=1, max_size=16).filter(lambda raw: not set(raw) & {0, ord("/")} and raw not in (b".", b".."))
if os.name == "nt":
    NAMES = st.text(string.ascii_letters + "äß漢\U0001f3b5", min_size=1, max_size=16).map(os.fsencode)


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    with open_catalogue(tmp_path / "library.sqlite") as opened:
        opened.set_active_encoder("first", "tile2vec")
        yield opened


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalogue]:
    with open_catalogue(tmp_path_factory.mktemp("lasting") / "library.sqlite") as opened:
        opened.set_active_encoder("first")
        yield opened


def put(catalogue: Catalogue, number: int, encoder: str = "first", **changes: object) -> int:
    return catalogue.put_track(embedded(f"/m/{number}.mp3", seed=number, **changes), encoder)  # type: ignore[arg-type]


def group(catalogue: Catalogue, *ids: int, encoder: str = "first") -> None:
    catalogue.put_clusters(encoder, [Cluster(0, "calm", len(ids), ids)], dict.fromkeys(ids, (0, 0.5, 0)))
    catalogue.put_guesses(encoder, {row: Guess(("Jazz",), 0.75, "genre head") for row in ids})


def dump(catalogue: Catalogue) -> list[str]:
    return list(catalogue._connection.iterdump())


def test_public_name() -> None:
    assert musicemb.open_catalogue is open_catalogue


# --------------------------------------------------------------------------------- round trips


@settings(deadline=None, max_examples=60)
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


@settings(deadline=None, max_examples=20)
@given(reason=ANY_TEXT, name=NAMES, transient=st.booleans(), kind=st.sampled_from(["failed", "skipped"]))
def test_problem_comes_back(lasting: Catalogue, reason: str, name: bytes, transient: bool, kind: str) -> None:
    problem = Problem(Path("/p") / os.fsdecode(name), reason, kind, transient, 5, 6)  # type: ignore[arg-type]
    lasting.put_problem(problem)
    assert lasting.problems() == [problem]
    lasting.clear_problems([problem.path])
    assert lasting.problems() == []


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


# ------------------------------------------------------------------------- replacing and moving


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


def test_segments_can_be_left_out(catalogue: Catalogue) -> None:
    track_id = put(catalogue, 1)
    assert catalogue.segments(track_id, "first") is not None
    catalogue.put_track(embedded("/m/1.mp3", seed=1), "first", keep_segments=False)
    assert catalogue.segments(track_id, "first") is None
    assert len(catalogue.vectors("first")[0]) == 1


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


# ------------------------------------------------------------------------------ gone, forgotten


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


def test_forgetting_takes_all_that_hangs_on_it(catalogue: Catalogue) -> None:
    here = put(catalogue, 2)
    before = [line for line in dump(catalogue) if "sqlite_sequence" not in line]
    gone = put(catalogue, 1)
    put(catalogue, 1, "second")
    group(catalogue, gone, encoder="second")
    catalogue.put_guesses("first", {gone: Guess(("Jazz",), 0.5, "neighbours")})
    catalogue.mark_gone([gone])
    assert catalogue.forget_gone() == 1
    assert catalogue.forget_gone() == 0
    catalogue.delete_vectors("second")
    assert [line for line in dump(catalogue) if "sqlite_sequence" not in line] == before
    assert put(catalogue, 3) > gone > here  # ids are never given twice


# ---------------------------------------------------------------------------- encoders, clusters


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


# ------------------------------------------------------------------------- transactions, roots


def test_transaction_is_all_or_nothing(catalogue: Catalogue) -> None:
    with pytest.raises(RuntimeError, match="stop"), catalogue.transaction():
        put(catalogue, 1)
        raise RuntimeError("stop")
    assert catalogue.tracks() == []
    with catalogue.transaction():
        put(catalogue, 1)
        with pytest.raises(RuntimeError, match="inner"), catalogue.transaction():
            put(catalogue, 2)
            raise RuntimeError("inner")
        put(catalogue, 3)
    assert [track.path.stem for track in catalogue.tracks()] == ["1", "3"]


def test_roots_and_problems(catalogue: Catalogue) -> None:
    for path in ("/m", "/a", "/m"):
        catalogue.add_root(Path(path))
    assert catalogue.roots() == [Path("/a"), Path("/m")]
    catalogue.remove_root(Path("/a"))
    assert catalogue.roots() == [Path("/m")]
    for name in ("b", "a", "c"):
        catalogue.put_problem(Problem(Path(f"/m/{name}"), "is empty", "failed"))
    catalogue.put_problem(Problem(Path("/m/a"), "is silent", "skipped"))
    assert [(item.path.name, item.kind) for item in catalogue.problems()] == [
        ("a", "skipped"),
        ("b", "failed"),
        ("c", "failed"),
    ]
    assert (catalogue.counts()["failed"], catalogue.counts()["skipped"]) == (2, 1)
    catalogue.clear_problems([Path("/m/b")])
    assert len(catalogue.problems()) == 2
    catalogue.clear_problems()
    assert catalogue.problems() == []
