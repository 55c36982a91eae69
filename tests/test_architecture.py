"""The rules of the house that a comment would forget: who imports whom, and who may speak to the person."""

from __future__ import annotations

import ast
import collections
import graphlib
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from parsed_sources import FILES, parse, parsed, source_of, statements
from paths import PACKAGE

RANKS = {
    "cli": 5,
    "server": 4,
    "plugins": 4,
    "library": 3,
    "workflows": 2,
    "core": 1,
    "encoder": 1,
    "datasets": 1,
    "io": 1,
    "web": 1,
    "errors": 0,
    "extras": 0,
    "settings": 0,
    "records": 0,
    "documents": 0,
}
"""Imports go to a lower rank, or stay in the layer; those of rank 0 may share."""

FRONT_ENDS = {"server"}
"""Front ends beside cli: they import the library and what all share, and nothing between."""

ARROWS = {
    "cli/app": {"cli"},  # and cli/commands by name, each when it is typed
    "cli/commands": {"cli", "cli/views"},
    "cli/views": {"cli"},
    "core/clustering": {"core/genres", "core/vectors"},
    "core/evaluation": {"core/clustering", "core/signal"},
    "core/genres": {"core/vectors"},
    "core/similarity": {"core/vectors"},
    "core/sound_tags": {"core/genres"},
    "core/training": {"core/signal", "core/vectors"},
    "encoder": {"encoder/runtime"},
    "encoder/training": {"encoder/networks"},
    "encoder/runtime": {"encoder/networks"},
    "io/audio": {"io"},
    "io/catalogue": {"io/index"},
    "io/index": {"io"},
    "io/media_servers": {"io"},
    "io/tags": {"io/audio", "io"},
    "server/application": {"server", "server/audiomuse", "server/opensubsonic", "server/site"},
    "server/audiomuse": {"server"},
    "server/opensubsonic": {"server"},
    "server/running": {"server", "server/application"},
    "server/site": {"server"},
    "workflows/clustering": {"workflows/index"},
    "workflows/embedding": {"workflows/parallel"},
    "workflows/evaluation": {"workflows/embedding", "workflows/genres", "workflows/parallel"},
    "workflows/exchange": {"workflows/library"},
    "workflows/genres": {"workflows/index"},
    "workflows/library": {
        "workflows/index",
        "workflows/clustering",
        "workflows/embedding",
        "workflows/genres",
        "workflows/parallel",
        "workflows/similarity",
        "workflows/tagging",
    },
    "workflows/mapping": {"workflows/index", "workflows/similarity"},
    "workflows/similarity": {"workflows/embedding", "workflows/index"},
    "workflows/tagging": {"workflows/genres", "workflows/index"},
    "workflows/training": {"workflows/embedding", "workflows/parallel"},
}
"""Inside a layer: which packages a package may import beside itself. What is not named here is not allowed."""

MOST_FILES = 14
"""In one folder, cli/commands excepted (one file per command): a fuller one is divided by topic."""

HOMES = {
    "click": ["cli/"],
    "rich": ["cli/"],
    "tensorflow": ["encoder/"],
    "keras": ["encoder/"],
    "ai_edge_litert": [
        "encoder/runtime/litert_session.py",
        "encoder/runtime/tagger_file.py",
        "encoder/convert.py",
        "encoder/onnx_graph.py",
        "encoder/quantise.py",
    ],
    "onnx": ["encoder/onnx_graph.py"],
    "onnxruntime": ["encoder/runtime/onnx_session.py"],
    "flatbuffers": ["encoder/runtime/tagger_file.py", "encoder/quantise.py"],
    "soundfile": ["io/audio/"],
    "soxr": ["io/audio/"],
    "av": ["io/audio/"],
    "mutagen": ["io/tags/"],
    "sqlite3": ["io/catalogue/"],
    "platformdirs": ["io/"],
    "psutil": ["io/catalogue/", "io/system_resources.py"],
    "hdbscan": ["core/clustering/"],
    "sklearn": ["core/evaluation/", "core/genres/", "core/sound_tags/"],
    "scipy": ["core/"],
    "matplotlib": ["io/output/"],
    "rapidfuzz": ["core/similarity/spelling.py"],
    "pyarrow": ["io/output/tables.py"],
    "tensorboard": ["io/output/tensorboard.py"],
    "optuna": ["workflows/training/tuning.py"],
    "starlette": ["server/"],
    "uvicorn": ["server/running.py", "server/connections.py"],
    "h11": ["server/connections.py"],
    "openTSNE": ["core/vectors/tsne.py"],
    "threadpoolctl": ["core/vectors/threads.py"],
    "beets": ["plugins/beets.py"],
    "mediafile": ["plugins/beets.py"],
    "mpd": ["plugins/mpd/"],
    "watchfiles": ["io/file_changes.py"],
    "distributed": ["workflows/parallel/dask_cluster.py"],
    "numpy": ["core/", "encoder/", "datasets/", "io/", "web/", "workflows/", "records/", "settings/array_files.py"],
}
"""Where each library may be imported: a folder of the package, or one file."""

