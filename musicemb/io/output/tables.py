"""A library as a table for other programs: CSV, JSON lines, NumPy and Parquet, written piece by piece."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from musicemb.errors import SettingsError
from musicemb.extras import require
from musicemb.records import LibraryTable, SegmentVectors

FORMATS = (".parquet", ".csv", ".npz", ".jsonl")
STREAMED = (".csv", ".jsonl")
"""Formats that are written from front to end, and so to a pipe."""
SEGMENT_FORMATS = (".parquet", ".npz", ".jsonl")
"""Formats that can hold the vectors of a track's segments; a table of text has a line per track."""
_BLOCK = 512
"""Tracks of a Parquet row group: their segments lie in memory together."""

SegmentSource = Callable[[int], SegmentVectors | None]
"""Segments of the track in a row of the table."""


def check_format(path: Path, *, segments: bool = False) -> str:
    """The format that a file's suffix asks for, before the work that fills it.

    Parameters
    ----------
    path : Path
    segments : bool
        Whether segment vectors are to be written too.

    Returns
    -------
    str
        One of `FORMATS`.

    Raises
    ------
    SettingsError
        For another suffix, or one whose format has no room for segments.
    MissingExtra
        Where the package that writes it is not installed.
    """
    suffix = path.suffix.lower()
    if suffix not in FORMATS:
        raise SettingsError(f"{path}: the suffix sets the format, and must be one of {', '.join(FORMATS)}")
    if segments and suffix not in SEGMENT_FORMATS:
        raise SettingsError(f"{suffix} cannot hold segments: use {', '.join(SEGMENT_FORMATS)}")
    if suffix == ".parquet":
        require("Parquet", "pyarrow")
    return suffix


def write_table(file: BinaryIO, suffix: str, table: LibraryTable, segments: SegmentSource | None) -> Iterator[int]:
    """Write a table.

    Parameters
    ----------
    file : binary file
        Of `open_output`.
    suffix : str
        One of `FORMATS`.
    table : LibraryTable
    segments : callable, or None
        None leaves the segments out.

    Yields
    ------
    int
        After each track: how many segments of it were written.
    """
    write = {".csv": _write_csv, ".jsonl": _write_jsonl, ".npz": _write_npz, ".parquet": _write_parquet}[suffix]
    yield from write(file, table, segments)


def _rows(table: LibraryTable) -> Iterator[tuple[Any, ...]]:
    yield from zip(*table.columns.values(), strict=True)


def _clean(text: str) -> str:
    """Text that is valid in UTF-8; undecodable bytes of paths are written out, as ``--json`` does."""
    return text.encode("utf-8", "backslashreplace").decode()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "; ".join(value) if isinstance(value, list) else str(value)


def _write_csv(file: BinaryIO, table: LibraryTable, segments: SegmentSource | None) -> Iterator[int]:
    text = io.TextIOWrapper(file, encoding="utf-8", errors="backslashreplace", newline="")
    try:
        writer = csv.writer(text, lineterminator="\n")
        vectors = table.vectors
        names = [] if vectors is None else [f"vector_{place}" for place in range(vectors.shape[1])]
        writer.writerow([*table.columns, *names])
        for place, row in enumerate(_rows(table)):
            numbers = [] if vectors is None else [f"{value:.7g}" for value in vectors[place].tolist()]
            writer.writerow([*map(_cell, row), *numbers])
            yield 0
        text.flush()
    finally:
        text.detach()  # the code that opened the file closes it


def _write_jsonl(file: BinaryIO, table: LibraryTable, segments: SegmentSource | None) -> Iterator[int]:
    for place, row in enumerate(_rows(table)):
        document: dict[str, Any] = dict(zip(table.columns, row, strict=True))
        if table.vectors is not None:
            document["vector"] = _numbers(table.vectors[place])
        found = None if segments is None else segments(place)
        if segments is not None:
            starts, vectors = _dequantised(found)
            document["segments"] = [
                {"start": round(float(start), 3), "vector": _numbers(vector)}
                for start, vector in zip(starts, vectors, strict=True)
            ]
        text = json.dumps(document, ensure_ascii=False, allow_nan=False)
        file.write(text.encode("utf-8", "backslashreplace") + b"\n")
        yield 0 if found is None else len(found.starts)


def _numbers(vector: NDArray[Any]) -> list[float]:
    return [float(f"{value:.7g}") for value in vector.tolist()]


def _dequantised(found: SegmentVectors | None) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    if found is None:
        return np.zeros(0, np.float32), np.zeros((0, 0), np.float32)
    return found.starts.astype(np.float32), found.codes.astype(np.float32) * found.scales.astype(np.float32)[:, None]


