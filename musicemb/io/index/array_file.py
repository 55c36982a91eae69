"""A memory-mapped file of named arrays: only the parts that a query uses are loaded.

Layout: a header of fixed size (magic, its own checksum, JSON), the arrays, each from a page's beginning, and a
CRC-32 per block of them. The header tells all sizes and the checksum of the table of checksums. Opening verifies the
header and the length, `damaged_blocks` all of it. A file is written under another name, read back, compared with its
checksums, and only then takes its place: it is there as a whole or not at all.
"""

from __future__ import annotations

import contextlib
import json
import math
import mmap
import os
import struct
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import DTypeLike, NDArray

from musicemb.errors import CatalogueError

FORMAT = 1
MAGIC = b"musicemb arrays\0"
UNFINISHED = ".musicemb-index-"
"""Beginning of the names of files that are being written."""

_HEADER = 8192
_PAGE = 4096
_BLOCK = 1 << 20
_PREFIX = struct.Struct("<16sII")
_AN_HOUR = 3600


class ArrayFile:
    """An open file of arrays. They stay usable as long as anybody holds one of them.

    Attributes
    ----------
    facts : dict
        What was said of the arrays when they were written.
    """

    def __init__(self, path: Path, mapped: mmap.mmap, header: dict[str, Any]) -> None:
        self._path, self._mapped, self._arrays = path, mapped, header["arrays"]
        self.facts: dict[str, Any] = header["facts"]

    def __getitem__(self, name: str) -> NDArray[Any]:
        kind, shape, offset = self._arrays[name]
        count = math.prod(shape)
        if not count:  # of an empty rest of a file no array can be made
            return np.zeros(shape, dtype=kind)
        return np.frombuffer(self._mapped, dtype=kind, count=count, offset=offset).reshape(shape)

    def __contains__(self, name: object) -> bool:
        return name in self._arrays

    def read_json(self, name: str) -> Any:
        """Parse an array of bytes as JSON.

        Parameters
        ----------
        name : str

        Returns
        -------
        JSON types

        Raises
        ------
        CatalogueError
            Where it is damaged.
        """
        try:
            return json.loads(self[name].tobytes())
        except ValueError as error:
            raise CatalogueError(f"{self._path} is damaged: delete it, and it is made anew") from error

    def columns(self) -> dict[str, Column]:
        """All arrays, to be written once more."""
        return {name: column(self[name].dtype, [self[name]]) for name in self._arrays}


@dataclass
class Column:
    """An array that is being written, part by part (see `column`)."""

    kind: np.dtype[Any]
    parts: Iterable[NDArray[Any]]


def column(kind: DTypeLike, parts: Iterable[NDArray[Any]]) -> Column:
    """An array to write in parts, which need not all be in memory together.

    Parameters
    ----------
    kind : dtype
        Of the file, little-endian whatever the machine.
    parts : iterable of ndarray
        One after the other along the first axis; all of the same further axes.

    Returns
    -------
    Column
    """
    return Column(np.dtype(kind).newbyteorder("<"), parts)


def write_arrays(path: Path, facts: Mapping[str, Any], columns: Mapping[str, Column], *, mode: int = 0o600) -> None:
    """Write a file of arrays: all of it, verified, or nothing.

    Parameters
    ----------
    path : Path
        Replaced where it exists.
    facts : mapping
        What is to be known of the arrays; fit for JSON.
    columns : mapping of name to Column
    mode : int
        Permissions of the file.

    Raises
    ------
    OSError
        Where it cannot be written, or does not read back as it was written; what was there stays.
    """
    import tempfile

    _remove_unfinished(path.parent)
    handle, name = tempfile.mkstemp(prefix=UNFINISHED, dir=path.parent)
    part = Path(name)
    try:
        with os.fdopen(handle, "w+b") as file:
            _write(file, facts, columns)
            file.flush()
            os.fsync(file.fileno())
        opened = open_arrays(part)
        if opened is None or damaged_blocks(part):
            raise OSError("it does not read back as it was written")
        part.chmod(mode)
        del opened  # Windows does not rename what is mapped
        part.replace(path)
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


