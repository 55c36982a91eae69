"""What a scan must let be for now is skipped, and nothing of it counts as gone."""

from __future__ import annotations

from pathlib import Path

from musicemb.records import KnownFile
from musicemb.workflows.library.changes import TrackIndex
from musicemb.workflows.library.finding import STILL_WRITTEN, find_files


def test_only_new_or_changed_files_are_asked_for(tmp_path: Path) -> None:
    for name in ("known.mp3", "new.mp3", "changed.mp3"):
        (tmp_path / name).write_bytes(b"x")
    status = (tmp_path / "known.mp3").stat()
    rows = [
        KnownFile(1, tmp_path / "known.mp3", status.st_size, status.st_mtime_ns, "a", gone=False, embedded=True),
        KnownFile(2, tmp_path / "changed.mp3", 7, 7, "b", gone=False, embedded=True),
    ]
    asked = []
    found, passed_over, troubles = find_files(
        [tmp_path], ["*.wav"], TrackIndex(rows), lambda file: bool(asked.append(file.path.name))
    )
    assert [file.path.name for file in found] == ["known.mp3"]
    assert asked == ["changed.mp3", "new.mp3"]
    assert [(one.path.name, one.reason, one.kind, one.transient) for one in troubles] == [
        ("changed.mp3", STILL_WRITTEN, "skipped", True),
        ("new.mp3", STILL_WRITTEN, "skipped", True),
    ]
    assert passed_over == []
    assert len(find_files([tmp_path], [], TrackIndex(rows))[0]) == 3
