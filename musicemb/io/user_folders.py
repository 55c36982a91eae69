"""Where a user's data and cache live on this machine."""

from __future__ import annotations

import os
from pathlib import Path

_NAME = "musicemb"
_CONFIG = "MUSICEMB_CONFIG"


def user_data_folder() -> Path:
    """The folder for the user's data, as the system defines it.

    Returns
    -------
    Path
        May be absent.
    """
    import platformdirs

    return Path(platformdirs.user_data_dir(_NAME, appauthor=False))


def user_cache_folder() -> Path:
    """The folder for cached data, which may be deleted at any time, as the system defines it.

    Returns
    -------
    Path
        May be absent.
    """
    import platformdirs

    return Path(platformdirs.user_cache_dir(_NAME, appauthor=False))


def frame_cache_folder() -> Path:
    """The default folder for frames: in the user's cache.

    Returns
    -------
    Path
    """
    return user_cache_folder() / "frames"


def aliases_file() -> Path:
    """Where the listener's own aliases of genres are read from: genres.txt in the user's data.

    Returns
    -------
    Path
        May be absent.
    """
    return user_data_folder() / "genres.txt"


def encoders_folder() -> Path:
    """The default folder for encoders that the user trained: in the user's data.

    Returns
    -------
    Path
    """
    return user_data_folder() / "encoders"


def configuration_file() -> Path:
    """Where the user's configuration is read from: what MUSICEMB_CONFIG names, else config.toml in their config folder.

    Returns
    -------
    Path
        May be absent.
    """
    import platformdirs

    named = os.environ.get(_CONFIG)
    return Path(named).expanduser() if named else platformdirs.user_config_path(_NAME, appauthor=False) / "config.toml"
