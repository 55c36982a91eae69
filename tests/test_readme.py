"""README is short, its links lead somewhere, and its Python runs as it stands."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from paths import PACKAGE, ROOT, with_tests_on_path

from musicemb.cli.app import cli

pytestmark = pytest.mark.processes

README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [ROOT / "README.md", *sorted((PACKAGE / "docs").glob("*.md"))]


def test_it_is_short() -> None:
    assert README.count("\n") <= 250


def test_its_table_holds_every_command() -> None:
    rows = re.findall(r"^\| (`[a-z`, ]+`) \|", README, re.M)
    assert sorted(name for row in rows for name in re.findall(r"`(\w+)`", row)) == sorted(cli.commands)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8"))
    assert [target for target in targets if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_of_the_code_are_where_a_page_says(page: Path) -> None:
    named = set(re.findall(r"`([\w-]+(?:/[\w-]+)*/[\w-]+\.py)`", page.read_text(encoding="utf-8")))
    named.discard("beetsplug/musicemb.py")  # in the wheel
    assert [name for name in named if not (ROOT / name).exists() and not (PACKAGE / name).exists()] == []


def test_the_python_runs_as_it_stands(tmp_library: Callable[..., Path], tmp_path: Path) -> None:
    tmp_library()
    (snippet,) = re.findall(r"^```python\n(.*?)^```", README, re.M | re.S)
    (tmp_path / "snippet.py").write_text(snippet, encoding="utf-8")
    command = [sys.executable, "-W", "error", "snippet.py"]
    done = subprocess.run(command, cwd=tmp_path, env=with_tests_on_path(), capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "(128,)"
    assert "'schema': 1" in done.stdout
    assert done.stdout.count(".mp3") >= 3  # the matches
