"""Credentials for media servers: from the environment, else from a file that nobody else can read."""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from musicemb.errors import SettingsError
from musicemb.io.user_folders import configuration_file
from musicemb.settings.files import read_bounded

SERVERS = ("navidrome", "jellyfin", "lyrion")
_FIELDS = ("user", "password", "token")
_MOST_BYTES = 1 << 16


@dataclass(frozen=True)
class Credentials:
    """User, password or token for a media server."""

    user: str = ""
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)


def credentials_file() -> Path:
    """Where credentials are read from: credentials.toml beside config.toml.

    Returns
    -------
    Path
        May be absent.
    """
    return configuration_file().with_name("credentials.toml")


def credentials_for(kind: str, environment: Mapping[str, str] | None = None, file: Path | None = None) -> Credentials:
    """Those of a server: MUSICEMB_NAVIDROME_USER, MUSICEMB_JELLYFIN_TOKEN and so on; what is not there, of the file.

    Parameters
    ----------
    kind : str
        One of `SERVERS`.
    environment : mapping, optional
    file : Path, optional
        None: `credentials_file`.

    Returns
    -------
    Credentials

    Raises
    ------
    SettingsError
        Where the file can be read by others, or is not what it should be. Its values are in no message.
    """
    found = os.environ if environment is None else environment
    said = {name: found.get(f"MUSICEMB_{kind.upper()}_{name.upper()}", "") for name in _FIELDS}
    kept = _read(credentials_file() if file is None else file).get(kind, {})
    return Credentials(**{name: said[name] or kept.get(name, "") for name in _FIELDS})


def missing(kind: str, *names: str) -> str:
    """The message for missing credentials.

    Parameters
    ----------
    kind : str
        One of `SERVERS`.
    *names : str
        Such as "USER".

    Returns
    -------
    str
    """
    wanted = " and ".join(f"MUSICEMB_{kind.upper()}_{name}" for name in names)
    return f"to ask {kind} for its tracks, put its credentials into the environment ({wanted}) or into credentials.toml"


def _read(path: Path) -> dict[str, dict[str, str]]:
    try:
        if not path.exists():
            return {}
        if os.name == "posix" and path.stat().st_mode & 0o077:
            raise SettingsError(f"{path} can be read by others: chmod 600 {path}")
        stated = tomllib.loads(read_bounded(path, _MOST_BYTES).decode("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not text"
        raise SettingsError(f"{path} cannot be read: {reason}") from None
    except tomllib.TOMLDecodeError as error:
        place = str(error).rpartition("(")[2].rstrip(")")  # what is wrong may hold a password; where it is does not
        raise SettingsError(f"{path} is not TOML ({place})") from None
    for server, table in stated.items():
        _check(path, server, table)
    return stated


def _check(path: Path, server: str, table: Any) -> None:
    if server not in SERVERS:
        raise SettingsError(f"{path}: {server!r} is not a media server{_near(server, SERVERS)}")
    if not isinstance(table, dict):
        raise SettingsError(f"{path}: {server} must be a table: [{server}]")
    for name, value in table.items():
        if name not in _FIELDS:
            raise SettingsError(f"{path}: [{server}] has no {name!r}{_near(name, _FIELDS)}")
        if not isinstance(value, str):
            raise SettingsError(f"{path}: {name} of [{server}] must be text, in quotes")


def _near(word: str, words: tuple[str, ...]) -> str:
    near = difflib.get_close_matches(word, words, n=1, cutoff=0.5)
    return f"; did you mean {near[0]!r}?" if near else f": there are {', '.join(words)}"
