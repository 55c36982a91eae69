"""The names of datasets that commands take are those of the registry."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from musicemb.cli.dataset_options import DATASET_NAMES, check_download, find_sounds
from musicemb.datasets.registry import DATASETS
from musicemb.errors import DatasetError


def test_commands_take_the_names_of_the_registry() -> None:
    assert tuple(DATASETS) == DATASET_NAMES


def test_only_what_has_records_can_be_downloaded() -> None:
    check_download("dcase")
    for name in ("music", "esc10"):
        with pytest.raises(click.UsageError, match="--dataset dcase"):
            check_download(name)


def test_a_dataset_without_a_folder_of_its_own_asks_for_one(tmp_path: Path) -> None:
    assert find_sounds("esc10", tmp_path, download=False) == tmp_path
    with pytest.raises(DatasetError, match="--data"):
        find_sounds("esc10", None, download=False)


def test_a_dataset_that_is_not_there_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="zenodo"):
        find_sounds("dcase", tmp_path, download=False)
