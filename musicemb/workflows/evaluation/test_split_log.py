"""The file that counts looks at a test split: three in all, one per encoder.

A figure on a test split means what it says only while nobody chose by it. Every look is a row that is
kept under version control: who looked (bundle), when, at which data, and what was seen.
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

MOST = 3
"""Looks at one test split in the life of a project."""

COLUMNS = ("bundle", "date", "data", "result")


def default_looks() -> Path:
    """Where looks are written: beside the benchmarks of a checkout, else in the user's data folder."""
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


def check_look(looks: Path, bundle: str, data: str) -> None:
    """Refuse a look that may not be had.

    Parameters
    ----------
    looks : Path
        The file; absent is empty.
    bundle : str
        Encoder id.
    data : str
        From `name_test_split`.

    Raises
    ------
    DatasetError
        If this bundle has looked before, or it would be the fourth look.
    """
    seen = [row for row in _read(looks) if row["data"] == data and row["result"]]
    for row in seen:
        if row["bundle"] == bundle:
            raise DatasetError(
                f"{bundle} has seen this test split on {row['date']} ({looks} holds the result); "
                "use --split val or train+val"
            )
    if len(seen) >= MOST:
        raise DatasetError(
            f"this test split was looked at {len(seen)} times ({looks}), which is all there may be; "
            "use --split val or train+val"
        )


def open_look(looks: Path, bundle: str, data: str) -> None:
    """Write that a look begins, before anything is seen: a row without a result.

    Parameters
    ----------
    looks : Path
        The file; made where absent, with its folder.
    bundle : str
        Encoder id.
    data : str
        From `name_test_split`.

    Raises
    ------
    DatasetError
        As `check_look`, and if the file cannot be written: what is not written down is not looked at.
    """
    check_look(looks, bundle, data)
    rows = [row for row in _read(looks) if not (row["bundle"] == bundle and row["data"] == data)]
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M")
    _write(looks, [*rows, {"bundle": bundle, "date": now, "data": data, "result": ""}])


def close_look(looks: Path, bundle: str, data: str, result: Mapping[str, object]) -> None:
    """Write down what was seen.

    Parameters
    ----------
    looks, bundle, data
        As for `open_look`.
    result : mapping
        Figure -> value.
    """
    text = "; ".join(f"{name} {value}" for name, value in result.items()) or "nothing"
    rows = _read(looks)
    for row in rows:
        if row["bundle"] == bundle and row["data"] == data:
            row["result"] = text
    _write(looks, rows)


def _read(looks: Path) -> list[dict[str, str]]:
    if not looks.exists():
        return []
    try:
        with looks.open(encoding="utf-8", newline="") as lines:
            rows = [{name: row.get(name) or "" for name in COLUMNS} for row in csv.DictReader(lines)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DatasetError(f"{looks}: cannot be read ({error}); mend it before the next look") from None
    return rows


def _write(looks: Path, rows: Sequence[Mapping[str, str]]) -> None:
    draft = looks.with_suffix(".part")
    try:
        looks.parent.mkdir(parents=True, exist_ok=True)
        with draft.open("w", encoding="utf-8", newline="") as lines:
            table = csv.DictWriter(lines, COLUMNS, lineterminator="\n")
            table.writeheader()
            table.writerows(rows)
        draft.replace(looks)
    except OSError as error:
        raise DatasetError(f"{looks}: cannot be written ({error.strerror}); a look must be noted") from None
