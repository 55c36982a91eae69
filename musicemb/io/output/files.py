"""Writes output files completely or not at all, and replaces a file only with permission."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from musicemb.errors import ConsentMissing, MusicembError

_BEGINNING = 4096
"""Bytes in which a mark of ours is looked for."""


def check_output(path: Path, *, force: bool = False, ours: bytes = b"") -> None:
    """Find out whether a file may be written, before the work that fills it.

    Parameters
    ----------
    path : Path
    force : bool
        Replace a file that is there.
    ours : bytes
        A file in whose beginning this stands was made by us and is replaced without `force`.

    Raises
    ------
    ConsentMissing
        Where a file is there and `force` is not given.
    MusicembError
        Where nothing can be written there.
    """
    try:
        target = path.resolve() if path.is_symlink() else path
        if target.is_dir():
            raise MusicembError(f"{path} is a folder: name a file in it")
        if not target.absolute().parent.is_dir():
            raise MusicembError(f"{path}: its folder does not exist")
        if target.exists() and not target.is_file():
            raise MusicembError(f"{path} is a device or a pipe, not a file: name a file")
        if not os.access(target.absolute().parent, os.W_OK):
            raise MusicembError(f"{path} cannot be written: its folder is read-only for you")
        if not force and os.path.lexists(path) and not (ours and begins_with(target, ours)):
            raise ConsentMissing(f"{path} exists already and was not changed: use --force to replace it")
    except (OSError, RuntimeError) as error:  # RuntimeError: a link that leads to itself, until Python 3.13
        raise MusicembError(f"{path} cannot be written: {getattr(error, 'strerror', None) or error}") from None


def write_output(path: Path, data: bytes, *, force: bool = False, ours: bytes = b"") -> None:
    """Write an output file, completely or not at all.

    Parameters
    ----------
    path : Path
        Where it is a link, what it leads to is replaced.
    data : bytes
    force : bool
        Replace a file that is there.
    ours : bytes
        A file in whose beginning this stands was made by us and is replaced without `force`.

    Raises
    ------
    ConsentMissing
        Where a file is there and `force` is not given.
    MusicembError
        Where it cannot be written; what was there is untouched.
    """
    with open_output(path, force=force, ours=ours) as file:
        file.write(data)


@contextlib.contextmanager
def open_output(path: Path, *, force: bool = False, ours: bytes = b"") -> Iterator[BinaryIO]:
    """An output file that is written piece by piece; it is put in place when the block ends without an error.

    Parameters
    ----------
    path : Path
        Where it is a link, what it leads to is replaced.
    force, ours
        As for `write_output`.

    Yields
    ------
    binary file

    Raises
    ------
    ConsentMissing
        Where a file is there and `force` is not given.
    MusicembError
        Where it cannot be written; what was there is untouched, and nothing half-written stays.
    """
    check_output(path, force=force, ours=ours)
    target = path.resolve() if path.is_symlink() else path  # beside the target: a link may lead to another drive
    beside = target.with_name(f".{target.name[:40]}.{os.getpid()}.part")
    try:
        with beside.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        beside.replace(target)
    except OSError as error:
        raise MusicembError(f"{path} cannot be written: {error.strerror or error}") from None
    finally:
        with contextlib.suppress(OSError):
            beside.unlink()


def begins_with(path: Path, mark: bytes) -> bool:
    """Whether a file begins with a mark.

    Parameters
    ----------
    path : Path
    mark : bytes

    Returns
    -------
    bool
    """
    with path.open("rb") as file:
        return mark in file.read(_BEGINNING)
