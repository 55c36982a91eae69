"""--dask and --map-path: what they ask for, and what is refused before anything is connected."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
from typed_commands import Type

from musicemb import extras
from musicemb.cli.cluster_options import open_executor
from musicemb.errors import MissingExtra, SettingsError
from musicemb.workflows.parallel.dask_pool import DaskPool

ADDRESS = "tcp://scheduler:8786"


def test_without_a_cluster_there_is_no_executor() -> None:
    assert open_executor("scan --dask", None, (), 3) is None


def test_an_address_gives_one_with_its_paths() -> None:
    executor = open_executor("scan --dask", ADDRESS, ("/music=/mnt/music",), None)
    assert isinstance(executor, DaskPool)
    assert executor.settings.address == ADDRESS
    assert executor.settings.path_map.to_remote(Path("/music/a.mp3")) == "/mnt/music/a.mp3"


def test_what_does_not_go_together_is_refused() -> None:
    with pytest.raises(click.UsageError, match="--workers does not go with --dask"):
        open_executor("scan --dask", ADDRESS, (), 2)
    with pytest.raises(click.UsageError, match="--map-path needs --dask"):
        open_executor("scan --dask", None, ("/music=/mnt",), None)
    with pytest.raises(SettingsError, match="such as tcp://scheduler:8786"):
        open_executor("scan --dask", "scheduler:8786", (), None)
    with pytest.raises(SettingsError, match="takes LOCAL=REMOTE"):
        open_executor("scan --dask", ADDRESS, ("/music",), None)


def test_without_the_extra_its_command_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extras, "is_installed", lambda module: module == "pip")
    with pytest.raises(MissingExtra, match=r"scan --dask needs Dask: .*\[dask\]"):
        open_executor("scan --dask", ADDRESS, (), None)


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("--dask", "scheduler"), "musicemb: --dask takes the address of a scheduler"),
        (("--dask", ADDRESS, "--workers", "2"), "--workers does not go with --dask"),
        (("--map-path", "/a=/b"), "--map-path needs --dask"),
        (("--dask", ADDRESS, "--map-path", "nonsense"), "musicemb: --map-path takes LOCAL=REMOTE"),
    ],
)
def test_a_command_refuses_with_status_2(words: tuple[str, ...], complaint: str, type_: Type, tmp_path: Path) -> None:
    typed = type_("scan", tmp_path, *words)
    assert (typed.status, typed.out) == (2, b"")
    assert complaint in typed.err and "Traceback" not in typed.err


def test_retrain_and_evaluate_refuse_alike(type_: Type, tmp_path: Path) -> None:
    wrong = ("--dask", "scheduler")
    for words in (("retrain", "--dataset", "music", "--data", tmp_path), ("evaluate", "--data", tmp_path)):
        typed = type_(*words, *wrong)
        assert typed.status == 2 and "takes the address of a scheduler" in typed.err
    typed = type_("evaluate", "--dask", ADDRESS)
    assert typed.status == 2 and "--dask needs --data or --dataset" in typed.err


def test_a_scheduler_that_is_not_there_is_one_line(
    type_: Type, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sounds

    monkeypatch.setattr("musicemb.workflows.parallel.dask_cluster._CONNECT_TIMEOUT", 0.2)
    sounds.write_music(tmp_path / "music" / "a.mp3", 2.0)
    typed = type_("scan", tmp_path / "music", "--dask", "tcp://127.0.0.1:1")
    assert typed.status == 1
    (line,) = [line for line in typed.err.splitlines() if line.startswith("musicemb:")]
    assert "no Dask scheduler answers at tcp://127.0.0.1:1" in line
