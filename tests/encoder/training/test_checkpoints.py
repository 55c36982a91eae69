"""A checkpoint is whole or it is the one before, whatever happens while it is written."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from laws import cases
from paths import with_tests_on_path
from tiny_training import end_within_the_second_checkpoint, few_batches, few_steps, network

from musicemb.encoder.networks.weights import read_weights
from musicemb.encoder.training.checkpoints import EpochReport
from musicemb.encoder.training.loop import train_network
from musicemb.errors import MusicembError

pytestmark = [pytest.mark.keras, pytest.mark.usefixtures("eager")]

DIES = """
import os, signal, sys
from pathlib import Path
from eager_keras import eagerly
from tiny_training import end_within_the_second_checkpoint
with eagerly():
    end_within_the_second_checkpoint(Path(sys.argv[1]), lambda: os.kill(os.getpid(), signal.SIGKILL))
"""


class Killed(BaseException):
    """The end of a process, as far as what lies on disk is concerned."""


def killed(place: Path) -> None:
    """A process of its own, which loads TensorFlow for five seconds, and SIGKILL."""
    done = subprocess.run([sys.executable, "-c", DIES, place], env=with_tests_on_path(), capture_output=True, text=True)
    assert done.returncode == -9, done.stderr[-2000:]


def ended(place: Path) -> None:
    """The same on disk."""

    def end() -> None:
        raise Killed

    with pytest.raises(Killed):
        end_within_the_second_checkpoint(place, end)


ENDS = [
    ended,
    pytest.param(
        killed,
        marks=[
            pytest.mark.processes,
            pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL"),
        ],
    ),
]


def resumed(place: Path, **changes: object) -> tuple[list[EpochReport], dict[str, np.ndarray]]:
    trained = network()
    reports = list(train_network(trained, few_batches, few_steps(**changes), checkpoint=place, resume=True))
    return reports, read_weights(trained)


@pytest.mark.parametrize("end", cases(ENDS, ENDS[:1]))
def test_a_kill_within_a_checkpoint_costs_one_epoch_and_changes_nothing(
    tmp_path: Path, end: Callable[[Path], None]
) -> None:
    place = tmp_path / "a.npz"
    end(place)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.npz", "a.npz.part"]
    unbroken = network()
    wanted = list(train_network(unbroken, few_batches, few_steps()))
    reports, weights = resumed(place)
    assert [report.epoch for report in reports] == [1, 2, 3]
    np.testing.assert_allclose([r.loss for r in reports], [r.loss for r in wanted], rtol=1e-3)
    for name, value in read_weights(unbroken).items():
        np.testing.assert_allclose(weights[name], value, atol=2e-4, err_msg=name)
    assert [path.name for path in tmp_path.iterdir()] == ["a.npz"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows limits no file's size")
def test_a_disk_that_takes_no_more_keeps_the_checkpoint_before(tmp_path: Path) -> None:
    import resource

    place = tmp_path / "a.npz"
    run = train_network(network(), few_batches, few_steps(), checkpoint=place)
    next(run)
    before, limits = place.read_bytes(), resource.getrlimit(resource.RLIMIT_FSIZE)
    # The kernel refuses what goes beyond: a true failure in the middle of writing.
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) // 2, limits[1]))
    try:
        with pytest.raises(MusicembError, match="the previous one is intact: use --resume to continue"):
            next(run)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert place.read_bytes() == before
    assert list(tmp_path.iterdir()) == [place]
    assert len(resumed(place)[0]) == 3


@pytest.mark.parametrize("share", cases([0.0, 0.5, 0.99], [0.99]))
def test_a_damaged_checkpoint_is_told(tmp_path: Path, share: float) -> None:
    place = tmp_path / "a.npz"
    list(train_network(network(), few_batches, few_steps(epochs=1), checkpoint=place))
    place.write_bytes(place.read_bytes()[: int(share * place.stat().st_size)])
    with pytest.raises(MusicembError, match="start again without --resume"):
        resumed(place)
    place.write_bytes(b"nothing")
    with pytest.raises(MusicembError, match="start again without --resume"):
        resumed(place)


def test_a_training_goes_on_longer_but_not_otherwise(tmp_path: Path) -> None:
    place = tmp_path / "a.npz"
    list(train_network(network(), few_batches, few_steps(epochs=1), checkpoint=place))
    with pytest.raises(MusicembError, match=r"with temperature 0.1, not 0.5; resume with the same options"):
        resumed(place, temperature=0.5)
    assert len(resumed(place, epochs=2)[0]) == 2
