from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from musicemb.datasets.esc import read_esc
from musicemb.errors import DatasetError


def test_the_published_archive(tmp_path: Path):
    rows = ["filename,fold,target,category,esc10,src_file,take"]
    for name, category, ten in (
        ("1-100032-A-0.wav", "dog", "True"),
        ("1-100032-B-0.wav", "dog", "True"),
        ("5-9032-A-0.wav", "crackling_fire", "True"),
        ("2-1-A-7.wav", "airplane", "False"),
    ):
        rows.append(f"{name},{name[0]},0,{category},{ten},x,A")
        (tmp_path / "audio").mkdir(exist_ok=True)
        (tmp_path / "audio" / name).touch()
    (tmp_path / "meta").mkdir()
    (tmp_path / "meta" / "esc50.csv").write_text("\n".join(rows))
    examples = read_esc(tmp_path)
    assert [(one.label, one.fold, one.group) for one in examples] == [
        ("dog", 1, "1-100032"),
        ("dog", 1, "1-100032"),
        ("crackling fire", 5, "5-9032"),
    ]
    assert len(read_esc(tmp_path, ten=False)) == 4


def test_what_can_be_wrong(tmp_path: Path):
    with pytest.raises(DatasetError, match=r"neither meta/esc50.csv nor tracks.csv"):
        read_esc(tmp_path / "esc10")
    (tmp_path / "esc10").mkdir()
    table = tmp_path / "tracks.csv"
    table.write_text("path,genre\nesc10/odd.wav,rain\n")
    with pytest.raises(DatasetError, match="its name is not fold-clip-take"):
        read_esc(tmp_path / "esc10")
    table.write_text("path,genre\nesc10/1-1-A.wav,rain\n")
    with pytest.raises(DatasetError, match="is absent"):
        read_esc(tmp_path / "esc10")
    table.write_text("path,genre\nmusic/1.wav,rain\n")
    with pytest.raises(DatasetError, match="name no file in it"):
        read_esc(tmp_path / "esc10")


def test_the_real_one(shared: Path):
    if not (shared / "audio" / "esc10").is_dir():
        pytest.skip("ESC-10 is not here")
    examples = read_esc(shared / "audio" / "esc10")
    assert len(examples) == 400
    assert Counter(one.fold for one in examples) == dict.fromkeys((1, 2, 3, 4, 5), 80)
    assert set(Counter(one.label for one in examples).values()) == {40}
    assert all(len({one.fold for one in examples if one.group == group}) == 1 for group in {o.group for o in examples})
