"""Files of tracks as answers."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from musicemb.errors import TrackNotFound
from musicemb.server.files import media_type, send_file


def test_media_types() -> None:
    assert media_type(Path("a.FLAC")) == "audio/flac"
    assert media_type(Path("a.xyz")) == "application/octet-stream"


def test_only_regular_files_are_sent(tmp_path: Path) -> None:
    file = tmp_path / "a.mp3"
    with pytest.raises(TrackNotFound, match="scan its folder again"):
        send_file(file)
    file.write_bytes(b"sound")
    assert send_file(file).headers["content-length"] == "5"
    with pytest.raises(TrackNotFound):
        send_file(tmp_path)
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.mp3")
        with pytest.raises(TrackNotFound, match="not a regular file"):
            send_file(tmp_path / "pipe.mp3")
