"""The wheel holds all that a scan needs: installed elsewhere, it scans from elsewhere."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest
import sounds
from core_commands import hiding_extras
from paths import ROOT, TESTS

from musicemb.documents import schema_names

pytestmark = [pytest.mark.processes, pytest.mark.slow]


def run(*command: str | Path, **options: object) -> str:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False, **options)
    assert done.returncode == 0, f"{command}: {done.stdout[-1500:]} {done.stderr[-1500:]}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """This checkout's wheel."""
    place = tmp_path_factory.mktemp("wheel")
    # No network: the build backend is that of the test extra, called as pip and build do. Files are stored as they are,
    # since to compress them takes most of the time.
    code = (
        "import sys, zlib; zlib.Z_DEFAULT_COMPRESSION = zlib.Z_NO_COMPRESSION\n"
        "from hatchling.build import build_wheel; build_wheel(sys.argv[1])"
    )
    run(sys.executable, "-c", code, place, cwd=ROOT)
    (made,) = place.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def python(wheel: Path) -> Path:
    """Python of an environment that holds this checkout's wheel; its dependencies are this environment's."""
    place = wheel.parent
    # No network: dependencies are seen through a .pth. To install a pip first takes longer than all else.
    lent = importlib.util.find_spec("pip") is not None
    venv.create(place / "environment", with_pip=not lent)
    folder = "Scripts" if os.name == "nt" else "bin"
    python = place / "environment" / folder / "python"
    pip = [sys.executable, "-m", "pip", "--python", python] if lent else [python, "-m", "pip"]
    run(*pip, "--disable-pip-version-check", "install", "--no-deps", "--no-index", "--no-compile", wheel)
    own = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())
    (own / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return python


def test_the_wheel_holds_types_and_schemas_and_no_documentation(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert "musicemb/py.typed" in names
    assert {f"musicemb/documents/schemas/{name}.json" for name in [*schema_names(), "common"]} <= set(names)
    assert {"musicemb/pretrained/LICENSE", "musicemb/web/bokehjs/bokeh.min.js"} <= set(names)
    assert not [name for name in names if name.startswith("musicemb/docs")]
    assert (ROOT / "musicemb" / "docs").is_dir()  # in the checkout they are
    # beets' namespace of plugins, which an __init__ would close to all others.
    assert [name for name in names if name.startswith("beetsplug/")] == ["beetsplug/musicemb.py"]


def test_the_wheel_scans_from_another_folder(python: Path, tmp_path: Path) -> None:
    for seed in range(2):
        sounds.write_music(tmp_path / "music" / f"{seed}.mp3", 6.0, seed=seed, artist=f"A{seed}", title=f"T{seed}")
    environment = {**os.environ, "MUSICEMB_LIBRARY": str(tmp_path / "library.sqlite")}
    environment.pop("PYTHONPATH", None)
    where = run(python, "-c", "import musicemb; print(musicemb.__file__)", cwd=tmp_path, env=environment).strip()
    assert Path(where).is_relative_to(python.parents[1])
    found = json.loads(run(python, "-m", "musicemb", "scan", "music", "--json", cwd=tmp_path, env=environment))
    assert found["new"] == 2
    assert found["encoder"]
    run(python, "-m", "musicemb", "map", "-o", "map.html", cwd=tmp_path, env=environment)
    assert "function makeChart" in (tmp_path / "map.html").read_text(encoding="utf-8")
    refused = subprocess.run(
        [python, "-m", "musicemb", "retrain", "--dataset", "dcase", "--data", "music"],
        env={**hiding_extras(), "PYTHONPATH": str(TESTS / "core_environment")},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    told = refused.stderr.splitlines()[0]
    (wheel,) = python.parents[2].glob("*.whl")
    assert told == f"musicemb: retrain needs TensorFlow: {python} -m pip install '{wheel}[train]'"
    assert refused.returncode == 1
    program = python.with_name("musicemb.exe" if os.name == "nt" else "musicemb")
    assert "similar" in run(program, "--help", cwd=tmp_path)
