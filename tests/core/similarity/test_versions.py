"""Versions of a song are told by their titles."""

from __future__ import annotations

import pytest

from musicemb.core.similarity.versions import song_of


@pytest.mark.parametrize(
    "title",
    ["Jóga", "JOGA", "Jóga (live)", "Jóga [2011 Remaster]", "Jóga - Live at Union Chapel", "Jóga – Remastered 2009"],
)
def test_versions_are_one_song(title: str) -> None:
    assert song_of(title) == "joga"


@pytest.mark.parametrize(
    ("title", "song"),
    [
        ("Suite (Part 2)", "suite part 2"),
        ("Live", "live"),
        ("Live and Let Die", "live and let die"),
        ("Sonata - Allegro", "sonata allegro"),
        ("", ""),
        ("(Live)", "live"),
        ("!!!", "!!!"),
    ],
)
def test_other_words_stay(title: str, song: str) -> None:
    assert song_of(title) == song
