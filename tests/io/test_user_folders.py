"""What is the user's and what can be computed again lie in folders of their own."""

from __future__ import annotations

from pathlib import Path

import platformdirs
import pytest

from musicemb.io import user_folders


def test_the_system_says_where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOME", raising=False)  # so that nothing is known without asking
    monkeypatch.setattr("platformdirs.user_data_dir", lambda name, **_: str(tmp_path / "data" / name))
    monkeypatch.setattr("platformdirs.user_cache_dir", lambda name, **_: str(tmp_path / "cache" / name))
    data, cache = tmp_path / "data" / "musicemb", tmp_path / "cache" / "musicemb"
    assert user_folders.user_data_folder() == data
    assert user_folders.user_cache_folder() == cache
    assert user_folders.frame_cache_folder() == cache / "frames"
    assert user_folders.aliases_file() == data / "genres.txt"
    assert user_folders.encoders_folder() == data / "encoders"
    assert not data.exists() and not cache.exists(), "asking makes nothing"


@pytest.mark.parametrize(
    "environment",
    [
        {"HOME": "/home/ann"},
        {"HOME": "/home/ann/"},
        {"HOME": "/"},
        {"HOME": "/home/ann", "XDG_DATA_HOME": "/data", "XDG_CACHE_HOME": "/cache", "XDG_CONFIG_HOME": "/config"},
        {"HOME": "/home/ann", "XDG_DATA_HOME": "", "XDG_CACHE_HOME": " ", "XDG_CONFIG_HOME": "relative"},
        {"HOME": "relative"},
        {},
    ],
)
def test_the_folders_are_those_of_platformdirs(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "MUSICEMB_CONFIG", "ANDROID_DATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert user_folders.user_data_folder() == platformdirs.user_data_path("musicemb", appauthor=False)
    assert user_folders.user_cache_folder() == platformdirs.user_cache_path("musicemb", appauthor=False)
    config = platformdirs.user_config_path("musicemb", appauthor=False)
    assert user_folders.configuration_file() == config / "config.toml"
