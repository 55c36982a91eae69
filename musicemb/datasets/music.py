"""Music collections on disk as examples: a folder per genre, or a CSV with a row per track.

Conventions
-----------
A *group* is an artist: all tracks of an artist stand on one side of every split. A track without an
artist is a group of its own. Splits and folds are pure functions of the group's name, so the same
artist is on the same side on every machine and for ever.
"""

from __future__ import annotations

import csv
import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import cast

from musicemb.errors import DatasetError
from musicemb.records import Example, Split
from musicemb.settings import AUDIO_SUFFIXES

SPLITS = ("train", "val", "test")
LABEL_COLUMNS = ("genre", "label")
GENRES_COLUMNS = ("all_genres", "genres")

BEATPORT7 = (
    "DeepHouse",
    "Electronica_Downtempo",
    "IndieDance",
    "MelodicHouseAndTechno",
    "Techno_PeakTime_Driving_Hard",
    "Techno_Raw_Deep_Hypnotic",
    "Trance",
)
"""The seven folders of electronic music of the deep-embedded-music thesis (Gröger 2020), as spelled there."""


def read_music(data: Path, *, classes: Sequence[str] | None = None) -> list[Example]:
    """Read a music collection: a CSV file, a folder with `tracks.csv`, or a folder per genre.

    Parameters
    ----------
    data : Path
    classes : sequence of str, optional
        Folder per genre: the folders to read (default: all that hold audio). CSV: the labels to
        keep; others become "".

    Returns
    -------
    list of Example
        Ordered by path. `split` is the source's own, else drawn from the group's name.

    Raises
    ------
    DatasetError
        If there is nothing to read, or the CSV is not one.
    """
    if data.is_file():
        return read_tracks(data, classes=classes)
    if not data.is_dir():
        raise DatasetError(f"{data}: no such folder; give a folder per genre or a CSV with the columns path and genre")
    table = data / "tracks.csv"
    return read_tracks(table, classes=classes) if table.is_file() else read_genre_folders(data, classes=classes)


def read_tracks(table: Path, *, classes: Sequence[str] | None = None) -> list[Example]:
    """Read a CSV with the columns path and genre, and maybe artist, album, title, corpus, split, label_quality.

    A label whose quality is "weak" (guessed from names, say) is left out: its track stays, unlabelled.
    The column all_genres may hold several words with semicolons between them.

    Parameters
    ----------
    table : Path
        UTF-8 CSV with a header. Paths are relative to its folder.
    classes : sequence of str, optional
        Labels to keep; others become "".

    Returns
    -------
    list of Example

    Raises
    ------
    DatasetError
        If columns are missing, a split is unknown, a path is named twice, or audio is absent.
    """
    try:
        with table.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines)
            columns = set(reader.fieldnames or ())
            rows = list(reader)
    except (UnicodeDecodeError, csv.Error) as error:
        raise DatasetError(f"{table}: not a CSV file in UTF-8 ({error})") from None
    except OSError as error:
        raise DatasetError(f"{table}: cannot be read ({error.strerror})") from None
    label_column = next((name for name in LABEL_COLUMNS if name in columns), "")
    if "path" not in columns or not label_column:
        raise DatasetError(f"{table}: needs the columns path and genre; it has {', '.join(sorted(columns)) or 'none'}")
    examples = []
    for line, row in enumerate(rows, start=2):
        if row["path"] is None or not row["path"].strip():
            raise DatasetError(f"{table}: line {line} has no path")
        examples.append(_example_of_row(table, line, row, label_column, classes))
    _refuse_repeats(table, examples)
    _refuse_absent(table, examples)
    return assign_splits(sorted(examples, key=lambda example: example.path))


def read_genre_folders(folder: Path, *, classes: Sequence[str] | None = None) -> list[Example]:
    """Read a folder that holds a folder of audio files per genre.

    Parameters
    ----------
    folder : Path
    classes : sequence of str, optional
        Folders to read, all of which must be there (default: every folder that holds audio).

    Returns
    -------
    list of Example
        The label is the folder's name. Artists are unknown here (they stand in tags): until
        somebody fills them in, every file is a group of its own.

    Raises
    ------
    DatasetError
        If a named folder is absent, or no folder holds audio.
    """
    names = sorted(entry.name for entry in folder.iterdir() if entry.is_dir() and not entry.name.startswith("."))
    absent = [name for name in classes or () if name not in names]
    if absent:
        raise DatasetError(f"{folder}: has no folder {absent[0]!r}; it needs one per genre: {', '.join(classes or ())}")
    examples = []
    for name in classes or names:
        for path in _audio_below(folder / name):
            group = path.relative_to(folder).as_posix()
            examples.append(Example(path, label=name, group=group, corpus=folder.name))
    if not examples:
        raise DatasetError(f"{folder}: no folder in it holds audio; give a folder per genre or a CSV")
    return assign_splits(sorted(examples, key=lambda example: example.path))


