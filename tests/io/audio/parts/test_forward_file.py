"""Files that are read from begin to end."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
import sounds

from musicemb.io.audio.parts.forward_file import open_forward


@pytest.mark.parametrize("suffix", ["mp3", "flac", "ogg", "wav"])
@pytest.mark.parametrize("length", [1000, 65_536])
def test_blocks_are_those_of_the_whole_and_nobody_seeks(
    suffix: str, length: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = sounds.write(tmp_path / f"a.{suffix}", sounds.music(3.0, 5))
    whole, _ = soundfile.read(path, dtype="float32", always_2d=True)
    monkeypatch.setattr(soundfile.SoundFile, "seek", lambda *_: pytest.fail("seeks"))
    blocks = []
    with open_forward(path) as file:
        block = np.empty((length, file.channels), np.float32)
        while len(got := file.read(out=block)):
            blocks.append(got.copy())
    np.testing.assert_allclose(np.concatenate(blocks), whole, rtol=0, atol=1e-7)
    assert [len(one) for one in blocks[:-1]] == [length] * (len(whole) // length - (len(whole) % length == 0))


def test_what_is_no_audio_is_told_as_by_soundfile(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(b"no audio")
    with pytest.raises(soundfile.SoundFileError):
        open_forward(path)
