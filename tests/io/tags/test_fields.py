"""Names of the fields that may be written."""

from __future__ import annotations

from typing import Any

import pytest

from musicemb.io.tags.formats import FORMATS


@pytest.mark.parametrize(
    ("container", "genre", "first"),
    [
        ("mpeg", "TCON", "TXXX:MUSICEMB_GENRE"),
        ("flac", "GENRE", "MUSICEMB_GENRE"),
        ("ogg", "GENRE", "MUSICEMB_GENRE"),
        ("mp4", "\xa9gen", "----:com.apple.iTunes:MUSICEMB_GENRE"),
    ],
)
def test_field_names(container: Any, genre: str, first: str) -> None:
    kind = FORMATS[container]
    assert kind.all_names == (genre, *kind.own_names) and kind.own_names[0] == first
    assert all("MUSICEMB_" in name for name in kind.own_names)
