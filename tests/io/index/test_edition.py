"""The edition is another one after each change of what the index is made from, and after nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from musicemb.io.catalogue.catalogue import Catalogue, open_catalogue
from musicemb.records import EmbeddedTrack, FoundFile, GenreOdds, Guess, TrackTags, TrackValues

TRACK = EmbeddedTrack(
    FoundFile(Path("/m/1.mp3").absolute(), 1, 1), "payload", TrackTags("A", "B", "C"), 60.0, "",
    np.ones(4, dtype=np.float32), 1.0, None,
)  # fmt: skip


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    made = open_catalogue(tmp_path / "library.sqlite")
    made.set_active_encoder("abc")
    made.put_track(TRACK, "abc")
    return made


CHANGES: dict[str, Callable[[Catalogue], object]] = {
    "a track goes": lambda catalogue: catalogue.mark_gone([1]),
    "groups": lambda catalogue: catalogue.put_clusters("abc", [], {1: (2, 0.5, 2)}),
    "guesses": lambda catalogue: catalogue.put_guesses("abc", {1: Guess(("Rock",), 0.9, "neighbours")}),
    "odds": lambda catalogue: catalogue.put_odds("abc", {1: GenreOdds({"rock": 0.4}, 0.5, "neighbours")}),
    "values": lambda catalogue: catalogue.put_values("payload", TrackValues(120.0, 0.9, None, 0.0, None, 0.0)),
    "imported genres": lambda catalogue: catalogue.put_imported_genres({"payload": ("Jazz",)}),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_change_makes_another_edition(catalogue: Catalogue, what: str) -> None:
    before = catalogue.edition()
    CHANGES[what](catalogue)
    assert catalogue.edition() != before


def test_what_the_index_does_not_hold_changes_none(catalogue: Catalogue) -> None:
    before = catalogue.edition()
    catalogue.prefer("with mixes", "1")
    catalogue.give_name("abc", 2, "Evening")
    assert catalogue.edition() == before


def another(number: int) -> EmbeddedTrack:
    file = FoundFile(Path(f"/m/{number}.mp3").absolute(), 1, 1)
    return replace(TRACK, file=file, payload_hash=f"payload {number}")


def add_all_there_is(catalogue: Catalogue) -> None:
    """A track with everything that a scan stores of one that came."""
    track = catalogue.put_track(replace(another(7), values=TrackValues(90.0, 0.9, None, 0.0, None, 0.0)), "abc")
    catalogue.join_tracks("abc", {track: (2, 0.5, 2)})
    guess, odds = Guess(("Rock",), 0.9, "neighbours"), GenreOdds({"rock": 0.4}, 0.5, "neighbours")
    catalogue.add_guesses("abc", [track], {track: guess}, {track: odds})
    ids, numbers = catalogue.neighbourhood_stats("abc")
    catalogue.put_neighbourhood_stats("abc", np.append(ids, track), np.vstack([numbers, np.ones((1, 4))]))


@pytest.fixture
def indexed(catalogue: Catalogue) -> Catalogue:
    """As a scan leaves it."""
    catalogue.put_track(another(2), "abc")
    catalogue.put_values("payload", TrackValues(90.0, 0.9, None, 0.0, None, 0.0))
    catalogue.put_clusters("abc", [], {1: (2, 0.5, 2), 2: (2, 0.5, 2)})
    catalogue.put_neighbourhood_stats("abc", np.array([1, 2]), np.zeros((2, 4)))
    catalogue.note_index(catalogue.edition())
    assert catalogue.indexed() == (catalogue.edition(), 2)
    return catalogue


def test_tracks_that_come_leave_what_was_indexed_as_it_was(indexed: Catalogue) -> None:
    edition = indexed.edition()
    add_all_there_is(indexed)
    assert indexed.edition() != edition and indexed.indexed() == (edition, 2)
    indexed.mark_gone([3])
    indexed.put_track(another(7), "abc")  # comes back as other audio
    indexed.put_values("payload", TrackValues(90.0, 0.9, None, 0.0, None, 0.0))  # a copy of a known track: as it was
    assert indexed.indexed() == (edition, 2)


OUTGROWN: dict[str, Callable[[Catalogue], object]] = {
    **CHANGES,
    "a track changes": lambda catalogue: catalogue.put_track(TRACK, "abc"),
    "a track joins another group": lambda catalogue: catalogue.join_tracks("abc", {1: (3, 0.5, 3)}),
    "a track is guessed": lambda catalogue: catalogue.add_guesses(
        "abc", [1], {1: Guess(("Rock",), 0.9, "neighbours")}, {}
    ),
    "another neighbourhood": lambda catalogue: catalogue.put_neighbourhood_stats(
        "abc", np.array([1, 2]), np.ones((2, 4))
    ),
    "fewer neighbourhoods": lambda catalogue: catalogue.put_neighbourhood_stats("abc", np.array([1]), np.zeros((1, 4))),
    "another encoder": lambda catalogue: catalogue.set_active_encoder("def"),
    "a track is forgotten": lambda catalogue: catalogue.forget_tracks([2]),
    "a track moves": lambda catalogue: catalogue.move_tracks({2: another(9).file}),
}


@pytest.mark.parametrize("what", OUTGROWN)
def test_any_change_of_what_was_indexed_is_noted(indexed: Catalogue, what: str) -> None:
    OUTGROWN[what](indexed)
    assert indexed.indexed() == (None, 0)


def retag(*genres: str, ours: tuple[str, ...] = (), title: str = "B") -> Callable[[Catalogue], object]:
    tags = TrackTags("A", title, "C", genres, our_genres=ours)
    return lambda catalogue: catalogue.retag_track(1, TRACK.file, tags)


def test_genres_that_we_write_are_noted_track_by_track(indexed: Catalogue) -> None:
    edition = indexed.edition()
    retag()(indexed)  # its file was touched
    assert indexed.indexed() == (edition, 2)
    assert indexed.retagged() == []
    retag("Rock", ours=("Rock",))(indexed)
    assert indexed.indexed() == (edition, 2) and indexed.edition() != edition
    assert indexed.retagged() == [1]
    retag("Jazz", "Folk", ours=("Jazz", "Folk"))(indexed)
    add_all_there_is(indexed)
    assert indexed.retagged() == [1] and indexed.indexed() == (edition, 2)
    assert [(track, tags.our_genres) for track, tags, _ in indexed.genre_words(after=2, also=[1])] == [
        (3, ()),
        (1, ("Jazz", "Folk")),
    ]
    indexed.note_index(indexed.edition() + 1)
    assert indexed.retagged() == [1], "that index was of another edition"
    indexed.note_index(indexed.edition())
    assert indexed.retagged() == []


@pytest.mark.parametrize(
    "change",
    [retag("Rock"), retag("Rock", ours=("Jazz",)), retag(title="D"), retag("Rock", ours=("Rock",), title="D")],
    ids=["the listener's", "the listener's beside ours", "another title", "another title too"],
)
def test_what_the_listener_says_is_a_change_of_what_was_indexed(
    indexed: Catalogue, change: Callable[[Catalogue], object]
) -> None:
    change(indexed)
    assert indexed.indexed() == (None, 0)


def test_our_genres_in_place_of_the_listeners_are_a_change_too(catalogue: Catalogue) -> None:
    retag("Rock")(catalogue)
    catalogue.note_index(catalogue.edition())
    retag("Jazz", ours=("Jazz",))(catalogue)
    assert catalogue.indexed() == (None, 0)


def test_an_index_of_another_edition_is_not_noted(indexed: Catalogue) -> None:
    before = indexed.indexed()
    indexed.note_index(indexed.edition() + 1)
    assert indexed.indexed() == before