def group_of(artist: str, fallback: str) -> str:
    """Group of a track: its artist, ignoring case and spaces.

    Parameters
    ----------
    artist : str
        "" where unknown.
    fallback : str
        Group of a track by an unknown artist; unique to the track.

    Returns
    -------
    str
    """
    return " ".join(artist.casefold().split()) or fallback


def share_of(name: str, *, salt: str) -> float:
    """Draw a number that depends on nothing but the name and the salt.

    Parameters
    ----------
    name : str
    salt : str
        What the number is for: those of different salts have nothing to do with each other.

    Returns
    -------
    float
        Evenly spread from 0 (included) to 1 (left out); from the name's SHA-256.
    """
    digest = hashlib.sha256(f"{salt}\0{name}".encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:7], "big") / 2**56


def fold_of(group: str, folds: int = 5) -> int:
    """Cross-validation fold of a group: a pure function of its name.

    Parameters
    ----------
    group : str
    folds : int

    Returns
    -------
    int
        0 to `folds` - 1.
    """
    return int(share_of(group, salt="fold") * folds)


def split_of(group: str) -> Split:
    """Split of a group: train 70 %, val 15 %, test 15 % of all names.

    Parameters
    ----------
    group : str

    Returns
    -------
    str
        "train", "val" or "test".
    """
    share = share_of(group, salt="split")
    return "train" if share < 0.70 else "val" if share < 0.85 else "test"


def assign_splits(examples: Iterable[Example]) -> list[Example]:
    """Fill in splits by group, where no example of a dataset has one.

    Parameters
    ----------
    examples : iterable of Example
        The whole dataset.

    Returns
    -------
    list of Example
        In the order given; as they came where any has a split.

    Raises
    ------
    DatasetError
        If a group stands in two splits.
    """
    listed = list(examples)
    if not any(example.split for example in listed):
        return [replace(example, split=split_of(example.group)) for example in listed]
    seen: dict[str, str] = {}
    for example in listed:
        if seen.setdefault(example.group, example.split) != example.split:
            raise DatasetError(
                f"{example.artist or example.group!r} is in two splits ({seen[example.group]} and "
                f"{example.split}); an artist must be in one"
            )
    return listed


def _example_of_row(
    table: Path, line: int, row: Mapping[str, str | None], label_column: str, classes: Sequence[str] | None
) -> Example:
    cells = {name: (value or "").strip() for name, value in row.items() if name and not isinstance(value, list)}
    split = cells.get("split", "")
    if split not in (*SPLITS, ""):
        raise DatasetError(f"{table}: line {line}: split {split!r} is none of {', '.join(SPLITS)}")
    label = cells[label_column]
    weak = cells.get("label_quality") == "weak"
    if weak or (classes is not None and label not in classes):
        label = ""
    several = next((cells[name] for name in GENRES_COLUMNS if cells.get(name)), "")
    words = () if weak or classes is not None else (word.strip() for word in several.split(";"))
    artist = cells.get("artist", "")
    return Example(
        path=table.parent / cells["path"],
        label=label,
        group=group_of(artist, cells["path"]),
        split=cast(Split, split),
        corpus=cells.get("corpus", ""),
        artist=artist,
        title=cells.get("title", ""),
        album=cells.get("album", ""),
        genres=tuple(dict.fromkeys(word for word in words if word)),
    )


def _refuse_repeats(table: Path, examples: Sequence[Example]) -> None:
    seen: set[Path] = set()
    for example in examples:
        if example.path in seen:
            raise DatasetError(f"{table}: {example.path.name} is listed twice in it")
        seen.add(example.path)


def _refuse_absent(table: Path, examples: Sequence[Example]) -> None:
    absent = [example.path for example in examples if not example.path.is_file()]
    if absent:
        raise DatasetError(f"{table}: {len(absent)} of {len(examples)} files are missing, the first: {absent[0]}")
    if not examples:
        raise DatasetError(f"{table}: has no rows")


def _audio_below(folder: Path) -> list[Path]:
    found = []
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += [Path(parent) / name for name in names if Path(name).suffix.lower() in AUDIO_SUFFIXES]
    return sorted(path for path in found if not path.name.startswith("."))
