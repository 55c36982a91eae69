"""The edition is another one after each change of what the index is made from, and after nothing else."""

from __future__ import annotations

from collections.abc import Callable
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
