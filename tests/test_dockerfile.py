"""The Dockerfile, read as text: hadolint and Docker itself are not on every machine."""

from __future__ import annotations

import tomllib

from paths import PACKAGE, ROOT

LINES = [
    line
    for line in (PACKAGE / "docs" / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    if line and not line.startswith("#")
]


def arguments(instruction: str) -> list[list[str]]:
    """Words of all lines of an instruction, options left out."""
    found = [line.split()[1:] for line in LINES if line.split()[0] == instruction]
    return [[word for word in words if not word.startswith("--")] for words in found]


def test_all_that_the_build_needs_is_copied_and_let_through() -> None:
    copied = {word for words in arguments("COPY") for word in words[:-1] if not word.startswith("/")}
    assert all((ROOT / name).exists() for name in copied)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for name in ("pyproject.toml", project["readme"], *project["license-files"], "musicemb", "pretrained"):
        assert name.split("/")[0] in copied, name
    let_through = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert let_through[0] == "*"
    assert {f"!{name}" for name in copied} <= set(let_through)


def test_it_runs_without_root_and_keeps_the_library_in_a_volume() -> None:
    assert [words[0] for words in arguments("USER")] == ["1000:1000"]
    assert arguments("VOLUME") == [["/data"]]
    assert any("MUSICEMB_LIBRARY=/data/library.sqlite" in words for words in arguments("ENV"))
    assert all(words[0].endswith("-slim") for words in arguments("FROM"))
