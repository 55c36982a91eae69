from __future__ import annotations

from pathlib import Path

import pytest

from musicemb.errors import DatasetError
from musicemb.records import Example
from musicemb.workflows.evaluation.test_split_log import check_access, close_access, name_test_split, open_access


def look(log: Path, bundle: str, data: str = "d1") -> None:
    open_access(log, bundle, data)
    close_access(log, bundle, data, {"precision@5": ".5"})


def test_three_bundles_once_each(tmp_path: Path):
    log = tmp_path / "looks.csv"
    for bundle in ("a", "b", "c"):
        look(log, bundle)
        with pytest.raises(DatasetError, match=f"{bundle} was already evaluated on this test split on 20"):
            open_access(log, bundle, "d1")
    with pytest.raises(DatasetError, match="was accessed 3 times"):
        check_access(log, "d", "d1")
    assert log.read_text().splitlines()[0] == "bundle,date,data,result"
    assert len(log.read_text().splitlines()) == 4 and "precision@5 .5" in log.read_text()
    look(log, "d", data="another dataset")


def test_a_look_that_saw_nothing_may_be_had_again(tmp_path: Path):
    log = tmp_path / "looks.csv"
    open_access(log, "a", "d1")
    assert len(log.read_text().splitlines()) == 2
    look(log, "a")
    assert len(log.read_text().splitlines()) == 2


def test_what_cannot_be_noted_is_not_looked_at(tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(DatasetError, match="every access must be recorded"):
        open_access(tmp_path / "file" / "looks.csv", "a", "d1")
    damaged = tmp_path / "damaged.csv"
    damaged.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DatasetError, match="repair it"):
        open_access(damaged, "a", "d1")


def test_a_test_split_is_known_wherever_it_lies():
    def examples(folder: str, label: str = "x") -> list[Example]:
        return [Example(Path(folder) / "1.mp3", label, "g", "test"), Example(Path(folder) / "2.mp3", "y", "h", "val")]

    assert name_test_split(examples("here")) == name_test_split(examples("there")[:1])
    assert name_test_split(examples("here")) != name_test_split(examples("here", "z"))
