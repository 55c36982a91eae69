"""The file that counts the accesses to a test split: three in all, one per encoder.

A figure on a test split is unbiased only while nothing was chosen by it. Every access is a row that is kept under
version control: the bundle, the date, the data and the result.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from musicemb.errors import DatasetError
from musicemb.io.user_folders import user_data_folder
from musicemb.records import Example

MOST_ACCESSES = 3
"""Accesses to one test split in the life of a project."""

COLUMNS = ("bundle", "date", "data", "result")


def default_log() -> Path:
    """Where accesses are written: beside the benchmarks of a checkout, else in the user's data folder."""
    benchmarks = Path(__file__).parents[3] / "tests" / "benchmarks"
    if benchmarks.is_dir():
        return benchmarks / "test_looks.csv"
    return user_data_folder() / "test_looks.csv"


def name_test_split(examples: Sequence[Example]) -> str:
    """Name a test split by its content (file names and labels), wherever it lies.

    Parameters
    ----------
    examples : sequence of Example
        Only those in the split test count.

    Returns
    -------
    str
        12 hexadecimal digits.
    """
    rows = sorted(f"{example.path.name}\t{example.label}" for example in examples if example.split == "test")
    return hashlib.blake2b("\n".join(rows).encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()


def check_access(log: Path, bundle: str, data: str) -> None:
    """Refuse an access that is not allowed.

    Parameters
    ----------
    log : Path
        The file; absent is empty.
    bundle : str
        Encoder id.
    data : str
        From `name_test_split`.

    Raises
    ------
    DatasetError
        If this bundle has had access before, or it would be the fourth one.
    """
    seen = [row for row in _read(log) if row["data"] == data and row["result"]]
    for row in seen:
        if row["bundle"] == bundle:
            raise DatasetError(
                f"{bundle} was already evaluated on this test split on {row['date']} ({log} holds the result); "
                "use --split val or train+val"
            )
    if len(seen) >= MOST_ACCESSES:
        raise DatasetError(
            f"this test split was accessed {len(seen)} times ({log}), the most that is allowed; "
            "use --split val or train+val"
        )


def open_access(log: Path, bundle: str, data: str) -> None:
    """Write that an access begins, before anything is measured: a row without a result.

    Parameters
    ----------
    log : Path
        The file; made where absent, with its folder.
    bundle : str
        Encoder id.
    data : str
        From `name_test_split`.

    Raises
    ------
    DatasetError
        As `check_access`, and if the file cannot be written: an access that is not recorded is refused.
    """
    check_access(log, bundle, data)
    rows = [row for row in _read(log) if not (row["bundle"] == bundle and row["data"] == data)]
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M")
    _write(log, [*rows, {"bundle": bundle, "date": now, "data": data, "result": ""}])


def close_access(log: Path, bundle: str, data: str, result: Mapping[str, object]) -> None:
    """Record the result of an access.

    Parameters
    ----------
    log, bundle, data
        As for `open_access`.
    result : mapping
        Figure -> value.
    """
    text = "; ".join(f"{name} {value}" for name, value in result.items()) or "nothing"
    rows = _read(log)
    for row in rows:
        if row["bundle"] == bundle and row["data"] == data:
            row["result"] = text
    _write(log, rows)


def _read(log: Path) -> list[dict[str, str]]:
    if not log.exists():
        return []
    try:
        with log.open(encoding="utf-8", newline="") as lines:
            rows = [{name: row.get(name) or "" for name in COLUMNS} for row in csv.DictReader(lines)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DatasetError(f"{log}: cannot be read ({error}); repair it before the next access") from None
    return rows


def _write(log: Path, rows: Sequence[Mapping[str, str]]) -> None:
    draft = log.with_suffix(".part")
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        with draft.open("w", encoding="utf-8", newline="") as lines:
            table = csv.DictWriter(lines, COLUMNS, lineterminator="\n")
            table.writeheader()
            table.writerows(rows)
        draft.replace(log)
    except OSError as error:
        raise DatasetError(f"{log}: cannot be written ({error.strerror}); every access must be recorded") from None
