"""What is in force for a library: configuration, what scans were told, and how the one follows the other."""

from __future__ import annotations

from pathlib import Path

import pytest
from fake_encoder import FakeEncoder
from typed_commands import embedded

from musicemb.io.catalogue.catalogue import Catalogue, open_catalogue
from musicemb.settings.configuration import Configuration
from musicemb.workflows.genres.decide import guess_otherwise
from musicemb.workflows.genres.guess import guess_genres
from musicemb.workflows.genres.vocabulary import (
    GuessPreferences,
    forget_preference,
    read_preferences,
    store_preferences,
)
from musicemb.workflows.library.configuration import excluded_globs, load_configuration, roots_to_scan, what_holds


@pytest.fixture
def catalogue(own_library: Path) -> Catalogue:
    opened = open_catalogue(own_library)
    opened.configuration = Configuration(
        file={"min_confidence": 0.8, "vocabulary": ("Rock",), "mixes": True, "exclude": ("*/a",), "roots": ("/nas",)}
    )
    return opened


def test_what_a_scan_was_told_goes_before_the_file_until_it_is_forgotten(catalogue: Catalogue) -> None:
    assert read_preferences(catalogue) == GuessPreferences(("Rock",), 1, 0.8)
    assert catalogue.with_mixes
    store_preferences(catalogue, vocabulary=[], min_confidence=-1.0, max_genres=2)
    catalogue.want_mixes(False)
    assert read_preferences(catalogue) == GuessPreferences((), 2, None)
    assert not catalogue.with_mixes
    holds = what_holds(catalogue.configuration, catalogue)
    assert holds["vocabulary"] == ((), ("library",))
    assert holds["policy"] == ("missing", ("default",))
    for key in ("vocabulary", "min_confidence", "max_genres", "mixes"):
        forget_preference(catalogue, key)
    assert read_preferences(catalogue) == GuessPreferences(("Rock",), 1, 0.8)
    assert catalogue.with_mixes
    assert what_holds(catalogue.configuration, None)["min_confidence"] == (0.8, ("file",))


def test_lists_add_up(catalogue: Catalogue) -> None:
    catalogue.add_root(Path("/music"))
    assert roots_to_scan(catalogue) == [Path("/nas"), Path("/music")]
    assert excluded_globs(catalogue, ["*/b"]) == ("*/a", "*/b")
    assert excluded_globs(catalogue, []) == ("*/a", "*/b"), "what was typed once is remembered"
    assert excluded_globs(catalogue, ["*/c"], forget=True) == ("*/a", "*/c")


def test_a_changed_configuration_is_heard_at_once_and_by_the_next_scan(catalogue: Catalogue) -> None:
    encoder = FakeEncoder()
    catalogue.set_active_encoder(encoder.id)
    catalogue.configuration = Configuration()
    for number in range(40):
        tags = {"artist": f"Artist {number % 8}", "genres": (("Rock", "Jazz")[number % 2],)[: number < 30]}
        catalogue.put_track(embedded(number, **tags), encoder.id)
    guessed = guess_genres(catalogue, encoder.id, None)
    assert {guess.genres for guess in guessed.values()} == {("Rock",), ("Jazz",)}
    store_preferences(catalogue)
    assert not store_preferences(catalogue)
    assert guess_otherwise(catalogue, lambda _: {}) is None
    catalogue.configuration = Configuration(file={"vocabulary": ("Jazz",)})
    other = guess_otherwise(catalogue, lambda _: {})
    assert other is not None
    assert {guess.genres for guess in other.values()} == {("Jazz",)}
    assert store_preferences(catalogue), "the next scan guesses anew"
    guess_genres(catalogue, encoder.id, None)
    assert not store_preferences(catalogue)
    assert guess_otherwise(catalogue, lambda _: {}) is None


def test_the_file_is_the_one_that_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine.toml").write_text("workers = 3")
    monkeypatch.setenv("MUSICEMB_CONFIG", str(tmp_path / "mine.toml"))
    monkeypatch.setenv("MUSICEMB_MAX_GENRES", "2")
    found = load_configuration()
    assert (found.value("workers"), found.value("max_genres"), found.path) == (3, 2, tmp_path / "mine.toml")
