"""Problems and roots: what else a scan leaves."""

from __future__ import annotations

import os
from pathlib import Path

from catalogue_values import ANY_TEXT, NAMES
from hypothesis import given, settings
from hypothesis import strategies as st
from laws import trials

from musicemb.io.catalogue.catalogue import Catalogue
from musicemb.records import Problem


@settings(deadline=None, max_examples=trials(20))
@given(reason=ANY_TEXT, name=NAMES, transient=st.booleans(), kind=st.sampled_from(["failed", "skipped"]))
def test_problem_comes_back(lasting: Catalogue, reason: str, name: bytes, transient: bool, kind: str) -> None:
    problem = Problem(Path("/p") / os.fsdecode(name), reason, kind, transient, 5, 6)  # type: ignore[arg-type]
    lasting.put_problem(problem)
    assert lasting.problems() == [problem]
    lasting.clear_problems([problem.path])
    assert lasting.problems() == []


def test_roots_and_problems(catalogue: Catalogue) -> None:
    for path in ("/m", "/a", "/m"):
        catalogue.add_root(Path(path))
    assert catalogue.roots() == [Path("/a"), Path("/m")]
    catalogue.remove_root(Path("/a"))
    assert catalogue.roots() == [Path("/m")]
    for name in ("b", "a", "c"):
        catalogue.put_problem(Problem(Path(f"/m/{name}"), "is empty", "failed"))
    catalogue.put_problem(Problem(Path("/m/a"), "is silent", "skipped"))
    assert [(item.path.name, item.kind) for item in catalogue.problems()] == [
        ("a", "skipped"),
        ("b", "failed"),
        ("c", "failed"),
    ]
    assert (catalogue.counts()["failed"], catalogue.counts()["skipped"]) == (2, 1)
    catalogue.clear_problems([Path("/m/b")])
    assert len(catalogue.problems()) == 2
    catalogue.clear_problems()
    assert catalogue.problems() == []
