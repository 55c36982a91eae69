"""Classes of a collection: which labels figures use, and how many tracks and artists each has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from musicemb.datasets.music import BEATPORT7
from musicemb.errors import DatasetError
from musicemb.records import Example

PRESETS: Mapping[str, tuple[str, ...]] = {"beatport7": BEATPORT7}
"""Lists of classes by name."""

FOLDED_CLASSES: Mapping[str, str] = {"pop": "pop/rock", "rock": "pop/rock", "punk": "pop/rock", "rap": "hip-hop"}
"""Classes whose border is noise in the sources we measure on: figures use the wider word."""


def choose_classes(examples: Iterable[Example], preset: str) -> list[Example]:
    """Keep the examples of a preset's classes, spelled as it spells them.

    Parameters
    ----------
    examples : iterable of Example
    preset : str
        A name of `PRESETS`.

    Returns
    -------
    list of Example
        Letter case, spaces, hyphens and underscores of labels do not matter.

    Raises
    ------
    DatasetError
        If fewer than two of its classes are there.
    """
    spelled = {_plain(name): name for name in PRESETS[preset]}
    chosen = [
        replace(example, label=spelled[_plain(example.label)])
        for example in examples
        if _plain(example.label) in spelled
    ]
    if len({example.label for example in chosen}) < 2:
        raise DatasetError(f"fewer than two classes of {preset} were found; it has {', '.join(PRESETS[preset])}")
    return chosen


def _plain(label: str) -> str:
    return "".join(character for character in label.casefold() if character.isalnum())


def fold_classes(examples: Iterable[Example], table: Mapping[str, str] = FOLDED_CLASSES) -> list[Example]:
    """Replace labels by the wider words that figures use.

    Parameters
    ----------
    examples : iterable of Example
    table : mapping of str to str
        Label -> wider word; other labels stay.

    Returns
    -------
    list of Example
    """
    return [replace(example, label=table.get(example.label, example.label)) for example in examples]


def count_classes(examples: Iterable[Example]) -> dict[str, dict[str, int]]:
    """Count tracks and artists of each label.

    Parameters
    ----------
    examples : iterable of Example
        Those without a label are not counted.

    Returns
    -------
    dict
        label -> {"tracks": in train and val, "artists": of those, "test_tracks": in test}, in the
        order of the alphabet. Nothing but labels of test tracks is looked at.
    """
    artists: dict[str, set[str]] = {}
    counts: dict[str, dict[str, int]] = {}
    for example in examples:
        if not example.label:
            continue
        found = counts.setdefault(example.label, {"tracks": 0, "artists": 0, "test_tracks": 0})
        if example.split == "test":
            found["test_tracks"] += 1
        else:
            artists.setdefault(example.label, set()).add(example.group)
            found["tracks"] += 1
            found["artists"] = len(artists[example.label])
    return dict(sorted(counts.items()))


def eligible_classes(examples: Iterable[Example], *, artists: int = 8, test_tracks: int = 4) -> tuple[str, ...]:
    """Choose the classes that figures use: enough artists to learn from, enough tracks to test on.

    Parameters
    ----------
    examples : iterable of Example
    artists : int
        Fewest artists in train and val.
    test_tracks : int
        Fewest labelled tracks in test (ignored where no labelled example is in test).

    Returns
    -------
    tuple of str
        In the order of the alphabet.
    """
    listed = list(examples)
    tested = any(example.split == "test" and example.label for example in listed)
    counts = count_classes(listed)
    return tuple(
        label
        for label, found in counts.items()
        if found["artists"] >= artists and (not tested or found["test_tracks"] >= test_tracks)
    )
