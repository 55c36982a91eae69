"""Where a user's data and cache live on this machine."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Literal

_NAME = "musicemb"
_CONFIG = "MUSICEMB_CONFIG"
_PLAIN = {"data": ".local/share", "cache": ".cache", "config": ".config"}
"""Below the home folder, on Linux, where nothing else was asked for."""


def _folder(kind: Literal["data", "cache", "config"]) -> Path:
    home = os.environ.get("HOME", "")
    # What nearly all have is known without a package whose import takes as long as opening the library.
    special = "ANDROID_DATA" in os.environ or f"XDG_{kind.upper()}_HOME" in os.environ
    if sys.platform == "linux" and home.startswith("/") and not special:
        return Path(home, _PLAIN[kind], _NAME)
    import platformdirs

    return Path(getattr(platformdirs, f"user_{kind}_dir")(_NAME, appauthor=False))


def user_data_folder() -> Path:
    """What is the user's: the folder to keep, which the system says.

    Returns
    -------
    Path
        May be absent.
    """
    return _folder("data")


def user_cache_folder() -> Path:
    """What can be computed again: the folder that may be deleted at any time, which the system says.

    Returns
    -------
    Path
        May be absent.
    """
    return _folder("cache")


def frame_cache_folder() -> Path:
    """Where frames are kept unless another folder is asked for: in the user's cache.

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
    """Where encoders that the user trained go unless another folder is asked for: in the user's data.

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
    named = os.environ.get(_CONFIG)
    return Path(named).expanduser() if named else _folder("config") / "config.toml"
