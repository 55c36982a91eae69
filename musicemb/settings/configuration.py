"""The configuration of a user: its keys, their values, and the order of precedence of their sources.

The order of precedence: the command line, the environment, what the library remembers of an earlier scan, config.toml,
the default. Lists (roots, exclude) add up instead.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from musicemb.errors import SettingsError
from musicemb.settings.files import read_bounded

Source = Literal["default", "file", "library", "environment", "option"]
Kind = Literal["texts", "count", "share", "minutes", "switch", "genres", "policy"]

_MOST_BYTES = 1 << 20
_ON, _OFF = ("1", "true", "yes", "on"), ("0", "false", "no", "off")
_POLICIES = ("missing", "add", "replace")


@dataclass(frozen=True)
class Key:
    """Something that can be set."""

    name: str
    """In config.toml; "playlist.tracks" is tracks in the table [playlist]."""
    kind: Kind
    default: Any
    example: str
    """The value in the syntax of config.toml."""
    about: str

    @property
    def variable(self) -> str:
        """Environment variable."""
        return f"MUSICEMB_{self.name.upper().replace('.', '_')}"

    @property
    def adds_up(self) -> bool:
        """Whether the values of several sources add up."""
        return self.kind == "texts"


KEYS: Mapping[str, Key] = {
    key.name: key
    for key in (
        Key("roots", "texts", (), '["~/Music", "/mnt/nas/music"]', "folders to scan, besides those scanned before"),
        Key("exclude", "texts", (), '["*/Podcasts/*"]', "files and folders that scan skips"),
        Key("workers", "count", None, "2", "worker processes of a scan (default: one per core)"),
        Key("min_confidence", "share", None, "0.8", "minimum confidence of a guess, 0 to 1"),
        Key("max_genres", "count", 1, "2", "genres that a guess may name, 1 to 5"),
        Key("vocabulary", "genres", (), '["Rock", "Jazz"]', "genres to guess, or a file of them (default: any)"),
        Key("mixes", "switch", False, "true", "whether tracks over 20 minutes are clustered and used for guesses"),
        Key("policy", "policy", "missing", '"add"', "how tag writes: missing, add or replace"),
        Key("playlist.tracks", "count", None, "40", "length of a playlist in tracks (default: 25)"),
        Key("playlist.minutes", "minutes", None, "60", "length of a playlist in minutes, if tracks is not set"),
        Key("playlist.spacing", "count", 3, "5", "tracks between two by the same artist, where possible"),
    )
}
_MOST: Mapping[str, int] = {"max_genres": 5}
_LEAST: Mapping[str, int] = {"playlist.spacing": 0}


@dataclass(frozen=True)
class Configuration:
    """The settings of the file and the environment; those of a library are added when it is opened."""

    path: Path | None = None
    """The file, which may be absent."""
    file: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, Any] = field(default_factory=dict)

    def in_force(self, name: str, *, remembered: Any = None, option: Any = None) -> tuple[Any, tuple[Source, ...]]:
        """The value of a key, and its source.

        Parameters
        ----------
        name : str
            One of `KEYS`.
        remembered : object, optional
            What the library remembers; None: nothing.
        option : object, optional
            What was typed; None: nothing.

        Returns
        -------
        value : object
            Lists as tuples.
        sources : tuple of str
            One, or for a list all that add to it.
        """
        said: list[tuple[Source, Any]] = [
            ("file", self.file.get(name)),
            ("library", remembered),
            ("environment", self.environment.get(name)),
            ("option", option),
        ]
        return resolve(KEYS[name], said)

    def value(self, name: str, *, remembered: Any = None, option: Any = None) -> Any:
        """The value of a key; see `in_force`.

        Parameters
        ----------
        name : str
        remembered, option : object, optional

        Returns
        -------
        object
        """
        return self.in_force(name, remembered=remembered, option=option)[0]


NO_CONFIGURATION = Configuration()
"""The configuration of a user who has set nothing."""


def resolve(key: Key, said: Sequence[tuple[Source, Any]]) -> tuple[Any, tuple[Source, ...]]:
    """Apply the order of precedence: the last source with a value counts; lists add up in order, each entry once.

    Parameters
    ----------
    key : Key
    said : sequence of (source, value)
        The farthest first; None says nothing.

    Returns
    -------
    value : object
    sources : tuple of str
    """
    heard = [(source, value) for source, value in said if value is not None]
    if not heard:
        return key.default, ("default",)
    if not key.adds_up:
        source, value = heard[-1]
        return value, (source,)
    adding = [(source, value) for source, value in heard if value]
    entries = tuple(dict.fromkeys(entry for _, value in adding for entry in value))
    return entries, tuple(source for source, _ in adding) or ("default",)


def read_configuration(path: Path, environment: Mapping[str, str]) -> Configuration:
    """The person's configuration.

    Parameters
    ----------
    path : Path
        config.toml; absent: it says nothing.
    environment : mapping of str to str
        Such as `os.environ`.

    Returns
    -------
    Configuration

    Raises
    ------
    SettingsError
        For a file that cannot be read, a key that there is not (the nearest is named), or a value of the wrong type.
    """
    file: dict[str, Any] = {}
    if path.exists():
        import tomllib

        try:
            values = tomllib.loads(read_bounded(path, _MOST_BYTES).decode("utf-8-sig"))
        except OSError as error:
            raise SettingsError(f"{path} cannot be read: {error.strerror or error}") from None
        except (ValueError, RecursionError) as error:  # what is no TOML, and what is no UTF-8
            raise SettingsError(f"{path} is not a TOML file: {' '.join(str(error).split())}") from None
        for name, value in _flat(values):
            file[name] = _checked(_known(name, path), value, f"{path}: {name}", path.parent)
    said = {}
    for key in KEYS.values():
        text = environment.get(key.variable, "")
        if text:
            said[key.name] = _checked(key, _typed(key, text), key.variable, Path())
    return Configuration(path, file, said)


def _flat(values: Mapping[str, Any]) -> list[tuple[str, Any]]:
    found = []
    for name, value in values.items():
        table = isinstance(value, dict) and any(key.startswith(f"{name}.") for key in KEYS)
        found += [(f"{name}.{inner}", one) for inner, one in value.items()] if table else [(name, value)]
    return found


def _known(name: str, path: Path) -> Key:
    if name in KEYS:
        return KEYS[name]
    import difflib

    near = difflib.get_close_matches(name, KEYS, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(KEYS)}"
    raise SettingsError(f"{path}: there is no key {name!r}; {hint}")


def _typed(key: Key, text: str) -> Any:
    """Parse an environment variable like a TOML value; a value that cannot be parsed stays text, and is refused."""
    if key.kind == "texts":
        return [part for part in text.split(os.pathsep) if part]
    if key.kind == "switch":
        return True if text.casefold() in _ON else False if text.casefold() in _OFF else text
    if key.kind in ("count", "share", "minutes"):
        for kind in (int, float):
            try:
                return kind(text)
            except ValueError:
                continue
    return text


def _checked(key: Key, value: Any, where: str, folder: Path) -> Any:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    texts = isinstance(value, list) and all(isinstance(one, str) and one for one in value)
    least, most = _LEAST.get(key.name, 1), _MOST.get(key.name, 1_000_000)
    span = f"from {least} to {most}" if key.name in _MOST else f"from {least} up"
    fits, wanted = {
        "texts": (texts, "a list of texts"),
        "count": (number and isinstance(value, int) and least <= value <= most, f"a whole number {span}"),
        "share": (number and 0 <= value <= 1, "a number from 0 to 1"),
        "minutes": (number and 0 < value < float("inf"), "a number of minutes above 0"),
        "switch": (isinstance(value, bool), "true or false"),
        "genres": (
            texts or (isinstance(value, str) and bool(value)),
            "a list of genres, or a file of them",
        ),
        "policy": (value in _POLICIES, f"one of {', '.join(_POLICIES)}"),
    }[key.kind]
    if not fits:
        shown = value if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else value
        raise SettingsError(f"{where} must be {wanted}, not {str(shown)[:60]!r}; for example {key.example}")
    if key.kind == "genres" and isinstance(value, str):
        return folder / Path(value).expanduser()
    return tuple(value) if isinstance(value, list) else value
