"""Comments at the head of OGG and Opus, over the borders of pages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sounds
from tag_files import check_round_trip, put


@pytest.mark.parametrize("suffix", ["ogg", "opus"])
@pytest.mark.parametrize("length", [200, 60_000, 64_000, 64_790, 65_000, 131_000, 200_000])
def test_ogg_comments_over_page_borders(tmp_path: Path, suffix: str, length: int) -> None:
    import soundfile
    from mutagen import File

    path = sounds.write_music(tmp_path / f"a.{suffix}", 1.0, title="T")
    file: Any = File(path)
    file["METADATA_BLOCK_PICTURE"] = "x" * length
    file.save(padding=lambda info: 0)
    samples = soundfile.read(path)[0]
    check_round_trip(path)
    put(path, "Jazz")
    assert (soundfile.read(path)[0] == samples).all()
    assert File(path)["METADATA_BLOCK_PICTURE"] == ["x" * length]