def _write_npz(file: BinaryIO, table: LibraryTable, segments: SegmentSource | None) -> Iterator[int]:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
        for name, values in table.columns.items():
            _put_array(archive, name, _array(values))
        for name, text in table.facts.items():
            _put_array(archive, name, np.array(_clean(text)))
        if table.vectors is not None:
            _put_array(archive, "vectors", np.ascontiguousarray(table.vectors, np.float32))
        counts = []
        starts: list[NDArray[np.float32]] = []
        for place in range(len(next(iter(table.columns.values()), ()))):
            found = None if segments is None else segments(place)
            counts.append(0 if found is None else len(found.starts))
            if found is not None:
                starts.append(found.starts.astype(np.float32))
            yield counts[-1]
        if segments is None:
            return
        _put_array(archive, "segment_rows", np.repeat(np.arange(len(counts)), counts))
        _put_array(archive, "segment_starts", np.concatenate(starts) if starts else np.zeros(0, np.float32))
        width = next((found.codes.shape[1] for place in range(len(counts)) if (found := segments(place))), 0)
        # All segments of a large library are gigabytes: they are read again, and written as they come.
        with archive.open("segment_vectors.npy", "w", force_zip64=True) as entry:
            header = {"descr": "<f4", "fortran_order": False, "shape": (sum(counts), width)}
            np.lib.format.write_array_header_2_0(entry, header)
            for place, count in enumerate(counts):
                if count:
                    entry.write(_dequantised(segments(place))[1].astype("<f4").tobytes())


def _put_array(archive: zipfile.ZipFile, name: str, array: NDArray[Any]) -> None:
    with archive.open(f"{name}.npy", "w", force_zip64=True) as entry:
        np.lib.format.write_array(entry, array, allow_pickle=False)


def _array(values: Sequence[Any]) -> NDArray[Any]:
    """A column as an array that loads without pickle: lists become text, missing numbers NaN."""
    known = [value for value in values if value is not None]
    if known and all(isinstance(value, bool) for value in known) and len(known) == len(values):
        return np.array(values, dtype=np.bool_)
    if known and all(isinstance(value, int | float) for value in known):
        whole = len(known) == len(values) and all(isinstance(value, int) for value in known)
        if whole:
            return np.array(values, dtype=np.int64)
        return np.array([np.nan if value is None else value for value in values], dtype=np.float64)
    return np.array([_clean(_cell(value)) for value in values], dtype=np.str_)


def _write_parquet(file: BinaryIO, table: LibraryTable, segments: SegmentSource | None) -> Iterator[int]:
    import pyarrow
    import pyarrow.parquet

    def clean(value: Any) -> Any:
        if isinstance(value, str):
            return _clean(value)
        return [_clean(word) for word in value] if isinstance(value, list) else value

    lists = pyarrow.list_(pyarrow.string())
    columns = {}
    for name, values in table.columns.items():
        column = [clean(value) for value in values]
        typed = lists if any(isinstance(value, list) for value in column) else None
        array = pyarrow.array(column, type=typed)
        # Of a column without a single value the kind is not known; text does no harm.
        columns[name] = array.cast(pyarrow.string()) if pyarrow.types.is_null(array.type) else array
    if table.vectors is not None:
        flat = pyarrow.array(np.ascontiguousarray(table.vectors, np.float32).reshape(-1))
        columns["vector"] = pyarrow.FixedSizeListArray.from_arrays(flat, table.vectors.shape[1])
    whole = pyarrow.table(columns)
    schema = whole.schema
    if segments is not None:
        one = pyarrow.struct([("start", pyarrow.float32()), ("vector", pyarrow.list_(pyarrow.float32()))])
        schema = schema.append(pyarrow.field("segments", pyarrow.list_(one)))
    schema = schema.with_metadata({name: _clean(text) for name, text in table.facts.items()})
    places = iter(range(whole.num_rows))
    with pyarrow.parquet.ParquetWriter(file, schema, compression="zstd") as writer:
        while block := list(islice(places, _BLOCK)):
            part = whole.slice(block[0], len(block))
            found = [None if segments is None else segments(place) for place in block]
            if segments is not None:
                listed = [
                    [{"start": start, "vector": vector} for start, vector in zip(*_dequantised(each), strict=True)]
                    for each in found
                ]
                part = part.append_column("segments", pyarrow.array(listed, type=schema.field("segments").type))
            writer.write_table(part.replace_schema_metadata(schema.metadata))
            yield from (0 if each is None else len(each.starts) for each in found)
