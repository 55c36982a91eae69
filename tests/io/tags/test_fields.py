"""Names of the fields that may be written."""

from __future__ import annotations

from typing import Any

import pytest

from musicemb.io.tags.fields import GENRE, all_names, own_names


@pytest.mark.parametrize("kind", ["id3", "flac", "ogg", "mp4"])
def test_field_names(kind: Any) -> None:
    assert all_names(kind) == (GENRE[kind], *own_names(kind))
    assert all("MUSICEMB_" in name for name in own_names(kind))
