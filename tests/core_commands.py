"""Runs command lines in one process: python -m core_commands, JSON on stdin and stdout.

One process for all, since to start one costs more than most commands do; `hiding_extras` is its environment.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import io
import json
import os
import re
import sys
import tomllib

from paths import ROOT, TESTS, with_tests_on_path

REFERENCES = {"numba", "llvmlite"}
"""Not named by us, but large, and brought by an extra alone."""


def requirement_names(lines: list[str]) -> set[str]:
    """Normal names of the distributions that requirements ask for."""
    names = {re.match(r"[\w.-]+", line).group() for line in lines}  # type: ignore[union-attr]
    return {re.sub(r"[-_.]+", "-", name).lower() for name in names}


def extra_modules() -> list[str]:
    """Top-level modules of what extras other than "test" install, and a core installation does not."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    core = requirement_names(project["dependencies"])
    core |= {"flatbuffers"}  # LiteRT brings it
    extras = [names for extra, names in project["optional-dependencies"].items() if extra != "test"]
    wanted = requirement_names([line for lines in extras for line in lines]) - core - {"musicemb"} | REFERENCES
    modules = importlib.metadata.packages_distributions()
    found = {
        module
        for module, distributions in modules.items()
        if requirement_names(distributions) & wanted and not requirement_names(distributions) & core
    }
    return sorted(found)


def hiding_extras() -> dict[str, str]:
    """The environment of a Python that has no extra, and can import the tests' modules."""
    environment = with_tests_on_path()
    paths = [str(TESTS / "core_environment"), environment["PYTHONPATH"]]
    return {**environment, "PYTHONPATH": os.pathsep.join(paths), "MUSICEMB_HIDDEN_MODULES": " ".join(extra_modules())}


def main() -> None:
    """Run them."""
    from musicemb.cli import run

    outcomes = []
    for words in json.load(sys.stdin):
        with (
            contextlib.redirect_stdout(io.TextIOWrapper(io.BytesIO())) as out,
            contextlib.redirect_stderr(io.StringIO()) as err,
        ):
            status = run(words)
            out.flush()
        outcomes.append({"status": status, "out": out.buffer.getvalue().decode(), "err": err.getvalue()})
    json.dump(outcomes, sys.stdout)


if __name__ == "__main__":
    main()
