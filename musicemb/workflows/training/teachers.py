"""Teachers and extra music: selects the tracks that a training may learn from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from musicemb.core.training.targets import TeacherTargets, align_targets, match_paths
from musicemb.errors import DatasetError, FileError
from musicemb.io.audio.payload_hash import payload_hash
from musicemb.records import Example, Teacher, TeacherMatch

EXTRA = "extra"
"""Corpus of music that only teaches: its labels are not looked at, and none of it is ever held out."""


def join_teachers(teachers: Sequence[Teacher]) -> list[Teacher]:
    """Make one teacher of files that have a name and a layout in common: of a collection and of extra music.

    Parameters
    ----------
    teachers : sequence of Teacher

    Returns
    -------
    list of Teacher
        In the order in which their names come first.

    Raises
    ------
    DatasetError
        Where two files of a name have different layouts.
    """
    found: dict[str, Teacher] = {}
    for teacher in teachers:
        first = found.setdefault(teacher.name, teacher)
        if first is teacher:
            continue
        if _layout(first) != _layout(teacher):
            raise DatasetError(f"two teacher files are called {teacher.name}, but their layouts differ; rename one")
        found[teacher.name] = replace(
            first,
            paths=first.paths + teacher.paths,
            hashes=first.hashes + teacher.hashes,
            offsets=np.concatenate([first.offsets, teacher.offsets[1:] + first.offsets[-1]]),
            vectors=np.concatenate([first.vectors, teacher.vectors]),
            tags=np.concatenate([first.tags, teacher.tags]),
        )
    return list(found.values())


def _layout(teacher: Teacher) -> tuple[object, ...]:
    return teacher.hop, teacher.of_tracks, teacher.vectors.shape[1], teacher.tag_names


def match_teacher(teacher: Teacher, examples: Sequence[Example]) -> tuple[TeacherMatch, TeacherTargets]:
    """Find what a teacher says of the tracks of a training set.

    Parameters
    ----------
    teacher : Teacher
    examples : sequence of Example
        One per track of the training set.

    Returns
    -------
    match : TeacherMatch
    targets : TeacherTargets
        In the order of the examples.

    Raises
    ------
    DatasetError
        Where it knows none of them.
    """
    rows = match_paths(teacher.paths, [e.path.as_posix() for e in examples])
    if any(teacher.hashes):
        rows = _match_hashes(teacher, examples, rows)
    rows = np.where(np.diff(teacher.offsets)[rows] > 0, rows, -1)  # without a window it knows nothing of a track
    # Where another fold is held out, val may be trained on with its labels, but what a teacher says of it stays unread.
    open_to_it = np.array([e.split != "val" for e in examples])
    rows = np.where(open_to_it, rows, -1)
    known = rows >= 0
    if not known.any():
        raise DatasetError(
            f"teacher {teacher.name} knows no track of the training set: its {len(teacher.paths)} tracks have paths "
            f"like {teacher.paths[0] if teacher.paths else 'nothing'!r}, those of the training set like "
            f"{examples[0].path.as_posix()!r}; make the teacher file for this collection"
        )
    missing = tuple(str(e.path) for e, there in zip(examples, known | ~open_to_it, strict=True) if not there)
    unused = len(teacher.paths) - len(np.unique(rows[known]))
    return TeacherMatch(teacher.name, int(known.sum()), int(open_to_it.sum()), missing, unused), align_targets(
        teacher, rows
    )


def admit_extra(
    extra: Sequence[Example], examples: Sequence[Example], held_out: Callable[[Example], bool]
) -> list[Example]:
    """Extra music as it may teach: without labels, and without anything that is judged on.

    Parameters
    ----------
    extra : sequence of Example
    examples : sequence of Example
        The collection itself.
    held_out : callable
        Which of its examples are kept from training.

    Returns
    -------
    list of Example
        Of the corpus `EXTRA`; without files that the collection has too, and without artists of its test split or
        of what is held out.
    """
    kept_apart = {e.group for e in examples if e.split == "test" or held_out(e)}
    there = {e.path for e in examples}
    return [
        replace(e, label="", genres=(), split="", corpus=EXTRA)
        for e in extra
        if e.path not in there and e.group not in kept_apart and e.split != "test"
    ]


def _match_hashes(teacher: Teacher, examples: Sequence[Example], rows: NDArray[np.int64]) -> NDArray[np.int64]:
    known = {value: row for row, value in enumerate(teacher.hashes) if value}
    found = rows.copy()
    for i in np.flatnonzero(rows < 0).tolist():
        found[i] = known.get(_hash_of(examples[i].path), -1)
    return found


def _hash_of(path: Path) -> str:
    try:
        return payload_hash(path)
    except FileError:
        return ""
