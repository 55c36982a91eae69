from __future__ import annotations

from pathlib import Path

import pytest
from miniatures import beatport7, dcase_development

from musicemb.datasets.classes import choose_classes
from musicemb.datasets.music import BEATPORT7, read_music
from musicemb.datasets.registry import hold_out, read_sounds
from musicemb.errors import DatasetError


def test_an_official_fold_is_held_out_with_all_its_sessions(tmp_path: Path) -> None:
    dcase_development(tmp_path, audio=True, seconds=0.1, segments=1, nodes=(1,))
    examples = hold_out(read_sounds("dcase", tmp_path), 2)
    held = {one.group for one in examples if one.split == "val"}
    taught = {one.group for one in examples if one.split == "train"}
    assert held and taught and not held & taught
    assert {one.fold for one in examples if one.split == "val"} == {2}
    with pytest.raises(DatasetError, match="folds are 1 to 4"):
        hold_out(examples, 5)


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
