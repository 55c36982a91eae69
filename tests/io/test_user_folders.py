"""What is the user's and what can be computed again lie in folders of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from musicemb.io import user_folders


def test_the_system_says_where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platformdirs.user_data_dir", lambda name, **_: str(tmp_path / "data" / name))
    monkeypatch.setattr("platformdirs.user_cache_dir", lambda name, **_: str(tmp_path / "cache" / name))
    data, cache = tmp_path / "data" / "musicemb", tmp_path / "cache" / "musicemb"
    assert user_folders.user_data_folder() == data
    assert user_folders.user_cache_folder() == cache
    assert user_folders.frame_cache_folder() == cache / "frames"
    assert user_folders.aliases_file() == data / "genres.txt"
    assert user_folders.encoders_folder() == data / "encoders"
    assert not data.exists() and not cache.exists(), "asking makes nothing"
