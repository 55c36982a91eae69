"""DCASE 2018 Task 5 (the SINS recordings of a home, Dekkers et al. 2017), exactly as published.

Conventions
-----------
Development (Zenodo 1247102): `audio/DevNode{node}_ex{session}_{segment}.wav`, ten seconds of four
microphones each, `meta.txt` (file, label, session), and four folds in `evaluation_setup/`:
`fold{n}_train.txt` (file, label, session), `fold{n}_test.txt` (file), `fold{n}_evaluate.txt` (file,
label). Evaluation (Zenodo 1964758): `audio/{number}.wav`, its list `evaluation_setup/evaluation.txt`
(as its readme has it) or `evaluate.txt` (as other readers look for it), `test.txt` (file) and `map.txt`
(file, name in the manner of development).

A *session* is one stretch of an activity: it never stands on two sides of a split. A *moment* is a
session and segment: all nodes that recorded it hear the same ten seconds, so they are never distant.
Segments are numbered within a session; a number is taken for its place in it (number times ten seconds).
Fields are separated by tabs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from musicemb.errors import DatasetError
from musicemb.records import Example

CLASSES = (
    "absence",
    "cooking",
    "dishwashing",
    "eating",
    "other",
    "social_activity",
    "vacuum_cleaner",
    "watching_tv",
    "working",
)

FOLDS = 4

CHANNELS = 4
"""Microphones of a node, in a square; the official system averages their posteriors."""

SECONDS = 10.0
"""Length of a segment."""

RADIUS = 30.0
"""Seconds between anchor and neighbour by default: three segments before and after. What somebody does at
home goes on for minutes; a session goes on for hours, and its ends need not sound alike. A guess, not measured:
the recordings are too large to try it on."""

_NAME = re.compile(r"(?P<node>[A-Za-z]+\d+)_ex(?P<session>\d+)_(?P<segment>\d+)")

_SETUP = "evaluation_setup"

_EVALUATION_LISTS = ("evaluation.txt", "evaluate.txt")


@dataclass(frozen=True)
class Fold:
    """One official fold."""

    number: int
    train: tuple[Example, ...]
    held: tuple[Example, ...]
    """Labelled from `fold{n}_evaluate.txt`."""


def find_development(folder: Path) -> Path:
    """The development dataset in a folder or up to two levels below it.

    Parameters
    ----------
    folder : Path
        The dataset, or a folder that holds it.

    Returns
    -------
    Path
        The folder that holds `audio` and `evaluation_setup`.

    Raises
    ------
    DatasetError
        If it is not there.
    """
    return _find(
        folder, ("fold1_train.txt",), "development dataset (audio/, meta.txt, evaluation_setup/fold1_train.txt)"
    )


def find_evaluation(folder: Path) -> Path:
    """The evaluation dataset in a folder or up to two levels below it.

    Parameters
    ----------
    folder : Path
        The dataset, or a folder that holds it.

    Returns
    -------
    Path
        The folder that holds `audio` and `evaluation_setup`.

    Raises
    ------
    DatasetError
        If it is not there.
    """
    return _find(
        folder, (*_EVALUATION_LISTS, "test.txt"), "evaluation dataset (audio/, evaluation_setup/evaluation.txt)"
    )


def read_development(folder: Path) -> list[Example]:
    """All development segments, with the fold that holds each one out.

    Parameters
    ----------
    folder : Path
        The dataset, or a folder that holds it.

    Returns
    -------
    list of Example
        Ordered by path; `group` is the session, `corpus` the node, `fold` 1 to 4.

    Raises
    ------
    DatasetError
        If a list is absent or damaged, a file has two labels, a session is trained on and held out
        in one fold, or audio is absent.
    """
    folds = read_folds(folder)
    held: dict[Path, Example] = {}
    for fold in folds:
        for example in fold.held:
            if example.path in held:
                raise DatasetError(
                    f"{example.path.name} is held out by folds {held[example.path].fold} and {fold.number}"
                )
            held[example.path] = example
    root = find_development(folder)
    everything = {**{example.path: example for fold in folds for example in fold.train}, **held}
    listed = _read_list(root / "meta.txt", root) if (root / "meta.txt").is_file() else list(everything.values())
    fold_of_path = {path: example.fold for path, example in held.items()}
    return sorted(
        (replace(example, fold=fold_of_path.get(example.path, 0)) for example in listed),
        key=lambda example: example.path,
    )


def read_folds(folder: Path) -> list[Fold]:
    """The four official folds.

    Parameters
    ----------
    folder : Path
        The dataset, or a folder that holds it.

    Returns
    -------
    list of Fold
        In the order of their numbers, 1 to 4; `group` is the session.

    Raises
    ------
    DatasetError
        As `read_development`.
    """
    root = find_development(folder)
    labels = {}
    if (root / "meta.txt").is_file():
        labels = {example.path: example for example in _read_list(root / "meta.txt", root)}
    folds = []
    for number in range(1, FOLDS + 1):
        train = _read_list(root / _SETUP / f"fold{number}_train.txt", root)
        held = _read_list(root / _SETUP / f"fold{number}_evaluate.txt", root)
        # evaluate.txt has no session: meta.txt has, and the name tells where that is missing too.
        held = [
            replace(one, fold=number, group=labels[one.path].group if one.path in labels else one.group) for one in held
        ]
        both = {example.group for example in train} & {example.group for example in held}
        if both:
            raise DatasetError(f"{root}: session {min(both)} is trained on and held out in fold {number}")
        folds.append(Fold(number, tuple(train), tuple(held)))
    _refuse_absent(root, {example.path for fold in folds for example in (*fold.train, *fold.held)} | set(labels))
    return folds


def read_evaluation(folder: Path) -> list[Example]:
    """All evaluation segments; the split is "test".

    Parameters
    ----------
    folder : Path
        The dataset, or a folder that holds it.

    Returns
    -------
    list of Example
        Without the labelled list (`test.txt` only), labels are "". `map.txt` tells node, session
        and segment; without it every file is a moment of its own.

    Raises
    ------
    DatasetError
        If a list is absent or damaged, or audio is absent.
    """
    root = find_evaluation(folder)
    lists = [root / _SETUP / name for name in (*_EVALUATION_LISTS, "test.txt")]
    found = next((path for path in lists if path.is_file()), None)
    if found is None:
        raise DatasetError(f"{root / _SETUP}: has none of {', '.join(path.name for path in lists)}")
    original = _read_map(root / _SETUP / "map.txt", root)
    examples = []
    for example in _read_list(found, root):
        name = original.get(example.path)
        known = example if name is None else _named(example, name)
        examples.append(replace(known, split="test"))
    _refuse_absent(root, {example.path for example in examples})
    return sorted(examples, key=lambda example: example.path)


def _find(folder: Path, lists: Sequence[str], what: str) -> Path:
    # Archives may bring a folder of their own, and a download gives each dataset one.
    for above in ("", "*/", "*/*/"):
        for name in lists:
            found = sorted(folder.glob(f"{above}{_SETUP}/{name}"))
            if found:
                return found[0].parents[1]
    raise DatasetError(f"{folder}: holds no DCASE 2018 Task 5 {what}")


def _read_list(table: Path, root: Path) -> list[Example]:
    found: dict[Path, Example] = {}
    for line, fields in _rows(table):
        path = _audio_path(fields[0], root)
        label = fields[1].strip() if len(fields) > 1 else ""
        if label and label not in CLASSES:
            raise DatasetError(f"{table}: line {line}: {label!r} is not one of the nine classes")
        example = _named(Example(path, label=label, group=path.stem, moment=path.stem, channels=CHANNELS), path.name)
        if len(fields) > 2 and fields[2].strip():
            example = replace(example, group=fields[2].strip())
        # Copies older than version 1.0.3 name some segments twice.
        if found.setdefault(path, example).label != label:
            raise DatasetError(f"{table}: line {line}: {path.name} has two labels")
    if not found:
        raise DatasetError(f"{table}: is empty")
    return list(found.values())


def _named(example: Example, name: str) -> Example:
    """Parse a file's name: the node, the session (if no list gives it), and the moment."""
    told = _NAME.match(Path(name).name)
    if told is None:
        return example
    group = f"s{told['session']}" if example.group == example.path.stem else example.group
    return replace(
        example,
        group=group,
        corpus=told["node"],
        moment=f"ex{told['session']}_{told['segment']}",
        start=int(told["segment"]) * SECONDS,
    )


