"""Which labels figures use, and how many tracks and artists each needs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from miniatures import beatport7
from paths import TESTS

from musicemb.datasets.classes import choose_classes, count_classes, eligible_classes, fold_classes
from musicemb.datasets.music import BEATPORT7, read_music
from musicemb.errors import DatasetError
from musicemb.records import Example


def test_the_thesis_classes_are_found_however_they_are_spelled(tmp_path: Path) -> None:
    beatport7(tmp_path, seconds=0.1)
    (tmp_path / "Deep House").mkdir()
    (tmp_path / "DeepHouse" / "Artist 00 - Track.wav").rename(tmp_path / "Deep House" / "x.wav")
    (tmp_path / "Polka").mkdir()
    (tmp_path / "Trance" / "Artist 60 - Track.wav").rename(tmp_path / "Polka" / "y.wav")
    chosen = choose_classes(read_music(tmp_path), "beatport7")
    assert {one.label for one in chosen} == set(BEATPORT7)
    assert len(chosen) == 20


def test_classes_that_are_not_there_are_said(tmp_path: Path) -> None:
    beatport7(tmp_path, seconds=0.1)
    rest = [one for one in read_music(tmp_path) if one.label == "Trance"]
    with pytest.raises(DatasetError, match="fewer than two classes of beatport7"):
        choose_classes(rest, "beatport7")


def example(number: int, label: str, group: str, split: str) -> Example:
    return Example(Path(f"{number}.mp3"), label, group, split)  # type: ignore[arg-type]


def test_the_class_rule():
    examples = [example(i, "many", f"artist {i}", "train") for i in range(7)]
    examples += [example(10 + i, "many", "artist 0", "val") for i in range(9)]  # one more track, no more artist
    examples += [example(20 + i, "many", f"other {i}", "test") for i in range(4)]
    assert eligible_classes(examples) == ()
    examples.append(example(30, "many", "the eighth", "val"))
    assert eligible_classes(examples) == ("many",)
    assert count_classes(examples)["many"] == {"tracks": 17, "artists": 8, "test_tracks": 4}
    assert eligible_classes([one for one in examples if one.path.name != "20.mp3"]) == ()
    # Without any test split there is nothing to ask of it.
    assert eligible_classes([one for one in examples if one.split != "test"]) == ("many",)


def test_unlabelled_tracks_are_no_class():
    assert count_classes([example(0, "", "a", "train")]) == {}


def test_wider_words():
    assert [one.label for one in fold_classes([example(0, "punk", "a", ""), example(1, "jazz", "b", "")])] == [
        "pop/rock",
        "jazz",
    ]


def test_the_committed_classes_are_what_the_data_says(shared: Path):
    if not (shared / "audio" / "tracks.csv").is_file():
        pytest.skip("the collection is not here")
    from benchmarks.panda_classes import panda_classes

    committed = TESTS / "benchmarks" / "panda_classes.json"
    assert json.loads(committed.read_text()) == panda_classes(shared / "audio")
