"""Every public name opens, an unknown one is refused as Python does, and type checkers see what is behind each."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import musicemb
import musicemb.records
import musicemb.settings

CACHE = Path(__file__).parents[1] / ".mypy_cache"
"""Shared with a run of mypy over the package, since to read all of it anew takes a minute."""

OF_OLD = {
    "MusicembError", "apply_tags", "apply_undo", "clusters", "evaluate", "load_encoder", "map_library",
    "open_catalogue", "plan_tags", "plan_undo", "retrain", "scan", "similar",
}  # fmt: skip

SNIPPET = """\
import musicemb
from musicemb import documents

with musicemb.Library.open("library.sqlite", read_only=True) as library:
    reveal_type(library.similar("code monkey", n=3))
    reveal_type(library.plan_tags(min_confidence=0.9))
    reveal_type(library.status())
reveal_type(musicemb.embed("song.mp3"))
reveal_type(documents.SCHEMA)
""" + "".join(f"reveal_type(musicemb.{name})\n" for name in sorted(musicemb.__all__))


@pytest.mark.parametrize("name", musicemb.__all__)
def test_a_public_name_opens(name: str) -> None:
    assert getattr(musicemb, name)
    assert name in dir(musicemb)


def test_names_of_old_stay() -> None:
    assert set(musicemb.__all__) >= OF_OLD
    assert set(musicemb.__all__) == {"__version__", *musicemb._HOMES}


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'colour'"):
        musicemb.colour


@pytest.mark.parametrize("package", [musicemb.records, musicemb.settings], ids=lambda package: package.__name__)
def test_a_package_of_many_names_opens_each_from_the_module_that_type_checkers_are_told(package: ModuleType) -> None:
    tree = ast.parse(Path(package.__file__ or "").read_text())
    (told,) = (node for node in tree.body if isinstance(node, ast.If) and "__getattr__" not in ast.dump(node))
    homes = {alias.name: node.module for node in told.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert {name: f"{package.__name__}.{home}" for name, home in package._HOMES.items()} == homes
    assert set(package.__all__) == set(homes)
    assert set(homes) <= set(dir(package))
    for name, home in homes.items():
        assert getattr(package, name) is getattr(sys.modules[home or ""], name)
    with pytest.raises(AttributeError, match="no attribute 'colour'"):
        package.colour


@pytest.mark.parametrize("package", [musicemb.records, musicemb.settings], ids=lambda package: package.__name__)
def test_a_package_of_many_names_has_every_name_of_its_modules(package: ModuleType) -> None:
    defined = set()
    for path in Path(package.__file__ or "").parent.glob("[!_]*.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            named = [node.name] if isinstance(node, ast.ClassDef | ast.FunctionDef) else []
            targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
            defined |= {*named, *(one.id for one in targets if isinstance(one, ast.Name))}
    assert {name for name in defined if not name.startswith("_")} == set(package.__all__)


@pytest.mark.processes
def test_type_checkers_see_every_name(tmp_path: Path) -> None:
    (tmp_path / "snippet.py").write_text(SNIPPET)
    (tmp_path / "mypy.ini").write_text(
        "[mypy]\nstrict = True\nfollow_imports = silent\nignore_missing_imports = True\n"
    )
    root = Path(musicemb.__file__).parents[1]
    # Where musicemb is installed, mypy finds it by py.typed, and refuses a path that it searches anyway.
    path = {} if root.name == "site-packages" else {"MYPYPATH": str(root)}
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--config-file", "mypy.ini", "--cache-dir", str(CACHE),
         "snippet.py"],
        cwd=tmp_path, env={**os.environ, **path}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    revealed = [line.split('"')[1] for line in done.stdout.splitlines() if "Revealed type" in line]
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(revealed) == 5 + len(musicemb.__all__)
    assert not [each for each in revealed if "Any" in each.split(" -> ")[-1] or each == "Any"]
    assert revealed[0] == "list[musicemb.records.tracks.Match]"
    assert revealed[1] == "list[musicemb.records.tagging.Change]"
    assert revealed[2] == "musicemb.records.library.LibraryStatus"
    assert revealed[3] == "musicemb.records.encoder.EmbeddedTrack"


def test_the_package_says_that_it_is_typed() -> None:
    assert Path(musicemb.__file__).with_name("py.typed").is_file()
