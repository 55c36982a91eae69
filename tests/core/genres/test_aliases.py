"""The table of aliases is of one mind, and the listener's own go before it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from musicemb.core.genres.aliases import ALIASES, ID3_NAMES, NO_GENRE, use_aliases
from musicemb.core.genres.names import (
    fold_genre,
    fold_genres,
    spell_genre,
)


def test_the_table_is_of_one_mind() -> None:
    assert not NO_GENRE & set(ALIASES)
    assert all(fold_genre(genre) == (genre,) for genre in ALIASES.values())
    assert len(ID3_NAMES) == 192
    assert (ID3_NAMES[0], ID3_NAMES[17], ID3_NAMES[121], ID3_NAMES[191]) == ("Blues", "Rock", "Punk Rock", "Psybient")


@pytest.fixture
def own_aliases() -> Iterator[None]:
    use_aliases(
        {"synth wave": "Retro Wave", "retrowave": "Retro Wave", "tekkno": "techno", "Rock": "", "a/b": "tekkno"}
    )
    yield
    use_aliases({})


@pytest.mark.usefixtures("own_aliases")
def test_the_listeners_aliases_go_before_ours() -> None:
    assert fold_genre("Synth-Wave; Tekkno; ROCK") == ("retro wave", "techno")
    assert fold_genre("A/B") == ("techno",)
    assert fold_genres(["(17)", "retrowave"]) == ("retro wave",)
    assert spell_genre("retro wave", {"retro wave": "synth wave"}) == "Retro Wave"


def test_aliases_are_forgotten_when_others_come(own_aliases: None) -> None:
    use_aliases({})
    assert fold_genre("rock; tekkno") == ("rock", "tekkno")


def test_aliases_in_a_circle_end() -> None:
    try:
        use_aliases({"aa": "bb", "bb": "aa"})
        assert set(fold_genre("aa") + fold_genre("bb")) <= {"aa", "bb"}
    finally:
        use_aliases({})
