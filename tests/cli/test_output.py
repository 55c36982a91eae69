"""Results on stdout: whole where they go to a pipe, fitting where they go to a terminal."""

from __future__ import annotations

import io
import json
import os
import sys
from pathlib import Path

import click
import pytest

from musicemb.cli import output
from musicemb.records import Track, TrackTags

TRACKS = [
    Track(number, Path(f"/music/{number}.mp3"), TrackTags("Artist", f"Song {number}"), 180.4, "") for number in (1, 2)
]


class Terminal(io.StringIO):
    """A stdout that somebody looks at."""

    def isatty(self) -> bool:
        return True


def test_text_that_the_encoding_lacks_is_marked(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))
    output.emit("Jóga")
    sys.stdout.flush()
    assert raw.getvalue() == b"J?ga\n"


def test_json_is_utf_8_with_undecodable_bytes_as_escapes(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    output.emit_json({"title": "Jóga", "path": "/a\udcff"})
    out = capsysbinary.readouterr().out
    assert "Jóga".encode() in out and rb"\udcff" in out and out.endswith(b"\n")
    assert json.loads(out) == {"title": "Jóga", "path": "/a\udcff"}
    with pytest.raises(ValueError, match="JSON"):
        output.emit_json({"value": float("nan")})


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("paths", "/music/1.mp3\n/music/2.mp3\n"),
        ("print0", "/music/1.mp3\0/music/2.mp3\0"),
        (
            "m3u8",
            "#EXTM3U\n#EXTINF:180,Artist - Song 1\n/music/1.mp3\n#EXTINF:180,Artist - Song 2\n/music/2.mp3\n",
        ),
    ],
)
@pytest.mark.skipif(os.name != "posix", reason="paths look otherwise there")
def test_tracks_for_other_programs(form: str, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    output.emit_tracks(TRACKS, form)
    assert capsys.readouterr().out == text


def test_files_by_reason_the_most_frequent_first(capsys: pytest.CaptureFixture[str]) -> None:
    files = [("is silent", Path("/s.mp3")), *(("is damaged", Path(f"/{number}.mp3")) for number in range(5))]
    assert output.emit_reasons(files) is True
    shown = capsys.readouterr().out
    assert shown.startswith("  is damaged: 5 files\n    /0.mp3\n    /1.mp3\n    /2.mp3\n    and 2 more\n")
    assert shown.endswith("/s.mp3: is silent\n")
    assert output.emit_reasons(files[:3]) is False


def test_reasons_beyond_the_most_frequent_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    assert output.emit_reasons((f"reason {number}", Path("/a.mp3")) for number in range(output.REASONS + 2)) is True
    assert capsys.readouterr().out.splitlines()[-1] == "  and 2 other reasons"


def test_a_styled_line_in_a_pipe_is_plain(capsys: pytest.CaptureFixture[str]) -> None:
    output.emit_styled("Scanned\x1b[31m", "bold")
    assert capsys.readouterr().out == "Scanned\ufffd[31m\n"


def seen(lines: list[str], monkeypatch: pytest.MonkeyPatch, *, wanted: bool = True, **environment: str) -> str:
    """What a terminal of 40 x 10 shows; "PAGED:" before what goes to a pager."""
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr(click, "echo_via_pager", lambda text: terminal.write(f"PAGED:{text}"))
    for name in ("PAGER", "NO_PAGER", "LESS"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"COLUMNS": "40", "LINES": "10", "TERM": "xterm", **environment}.items():
        monkeypatch.setenv(name, value)
    with output.paged(wanted=wanted):
        for line in lines:
            output.emit(line)
    return terminal.getvalue()


LONG = [f"line {number}" for number in range(30)]


def test_what_is_longer_than_the_screen_is_paged_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    assert seen(LONG, monkeypatch) == "PAGED:" + "".join(f"{line}\n" for line in LONG)
    assert os.environ["LESS"] == "FRX"
    assert seen(["word " * 100], monkeypatch).startswith("PAGED:")  # folded by the terminal
    assert seen(LONG, monkeypatch, PAGER="more").startswith("PAGED:")


def test_what_fits_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert seen(LONG[:5], monkeypatch) == "".join(f"{line}\n" for line in LONG[:5])


@pytest.mark.parametrize(
    ("name", "value"), [("NO_PAGER", "1"), ("PAGER", ""), ("PAGER", "  "), ("PAGER", "less 'unclosed")]
)
def test_who_wants_no_pager_gets_none(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert seen(LONG, monkeypatch, **{name: value}).startswith("line 0\n")


def test_no_pager_where_none_is_wanted_or_stdout_is_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    assert seen(LONG, monkeypatch, wanted=False).startswith("line 0\n")
    piped = io.StringIO()
    monkeypatch.setattr(sys, "stdout", piped)
    with output.paged():
        output.emit("\n".join(LONG))
    assert piped.getvalue().startswith("line 0\n")


def test_an_error_inside_leaves_nothing_held(monkeypatch: pytest.MonkeyPatch) -> None:
    seen([], monkeypatch)
    with pytest.raises(ValueError, match="no"), output.paged():
        output.emit("before")
        raise ValueError("no")
    assert seen(["after"], monkeypatch) == "after\n"
