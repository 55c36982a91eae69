"""What is known of a track is published in a real MPD."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from musicemb.errors import MusicembError
from musicemb.io.catalogue.catalogue import open_catalogue
from musicemb.library import Library
from musicemb.plugins.mpd.player import Player
from musicemb.plugins.mpd.stickers import put_stickers

pytestmark = pytest.mark.processes


def test_stickers_are_set_changed_and_removed(player: Player, library: Library, own_library: Path) -> None:
    counts = put_stickers(library, player, pretend=True)
    assert player.client.sticker_find("song", "", "musicemb_group") == []
    assert put_stickers(library, player) == counts
    found = player.client.sticker_list("song", "Artist 1/3.mp3")
    assert {name: found[name] for name in ("musicemb_group", "musicemb_genre", "musicemb_confidence")} == {
        "musicemb_group": "Calm",
        "musicemb_genre": "Jazz; Blues",
        "musicemb_confidence": "0.81",
    }
    assert len(player.client.sticker_find("song", "", "musicemb_group")) == 8
    again = put_stickers(library, player)
    assert (again["set"], again["removed"], again["unchanged"]) == (0, 0, 32)
    with open_catalogue(own_library) as catalogue:
        catalogue.put_guesses(catalogue.active_encoder or "", {})
    after = put_stickers(library, player)
    assert (after["set"], after["removed"]) == (0, 2)
    assert "musicemb_genre" not in player.client.sticker_list("song", "Artist 1/3.mp3")


def test_an_mpd_without_stickers_says_so(player: Player, library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    import mpd

    def refuse(*_: Any) -> Any:
        raise mpd.CommandError("[5@0] {sticker} sticker database is disabled")

    monkeypatch.setattr(type(player.client), "sticker_find", refuse)
    with pytest.raises(MusicembError, match="sticker_file"):
        put_stickers(library, player)
