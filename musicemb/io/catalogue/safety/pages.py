"""Reads the pages of an SQLite file without SQLite, which gives up a table at the first damaged page.

Whatever is damaged is passed over, row by row. The format: https://sqlite.org/fileformat2.html
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

Value = None | int | float | bytes | str
Row = tuple[Value, ...]

INTERIOR_INDEX, INTERIOR_TABLE, LEAF_INDEX, LEAF_TABLE = 2, 5, 10, 13
_PAGE = 4096
"""Size of our pages, where the file's beginning is damaged."""
_LARGEST = 1 << 30


class Pages:
    """The pages of a database, with those of the log that a killed process left.

    Parameters
    ----------
    path : Path
    log : Path, optional
        The write-ahead log.
    """

    def __init__(self, path: Path, log: Path | None = None) -> None:
        with path.open("rb") as file:
            self._bytes = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if path.stat().st_size else b""
        head = bytes(self._bytes[:100]).ljust(100, b"\0")
        size = struct.unpack(">H", head[16:18])[0]
        size = 65536 if size == 1 else size
        sound = head[:16] == b"SQLite format 3\0" and 512 <= size <= 65536 and size & (size - 1) == 0
        self.size = size if sound else _PAGE
        self.version, self.mark = struct.unpack(">I4xI", head[60:72])
        self._free_trunk = struct.unpack(">I", head[32:36])[0]
        self._newer: dict[int, bytes] = {}
        if log is not None and log.is_file():
            self._read_log(log.read_bytes())
        self.count = max([-(-len(self._bytes) // self.size), *self._newer], default=0)

    def close(self) -> None:
        """Close the file."""
        if isinstance(self._bytes, mmap.mmap):
            self._bytes.close()

    def page(self, number: int) -> bytes:
        """One page, counted from 1.

        Parameters
        ----------
        number : int

        Returns
        -------
        bytes

        Raises
        ------
        ValueError
            Where the file does not hold it.
        """
        if number in self._newer:
            return self._newer[number]
        found = bytes(self._bytes[(number - 1) * self.size : number * self.size]) if number > 0 else b""
        if len(found) != self.size:
            raise ValueError(f"there is no page {number}")
        return found

    def free_pages(self) -> set[int]:
        """Pages that hold nothing any more, though they may look as if they did."""
        found: set[int] = set()
        trunk = self._free_trunk
        with suppress(ValueError):
            while trunk and trunk not in found:
                found.add(trunk)
                page = self.page(trunk)
                trunk, count = struct.unpack_from(">II", page)
                count = min(count, self.size // 4 - 2)
                found.update(struct.unpack_from(f">{count}I", page, 8))
        return found

    def rows(self, root: int, seen: set[int]) -> Iterator[tuple[int, Row]]:
        """Rows of a table, or of an index, that can still be reached from its first page.

        Parameters
        ----------
        root : int
        seen : set of int
            Pages that were visited; gets those of this one.

        Yields
        ------
        rowid : int
            0 in an index.
        row : tuple
        """
        waiting = [root]
        while waiting:
            number = waiting.pop()
            if number in seen:
                continue
            seen.add(number)
            try:
                page = self.page(number)
            except ValueError:
                continue
            kind, cells, right = self._cells(page, number)
            yield from self._cell_rows(page, kind, cells, seen)
            if kind in (INTERIOR_INDEX, INTERIOR_TABLE):
                children = [struct.unpack_from(">I", page, at)[0] for at in cells if at + 4 <= self.size]
                waiting += [child for child in (right, *reversed(children)) if 0 < child <= self.count]

    def lost_rows(self, seen: set[int]) -> Iterator[tuple[int, Row]]:
        """Rows on pages of tables that can no longer be reached and are not free.

        Parameters
        ----------
        seen : set of int
            What was reached; gets what is found.

        Yields
        ------
        rowid : int
        row : tuple
        """
        passed = seen | self.free_pages()
        for number in range(2, self.count + 1):
            if number in passed:
                continue
            with suppress(ValueError):
                page = self.page(number)
                kind, cells, _ = self._cells(page, number)
                if kind == LEAF_TABLE:
                    yield from self._cell_rows(page, kind, cells, seen)

    def _cells(self, page: bytes, number: int) -> tuple[int, list[int], int]:
        at = 100 if number == 1 else 0
        kind = page[at]
        if kind not in (INTERIOR_INDEX, INTERIOR_TABLE, LEAF_INDEX, LEAF_TABLE):
            return 0, [], 0
        first = at + (12 if kind in (INTERIOR_INDEX, INTERIOR_TABLE) else 8)
        count = min(struct.unpack_from(">H", page, at + 3)[0], (self.size - first) // 2)
        right = struct.unpack_from(">I", page, at + 8)[0] if first == at + 12 else 0
        return kind, list(struct.unpack_from(f">{count}H", page, first)), right

    def _cell_rows(self, page: bytes, kind: int, cells: list[int], seen: set[int]) -> Iterator[tuple[int, Row]]:
        if kind in (0, INTERIOR_TABLE):
            return
        for at in cells:
            with suppress(ValueError, IndexError, struct.error):
                at += 4 * (kind == INTERIOR_INDEX)
                length, at = _varint(page, at)
                rowid = 0
                if kind == LEAF_TABLE:
                    rowid, at = _varint(page, at)
                    rowid -= (rowid >> 63) << 64
                yield rowid, _record(self._payload(page, at, length, seen, table=kind == LEAF_TABLE))

    def _payload(self, page: bytes, at: int, length: int, seen: set[int], *, table: bool) -> bytes:
        usable = self.size
        most = usable - 35 if table else (usable - 12) * 64 // 255 - 23
        if length > min(_LARGEST, self.size * self.count):
            raise ValueError("a row is longer than the file")
        if length <= most:
            return _cut(page, at, length)
        least = (usable - 12) * 32 // 255 - 23
        local = least + (length - least) % (usable - 4)
        local = local if local <= most else least
        parts, left = [_cut(page, at, local)], length - local
        (following,) = struct.unpack_from(">I", page, at + local)
        chain = set()
        while left > 0:
            if following in chain or following in seen:
                raise ValueError("a row's pages are also used elsewhere")
            chain.add(following)
            page = self.page(following)
            parts.append(page[4 : 4 + left])
            left -= usable - 4
            (following,) = struct.unpack_from(">I", page)
        seen |= chain
        return b"".join(parts)

    def _read_log(self, log: bytes) -> None:
        if len(log) < 32 or struct.unpack_from(">I", log)[0] & ~1 != 0x377F0682:
            return
        if struct.unpack_from(">I", log, 8)[0] != self.size:
            return
        salt, waiting = log[16:24], dict[int, bytes]()
        for at in range(32, len(log) - 24 - self.size + 1, 24 + self.size):
            number, commit = struct.unpack_from(">II", log, at)
            if log[at + 8 : at + 16] != salt:
                return  # left over from an earlier round
            waiting[number] = log[at + 24 : at + 24 + self.size]
            if commit:
                self._newer.update(waiting)
                waiting.clear()


def _cut(page: bytes, at: int, length: int) -> bytes:
    found = page[at : at + length]
    if len(found) != length:
        raise ValueError("a row extends beyond its page")
    return found


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for number in range(9):
        byte = data[at + number]
        if number == 8:
            return value << 8 | byte, at + 9
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, at + number + 1
    raise AssertionError


def _record(data: bytes) -> Row:
    end, at = _varint(data, 0)
    if not at <= end <= len(data):
        raise ValueError("a row's beginning is damaged")
    kinds = []
    while at < end:
        kind, at = _varint(data, at)
        kinds.append(kind)
    values: list[Value] = []
    for kind in kinds:
        length = kind // 2 - 6 if kind >= 12 else (0, 1, 2, 3, 4, 6, 8, 8, 0, 0)[kind]
        raw = _cut(data, at, length)
        at += length
        values.append(_value(kind, raw))
    if at != len(data):
        raise ValueError("a row's end is damaged")
    return tuple(values)


def _value(kind: int, raw: bytes) -> Value:
    if kind == 0:
        return None
    if kind < 7:
        return int.from_bytes(raw, "big", signed=True)
    if kind == 7:
        return float(struct.unpack(">d", raw)[0])
    if kind < 10:
        return kind - 8
    return raw if kind % 2 == 0 else raw.decode("utf-8", "surrogateescape")
