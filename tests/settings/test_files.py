"""What a person names is read with an end, or refused with a reason."""

from __future__ import annotations

import math
import os
from pathlib import Path

import pytest

from musicemb.settings.files import open_regular, read_bounded, read_json

posix = pytest.mark.skipif(os.name == "nt", reason="needs pipes and devices in the file system")


@posix
def test_a_pipe_and_a_device_are_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/zero")):
        with pytest.raises(OSError, match="is not a regular file"):
            open_regular(path)


def test_a_folder_and_nothing_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError):
        open_regular(tmp_path)
    with pytest.raises(FileNotFoundError):
        open_regular(tmp_path / "absent")


def test_a_huge_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "exact").write_bytes(bytes(1 << 20))
    assert len(read_bounded(tmp_path / "exact", 1 << 20)) == 1 << 20
    with (tmp_path / "huge").open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(OSError, match="is larger than 1 MB"):
        read_bounded(tmp_path / "huge", 1 << 20)


@pytest.mark.parametrize("text", ["[NaN]", "[Infinity]", "[" * 100_000, "{", "\xff"])
def test_what_is_no_json_is_a_value_error(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.json").write_text(text, encoding="latin-1")
    with pytest.raises(ValueError):
        read_json(tmp_path / "x.json")


def test_json_is_read(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text('{"a": [1, 2.5, null]}')
    assert read_json(tmp_path / "x.json") == {"a": [1, 2.5, None]}


def test_a_figure_that_could_not_be_measured(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text('{"a": NaN}')
    assert math.isnan(read_json(tmp_path / "x.json", nan=True)["a"])
    (tmp_path / "x.json").write_text('{"a": Infinity}')
    with pytest.raises(ValueError, match="Infinity is not a JSON number"):
        read_json(tmp_path / "x.json", nan=True)