EAGER = {"beets", "click", "h11", "mediafile", "numpy", "sqlite3", "starlette", "uvicorn"}
"""Light enough, or at home deep enough (beets loads its plugin itself, a server its connections), to stand at the top
of a file; all others wait in a function."""

KERAS_CLASSES = (
    "encoder/networks/layers.py",
    "encoder/training/distillation.py",
    "encoder/training/losses.py",
    "encoder/training/optimizer.py",
    "encoder/training/training_model.py",
)
"""Files that are classes of Keras throughout, so that they load it at once: to import one is to import Keras."""

BANNED_NAMES = {"util", "utils", "helper", "helpers", "manager", "factory", "base", "common", "misc"}
MOST_LINES = 320


@dataclass(frozen=True)
class Import:
    """One imported module, and whether it is loaded as soon as the file is."""

    name: str
    eager: bool
    line: int


def imports_of(tree: ast.Module) -> Iterator[Import]:
    """All imports of a file; those below ``if TYPE_CHECKING`` and in functions are not eager."""
    for node, lazy in statements(tree.body):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(alias.name, not lazy, node.lineno)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are written in full"
            # "from musicemb import cli" imports musicemb.cli.
            for alias in node.names:
                yield Import(f"{node.module}.{alias.name}", not lazy, node.lineno)


def breaches(path: str, source: str) -> list[str]:
    """What a file of the package does against the rules; `path` is relative to the package."""
    tree = parse(source)
    room = path.split("/")[0].removesuffix(".py")
    if room not in {"__init__", "__main__", *RANKS}:
        return [f"{path}: {room} is a new layer: say its rank in RANKS, and in FRONT_ENDS whether it stands beside cli"]
    found = []
    for item in imports_of(tree):
        top, *below = item.name.split(".")
        if top == "musicemb":
            target = below[0] if below else ""
            door = room == "__init__" and not item.eager  # names for editors, which nothing loads
            if target in RANKS and not door and not _may_import(room, target):
                found.append(f"{path}:{item.line} {room} imports {target}")
            if item.eager and f"{'/'.join(below[:3])}.py" in KERAS_CLASSES and path not in KERAS_CLASSES:
                found.append(f"{path}:{item.line} {item.name}, and with it keras, is imported before it is needed")
        elif top in HOMES:
            if not any(path == home or (home.endswith("/") and path.startswith(home)) for home in HOMES[top]):
                found.append(f"{path}:{item.line} {top} lives in {', '.join(HOMES[top])}")
            if item.eager and top not in EAGER and not (top == "keras" and path in KERAS_CLASSES):
                found.append(f"{path}:{item.line} {top} is imported before it is needed")
        elif top not in sys.stdlib_module_names:
            found.append(f"{path}:{item.line} {top} has no home")
    if room != "cli":
        found += [f"{path}:{line} {what} below cli" for what, line in _speech(source)]
    if set(Path(path).stem.split("_")) & BANNED_NAMES:
        found.append(f"{path} has a name that says nothing")
    if source.count("\n") > MOST_LINES:
        found.append(f"{path} has {source.count(chr(10))} lines")
    return found


def _may_import(room: str, target: str) -> bool:
    if room in ("__init__", "__main__"):
        return room == "__main__" or RANKS[target] == 0
    if room in FRONT_ENDS and target != room:
        return target == "library" or RANKS[target] == 0
    return room == target or RANKS[target] < RANKS[room] or RANKS[target] == RANKS[room] == 0


def package_of(path: str) -> str:
    """Layer and topic of a file: "io/tags" of io/tags/mp4.py, "cli" of cli/output.py. What joins a layer's packages
    stands for itself: "cli/app"."""
    parts = path.removesuffix(".py").split("/")
    alone = ["cli", "app"], ["server", "application"], ["server", "running"]
    return "/".join(parts) if parts in alone else "/".join(parts[:2]) if len(parts) > 2 else parts[0]


def arrows() -> dict[str, set[str]]:
    """For each package the others of its layer that it imports from."""
    modules = {path.relative_to(PACKAGE).as_posix().removesuffix(".py") for path in FILES}
    found: dict[str, set[str]] = {}
    for path in FILES:
        if path.name == "__init__.py":
            continue  # the door of its package
        here = package_of(path.relative_to(PACKAGE).as_posix())
        for item in imports_of(parsed(path)):
            top, *below = item.name.split(".")
            target = "/".join(below if "/".join(below) in modules else below[:-1])
            there = package_of(f"{target}.py")
            if top == "musicemb" and there != here and there.split("/")[0] == here.split("/")[0]:
                found.setdefault(here, set()).add(there)
    return found