def open_arrays(path: Path) -> ArrayFile | None:
    """Open a file of arrays; nothing but its header is read.

    Parameters
    ----------
    path : Path

    Returns
    -------
    ArrayFile or None
        None where there is none, or it is torn, of another kind or of another version.
    """
    try:
        with path.open("rb") as file:
            header = _read_header(file)
            if header is None:
                return None
            return ArrayFile(path, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ), header)
    except (OSError, ValueError):
        return None


def damaged_blocks(path: Path) -> int:
    """Compare all of a file with its checksums.

    Parameters
    ----------
    path : Path
        That `open_arrays` opens.

    Returns
    -------
    int
        How many blocks are not as they were written; 1 where the table of checksums itself is not.

    Raises
    ------
    OSError
    """
    with path.open("rb") as file:
        header = _read_header(file)
        if header is None:
            return 1
        end = header["end"]
        file.seek(end)
        table = file.read()
        if zlib.crc32(table) != header["checksums"]:
            return 1
        wrong = 0
        file.seek(_HEADER)
        for expected in np.frombuffer(table, "<u4").tolist():
            wrong += zlib.crc32(file.read(min(_BLOCK, end - file.tell()))) != expected
        return wrong


def _write(file: BinaryIO, facts: Mapping[str, Any], columns: Mapping[str, Column]) -> None:
    sums = _Checksums(file)
    file.seek(_HEADER)
    told: dict[str, tuple[str, list[int], int]] = {}
    for name, item in columns.items():
        sums.write(b"\0" * (-sums.written % _PAGE))
        start, rows, rest = _HEADER + sums.written, 0, list[int]()
        for values in item.parts:
            rows, rest = rows + len(values), list(values.shape[1:])
            sums.write(np.ascontiguousarray(values, dtype=item.kind).tobytes())
        told[name] = item.kind.str, [rows, *rest], start
    table = np.array(sums.finish(), "<u4").tobytes()
    end = _HEADER + sums.written
    file.write(table)
    header = {"facts": dict(facts), "arrays": told, "end": end, "checksums": zlib.crc32(table)}
    header |= {"format": FORMAT, "length": end + len(table)}
    text = json.dumps(header).encode()
    if len(text) > _HEADER - _PREFIX.size:
        raise OSError("its header is too long")
    file.seek(0)
    file.write((_PREFIX.pack(MAGIC, len(text), zlib.crc32(text)) + text).ljust(_HEADER, b"\0"))


def _read_header(file: BinaryIO) -> dict[str, Any] | None:
    start = file.read(_HEADER)
    if len(start) < _PREFIX.size:
        return None
    magic, length, checksum = _PREFIX.unpack_from(start)
    text = start[_PREFIX.size : _PREFIX.size + length]
    if magic != MAGIC or len(text) != length or zlib.crc32(text) != checksum:
        return None
    header: dict[str, Any] = json.loads(text)
    size = os.fstat(file.fileno()).st_size
    return header if header.get("format") == FORMAT and header["length"] == size else None


class _Checksums:
    """Passes bytes on to a file, and takes the checksum of each block on the way."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._sums: list[int] = []
        self._sum = self.written = 0

    def write(self, data: bytes | memoryview) -> None:
        at, view = 0, memoryview(data)
        while at < len(view):
            piece = view[at : at + _BLOCK - self.written % _BLOCK]
            self._file.write(piece)
            self._sum = zlib.crc32(piece, self._sum)
            self.written += len(piece)
            at += len(piece)
            if not self.written % _BLOCK:
                self._sums.append(self._sum)
                self._sum = 0

    def finish(self) -> list[int]:
        return [*self._sums, self._sum] if self.written % _BLOCK else self._sums


def _remove_unfinished(folder: Path) -> None:
    """Remove what killed runs have left, an hour after they last wrote to it."""
    import time

    with contextlib.suppress(OSError):
        for left in folder.glob(f"{UNFINISHED}*"):
            with contextlib.suppress(OSError):
                if time.time() - left.stat().st_mtime > _AN_HOUR:
                    left.unlink()
