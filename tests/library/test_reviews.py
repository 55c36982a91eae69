"""A review from Python."""

from __future__ import annotations

from pathlib import Path

import pytest
import sounds
from tagged_library import add

from musicemb.errors import SettingsError
from musicemb.io.tags.reader import read_tags
from musicemb.library import Library


def test_decisions_are_made_taken_back_and_written(tmp_path: Path) -> None:
    path = sounds.write_music(tmp_path / "plain.mp3", 1.0)
    with Library.open(tmp_path / "own.sqlite") as library:
        add(library.catalogue, path, "jazz", 0.7)
        assert library.plan_review(min_confidence=0.9).groups == ()
        ((item,),) = [group.items for group in library.plan_review().groups]
        for words in ("", " ; ", "123"):
            with pytest.raises(SettingsError):
                library.decide([item], "chosen", words)
        assert library.decide([item], "skipped") == ()
        assert library.plan_tags() == [] and library.plan_review().skipped == 1
        assert len(library.plan_tags(reviewed=False)) == 1
        library.take_back([item])
        assert library.decide([item], "chosen", "gypsy jazz") == ("Gypsy Jazz",)
        assert library.plan_review(again=True).groups and not library.plan_review().groups
        assert [each.status for each in library.apply_tags(library.plan_tags())] == ["written"]
    assert read_tags(path).listener_genres == ("Gypsy Jazz",)


def test_words_may_be_given_as_they_shall_be_written(tmp_path: Path) -> None:
    path = sounds.write_music(tmp_path / "plain.mp3", 1.0)
    with Library.open(tmp_path / "own.sqlite") as library:
        add(library.catalogue, path, "jazz", 0.7)
        ((item,),) = [group.items for group in library.plan_review().groups]
        library.decide([item], "chosen", ("gypsy jazz", "Folk"))
        assert [change.after for change in library.plan_tags()] == [("gypsy jazz", "Folk")]
