"""What the bytes of a file tell before a decoder is asked."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile
import sounds

from musicemb.errors import AudioError
from musicemb.io.audio.inspection import check_readable, is_protected, look_at, why_nothing


def box(name: bytes, body: bytes = b"") -> bytes:
    return struct.pack(">I", 8 + len(body)) + name + body


@pytest.fixture
def ogg(tmp_path: Path) -> Path:
    soundfile.write(tmp_path / "a.ogg", np.random.default_rng(0).normal(0, 0.1, 8000), 16_000, format="OGG")
    return tmp_path / "a.ogg"


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda path: path.mkdir(), "is a folder"),
        (lambda path: path.touch(), "is empty"),
        (lambda path: path.write_bytes(b"ID3\x04\0\0\0\0\0\x0a" + bytes(10)), "holds a tag but no audio"),
    ],
)
def test_what_can_be_no_audio_is_told(make: object, reason: str, tmp_path: Path) -> None:
    make(tmp_path / "a.mp3")  # type: ignore[operator]
    with pytest.raises(AudioError, match=reason):
        look_at(tmp_path / "a.mp3")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes of this kind here")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.mp3")
    with pytest.raises(AudioError, match="is not a regular file"):
        look_at(tmp_path / "a.mp3")


def test_a_stream_behind_the_first_is_seen(ogg: Path, tmp_path: Path) -> None:
    look = look_at(ogg)
    assert (look.container, look.size, look.goes_on, look.ffmpeg_first) == ("ogg", ogg.stat().st_size, False, False)
    soundfile.write(tmp_path / "b.ogg", np.random.default_rng(1).normal(0, 0.1, 8000), 16_000, format="OGG")
    chained = tmp_path / "chained.ogg"
    chained.write_bytes(ogg.read_bytes() + (tmp_path / "b.ogg").read_bytes())
    assert look_at(chained).goes_on


def test_a_flac_stream_of_unknown_length_goes_to_ffmpeg(tmp_path: Path) -> None:
    path = sounds.write(tmp_path / "a.flac", sounds.music(1.0, 1), 16_000)
    assert not look_at(path).ffmpeg_first
    data = bytearray(path.read_bytes())
    data[21] &= 0xF0
    data[22:26] = bytes(4)
    path.write_bytes(data)
    assert look_at(path).ffmpeg_first


def test_a_cut_wave_file_tells_how_much_is_there(tmp_path: Path) -> None:
    path = sounds.write(tmp_path / "a.wav", sounds.music(1.0, 1), 16_000)
    assert look_at(path).share == 1
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert look_at(path).share == pytest.approx(0.5, abs=0.01)


def test_a_xing_header_tells_the_length(tmp_path: Path) -> None:
    head = b"\xff\xfb\x90\x00" + bytes(32) + b"Xing" + struct.pack(">III", 3, 10, 4000)
    for behind, goes_on in ((4000, False), (9000, True)):
        (tmp_path / "a.mp3").write_bytes(head.ljust(behind, b"\0"))
        look = look_at(tmp_path / "a.mp3")
        assert (look.container, look.exact, look.goes_on) == ("mpeg", True, goes_on)
    (tmp_path / "a.mp3").write_bytes(head.replace(b"Xing", b"none").ljust(4000, b"\0"))
    assert not look_at(tmp_path / "a.mp3").exact


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (box(b"moov", box(b"drms")), "is copy-protected"),
        (box(b"mdat", b"1234"), "is incomplete: its index is missing"),
        (box(b"moov"), "is damaged: nothing can be decoded"),
    ],
)
def test_why_an_mp4_file_gives_nothing(body: bytes, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "a.m4a"
    path.write_bytes(box(b"ftyp", b"M4A \0\0\0\0isom") + body)
    look = look_at(path)
    assert why_nothing(path, look, "") == reason
    with path.open("rb") as file:
        assert is_protected(file, look) == (reason == "is copy-protected")


def test_an_impostor_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.mp3"
    path.write_bytes(b"%PDF-1.7 and so on" * 20)
    assert why_nothing(path, look_at(path), "no frame").startswith("is not audio: ")


def test_a_file_that_changed_meanwhile_is_tried_again(ogg: Path) -> None:
    look = look_at(ogg)
    check_readable(ogg, look)
    os.utime(ogg, ns=(1, 1))
    with pytest.raises(AudioError, match="changed while it was read") as caught:
        check_readable(ogg, look)
    assert caught.value.transient
