"""Genres from a table: matched to tracks, true for guesses, kept through scans, and taken back."""

from __future__ import annotations

from pathlib import Path

import pytest
from fake_encoder import FakeEncoder
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from laws import trials
from typed_commands import embedded

from musicemb.io.catalogue.catalogue import Catalogue, open_catalogue
from musicemb.records import GenreRow
from musicemb.workflows.exchange.import_genres import apply_import, plan_clearing, plan_import
from musicemb.workflows.index import library_index
from musicemb.workflows.index.summaries import tracks_with_words

ENCODER = FakeEncoder()
HERE = Path("/tables")


@pytest.fixture
def catalogue(own_library: Path) -> Catalogue:
    """40 tracks without genres, in two places of the space."""
    opened = open_catalogue(own_library)
    with opened.transaction():
        opened.set_active_encoder(ENCODER.id, ENCODER.name)
        for number in range(40):
            # Of some artists: one alone is no witness for a genre.
            tags = {"artist": f"Artist {number % 8}"} if number >= 10 else {}
            opened.put_track(embedded(number, **tags), ENCODER.id)
        opened.add_root(Path("/music"))
    return opened


def row(genre: str = "Jazz", *, path: str = "", artist: str = "", title: str = "", line: int = 2) -> GenreRow:
    return GenreRow(line, path, artist, title, tuple(genre.split("; ")) if genre else ())


def genres(catalogue: Catalogue) -> dict[str, tuple[str, ...]]:
    """Of the tracks that have imported ones, by title."""
    return {track.tags.title: track.tags.imported for track in catalogue.tracks() if track.tags.imported}


def store(catalogue: Catalogue, *rows: GenreRow) -> None:
    list(apply_import(catalogue, plan_import(catalogue, rows, folder=HERE), ENCODER))


def test_a_large_library_is_left_with_an_index_that_can_grow(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library_index, "FEWEST_INDEXED", 5)
    store(catalogue, row(path="/music/Even/04.mp3"))
    index = library_index.open_index(catalogue, make=False)
    assert index is not None and "genres" in index.file.facts["extensions"]
    assert tracks_with_words(catalogue, lambda tags, _: tags.imported == ("Jazz",)) == [5]
    assert catalogue.indexed() == (catalogue.edition(), 40)
    assert library_index.open_outgrown(catalogue) is not None


@pytest.mark.parametrize(
    "path",
    ["/music/Even/04.mp3", "Even/04.mp3", "./Even/x/../04.mp3", "../music/Even/04.mp3"],
)
def test_paths_are_absolute_or_beside_the_table_or_in_the_library(path: str, catalogue: Catalogue) -> None:
    store(catalogue, row(path=path))
    assert genres(catalogue) == {"Song 4": ("Jazz",)}


def test_accents_and_undecodable_bytes_of_paths(catalogue: Catalogue) -> None:
    from musicemb.records import FoundFile

    catalogue.move_tracks({1: FoundFile(Path("/music/é.mp3"), 1, 1), 2: FoundFile(Path("/music/\udcff.mp3"), 1, 1)})
    store(catalogue, row(path="/music/e\u0301.mp3"), row(path="/music/\\udcff.mp3"))
    assert set(genres(catalogue)) == {"Song 0", "Song 1"}


def test_names_are_matched_however_they_are_spelled(catalogue: Catalogue) -> None:
    plan = plan_import(catalogue, [row(artist="THE even", title="song  4!")], folder=HERE)
    assert (plan.told, plan.refused) == (1, ())
    plan = plan_import(catalogue, [row(path="/elsewhere.mp3", artist="Even", title="Song 4")], folder=HERE)
    assert plan.told == 1, "artist and title serve where the path is unknown"


def test_rows_that_cannot_be_used_are_told(catalogue: Catalogue) -> None:
    rows = [
        row(path="/music/none.mp3", line=2),
        row(artist="Even", title="", line=3),
        row("genre2", path="/music/Even/04.mp3", line=4),
        row(path="/music/Even/04.mp3", line=5),
    ]
    plan = plan_import(catalogue, rows, folder=HERE)
    assert [(one.row.line, one.reason) for one in plan.refused] == [
        (2, "is not a track of the library"),
        (3, "is not a track of the library"),
        (4, "'genre2' is not a genre"),
    ]
    assert (plan.rows, plan.told) == (4, 1)


def test_rows_of_one_track_add_up_and_an_empty_genre_takes_back(catalogue: Catalogue) -> None:
    path = "/music/Even/04.mp3"
    store(catalogue, row("Jazz; Bop", path=path), row("Bop", path=path), row("Rock", path=path))
    assert genres(catalogue) == {"Song 4": ("Jazz", "Bop", "Rock")}
    same = plan_import(catalogue, [row("Jazz; Bop; Rock", path=path)], folder=HERE)
    assert (same.told, same.unchanged, same.genres) == (0, 1, {})
    plan = plan_import(catalogue, [row("", path=path), row("", path="/music/Even/06.mp3")], folder=HERE)
    assert (plan.told, plan.taken_back, plan.unchanged) == (0, 1, 1)
    store(catalogue, row("", path=path))
    assert genres(catalogue) == {}


def test_guesses_are_made_from_them_and_go_with_them(catalogue: Catalogue) -> None:
    sides = (("Rock", "Even"), ("Jazz", "Odd"))
    rows = [row(sides[number % 2][0], path=f"{sides[number % 2][1]}/{number:02}.mp3") for number in range(30)]
    store(catalogue, *rows)
    guesses = {track.tags.title: track.guess and track.guess.genres for track in catalogue.tracks()}
    assert guesses["Song 31"] == ("Jazz",)
    assert guesses["Song 32"] == ("Rock",)
    plan = plan_clearing(catalogue)
    assert plan.taken_back == 30
    list(apply_import(catalogue, plan, ENCODER))
    assert genres(catalogue) == {}
    assert not any(track.guess for track in catalogue.tracks())


@settings(max_examples=trials(20), suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(wanted=st.dictionaries(st.integers(0, 5), st.lists(st.sampled_from(["Jazz", "Rock", "Folk"]), unique=True)))
def test_what_the_table_says_holds_and_nothing_else_changes(wanted: dict[int, list[str]], catalogue: Catalogue) -> None:
    before = genres(catalogue)
    rows = [
        row("; ".join(words), artist=("Even", "Odd")[number % 2], title=f"Song {number}")
        for number, words in wanted.items()
    ]
    plan = plan_import(catalogue, rows, folder=HERE)
    catalogue.put_imported_genres(plan.genres)
    told = {f"Song {number}": tuple(words) for number, words in wanted.items()}
    assert genres(catalogue) == {title: words for title, words in (before | told).items() if words}
    assert plan.told + plan.taken_back + plan.unchanged == len(wanted)
    assert plan_import(catalogue, rows, folder=HERE).genres == {}, "a second time changes nothing"
