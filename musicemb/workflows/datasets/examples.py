"""Examples to train on: a collection on disk, or the listener's own scanned library."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from musicemb.core.genres.names import fold_genre, fold_genres
from musicemb.datasets.classes import FOLDED_CLASSES
from musicemb.datasets.music import assign_splits, group_of, read_music, split_of
from musicemb.datasets.registry import DATASETS
from musicemb.errors import DatasetError, FileError
from musicemb.io.catalogue.catalogue import Catalogue
from musicemb.io.tags.reader import read_tags
from musicemb.records import Example, Problem

NOISY_CORPORA = frozenset({"panda", "emotify"})
"""Corpora whose border between pop, rock and punk is noise: those words are folded into one there."""

NOT_MUSIC = frozenset(name for name, dataset in DATASETS.items() if not dataset.is_music)
"""Corpora of sounds that are no music: never for a music encoder."""


def music_examples(data: Path, problems: list[Problem] | None = None) -> list[Example]:
    """Examples of a music collection, with the label rules that training uses.

    Parameters
    ----------
    data : Path
        A folder per genre, a folder with tracks.csv, or a CSV.
    problems : list of Problem, optional
        As for `read_examples`.

    Returns
    -------
    list of Example
        Without sounds that are no music; with the words folded whose border is noise.

    Raises
    ------
    DatasetError
        If there is nothing to read.
    """
    read = [example for example in read_examples(data, problems) if example.corpus not in NOT_MUSIC]
    spelled = {fold: example.label for example in read for fold in fold_genre(example.label)}
    found = []
    for example in read:
        wider = FOLDED_CLASSES if example.corpus in NOISY_CORPORA else {}
        words = (wider.get(word, word) for word in fold_genres(example.genres))
        found.append(
            replace(
                example,
                label=wider.get(example.label, example.label),
                # As labels are spelled, so that a word is one class in both.
                genres=tuple(dict.fromkeys(spelled.get(word, word) for word in words)),
            )
        )
    return found


def library_examples(catalogue: Catalogue) -> list[Example]:
    """Examples of the scanned library: artists and genres from its tags, ours left out.

    Parameters
    ----------
    catalogue : Catalogue

    Returns
    -------
    list of Example
        The label is the first genre of the tag, folded. Splits are drawn from the artist's name.

    Raises
    ------
    DatasetError
        If the library is empty.
    """
    found = []
    for track in catalogue.tracks():
        genres = fold_genres(track.tags.listener_genres, catalogue.aliases)
        group = group_of(track.tags.artist, str(track.path))
        found.append(
            Example(
                path=track.path,
                label=genres[0] if genres else "",
                group=group,
                # The whole library teaches: there is no test split of one's own music to keep clean.
                split="val" if split_of(group) == "val" else "train",
                corpus="library",
                artist=track.tags.artist,
                title=track.tags.title,
                album=track.tags.album,
                genres=genres,
            )
        )
    if not found:
        raise DatasetError("the library is empty: scan a folder first, or give a collection with --data")
    return found


def read_examples(data: Path, problems: list[Problem] | None = None) -> list[Example]:
    """Examples of a collection, with the artists that its tags name where nothing else does.

    Parameters
    ----------
    data : Path
        A CSV file or a folder with `tracks.csv`, which are taken at their word, or a folder per
        genre, whose files' tags are read.
    problems : list of Problem, optional
        Files whose tags could not be read are added; they stay examples, of unknown artists.

    Returns
    -------
    list of Example
        Ordered by path. A folder per genre is split by the artists that its tags name.

    Raises
    ------
    DatasetError
        If there is nothing to read, or an artist is in two splits.
    """
    examples = read_music(data)
    if data.is_file() or (data / "tracks.csv").is_file():
        return examples  # a table is taken at its word
    known = []
    for example in examples:
        try:
            tags = read_tags(example.path)
        except (FileError, MemoryError, RecursionError, OverflowError, ValueError) as error:
            reason = error.reason if isinstance(error, FileError) else f"{type(error).__name__}: {error}"
            if problems is not None:
                problems.append(Problem(example.path, reason, "failed"))
            known.append(example)
            continue
        group = group_of(tags.artist, example.group)
        known.append(replace(example, artist=tags.artist, title=tags.title, album=tags.album, group=group, split=""))
    return assign_splits([replace(example, split="") for example in known])
