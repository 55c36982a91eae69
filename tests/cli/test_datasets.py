"""retrain and evaluate on datasets by their names."""

from __future__ import annotations

from pathlib import Path

import pytest
from typed_commands import Type


def test_a_dataset_that_is_not_there_is_told_how_to_get(type_: Type, own_library: Path) -> None:
    for command in ("retrain", "evaluate"):
        typed = type_(command, "--dataset", "dcase")
        assert typed.status == 1
        for word in ("zenodo.org/records/1247102", "audio.1.zip to audio.23.zip", "46 GB", "--data", "--download"):
            assert word in typed.err
        assert len(typed.err.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--dataset", "music", "--download"], "--dataset dcase"),
        (["--dataset", "esc10", "--classes", "beatport7"], "--dataset music"),
        (["--dataset", "esc10"], "--data"),
        (["--start-from", "tile2vec-genre", "--dataset", "music", "--segment-length", "9"], "--segment-length"),
    ],
)
def test_options_that_do_not_go_together(arguments: list[str], text: str, type_: Type, own_library: Path) -> None:
    typed = type_("retrain", *arguments)
    assert typed.status in (1, 2)
    assert text in typed.err
    assert "Traceback" not in typed.err
