"""The rules of the house that a comment would forget: who imports whom, and who may speak to the person."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "musicemb"
FILES = sorted(path for path in PACKAGE.rglob("*.py") if "pretrained" not in path.parts)

RANKS = {
    "cli": 3,
    "workflows": 2,
    "core": 1,
    "encoder": 1,
    "datasets": 1,
    "io": 1,
    "web": 1,
    "errors": 0,
    "settings": 0,
    "records": 0,
    "map_records": 0,
}
"""Imports go to a lower rank, or stay in the room; errors, settings and the records may share."""

HOMES = {
    "click": ["cli/"],
    "rich": ["cli/"],
    "tensorflow": ["encoder/"],
    "keras": ["encoder/"],
    "ai_edge_litert": ["encoder/runtime.py", "encoder/convert.py"],
    "soundfile": ["io/audio.py", "io/channels.py", "io/decoders.py", "io/recode.py"],
    "soxr": ["io/audio.py", "io/channels.py", "io/decoders.py", "io/recode.py"],
    "av": ["io/audio.py", "io/channels.py", "io/decoders.py", "io/recode.py"],
    "mutagen": ["io/"],
    "sqlite3": ["io/"],
    "platformdirs": ["io/"],
    "hdbscan": ["core/"],
    "sklearn": ["core/"],
    "librosa": ["core/"],
    "scipy": ["core/"],
    "matplotlib": ["io/map_picture.py", "io/pictures.py"],
    "tensorboard": ["io/tensorboard.py"],
    "optuna": ["workflows/search.py"],
    "openTSNE": ["core/layout.py"],
    "bokeh": ["web/"],
    "numpy": ["core/", "encoder/", "datasets/", "io/", "web/", "workflows/", "records.py", "map_records.py"],
}
"""Where each library may be imported: a folder of the package, or one file."""

MUTAGEN_ROOMS = ("tag", "container", "frames", "payload", "mp3", "id3", "flac", "ogg", "mp4", "vorbis")
SQLITE_ROOMS = ("catalogue", "columns", "database", "groups", "journal", "layouts", "mounts", "problems")
SQLITE_ROOMS += ("opening", "schema", "tracks", "vectors")

EAGER = {"click", "numpy", "sqlite3"}
"""Light enough, or at home deep enough, to stand at the top of a file; all others wait in a function."""

KERAS_CLASSES = ("encoder/layers.py", "encoder/losses.py", "encoder/trainee.py")
"""Files that are classes of Keras throughout, so that they load it at once: to import one is to import Keras."""

BANNED_NAMES = {"util", "utils", "helper", "helpers", "manager", "factory", "base", "common", "misc"}
LONGEST = {"records.py": 700, "settings.py": 460}
"""Lines; records and settings are data, read by looking one up."""
USUAL = 320


@dataclass(frozen=True)
class Import:
    """One imported module, and whether it is loaded as soon as the file is."""

    name: str
    eager: bool
    line: int


def imports_of(tree: ast.Module) -> Iterator[Import]:
    """All imports of a file; those below ``if TYPE_CHECKING`` and in functions are not eager."""

    def walk(node: ast.AST, eager: bool) -> Iterator[Import]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Import):
                for alias in child.names:
                    yield Import(alias.name, eager, child.lineno)
            elif isinstance(child, ast.ImportFrom):
                assert child.level == 0, "imports are written in full"
                # "from musicemb import cli" imports musicemb.cli.
                for alias in child.names:
                    yield Import(f"{child.module}.{alias.name}", eager, child.lineno)
            elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) or (
                isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test)
            ):
                yield from walk(child, False)
            else:
                yield from walk(child, eager)

    yield from walk(tree, True)


def breaches(path: str, source: str) -> list[str]:
    """What a file of the package does against the rules; `path` is relative to the package."""
    tree = ast.parse(source)
    room = path.split("/")[0].removesuffix(".py")
    found = []
    for item in imports_of(tree):
        top, *below = item.name.split(".")
        if top == "musicemb":
            target = below[0] if below else ""
            if target in RANKS and not _may_import(room, target):
                found.append(f"{path}:{item.line} {room} imports {target}")
            if item.eager and f"{'/'.join(below[:2])}.py" in KERAS_CLASSES and path not in KERAS_CLASSES:
                found.append(f"{path}:{item.line} {item.name}, and with it keras, is imported before it is needed")
        elif top in HOMES:
            if not any(path == home or (home.endswith("/") and path.startswith(home)) for home in HOMES[top]):
                found.append(f"{path}:{item.line} {top} lives in {', '.join(HOMES[top])}")
            if item.eager and top not in EAGER and not (top == "keras" and path in KERAS_CLASSES):
                found.append(f"{path}:{item.line} {top} is imported before it is needed")
        elif top not in sys.stdlib_module_names:
            found.append(f"{path}:{item.line} {top} has no home")
        stem = Path(path).stem
        for library, rooms in (("mutagen", MUTAGEN_ROOMS), ("sqlite3", SQLITE_ROOMS)):
            if top == library and not any(word in stem for word in rooms):
                found.append(f"{path}:{item.line} {library} in a file that is about something else")
    if room != "cli":
        found += [f"{path}:{line} {what} below cli" for what, line in _speech(tree)]
    if set(Path(path).stem.split("_")) & BANNED_NAMES:
        found.append(f"{path} has a name that says nothing")
    if source.count("\n") > LONGEST.get(path, USUAL):
        found.append(f"{path} has {source.count(chr(10))} lines")
    return found


def _may_import(room: str, target: str) -> bool:
    if room in ("__init__", "__main__"):
        return room == "__main__" or RANKS[target] == 0
    return room == target or RANKS[target] < RANKS[room] or RANKS[target] == RANKS[room] == 0


def _speech(tree: ast.Module) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = ast.unparse(node.func)
        if name in ("print", "input", "exit", "quit", "breakpoint", "sys.exit", "os._exit", "sys.stdout.write"):
            yield name, node.lineno


@pytest.mark.parametrize("path", [str(path.relative_to(PACKAGE).as_posix()) for path in FILES])
def test_file_keeps_the_rules(path: str) -> None:
    assert breaches(path, (PACKAGE / path).read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("path", "source", "complaint"),
    [
        ("core/a.py", "from musicemb.io.audio import read_audio", "core imports io"),
        ("core/a.py", "def f():\n    import musicemb.encoder.runtime", "core imports encoder"),
        ("io/a.py", "from musicemb import workflows", "io imports workflows"),
        ("records.py", "from musicemb.core import pooling", "records imports core"),
        ("workflows/a.py", "import click", "click lives in"),
        ("core/a.py", "def f():\n    import tensorflow.keras", "tensorflow lives in"),
        ("io/files.py", "def f():\n    import soundfile", "soundfile lives in"),
        ("io/audio.py", "import soundfile", "before it is needed"),
        ("encoder/runtime.py", "import keras", "before it is needed"),
        ("encoder/runtime.py", "from musicemb.encoder.layers import Block", "before it is needed"),
        ("workflows/a.py", "from musicemb.encoder import layers", "before it is needed"),
        ("io/files.py", "import sqlite3", "about something else"),
        ("cli/a.py", "import numpy", "numpy lives in"),
        ("cli/a.py", "import rich", "before it is needed"),
        ("core/a.py", "import pandas", "no home"),
        ("core/a.py", "print(1)", "print below cli"),
        ("workflows/a.py", "import sys\nsys.exit(1)", "sys.exit below cli"),
        ("io/tag_utils.py", "", "says nothing"),
        ("core/a.py", "x = 1\n" * (USUAL + 1), "lines"),
    ],
)
def test_a_breach_is_seen(path: str, source: str, complaint: str) -> None:
    assert any(complaint in breach for breach in breaches(path, source))


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("cli/a.py", "import click\nfrom musicemb.io.catalogue import open_catalogue"),
        ("workflows/a.py", "from musicemb.core import pooling\nfrom musicemb.records import Track"),
        ("core/a.py", "import numpy\nfrom musicemb.core.pooling import pool_segments"),
        ("encoder/a.py", "def f():\n    import keras"),
        ("records.py", "from musicemb.settings import ScanSettings"),
    ],
)
def test_what_is_allowed_is_no_breach(path: str, source: str) -> None:
    assert breaches(path, source) == []


def test_the_package_is_found() -> None:
    assert len(FILES) > 20
