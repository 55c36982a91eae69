from __future__ import annotations

from pathlib import Path

import pytest
from miniatures import dcase_development

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
