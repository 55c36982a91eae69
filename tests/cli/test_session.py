"""What commands of one call share."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

import pytest
from fake_encoder import FakeEncoder

from musicemb.cli.session import Session, at_terminal, program_name
from musicemb.errors import CatalogueError, ConsentMissing


def test_a_library_is_made_only_where_it_may_be(tmp_path: Path) -> None:
    path = tmp_path / "own.sqlite"
    session = Session(library=path, load_encoder=lambda folder: FakeEncoder())
    for refused in ({"read_only": True}, {"create": False}):
        with pytest.raises(CatalogueError):
            session.open(**refused)  # type: ignore[arg-type]
    assert not path.exists()
    with session.open() as library:
        assert (library.status().path, library.status().tracks) == (path, 0)
    with session.open(read_only=True) as library:
        assert library.status().read_only


def test_the_encoder_is_the_one_asked_for(tmp_path: Path) -> None:
    asked: list[object] = []

    def load(folder: str | Path | None) -> FakeEncoder:
        asked.append(folder)
        return FakeEncoder()

    with Session(library=tmp_path / "own.sqlite", load_encoder=load).open(encoder="mine") as library:
        assert library.encoder.id == "fake00000000"
        assert library.encoder is library.encoder
    assert asked == ["mine"]


def test_a_command_to_type_next() -> None:
    assert Session().command("undo") == "musicemb undo"
    path = Path("/my music/own.sqlite")
    assert Session(library=path).command("forget --gone") == "musicemb forget --gone"
    typed = Session(library=path, library_typed=True)
    assert typed.command("forget --gone") == 'musicemb forget --library "/my music/own.sqlite" --gone'
    assert typed.command("status") == 'musicemb status --library "/my music/own.sqlite"'


def test_consent() -> None:
    away, there = Session(interactive=lambda: False), Session(interactive=lambda: True)
    away.need_consent("tags are written", yes=True)
    there.need_consent("tags are written", yes=False)
    for refuse in (
        lambda: away.need_consent("tags are written", yes=False),
        lambda: away.confirm("Write?", what="tags are written", yes=False),
    ):
        with pytest.raises(ConsentMissing, match=r"^tags are written only after confirmation, .* --yes"):
            refuse()
    assert away.confirm("Write?", what="tags are written", yes=True)


@pytest.mark.parametrize(("answer", "yes"), [("y", True), ("n", False), ("", False)])
def test_a_question_is_asked_on_stderr(
    answer: str, yes: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{answer}\n"))
    assert Session(interactive=lambda: True).confirm("Write?", what="tags are written", yes=False) is yes
    out, err = capsys.readouterr()
    assert (out, err.rstrip()) == ("", "Write? [y/N]:")


def test_nobody_is_there_without_streams(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    assert not at_terminal()
    monkeypatch.setattr(sys, "stdin", None)
    assert not at_terminal()


def test_the_program_is_named_as_it_can_be_typed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert program_name("musicemb") == "musicemb"
    assert program_name("/x/musicemb/__main__.py").endswith(" -m musicemb")
    script = tmp_path / "musicemb"
    script.touch(mode=0o755)
    monkeypatch.setenv("PATH", "/nowhere")
    assert program_name(str(script)) == str(script)
    if os.name == "posix":
        monkeypatch.setenv("PATH", str(tmp_path))
        assert program_name(str(script)) == "musicemb"


def test_what_stopped_nothing_is_told_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    session = Session(library=tmp_path / "own.sqlite")
    with session.open() as library:
        library.catalogue.notices.append("no copy was made")
    session.tell()
    session.tell()
    assert capsys.readouterr().err == "no copy was made\n"


@pytest.mark.parametrize(
    ("typed", "agreed"), [("y", True), ("YES", True), ("n", False), ("", False), ("q", False), ("what\ny", True)]
)
def test_yes_no_and_q_are_answers(
    typed: str, agreed: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{typed}\n"))
    session = Session(interactive=lambda: True)
    assert session.confirm("Write?", what="tags are written", yes=False) is agreed
    err = capsys.readouterr().err
    assert err.startswith("Write? [y/N]: ")
    assert ("Please answer" in err) == typed.startswith("what")
