"""What tracks sound like, from Python."""

from __future__ import annotations

from pathlib import Path

import pytest
from searched_library import LISTENING

from musicemb import Library
from musicemb.errors import TrackNotFound
from musicemb.workflows.similarity.ranking import ResultFilters


@pytest.mark.usefixtures("filled")
def test_words_choose_and_values_are_told() -> None:
    with Library.open(encoder=LISTENING) as opened:
        choice = opened.choose_by_words("mellow")
        tracks = {track.id: track for track in opened.catalogue.tracks()}
        assert {tracks[one].tags.artist for one in choice.scores} == {"Even"}
        like = opened.similar("Odd Song 5", n=30, filters=ResultFilters(among=choice.scores))
        assert {match.track.id for match in like} <= choice.scores.keys()
        values = opened.sound_values()
        assert values.keys() == tracks.keys()
        assert all("calm" in values[one].moods for one in choice.scores)
        assert {group: value.moods for group, value in opened.cluster_values().items() if value.moods} == {0: ("calm",)}
        with pytest.raises(TrackNotFound, match="no word of 'xyzzy' is known"):
            opened.choose_by_words("xyzzy")


def test_without_an_encoder_nothing_is_told(filled: Path) -> None:
    with Library.open(filled) as opened:  # the library's encoder did not come with the program
        assert opened.sound_values() == {}
        assert opened.cluster_values() == {}
