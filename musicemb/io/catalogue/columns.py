"""Converts values to and from the catalogue's columns: paths, text, lists, arrays."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from musicemb.records import Floats, TrackTags

_JSON = json.JSONEncoder(ensure_ascii=False)
"""Made once: of 100,000 rows to make one each is a third of the time."""


def pack_path(path: Path) -> bytes:
    """Bytes of a path, as the system has them.

    Parameters
    ----------
    path : Path

    Returns
    -------
    bytes
    """
    return os.fsencode(path)


def unpack_path(value: bytes) -> Path:
    """Inverse of `pack_path`.

    Parameters
    ----------
    value : bytes

    Returns
    -------
    Path
    """
    cut = bytes.rfind(value, b"/")  # a TypeError where a damaged row holds a number
    if cut < 2:  # in the root ("//" is another one), or of a system that writes paths otherwise
        return Path(os.fsdecode(value))
    return _unpack_folder(value[:cut]) / os.fsdecode(value[cut + 1 :])


@lru_cache(maxsize=256)  # the tracks of an album come together
def _unpack_folder(value: bytes) -> Path:
    return Path(os.fsdecode(value))


def unpack_stem(value: bytes) -> str:
    """Name of a path's file without its suffix: the stem of `unpack_path`, in a tenth of its time.

    Parameters
    ----------
    value : bytes

    Returns
    -------
    str
    """
    if os.sep != "/":
        return unpack_path(value).stem
    name = os.fsdecode(value[value.rfind(b"/") + 1 :])
    dot = name.rfind(".")
    return name[:dot] if 0 < dot < len(name) - 1 else name


def pack_text(text: str) -> str | bytes:
    """Text as SQLite takes it: text, or bytes where it is no valid Unicode (tags can hold anything).

    Parameters
    ----------
    text : str

    Returns
    -------
    str or bytes
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")
    return text


def unpack_text(value: str | bytes) -> str:
    """Inverse of `pack_text`.

    Parameters
    ----------
    value : str or bytes

    Returns
    -------
    str

    Raises
    ------
    TypeError
        For anything else: a damaged catalogue can hold a number, or nothing, where text belongs.
    """
    if isinstance(value, str):
        return value
    if not isinstance(value, bytes):
        raise TypeError(f"{value!r} is stored where text is expected")
    return value.decode("utf-8", "surrogatepass")


def pack_json(value: Any) -> str | bytes:
    """Lists and dicts of text or numbers as one text.

    Parameters
    ----------
    value : list, tuple or dict

    Returns
    -------
    str or bytes
    """
    return pack_text(_JSON.encode(value))


def unpack_json(value: str | bytes) -> Any:
    """Inverse of `pack_json`, tuples as lists.

    Parameters
    ----------
    value : str or bytes

    Returns
    -------
    list or dict
    """
    return json.loads(unpack_text(value))


@lru_cache(maxsize=4096)
def unpack_words(value: str | bytes) -> tuple[str, ...]:
    """A tuple of text written by `pack_json`; a library has few different ones, so they are kept.

    Parameters
    ----------
    value : str or bytes

    Returns
    -------
    tuple of str
    """
    return tuple(unpack_json(value))


def pack_genres(genres: Sequence[str]) -> str | bytes:
    """The genres of a guess as one text.

    Parameters
    ----------
    genres : sequence of str
        None of them holds "; ".

    Returns
    -------
    str or bytes
    """
    return pack_text("; ".join(genres))


@lru_cache(maxsize=4096)
def unpack_genres(value: str | bytes) -> tuple[str, ...]:
    """Inverse of `pack_genres`.

    Parameters
    ----------
    value : str or bytes

    Returns
    -------
    tuple of str
    """
    return tuple(unpack_text(value).split("; "))


def unpack_number(value: object) -> float:
    """A number, as it is.

    Parameters
    ----------
    value : object
        As the column holds it.

    Returns
    -------
    float

    Raises
    ------
    TypeError
        For anything that is no finite number: a damaged catalogue can hold text, nothing, or infinity.
    """
    if isinstance(value, int | float) and math.isfinite(value):
        return value
    raise TypeError(f"{value!r} is stored where a number is expected")


def unpack_tagged_genres(genres: str | bytes, ours: str | bytes, imported: str | bytes | None) -> TrackTags:
    """The genres of a track, as three columns have them.

    Parameters
    ----------
    genres, ours : str or bytes
        In its file, and those of them that we wrote.
    imported : str or bytes or None
        What the listener imported.

    Returns
    -------
    TrackTags
        Genres only.
    """
    told = () if imported is None else unpack_words(imported)
    return TrackTags(genres=unpack_words(genres), our_genres=unpack_words(ours), imported=told)


def pack_floats(values: Floats) -> bytes:
    """An array as little-endian float32, row by row.

    Parameters
    ----------
    values : ndarray

    Returns
    -------
    bytes
    """
    return np.ascontiguousarray(values, dtype="<f4").tobytes()


def unpack_floats(value: bytes | bytearray) -> Floats:
    """Inverse of `pack_floats`, flat.

    Parameters
    ----------
    value : bytes or bytearray
        Of a bytearray the array is a writable view.

    Returns
    -------
    ndarray [shape=(n,)], float32
    """
    return np.frombuffer(value, dtype="<f4").astype(np.float32, copy=False)


def pack_codes(values: NDArray[np.int8]) -> bytes:
    """An array of int8, row by row.

    Parameters
    ----------
    values : ndarray, int8

    Returns
    -------
    bytes
    """
    return np.ascontiguousarray(values, dtype=np.int8).tobytes()


def unpack_codes(value: bytes, rows: int) -> NDArray[np.int8]:
    """Inverse of `pack_codes`.

    Parameters
    ----------
    value : bytes
    rows : int

    Returns
    -------
    ndarray [shape=(rows, n)], int8
    """
    return np.frombuffer(value, dtype=np.int8).reshape(rows, -1 if rows else 0)
