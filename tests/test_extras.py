"""Without an extra: every command works, or says in one line before it begins which extra it needs."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import miniatures
import pytest
from core_commands import NEEDS, WORKS, extra_modules, hiding_extras
from paths import ROOT

from musicemb import extras
from musicemb.encoder.runtime.bundle import seal_bundle
from musicemb.errors import MissingExtra, MusicembError

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@dataclass(frozen=True)
class Outcome:
    """What came of a command."""

    status: int
    out: str
    err: str


def run_without_extras(lines: list[list[str | Path]], home: Path) -> dict[str, Outcome]:
    """Run commands in a Python that finds no extra: what was typed -> what came of it."""
    typed = [[str(word) for word in line] for line in lines]
    environment = hiding_extras() | {
        "MUSICEMB_LIBRARY": str(home / "library.sqlite"),
        "XDG_DATA_HOME": str(home / "data"),
        "XDG_CACHE_HOME": str(home / "cache"),
    }
    done = subprocess.run(
        [sys.executable, "-m", "core_commands"],
        input=json.dumps(typed),
        env=environment,
        cwd=home,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    outcomes = [Outcome(**one) for one in json.loads(done.stdout)]
    return {shlex.join(words): outcome for words, outcome in zip(typed, outcomes, strict=True)}


@pytest.mark.processes
@pytest.mark.slow
def test_every_command_works_without_extras_or_names_one(tmp_library: Callable[..., Path], tmp_path: Path) -> None:
    tmp_library(16)  # 8 artists: enough for a scorecard
    miniatures.genre_folders(tmp_path / "collection", seconds=1.2)
    miniatures.dcase_development(tmp_path / "dcase", seconds=0.1, segments=1, nodes=(1,))
    own = Path(shutil.copytree(ROOT / "pretrained" / "tile2vec", tmp_path / "own"))
    for model in own.glob("*.tflite"):
        model.unlink()
    seal_bundle(own)
    found = run_without_extras([shlex.split(line) for line in [*WORKS, *NEEDS]], tmp_path)
    assert {line: found[line].status for line in WORKS} == WORKS, found
    for line, outcome in found.items():
        assert "this is a bug" not in outcome.err, line
        assert "could not be read" not in outcome.err, line
    for line, (what, title, extra) in NEEDS.items():
        first, *more = found[line].err.strip().splitlines()
        assert (found[line].status, found[line].out) == (1, ""), line
        told = re.fullmatch(rf"musicemb: {what}.* needs {title}: (.*)", first)
        assert told and shlex.split(told.group(1))[-1].endswith(f"[{extra}]"), first
        # Who lacks the dataset too is told both at once.
        assert bool(more) == (line == "retrain --dataset dcase"), more
        assert all("--download" in text for text in more)
    assert "16 new" in found["scan music --workers 2"].out.replace("tracks ", "")
    report = found["evaluate --data collection --no-damage --workers 1"].out
    assert "MFCC statistics" in report and "there is no random-network baseline here" in report
    assert "MFCC statistics (sample)" in found["evaluate --workers 1"].out
    assert (tmp_path / "map.html").stat().st_size > 1_000_000
    assert not (tmp_path / "report.md").exists()


@pytest.mark.processes
def test_the_extras_are_hidden_in_that_test() -> None:
    hidden = extra_modules()
    assert {"tensorflow", "keras", "librosa", "numba", "optuna", "tensorboard", "matplotlib"} <= set(hidden)
    code = f"import importlib.util; print([name for name in {hidden!r} if importlib.util.find_spec(name)])"
    done = subprocess.run([sys.executable, "-c", code], env=hiding_extras(), capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_each_package_is_in_the_extra_that_is_named() -> None:
    for module, (title, extra) in extras.PACKAGES.items():
        names = [re.split(r"[<>=\[;]", line)[0].lower() for line in PROJECT["optional-dependencies"][extra]]
        assert {module, title.lower()} & set(names), module


def test_what_is_installed_is_not_asked_for() -> None:
    extras.require("this", "matplotlib")
    extras.require_keras("this")


def test_a_missing_one_is_named_with_its_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extras, "is_installed", lambda module: module == "pip")
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    monkeypatch.setenv("KERAS_HOME", "/nowhere")
    with pytest.raises(MissingExtra) as told:
        extras.require_keras("retrain")
    begin = f"retrain needs TensorFlow: {sys.executable} -m pip install "
    # -e where this checkout was installed so that changes of it count.
    assert str(told.value) in (f"{begin}'{ROOT}[train]'", f"{begin}-e '{ROOT}[train]'")
    assert told.value.exit_status == 1


def test_keras_on_another_backend_needs_no_tensorflow(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    (tmp_path / "keras.json").write_text('{"backend": "jax"}')
    monkeypatch.setattr(extras, "is_installed", lambda module: module in ("keras", "jax"))
    extras.require_keras("retrain")
    monkeypatch.setattr(extras, "is_installed", lambda module: module == "keras")
    with pytest.raises(MusicembError, match="retrain needs JAX, since Keras is set to run on it"):
        extras.require_keras("retrain")
    monkeypatch.setenv("KERAS_BACKEND", "tensorflow")
    with pytest.raises(MissingExtra, match="TensorFlow"):
        extras.require_keras("retrain")


class Installed:
    """Metadata of an installation."""

    version = "0.1.0"
    requires = (
        "numpy>=1.26",
        "matplotlib>=3.9; extra == 'charts'",
        "musicemb[charts]; extra == 'train'",
        "tensorflow>=2.20; extra == 'train'",
        "a>=1; sys_platform == 'x' and extra == 'train'",
    )

    def __init__(self, origin: Any) -> None:
        self.origin = origin

    def read_text(self, name: str) -> str | None:
        assert name == "direct_url.json"
        return None if self.origin is None else json.dumps(self.origin)


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[Any], list[str]]:
    """The command's words for an installation of some origin, away from any checkout."""

    def words(origin: Any) -> list[str]:
        monkeypatch.setattr(extras, "__file__", str(tmp_path / "site-packages" / "musicemb" / "extras.py"))
        monkeypatch.setattr(importlib.metadata, "distribution", lambda name: Installed(origin))
        words = shlex.split(extras.install_command("train"))
        assert words[:4] == [sys.executable, "-m", "pip", "install"]
        return words[4:]

    return words


