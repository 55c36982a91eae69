"""ESC-50 and its subset ESC-10: environmental sounds in five official folds (Piczak 2015).

Conventions
-----------
A name is `{fold}-{clip}-{take}` (and `-{target}` in the published archive): the first digit is the
official fold. Takes of one clip are alike, so the clip is the group. Labels stand in `meta/esc50.csv` of
the archive, or in a `tracks.csv` beside or above the audio.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from pathlib import Path

from musicemb.errors import DatasetError
from musicemb.records import Example

FOLDS = 5

_NAME = re.compile(r"(?P<fold>[1-5])-(?P<clip>\d+)-(?P<take>[A-Z])(-\d+)?$")


def read_esc(folder: Path, *, ten: bool = True) -> list[Example]:
    """Read the dataset.

    Parameters
    ----------
    folder : Path
        The published archive (`audio/`, `meta/esc50.csv`), or a folder of audio with `tracks.csv` in
        it or above it.
    ten : bool
        Only the ten classes of ESC-10, where the archive marks them.

    Returns
    -------
    list of Example
        Ordered by path; `fold` is 1 to 5.

    Raises
    ------
    DatasetError
        If the labels are absent or a name or file does not fit.
    """
    published = folder / "meta" / "esc50.csv"
    if published.is_file():
        rows = [row for row in _rows(published) if not ten or row.get("esc10", "").lower() == "true"]
        found = [(folder / "audio" / row.get("filename", ""), row.get("category", "")) for row in rows]
    else:
        table = next((path for path in (folder / "tracks.csv", folder.parent / "tracks.csv") if path.is_file()), None)
        if table is None:
            raise DatasetError(f"{folder}: holds no ESC dataset: neither meta/esc50.csv nor tracks.csv is there")
        named = [(table.parent / row.get("path", ""), row.get("genre", "")) for row in _rows(table)]
        found = [(path, label) for path, label in named if path.parent == folder]
    if not found:
        raise DatasetError(f"{folder}: the labels name no file in it")
    return sorted((_example(path, label.replace("_", " ")) for path, label in found), key=lambda one: one.path)


def _example(path: Path, label: str) -> Example:
    told = _NAME.match(path.stem)
    if told is None:
        raise DatasetError(f"{path}: its name is not fold-clip-take, as ESC's are")
    if not path.is_file():
        raise DatasetError(f"{path}: is absent")
    group = f"{told['fold']}-{told['clip']}"
    return Example(path, label=label, group=group, corpus="esc", fold=int(told["fold"]))


def _rows(table: Path) -> list[Mapping[str, str]]:
    try:
        with table.open(encoding="utf-8-sig", newline="") as lines:
            return [{name: value or "" for name, value in row.items() if name} for row in csv.DictReader(lines)]
    except (UnicodeDecodeError, csv.Error, OSError) as error:
        raise DatasetError(f"{table}: cannot be read ({error})") from None
