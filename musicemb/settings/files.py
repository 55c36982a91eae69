"""Opens files that a user names: only regular ones (a pipe or a device might never end)."""

from __future__ import annotations

import errno
import json
import stat
from pathlib import Path
from typing import Any, BinaryIO

_LARGEST_TEXT = 16 << 20


def open_regular(path: Path) -> BinaryIO:
    """Open a file for reading bytes.

    Parameters
    ----------
    path : Path

    Returns
    -------
    binary file

    Raises
    ------
    OSError
        Where it cannot be opened, or is no regular file (a pipe would wait for ever, a device never end).
    ValueError
        Where it has an invalid name.
    """
    mode = path.stat().st_mode
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, "is a folder, not a file")
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "is not a regular file")
    return path.open("rb")


def read_bounded(path: Path, most: int = _LARGEST_TEXT) -> bytes:
    """All bytes of a small file.

    Parameters
    ----------
    path : Path
    most : int
        Bytes that it may have.

    Returns
    -------
    bytes

    Raises
    ------
    OSError
        As `open_regular`, and where it is larger.
    """
    with open_regular(path) as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise OSError(errno.EFBIG, f"is larger than {most >> 20} MB")
    return content


def read_json(path: Path, *, nan: bool = False) -> Any:
    """A small JSON file's value.

    Parameters
    ----------
    path : Path
    nan : bool
        Take NaN for a number: a figure that could not be measured is written so.

    Returns
    -------
    value

    Raises
    ------
    OSError
        As `read_bounded`.
    ValueError
        Where it is not JSON in UTF-8, holds NaN or an infinity, or is nested too deeply.
    """

    def refuse(word: str) -> Any:
        if nan and word == "NaN":
            return float("nan")
        raise ValueError(f"{word} is not a JSON number")

    try:
        return json.loads(read_bounded(path).decode("utf-8"), parse_constant=refuse)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
