"""What costs seconds is marked, so that the fast part of the suite is fast."""

from __future__ import annotations

import ast
import functools
from pathlib import Path

import pytest
from paths import PACKAGE, ROOT, TESTS

TEST_FILES = sorted(TESTS.rglob("test_*.py"))

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
def parsed(path: Path) -> tuple[ast.AST, ...]:
    """All nodes of a file."""
    return tuple(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))


@functools.cache
def imported(path: Path) -> frozenset[str]:
    """Names of all modules that a file imports, wherever it does."""
    names: set[str] = set()
    for node in parsed(path):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.importorskip":
            names |= {ast.literal_eval(node.args[0])} if isinstance(node.args[0], ast.Constant) else set()
    return frozenset(names)


@functools.cache
def eager_keras() -> frozenset[str]:
    """Modules of musicemb that load Keras as soon as they are imported."""
    found: set[str] = set()
    for path in PACKAGE.rglob("*.py"):
        if "pretrained" in path.parts:
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if any(
            isinstance(node, ast.Import | ast.ImportFrom) and "keras" in ast.unparse(node).split() for node in tree.body
        ):
            found.add(".".join(path.relative_to(ROOT).with_suffix("").parts))
    return frozenset(found)


def costs(path: Path, seen: frozenset[Path] = frozenset()) -> set[str]:
    """Markers that a test file needs, as far as its imports and those of the modules beside it tell."""
    found = set()
    keras = eager_keras() if not seen else frozenset()
    for name in imported(path):
        found |= {cost for source, cost in SOURCES.items() if name == source or name.startswith(f"{source}.")}
        if name in keras:
            found.add("keras")
        beside = TESTS / f"{name}.py"
        if beside.is_file() and beside not in seen:
            found |= costs(beside, seen | {path})
    return found


def markers(path: Path) -> set[str]:
    """Markers that a file uses, for all its tests or for some."""
    return {
        node.attr
        for node in parsed(path)
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "pytest.mark"
    }


@pytest.mark.parametrize("path", [path.relative_to(TESTS).as_posix() for path in TEST_FILES])
def test_a_file_is_marked_with_what_it_costs(path: str) -> None:
    """At run time conftest.py fails each test that costs more than it says."""
    assert costs(TESTS / path) <= markers(TESTS / path)


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
