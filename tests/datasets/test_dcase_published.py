"""What is said where the dataset is missing."""

from __future__ import annotations

from pathlib import Path

from musicemb.datasets.dcase_published import how_to_get


def test_names_sizes_and_sources_in_one_line() -> None:
    text = how_to_get(Path("somewhere"))
    assert "\n" not in text
    for words in (
        "somewhere",
        "zenodo.org/records/1247102",
        "zenodo.org/records/1964758",
        "DCASE2018-task5-dev.doc.zip",
        "DCASE2018-task5-eval.",
        ".audio.1.zip to .audio.23.zip (2 GB each, 46 GB in all; 93 GB unpacked)",
        "--download",
        "--data",
    ):
        assert words in text
