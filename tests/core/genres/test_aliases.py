"""The table of aliases is of one mind, and the listener's own go before it."""

from __future__ import annotations

import string

from hypothesis import given, settings
from hypothesis import strategies as st
from laws import trials

from musicemb.core.genres import aliases
from musicemb.core.genres.aliases import ALIASES, ID3_NAMES, NO_GENRE, make_aliases
from musicemb.core.genres.names import fold_genre, fold_genres, own_spellings, spell_genre


def test_the_table_is_of_one_mind() -> None:
    assert not NO_GENRE & set(ALIASES)
    assert all(fold_genre(genre) == (genre,) for genre in ALIASES.values())
    assert len(ID3_NAMES) == 192
    assert (ID3_NAMES[0], ID3_NAMES[17], ID3_NAMES[121], ID3_NAMES[191]) == ("Blues", "Rock", "Punk Rock", "Psybient")


OWN = make_aliases(
    {"synth wave": "Retro Wave", "retrowave": "Retro Wave", "tekkno": "techno", "Rock": "", "a/b": "tekkno"}
)


def test_the_listeners_aliases_go_before_ours() -> None:
    assert fold_genre("Synth-Wave; Tekkno; ROCK", OWN) == ("retro wave", "techno")
    assert fold_genre("A/B", OWN) == ("techno",)
    assert fold_genres(["(17)", "retrowave"], OWN) == ("retro wave",)
    assert spell_genre("retro wave", own_spellings(["synth wave"] * 3, OWN)) == "Retro Wave"


def test_aliases_hold_only_where_they_are_passed() -> None:
    assert fold_genre("Synth-Wave", OWN) == ("retro wave",)
    assert fold_genre("rock; tekkno; Synth-Wave") == ("rock", "tekkno", "synthwave")


def test_an_aliased_genre_that_no_tag_can_hold_is_spelled_otherwise() -> None:
    assert own_spellings([], make_aliases({"crunk": "Crunk/Core"})) == {}


def test_aliases_in_a_circle_end() -> None:
    own = make_aliases({"aa": "bb", "bb": "aa"})
    assert set(fold_genre("aa", own) + fold_genre("bb", own)) <= {"aa", "bb"}


class _Foreign(str):
    """A text that does not say that it is plain."""

    def isascii(self) -> bool:
        return False


@settings(max_examples=trials(300), deadline=None)
@given(
    st.lists(st.sampled_from(["rock", "n", "'n'", "n'", "&", "+", "R&B", " ", "'", "$"]) | st.text(string.printable))
)
def test_plain_words_are_squeezed_as_any_others(parts: list[str]) -> None:
    word = "".join(parts)
    assert aliases.squeeze(word) == aliases.squeeze(_Foreign(word))
    assert aliases.squeeze("Rock 'n' Roll") == "rockandroll" == aliases.squeeze("rock & roll")
