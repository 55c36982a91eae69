"""What tag --values says before it writes."""

from __future__ import annotations

from pathlib import Path

import pytest
from made_tracks import embedded

from musicemb.cli.session import FAILED, Session
from musicemb.cli.views.value_changes import conclude, write_values
from musicemb.io.catalogue.catalogue import open_catalogue
from musicemb.library import Library
from musicemb.records import Applied, Track, ValueChange


@pytest.fixture
def track(tmp_path: Path) -> Track:
    with open_catalogue(tmp_path / "library.sqlite") as catalogue:
        return catalogue.track(catalogue.put_track(embedded(), "first"))


def show(changes: list[ValueChange], capsys: pytest.CaptureFixture[str], *, as_json: bool = False) -> str:
    session, library = Session(interactive=lambda: False), Library.__new__(Library)
    assert write_values(session, library, changes, dry_run=True, yes=False, as_json=as_json) == []
    return capsys.readouterr().out


def test_before_and_after_stand_side_by_side(track: Track, capsys: pytest.CaptureFixture[str]) -> None:
    fields = {"TBPM": ["128"], "TXXX:REPLAYGAIN_TRACK_GAIN": ["-8.50 dB"], "TXXX:REPLAYGAIN_TRACK_PEAK": ["0.98"]}
    text = show([ValueChange(track, {"TBPM": ["99"]}, fields), ValueChange(track, {}, {}, obstacle="is odd")], capsys)
    assert "1 file would get values" in text
    assert "128, -8.50 dB" in text
    assert "0.98" not in text
    assert "1 file cannot be written" in text
    assert text.rstrip().endswith("is odd: /music/a.mp3") or "is odd" in text


def test_nothing_to_write_is_said_and_a_document_keeps_stdout(track: Track, capsys: pytest.CaptureFixture[str]) -> None:
    assert "nothing to write" in show([], capsys)
    assert show([ValueChange(track, {}, {"BPM": ["1"]})], capsys, as_json=True) == ""


def test_the_status_tells_of_trouble(track: Track, capsys: pytest.CaptureFixture[str]) -> None:
    change, session = ValueChange(track, {}, {"BPM": ["1"]}), Session()
    facts = {"policy": "missing", "dry_run": False, "values": ["bpm"]}
    assert conclude(session, [change], [Applied(track.path, "written")], facts, as_json=True) is None
    assert conclude(session, [change], [Applied(track.path, "failed", "is full")], facts, as_json=True) == FAILED
    assert conclude(session, [], [], {**facts, "dry_run": True}, as_json=True) is None
