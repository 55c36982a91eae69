"""Settings to and from plain JSON types; unknown keys are refused."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping
from typing import Any, Literal, TypeVar

from musicemb.errors import SettingsError

Settings = TypeVar("Settings")


def to_dict(settings: Any) -> dict[str, Any]:
    """Settings as plain JSON types.

    Parameters
    ----------
    settings : dataclass instance

    Returns
    -------
    dict
        Tuples become lists.
    """
    found: dict[str, Any] = {}
    for item in dataclasses.fields(settings):
        value = getattr(settings, item.name)
        if dataclasses.is_dataclass(value):
            value = to_dict(value)
        elif isinstance(value, tuple):
            value = list(value)
        found[item.name] = value
    return found


def from_dict(kind: type[Settings], values: Mapping[str, Any], *, where: str = "settings") -> Settings:
    """Settings from plain JSON types.

    Parameters
    ----------
    kind : type
        One of the dataclasses of this module.
    values : mapping
        As `to_dict` gives it. Missing keys take their defaults.
    where : str
        Named in errors.

    Returns
    -------
    Settings
        An instance of `kind`.

    Raises
    ------
    SettingsError
        For a key that `kind` does not have, or a value of the wrong type.
    """
    hints = typing.get_type_hints(kind)
    unknown = sorted(set(values) - set(hints))
    if unknown:
        known = ", ".join(sorted(hints))
        raise SettingsError(f"{where}: unknown setting {unknown[0]!r}; known ones: {known}")
    arguments = {}
    for name, value in values.items():
        wanted = hints[name]
        if dataclasses.is_dataclass(wanted):
            value = from_dict(typing.cast(Any, wanted), value, where=f"{where}.{name}")
        elif isinstance(value, list):
            value = tuple(value)
        if not _fits(value, wanted):
            raise SettingsError(f"{where}: {name} cannot be {value!r}")
        arguments[name] = value
    return kind(**arguments)


def _fits(value: Any, wanted: Any) -> bool:
    origin = typing.get_origin(wanted)
    if origin is Literal:
        return value in typing.get_args(wanted)
    if origin in (types.UnionType, typing.Union):
        return any(_fits(value, option) for option in typing.get_args(wanted))
    if origin is tuple:
        return isinstance(value, tuple) and all(_fits(item, typing.get_args(wanted)[0]) for item in value)
    if wanted is float:
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    if wanted is int:
        return isinstance(value, int) and not isinstance(value, bool)
    if wanted is type(None):
        return value is None
    return isinstance(value, wanted)
