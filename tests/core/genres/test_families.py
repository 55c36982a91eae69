"""The tree has no circle and knows what people listen to; the listener's own words go before it."""

from __future__ import annotations

import time

import numpy as np
import pytest
from numpy.testing import assert_allclose

from musicemb.core.genres.aliases import ALIASES, NO_GENRE, make_aliases, squeeze
from musicemb.core.genres.families import (
    DEEPEST,
    add_families,
    ancestors_of,
    build_tree,
    family_of,
    parent_of,
)
from musicemb.core.genres.family_table import PARENTS, WORDS
from musicemb.core.genres.names import fold_genre, own_spellings, spell_genre
from musicemb.errors import SettingsError
from musicemb.records import NO_ALIASES


def test_the_table_is_of_one_mind() -> None:
    assert len(PARENTS) > 250
    assert 20 <= len({family_of(genre) for genre in PARENTS}) <= 35
    for genre in WORDS.values():
        assert fold_genre(genre) == (genre,)
        assert genre not in ancestors_of(genre)
        assert squeeze(genre) not in NO_GENRE
        assert genre in PARENTS or genre in PARENTS.values()
    known = {*PARENTS, *PARENTS.values()}
    assert {genre for genre in ALIASES.values() if genre not in known} == {"instrumental", "lo-fi"}


@pytest.mark.parametrize(
    ("word", "family"),
    [
        ("Metal", "rock"),
        ("Black Metal", "rock"),
        ("Punk", "rock"),
        ("Indie", "rock"),
        ("Alternative", "rock"),
        ("Alternative & Punk", "rock"),
        ("Techno", "electronic"),
        ("Goa Trance", "electronic"),
        ("Deephouse", "electronic"),
        ("Drum'n'Bass", "electronic"),
        ("Ambient", "electronic"),
        ("Synth Wave", "electronic"),
        ("Disco", "r&b"),
        ("Funk", "r&b"),
        ("Soul", "r&b"),
        ("Ska", "reggae"),
        ("Rap", "hip-hop"),
        ("Gospel", "religious"),
        ("OST", "soundtrack"),
        ("Bossa Nova", "latin"),
        ("Kids", "children's"),
        ("Spoken Word", "spoken word"),
        ("Pop/Rock", "pop/rock"),
        ("J-Pop", "pop"),
        ("Blues", "blues"),
        ("Brainrot", "brainrot"),
    ],
)
def test_words_have_the_family_that_people_expect(word: str, family: str) -> None:
    (fold,) = fold_genre(word)
    assert family_of(fold) == family


def test_the_listeners_tree_goes_before_the_table() -> None:
    own = add_families(make_aliases({"retro": "Synthwave"}), {"Brainrot": "Hip Hop", "metal": "", "Retro": "Rock"})
    assert family_of("brainrot", own) == "hip-hop"
    assert (parent_of("metal", own), family_of("black metal", own)) == ("", "metal")
    assert parent_of("synthwave", own) == "rock"
    assert own.spellings["brainrot"] == "Brainrot"
    assert parent_of("metal") == "rock"


def test_a_line_in_small_letters_says_where_a_genre_belongs_and_not_how_it_is_written() -> None:
    own = add_families(make_aliases({"retrowave": "synthwave"}), {"synthwave": "electronic", "Vaporwave": "ELECTRONIC"})
    spelled = own_spellings(["Hip Hop"], own)
    # An alias is written as it stands there, capitals count anywhere, and all else is left to the tags and the table.
    assert (spelled["synthwave"], spelled["vaporwave"], spelled["electronic"]) == (
        "synthwave",
        "Vaporwave",
        "ELECTRONIC",
    )
    plain = add_families(NO_ALIASES, {"synthwave": "electronic", "hiphop": "r&b"})
    assert own_spellings(["Hip Hop"], plain) == {"hip-hop": "Hip Hop"}
    assert [spell_genre(fold, plain.spellings) for fold in ("synthwave", "electronic")] == ["Synthwave", "Electronic"]
    assert parent_of("synthwave", plain) == "electronic"


def test_a_circle_is_refused_and_one_with_the_table_goes_the_listeners_way() -> None:
    with pytest.raises(SettingsError, match=r"in a circle: aa < bb < aa"):
        add_families(NO_ALIASES, {"aa": "bb", "bb": "aa"})
    own = add_families(NO_ALIASES, {"rock": "metal"})
    assert list(ancestors_of("rock", own)) == ["metal"]
    assert list(ancestors_of("doom metal", own)) == ["metal"]
    with pytest.raises(SettingsError, match="not one genre"):
        add_families(NO_ALIASES, {"Rock; Pop": "jazz"})


def test_ten_thousand_words_are_quick_and_a_tree_has_few_levels() -> None:
    began = time.process_time()
    own = add_families(NO_ALIASES, {f"word {n}x": "rock" if n % 2 else f"word {n + 1}x" for n in range(10_000)})
    assert family_of("word 8x", own) == "rock"
    with pytest.raises(SettingsError, match=f"more than {DEEPEST}"):
        add_families(NO_ALIASES, {f"word {n}x": f"word {n + 1}x" for n in range(10_000)})
    with pytest.raises(SettingsError, match="circle"):
        add_families(NO_ALIASES, {f"word {n}x": f"word {(n + 1) % 10_000}x" for n in range(10_000)})
    assert time.process_time() - began < 5


def test_a_library_s_words_make_a_tree() -> None:
    tree = build_tree(("indie", "jazz", "metal", "rock", "soul"))
    assert tree.nodes == ("indie", "jazz", "metal", "rock", "soul", "pop/rock", "r&b")
    rock = tree.nodes.index("rock")
    top, *inner = tree.branches
    assert [tree.nodes[node] for node in top] == ["jazz", "pop/rock", "r&b"]
    assert sorted(inner[0]) == [-1 - rock, 0, 2]
    shares = np.array([[0.1, 0.2, 0.3, 0.15, 0.05, 0.2]])
    worth = dict(zip(tree.nodes, tree.roll_up(shares)[0], strict=True))
    assert worth["rock"] == pytest.approx(0.55)
    assert worth["pop/rock"] == pytest.approx(0.55)
    assert worth["r&b"] == worth["soul"] == pytest.approx(0.05)
    for branch in tree.branches[1:]:
        node = next(tree.parents[one] for one in branch if one >= 0)
        assert_allclose(tree.choices(branch).sum(axis=1), tree.members[node])