def _read_map(table: Path, root: Path) -> dict[Path, str]:
    if not table.is_file():
        return {}
    found = {}
    for line, fields in _rows(table):
        if len(fields) < 2:
            raise DatasetError(f"{table}: line {line} has no second field")
        # Published as file, then name; a copy the other way round is understood too.
        first, second = (fields[1], fields[0]) if _NAME.match(Path(fields[0]).name) else (fields[0], fields[1])
        found[_audio_path(first, root)] = second.strip()
    return found


def _audio_path(field: str, root: Path) -> Path:
    text = field.strip().replace("\\", "/")
    if not text.lower().endswith(".wav"):
        text += ".wav"
    return root / (text if "/" in text else f"audio/{text}")


def _rows(table: Path) -> Iterable[tuple[int, list[str]]]:
    try:
        text = table.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise DatasetError(f"{table}: is not a text file") from None
    except OSError as error:
        raise DatasetError(f"{table}: cannot be read ({error.strerror})") from None
    for line, row in enumerate(text.splitlines(), start=1):
        if row.strip():
            yield line, row.split("\t")


def _refuse_absent(root: Path, paths: set[Path]) -> None:
    folder = root / "audio"
    there = {entry.name for entry in folder.iterdir()} if folder.is_dir() else set()
    absent = sorted(path for path in paths if path.name not in there)
    if absent:
        raise DatasetError(
            f"{root}: {len(absent)} of {len(paths)} listed files are missing, the first: audio/{absent[0].name}; "
            "unpack all audio archives into it"
        )