def test_the_source_is_where_it_was_installed_from(installed: Callable[[Any], list[str]], tmp_path: Path) -> None:
    checkout, wheel = tmp_path / "my music 100%25", tmp_path / "musicemb-0.1.0-py3-none-any.whl"
    checkout.mkdir()
    (checkout / "pyproject.toml").write_text('[project]\nname = "musicemb"\n')
    wheel.write_bytes(b"")
    assert installed({"url": checkout.as_uri(), "dir_info": {}}) == [f"{checkout}[train]"]
    assert installed({"url": wheel.as_uri(), "archive_info": {}}) == [f"{wheel}[train]"]
    address = "https://example.org/musicemb.git"
    assert installed({"url": address, "vcs_info": {"vcs": "git", "commit_id": "abc"}}) == [
        f"musicemb[train] @ git+{address}@abc"
    ]
    assert installed({"url": "https://example.org/m.whl", "archive_info": {}}) == [
        "musicemb[train] @ https://example.org/m.whl"
    ]
    assert installed(None) == ["musicemb[train]==0.1.0"]


def test_where_the_source_is_gone_its_parts_are_named(installed: Callable[[Any], list[str]], tmp_path: Path) -> None:
    gone = {"url": (tmp_path / "gone").as_uri(), "dir_info": {}}
    assert installed(gone) == ["matplotlib>=3.9", "tensorflow>=2.20", "a>=1"]


def test_without_pip_uv_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert extras.install_command("charts").startswith(f"uv pip install --python {sys.executable} ")