SPEECH = ("print", "input", "exit", "quit", "breakpoint", "sys.exit", "os._exit", "sys.stdout.write")
_SPOKEN = re.compile("|".join(rf"\b{re.escape(name)} *\(" for name in SPEECH))


def _speech(source: str) -> Iterator[tuple[str, int]]:
    if not _SPOKEN.search(source):  # most files: to look at each of their nodes takes a second in all
        return
    for node in ast.walk(parse(source)):
        if not isinstance(node, ast.Call):
            continue
        called = node.func
        owner = getattr(called, "value", called)
        if isinstance(owner, ast.Name):  # "print", "sys.exit"
            name = f"{owner.id}.{called.attr}" if isinstance(called, ast.Attribute) else owner.id
            if name in SPEECH:
                yield name, node.lineno


def test_every_file_keeps_the_rules() -> None:
    found = [breaches(path.relative_to(PACKAGE).as_posix(), source_of(path)) for path in FILES]
    assert [breach for each in found for breach in each] == []


@pytest.mark.parametrize(
    ("path", "source", "complaint"),
    [
        ("core/a.py", "from musicemb.io.audio.reader import read_audio", "core imports io"),
        ("core/a.py", "def f():\n    import musicemb.encoder.runtime.litert", "core imports encoder"),
        ("io/a.py", "from musicemb import workflows", "io imports workflows"),
        ("records.py", "from musicemb.core import pooling", "records imports core"),
        ("workflows/a.py", "import click", "click lives in"),
        ("core/a.py", "def f():\n    import tensorflow.keras", "tensorflow lives in"),
        ("io/files.py", "def f():\n    import soundfile", "soundfile lives in"),
        ("io/audio/reader.py", "import soundfile", "before it is needed"),
        ("encoder/runtime/litert.py", "import keras", "before it is needed"),
        ("encoder/runtime/litert.py", "from musicemb.encoder.networks.layers import Block", "before it is needed"),
        ("workflows/a.py", "from musicemb.encoder.networks import layers", "before it is needed"),
        ("io/download.py", "import sqlite3", "sqlite3 lives in"),
        ("cli/a.py", "import numpy", "numpy lives in"),
        ("server/a.py", "from musicemb.workflows.similarity import similar", "server imports workflows"),
        ("server/a.py", "def f():\n    from musicemb.cli.progress import note", "server imports cli"),
        ("library/a.py", "from musicemb.server import middleware", "library imports server"),
        ("cli/a.py", "import rich", "before it is needed"),
        ("core/a.py", "import pandas", "no home"),
        ("core/a.py", "print(1)", "print below cli"),
        ("workflows/a.py", "import sys\nsys.exit(1)", "sys.exit below cli"),
        ("io/tag_utils.py", "", "says nothing"),
        ("rest/a.py", "from musicemb.library import Library", "rest is a new layer"),
        ("core/a.py", "x = 1\n" * (MOST_LINES + 1), "lines"),
    ],
)
def test_a_breach_is_seen(path: str, source: str, complaint: str) -> None:
    assert any(complaint in breach for breach in breaches(path, source))


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("cli/a.py", "import click\nfrom musicemb.io.catalogue.catalogue import open_catalogue"),
        ("workflows/a.py", "from musicemb.core import pooling\nfrom musicemb.records import Track"),
        ("core/a.py", "import numpy\nfrom musicemb.core.vectors.pooling import pool_segments"),
        ("encoder/a.py", "def f():\n    import keras"),
        ("records.py", "from musicemb.settings import ScanSettings"),
        ("server/a.py", "from musicemb.library import Library\nfrom musicemb.documents import to_json"),
    ],
)
def test_what_is_allowed_is_no_breach(path: str, source: str) -> None:
    assert breaches(path, source) == []


def test_packages_inside_a_layer_import_along_the_table() -> None:
    found = arrows()
    assert {
        here: there - ARROWS.get(here, set()) for here, there in found.items() if there - ARROWS.get(here, set())
    } == {}
    assert {
        here: there - found.get(here, set()) for here, there in ARROWS.items() if there - found.get(here, set())
    } == {}


def test_the_table_of_arrows_has_no_circle() -> None:
    list(graphlib.TopologicalSorter(ARROWS).static_order())


def test_a_folder_stays_small() -> None:
    counts = collections.Counter(path.parent for path in FILES if path.name != "__init__.py")
    full = {str(folder.relative_to(PACKAGE)): count for folder, count in counts.items() if count > MOST_FILES}
    full.pop("cli/commands", None)
    assert full == {}


def test_the_package_is_found() -> None:
    assert len(FILES) > 20
