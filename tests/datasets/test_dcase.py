from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from miniatures import add_segments, dcase_development, dcase_evaluation

from musicemb.datasets.dcase import CLASSES, read_development, read_evaluation, read_folds
from musicemb.errors import DatasetError
from musicemb.io.audio.multichannel import read_channels


@pytest.fixture(scope="module")
def development(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return dcase_development(tmp_path_factory.mktemp("dcase"))


def test_development_as_published(development: Path):
    examples = read_development(development)
    assert len(examples) == 9 * 4 * 2 * 2
    assert Counter(one.label for one in examples) == dict.fromkeys(CLASSES, 16)
    assert Counter(one.fold for one in examples) == dict.fromkeys((1, 2, 3, 4), 36)
    first = next(one for one in examples if one.path.name == "DevNode2_ex1_0.wav")
    assert (first.label, first.group, first.corpus, first.moment, first.channels) == (
        "absence", "s1", "DevNode2", "ex1_0", 4,
    )  # fmt: skip
    assert [one.start for one in examples if one.group == "s1"] == [0.0, 10.0, 0.0, 10.0]
    # The folder above the dataset will do as well.
    assert read_development(development.parent) == examples


def test_sessions_stay_together_and_nodes_share_moments(development: Path):
    examples = read_development(development)
    for group in {one.group for one in examples}:
        assert len({one.fold for one in examples if one.group == group}) == 1
    moments = Counter(one.moment for one in examples)
    assert set(moments.values()) == {2}
    for moment in moments:
        together = [one for one in examples if one.moment == moment]
        assert {one.corpus for one in together} == {"DevNode1", "DevNode2"}
        assert len({(one.group, one.label) for one in together}) == 1


def test_official_folds(development: Path):
    folds = read_folds(development)
    assert [fold.number for fold in folds] == [1, 2, 3, 4]
    for fold in folds:
        assert len(fold.train) == 108 and len(fold.held) == 36
        assert not {one.group for one in fold.train} & {one.group for one in fold.held}
        assert all(one.group.startswith("s") for one in fold.held)  # known from meta.txt


def test_without_meta_the_name_tells_the_session(development: Path, tmp_path: Path):
    root = tmp_path / "copy"
    shutil.copytree(development, root)
    (root / "meta.txt").unlink()
    assert read_development(root) == [
        type(one)(**{**one.__dict__, "path": root / one.path.relative_to(development)})
        for one in read_development(development)
    ]


@pytest.mark.parametrize("labelled", ["evaluation.txt", "evaluate.txt"])
def test_evaluation_with_numeric_names(tmp_path: Path, labelled: str):
    dcase_evaluation(tmp_path, labelled=labelled)
    examples = read_evaluation(tmp_path)
    assert len(examples) == 36 and {one.split for one in examples} == {"test"}
    first = next(one for one in examples if one.path.name == "2.wav")
    assert (first.label, first.group, first.corpus, first.moment) == ("absence", "s200", "DevNode5", "ex200_0")
    assert set(Counter(one.moment for one in examples).values()) == {2}


def test_evaluation_before_its_labels_were_out(tmp_path: Path):
    root = dcase_evaluation(tmp_path)
    (root / "evaluation_setup" / "evaluation.txt").unlink()
    examples = read_evaluation(root)
    assert len(examples) == 36 and {one.label for one in examples} == {""}
    assert examples[0].moment.startswith("ex200_")
    (root / "evaluation_setup" / "map.txt").unlink()
    assert len({one.moment for one in read_evaluation(root)}) == 36


def test_what_can_be_wrong(tmp_path: Path):
    with pytest.raises(DatasetError, match="holds no DCASE 2018 Task 5 development dataset"):
        read_development(tmp_path)
    with pytest.raises(DatasetError, match="holds no DCASE 2018 Task 5 evaluation dataset"):
        read_evaluation(tmp_path / "nowhere")
    root = dcase_development(tmp_path, segments=1, nodes=(1,))
    setup = root / "evaluation_setup"
    (root / "audio" / "DevNode1_ex5_0.wav").unlink()
    with pytest.raises(DatasetError, match=r"1 of 36 listed files are missing, the first: audio/DevNode1_ex5_0.wav"):
        read_development(root)
    shutil.rmtree(root)
    root = dcase_development(tmp_path, segments=1, nodes=(1,))
    with (setup / "fold1_train.txt").open("a") as lines:
        lines.write("\naudio/DevNode1_ex1_0.wav\tabsence\ts1\n")
    with pytest.raises(DatasetError, match="session s1 is trained on and held out in fold 1"):
        read_development(root)
    (setup / "fold1_train.txt").write_text("audio/DevNode1_ex2_0.wav\tsleeping\ts2")
    with pytest.raises(DatasetError, match="line 1: 'sleeping' is not one of the nine classes"):
        read_development(root)
    (setup / "fold1_train.txt").write_text("audio/DevNode1_ex2_0.wav\teating\ts2\naudio/DevNode1_ex2_0.wav\tother\ts2")
    with pytest.raises(DatasetError, match=r"line 2: DevNode1_ex2_0.wav has two labels"):
        read_development(root)
    (setup / "fold1_train.txt").unlink()
    with pytest.raises(DatasetError):
        read_development(root)


def test_old_copies_name_segments_twice(development: Path, tmp_path: Path):
    root = tmp_path / "copy"
    shutil.copytree(development, root)
    meta = root / "meta.txt"
    meta.write_text(meta.read_text() + "\n" + meta.read_text().splitlines()[0])
    assert len(read_development(root)) == 144


def test_real_segments(shared: Path, tmp_path: Path):
    names = ("DevNode2_ex66_4.wav", "DevNode3_ex67_5.wav")
    if not all((shared / "dcase" / name).is_file() for name in names):
        pytest.skip("the two real segments are not here")
    root = dcase_development(tmp_path, segments=1, nodes=(1,), seconds=0.1)
    add_segments(root, *(shared / "dcase" / name for name in names))
    examples = {one.path.name: one for one in read_development(root)}
    first = examples[names[0]]
    assert (first.group, first.moment, first.corpus, first.fold) == ("s66", "ex66_4", "DevNode2", 1)
    channels = read_channels(first.path, 16_000)
    assert channels.shape == (4, 160_000) and channels.dtype == np.float32
    assert np.abs(channels).max() > 0 and not np.allclose(channels[0], channels[1])
