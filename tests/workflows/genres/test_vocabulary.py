"""The listener's own words: read from files, refused where they are none, remembered in the catalogue."""

from __future__ import annotations

from pathlib import Path

import pytest

from musicemb.core.genres.aliases import make_aliases
from musicemb.core.genres.families import ancestors_of
from musicemb.core.genres.names import fold_genre
from musicemb.errors import SettingsError
from musicemb.io.catalogue.catalogue import open_catalogue
from musicemb.workflows.genres.vocabulary import (
    GuessPreferences,
    load_aliases,
    load_vocabulary,
    note_used,
    read_preferences,
    store_preferences,
)


def test_words_are_kept_as_they_are_written(tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text("Rock\nHip Hop\n", encoding="utf-8")
    assert load_vocabulary(tmp_path / "words.txt") == ("Rock", "Hip Hop")


def test_a_line_of_two_genres_is_refused(tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text("Rock; Jazz\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=r'words.txt: "Rock; Jazz" is not one genre; write one per line'):
        load_vocabulary(tmp_path / "words.txt")


def test_aliases_of_a_file_fold_words(tmp_path: Path) -> None:
    (tmp_path / "genres.txt").write_text("Dubplate = Dub\n", encoding="utf-8")
    assert fold_genre("dubplate", load_aliases(tmp_path / "genres.txt")) == fold_genre("Dub")


def test_what_is_asked_for_is_remembered_and_may_be_taken_back(own_library: Path) -> None:
    with open_catalogue(own_library) as catalogue:
        assert read_preferences(catalogue) == GuessPreferences((), 1)
        assert store_preferences(catalogue, vocabulary=["Rock", "Hip Hop"], max_genres=2)
        assert read_preferences(catalogue) == GuessPreferences(("Rock", "Hip Hop"), 2)
        assert not store_preferences(catalogue)  # None: as before
        assert store_preferences(catalogue, vocabulary=[])
        assert read_preferences(catalogue) == GuessPreferences((), 2)


def test_guesses_of_an_older_method_are_made_anew(own_library: Path) -> None:
    with open_catalogue(own_library) as catalogue:
        note_used(catalogue, read_preferences(catalogue))
        assert not store_preferences(catalogue)
        catalogue.prefer("guessed by", "")  # as it was before methods had names
        assert store_preferences(catalogue)
        note_used(catalogue, read_preferences(catalogue))
        assert not store_preferences(catalogue)


def test_other_aliases_are_a_change(own_library: Path) -> None:
    with open_catalogue(own_library) as catalogue:
        assert not store_preferences(catalogue)
    with open_catalogue(own_library, aliases=make_aliases({"Dubplate": "Dub"})) as catalogue:
        assert store_preferences(catalogue)
        assert not store_preferences(catalogue)


def test_a_tree_that_leads_in_a_circle_is_refused_in_one_line_that_names_the_file(tmp_path: Path) -> None:
    file = tmp_path / "genres.txt"
    file.write_text("a < b\nb < a\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"genres\.txt: genres belong to each other in a circle: a < b < a"):
        load_aliases(file)
    file.write_text("Vaporwave < Synthwave\nsynth wave = Synthwave\n", encoding="utf-8")
    assert list(ancestors_of("vaporwave", load_aliases(file))) == ["synthwave", "electronic"]


def test_a_new_tree_makes_a_scan_guess_again(tmp_path: Path) -> None:
    file = tmp_path / "genres.txt"
    with open_catalogue(tmp_path / "c.db") as catalogue:
        assert not store_preferences(catalogue)
    file.write_text("Vaporwave < Jazz\n", encoding="utf-8")
    with open_catalogue(tmp_path / "c.db", aliases=load_aliases(file)) as catalogue:
        assert store_preferences(catalogue)
        assert not store_preferences(catalogue)
