"""JSON Schemas of the documents: files of the package, one per document, and the parts that they share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

FOLDER = Path(__file__).with_name("schemas")
_COMMON = "common"


def schema_names() -> list[str]:
    """Names of all documents, in alphabetical order."""
    return sorted(path.stem for path in FOLDER.glob("*.json") if path.stem != _COMMON)


def read_schema(name: str) -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a document.

    Parameters
    ----------
    name : str
        One of `schema_names`.

    Returns
    -------
    dict
        Complete in itself: the shared parts that it refers to stand in its "$defs". It describes what this version
        prints and nothing else; later versions may add keys.

    Raises
    ------
    SettingsError
        Where there is no such document.
    """
    from musicemb.errors import SettingsError

    if name not in schema_names():
        raise SettingsError(f"there is no document {name!r}; there are {', '.join(schema_names())}")
    schema = _read(name)
    parts, used = _read(_COMMON)["$defs"], dict[str, Any]()
    waiting = _own_references(schema)
    while waiting:
        part = waiting.pop()
        if part not in used:
            used[part] = parts[part]
            waiting += _own_references(parts[part])
    return {**schema, "$defs": {part: used[part] for part in sorted(used)}} if used else schema


def _read(name: str) -> dict[str, Any]:
    import json  # help needs no schema

    # The files refer to common.json, so that they are valid as they lie; here all is one document.
    text = (FOLDER / f"{name}.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text.replace(f'"{_COMMON}.json#/', '"#/'))
    return schema


def _own_references(value: Any) -> list[str]:
    if isinstance(value, list):
        return [name for one in value for name in _own_references(one)]
    if not isinstance(value, dict):
        return []
    found = [str(value["$ref"]).rsplit("/", 1)[-1]] if "$ref" in value else []
    return found + [name for one in value.values() for name in _own_references(one)]
