"""The tests lie as the modules do: who opens one knows where the other is."""

from __future__ import annotations

import ast

import pytest
from core_commands import NEEDS, WORKS
from parsed_sources import FILES, parse, source_of
from parsed_sources import TEST_FILES as TEST_PATHS
from paths import PACKAGE, TESTS

from musicemb.cli.app import cli

BESIDE = {
    "test_architecture.py": "rules for all modules",
    "test_docstrings.py": "rules for all modules",
    "test_public_names.py": "rules for all modules",
    "test_mirror.py": "rules for the tests themselves",
    "test_markers.py": "rules for the tests themselves",
    "test_light_help.py": "what a fresh Python loads, whatever module is to blame",
    "test_older_versions.py": "libraries and bundles that an older version wrote, through all commands",
    "test_dockerfile.py": "docs/Dockerfile",
    "test_readme.py": "the README",
    "test_wheel.py": "the built package",
    "cli/test_exit.py": "run() and main() of cli/__init__.py: statuses, pipes and terminals of all commands",
    "cli/test_command_lines.py": "every command line in README and docs/",
    "cli/test_commands_page.py": "docs/COMMANDS.md, which tests/golden/commands_page.py makes",
    "cli/test_documents.py": "all commands' help against the documents that they print",
    "cli/commands/test_retrain_datasets.py": "retrain, then evaluate: one dataset through two commands",
    "server/site/test_chromium.py": "the server's pages, in a browser",
    "web/test_chromium.py": "web/page.py, and the script and style beside it, in a browser",
    "workflows/library/test_scan_interrupted.py": "workflows/library/scan.py, killed at any moment",
    "workflows/library/test_scan_states.py": "workflows/library/scan.py as a state machine (Hypothesis)",
}
"""Test files that name no module, and what they are about."""

UNTESTED = {
    "__main__.py": "two lines; cli/test_exit.py runs them",
    "core/genres/family_table.py": "a table and what reads it; core/genres/test_families.py asks for its words",
}
"""Modules with logic but without a test of their own, with the reason."""


def has_logic(source: str) -> bool:
    """Whether a module holds more than definitions: a function with a body, or statements that run."""
    for node in ast.walk(parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = [line for line in node.body if not isinstance(line, ast.Expr) or not _is_text_or_dots(line)]
            if body:
                return True
    return any(isinstance(node, ast.If | ast.For | ast.Expr) and not _is_text_or_dots(node) and not _is_typing(node)
               for node in parse(source).body)  # fmt: skip


def _is_text_or_dots(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _is_typing(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)


MODULES = {path.relative_to(PACKAGE).as_posix(): path for path in FILES}
TEST_FILES = [path.relative_to(TESTS).as_posix() for path in TEST_PATHS]


def subject(test: str) -> str:
    """The module that a test file names: tests/io/test_a.py that of io/a.py."""
    folder, _, name = test.rpartition("/")
    return f"{folder}/{name.removeprefix('test_')}".lstrip("/")


def test_a_test_file_names_a_module_or_is_an_exception() -> None:
    named = {
        test
        for test in TEST_FILES
        if subject(test) in MODULES or f"{subject(test).removesuffix('.py')}/__init__.py" in MODULES
    }
    assert set(TEST_FILES) - named == set(BESIDE)


def test_a_module_with_logic_has_its_test() -> None:
    logic = {name for name, path in MODULES.items() if "__init__" not in name and has_logic(source_of(path))}
    assert logic - {subject(test) for test in TEST_FILES} <= set(UNTESTED)


def test_every_exception_is_still_there() -> None:
    assert set(BESIDE) <= set(TEST_FILES)
    assert set(UNTESTED) <= set(MODULES)


@pytest.mark.parametrize(
    ("source", "logic"),
    [
        ('"""Text."""\nfrom x import y\nA = 1\n', False),
        ("class A(Protocol):\n    def f(self) -> int:\n        '''Text.'''\n        ...\n", False),
        ("@dataclass\nclass A:\n    x: int\n    '''Text.'''\n", False),
        ("if TYPE_CHECKING:\n    import y\n", False),
        ("def f():\n    return 1\n", True),
        ("class A:\n    def f(self):\n        '''Text.'''\n        self.x = 1\n", True),
        ("main()\n", True),
    ],
)
def test_logic_is_seen(source: str, logic: bool) -> None:
    assert has_logic(source) == logic


def test_every_command_is_tried_without_extras() -> None:
    """Where this fails, a command has no line in tests/core_commands.py, by which tests/test_extras.py runs it."""
    assert {line.split()[0] for line in [*WORKS, *NEEDS]} == set(cli.commands)
