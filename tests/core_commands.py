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
from quick_probes import QUICK

TRAIN = ("TensorFlow", "train")

WORKS = {
    "scan music --workers 2": 0,
    "watch music --once --workers 1": 0,
    "similar 'track 1'": 0,
    "find loud": 0,
    "playlist 'track 1' -o list.m3u8": 0,
    "clusters": 0,
    "map -o map.html": 0,
    "why 'track 1'": 0,
    "tag --dry-run": 0,
    "export -o library.csv": 0,
    "import --clear --yes": 0,
    "duplicates": 0,
    "undo --list": 0,
    "status": 0,
    "config": 0,
    "check": 0,
    "backup copy.sqlite": 0,
    "forget --json": 2,  # names no folder
    "schema scan": 0,
    "evaluate --data collection --no-damage --workers 1": 0,
    "evaluate --workers 1": 0,
}
"""Command lines that work without extras -> exit status. Every command stands here or in NEEDS."""

NEEDS = {
    "export -o library.parquet": ("Parquet", "PyArrow", "parquet"),
    "serve --port 0": ("serve", "Starlette", "serve"),
    "mpd --like 'track 1'": ("mpd", "python-mpd2", "mpd"),
    "watch music": ("watch", "watchfiles", "watch"),
    "scan music --encoder own --library other.sqlite": (
        "the encoder bundle own, which has no LiteRT model,",
        *TRAIN,
    ),
    "scan music --dask tcp://127.0.0.1:8786": ("scan --dask", "Dask", "dask"),
    "map --png map.png": ("map --png", "Matplotlib", "charts"),
    "retrain --dataset dcase --data dcase": ("retrain", *TRAIN),
    "retrain --dataset dcase": ("retrain", *TRAIN),
    "retrain --dataset music --search 3": ("retrain", *TRAIN),
    "retrain --dataset dcase --download": ("retrain", *TRAIN),
    "evaluate --data collection --report report.md": ("evaluate --report", "Matplotlib", "charts"),
    "evaluate --data collection --beside yamnet.tflite": ("evaluate --beside", *TRAIN),
}
"""Command lines that need an extra -> what the refusal begins with, what it names, and the extra."""

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


def evaluate_quickly() -> None:
    """Few draws, and probes with nothing to choose from: what is loaded is the same."""
    from musicemb.core.evaluation import probes
    from musicemb.workflows.evaluation.evaluate import evaluate_encoder

    vars(probes).update(QUICK)
    evaluate_encoder.__kwdefaults__["draws"] = 5


def main() -> None:
    """Run them."""
    from musicemb.cli import run

    outcomes = []
    for words in json.load(sys.stdin):
        if words[0] == "evaluate":
            evaluate_quickly()
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
