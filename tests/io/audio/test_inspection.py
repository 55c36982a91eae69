"""What the bytes tell before a decoder is asked."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
import sounds
import tag_bytes

from musicemb.errors import AudioError
from musicemb.io.audio.inspection import check_readable, is_protected, look_at, why_nothing


def test_a_look_tells_container_size_and_which_decoder_goes_first(originals: Callable[[str], Path]) -> None:
    flac, opus = look_at(originals("flac")), look_at(originals("opus"))
    assert (flac.container, flac.ffmpeg_first, flac.goes_on) == ("flac", False, False)
    assert flac.size == originals("flac").stat().st_size
    assert (opus.container, opus.ffmpeg_first) == ("ogg", True)


def test_what_can_be_no_audio_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.mp3").touch()
    for path, reason in ((tmp_path, "is a folder"), (tmp_path / "empty.mp3", "is empty")):
        with pytest.raises(AudioError, match=reason):
            look_at(path)


def test_the_reason_names_what_the_file_is(tmp_path: Path) -> None:
    path = tmp_path / "x.mp3"
    path.write_text("<html>no music</html>" * 20)
    look = look_at(path)
    assert why_nothing(path, look, "") == "is not audio: an HTML page"
    with path.open("rb") as file:
        assert not is_protected(file, look)


def test_a_change_since_the_look_is_told(tmp_path: Path) -> None:
    path = tmp_path / "x.mp3"
    path.write_bytes(b"x" * 100)
    look = look_at(path)
    check_readable(path, look)
    os.utime(path, ns=(1, 1))
    with pytest.raises(AudioError, match="changed while it was read"):
        check_readable(path, look)


@pytest.mark.parametrize(("megabytes", "refused"), [(63, False), (65, True)])
def test_ogg_headers_that_a_decoder_would_hold_are_measured_first(
    tmp_path: Path, megabytes: int, refused: bool
) -> None:
    path = tmp_path / "a.opus"
    with path.open("wb") as file:  # pages of 255 times 255 bytes, most of each a hole
        file.write(b"OggS" + bytes(22) + b"\1\x08OpusHead")
        for _ in range(megabytes * (1 << 20) // 65_025):
            file.write(b"OggS" + bytes(22) + b"\xff" + b"\xff" * 255)
            file.seek(65_025, os.SEEK_CUR)
        file.write(b"OggS" + bytes(22) + b"\1\x08" + bytes(8))
    if refused:
        with pytest.raises(AudioError, match="larger than 64 MB"):
            look_at(path)
    else:
        assert look_at(path).container == "ogg"


@pytest.mark.parametrize(("magic", "vendor"), [(b"OpusTags", b""), (b"\x03vorbis", b"Lavf" * 30)])
def test_countless_comments_are_no_food_for_a_decoder(tmp_path: Path, magic: bytes, vendor: bytes) -> None:
    for count, reason in ((20_000, ""), (20_001, "more than 20,000 comments")):
        tags = magic + len(vendor).to_bytes(4, "little") + vendor + count.to_bytes(4, "little")
        path = tmp_path / f"{count}.ogg"
        path.write_bytes(b"OggS" + bytes(22) + b"\1\x08OpusHead" + b"OggS" + bytes(22) + bytes((1, len(tags))) + tags)
        if reason:
            with pytest.raises(AudioError, match=reason):
                look_at(path)
        else:
            assert look_at(path).container == "ogg"


def test_tags_behind_the_music_are_no_music_that_goes_on(tmp_path: Path) -> None:
    path = sounds.write_music(tmp_path / "a.mp3", 2.0)
    music = path.read_bytes()
    assert not look_at(path).goes_on
    path.write_bytes(music + tag_bytes.ape(Artist="A" * 4 * len(music)) + tag_bytes.version_1())
    assert not look_at(path).goes_on
    path.write_bytes(music + music[200:] + tag_bytes.version_1())
    assert look_at(path).goes_on
