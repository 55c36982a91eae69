"""Settings of the library that other parts rely on."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from musicemb.settings import GuessSettings
from musicemb.settings.library import (
    AUDIO_SUFFIXES,
    MAP_COLOURS,
    MAP_GREY,
    SHIPPED_POOL,
    SPELLINGS,
    SYSTEM_FOLDERS,
    UNREAD_SUFFIXES,
)
from musicemb.web import page


def test_suffixes_are_lower_case_and_either_opened_or_counted() -> None:
    for suffix in AUDIO_SUFFIXES | UNREAD_SUFFIXES:
        assert re.fullmatch(r"\.[a-z0-9]+", suffix)
    assert not AUDIO_SUFFIXES & UNREAD_SUFFIXES
    assert {".mp3", ".flac", ".ogg", ".opus", ".m4a", ".wav"} <= AUDIO_SUFFIXES
    assert all(name == name.lower() for name in SYSTEM_FOLDERS)


def test_no_spelling_has_what_separates_genres_in_tags() -> None:
    assert not [word for word in SPELLINGS.values() if set(word) & set("/;\0")]
    assert all(genre == genre.lower() for genre in SPELLINGS)


def test_a_pool_weighs_each_predictor_and_another_genre() -> None:
    for predictors, weights in SHIPPED_POOL.items():
        assert len(weights) == len(predictors) + 1
        assert min(weights[:-1]) > 0 > weights[-1]
    assert GuessSettings().pool is SHIPPED_POOL


def test_colours_of_the_map_are_all_different() -> None:
    colours = (*MAP_COLOURS, MAP_GREY)
    assert len(set(colours)) == len(colours)
    assert all(re.fullmatch("#[0-9a-f]{6}", colour) for colour in colours)


def luminance(colour: str) -> float:
    """Relative luminance by WCAG 2.2."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return float(np.dot(linear, (0.2126, 0.7152, 0.0722)))


@pytest.mark.parametrize("back", ["--back", "--panel"])
def test_colours_of_the_map_stand_out_on_both_pages(back: str) -> None:
    style = Path(page.__file__).with_name("page.css").read_text(encoding="utf-8")
    backs = re.findall(rf"{back}: (#[0-9a-f]{{6}})", style)
    assert len(set(backs)) == 2  # light and dark
    for colour in (*MAP_COLOURS, MAP_GREY):
        for behind in backs:
            light, dark = sorted((luminance(colour), luminance(behind)), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 3, (colour, behind)
