"""What costs seconds is marked, so that the fast part of the suite is fast."""

from __future__ import annotations

import ast
import functools
import re
from pathlib import Path

from loaded_together import FIRST, TOGETHER
from parsed_sources import FILES, TEST_FILES, parsed, source_of, statements
from paths import ROOT, TESTS

SOURCES = {
    "keras": "keras",
    "tensorflow": "keras",
    "subprocess": "processes",
    "multiprocessing": "processes",
    "concurrent.futures.process": "processes",
    "selenium": "browser",
}
"""Modules that nobody imports in a test but to load Keras, to start a process or to drive a browser."""


@functools.cache  # a few hundred files, most of them asked for many times
def imported(path: Path) -> frozenset[str]:
    """Names of all modules that a file imports, wherever it does."""
    names: set[str] = set(re.findall(r"""\bimportorskip\(["']([\w.]+)""", source_of(path)))
    for node, _ in statements(parsed(path).body):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return frozenset(names)


@functools.cache
def eager_keras() -> frozenset[str]:
    """Modules of musicemb that load Keras as soon as they are imported."""
    found: set[str] = set()
    for path in FILES:
        top = [node for node in parsed(path).body if isinstance(node, ast.Import | ast.ImportFrom)]
        if any("keras" in ast.unparse(node).split() for node in top):
            found.add(".".join(path.relative_to(ROOT).with_suffix("").parts))
    return frozenset(found)


@functools.cache
def beside(path: Path) -> frozenset[Path]:
    """The modules beside the tests that a file imports, and those that they import."""
    found: set[Path] = set()
    waiting = [path]
    while waiting:
        near = {TESTS / f"{name}.py" for name in imported(waiting.pop()) if "." not in name} - found
        new = {module for module in near if module.is_file()}
        found |= new
        waiting += new
    return frozenset(found)


@functools.cache
def own_costs(path: Path) -> frozenset[str]:
    """Markers that the imports of one file ask for, whoever imports that file."""
    return frozenset(
        cost
        for name in imported(path)
        for source, cost in SOURCES.items()
        if name == source or name.startswith(f"{source}.")
    )


def costs(path: Path) -> set[str]:
    """Markers that a test file needs, as far as its imports and those of the modules beside it tell."""
    keras = {"keras"} if imported(path) & eager_keras() else set()
    return keras.union(*(own_costs(each) for each in (path, *beside(path))))


def markers(path: Path) -> set[str]:
    """Markers that a file uses, for all its tests or for some."""
    return set(re.findall(r"\bpytest\.mark\.(\w+)", source_of(path)))


def test_a_file_is_marked_with_what_it_costs() -> None:
    """At run time conftest.py fails each test that costs more than it says."""
    unsaid = {path.relative_to(TESTS).as_posix(): costs(path) - markers(path) for path in TEST_FILES}
    assert {path: cost for path, cost in unsaid.items() if cost} == {}


def test_files_that_are_kept_together_are_there() -> None:
    kept = [TESTS / path for paths in TOGETHER.values() for path in paths]
    assert {*kept, *(TESTS / path for path in FIRST)} <= set(TEST_FILES)
    assert len(kept) == len(set(kept))


def test_costs_are_seen(tmp_path: Path) -> None:
    dear, marked = tmp_path / "test_a.py", tmp_path / "test_b.py"
    dear.write_text("import tiny_training\ndef test_a():\n    import subprocess\n    from selenium import webdriver\n")
    assert costs(dear) >= {"processes", "browser"}
    marked.write_text("import pytest\npytestmark = [pytest.mark.keras, pytest.mark.browser]\n")
    assert (costs(marked), markers(marked)) == (set(), {"keras", "browser"})


def test_no_test_imports_from_another_test_file() -> None:
    for path in TEST_FILES:
        names = imported(path)
        assert not {name for name in names if name.split(".")[-1].startswith("test_") and "." not in name}, path
        assert not {name for name in names if name.startswith("tests.")}, path


def test_modules_beside_the_tests_have_names_of_their_own() -> None:
    flat = [path for path in TESTS.glob("*.py") if not path.name.startswith("test_") and path.name != "conftest.py"]
    assert len(flat) > 5
    below = [
        path
        for path in TESTS.rglob("*.py")
        if path.parent != TESTS and path.parent.name not in ("benchmarks", "core_environment", "golden", "torture")
    ]
    assert {path.name for path in below if not path.name.startswith("test_")} <= {"conftest.py"}
