"""Sources of the package and of the tests, parsed once for all rules that are asked of them."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterable, Iterator
from pathlib import Path

from paths import PACKAGE, TESTS

FILES = sorted(path for path in PACKAGE.rglob("*.py") if "pretrained" not in path.parts)
"""All modules of the package."""

TEST_FILES = sorted(TESTS.rglob("test_*.py"))

_BODIES = ("body", "orelse", "finalbody", "handlers", "cases")
"""Where a statement holds other statements."""


@functools.cache
def source_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@functools.cache
def parse(source: str) -> ast.Module:
    return ast.parse(source)


def parsed(path: Path) -> ast.Module:
    return parse(source_of(path))


def statements(body: Iterable[ast.stmt], lazy: bool = False) -> Iterator[tuple[ast.stmt, bool]]:
    """All statements, those inside others too, and whether each waits: in a function, or below ``if TYPE_CHECKING``."""
    for node in body:
        yield node, lazy
        waits = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or (
            isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
        )
        for field in _BODIES:
            yield from statements(getattr(node, field, ()), lazy or waits)
