"""Errors on their way from a worker process, and the statuses that they end with."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from musicemb import errors


@pytest.mark.parametrize("kind", [errors.FileError, errors.AudioError, errors.SkippedAudio, errors.TagError])
@pytest.mark.parametrize("transient", [False, True])
def test_an_error_of_a_file_comes_out_of_a_worker_whole(kind: type[errors.FileError], transient: bool) -> None:
    found = pickle.loads(pickle.dumps(kind(Path("/music/a.mp3"), "is empty", transient=transient)))
    assert type(found) is kind
    assert (found.path, found.reason, found.transient) == (Path("/music/a.mp3"), "is empty", transient)
    assert str(found) == f"{Path('/music/a.mp3')}: is empty"


def test_wrong_usage_ends_with_2_and_all_else_with_1() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, Exception)]
    assert {kind.__name__ for kind in kinds if kind.exit_status == 2} >= {"SettingsError"}
    assert {kind.exit_status for kind in kinds} <= {1, 2, 3}
    assert errors.AudioError.exit_status == 1
