"""WAV, AIFF and WMA are only read, and read whole."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
import sounds
import tag_bytes as made

from musicemb.io.tags.reader import read_tags


def chunk(name: bytes, data: bytes, order: str = "<") -> bytes:
    return name + struct.pack(order + "I", len(data)) + data + bytes(len(data) % 2)


INFO = chunk(
    b"LIST",
    b"INFO" + chunk(b"IART", b"Someone\0") + chunk(b"INAM", "Títle\0".encode("latin-1")) + chunk(b"IGNR", b"Polka\0"),
)


def grow(path: Path, more: bytes) -> Path:
    data = bytearray(path.read_bytes() + more)
    order = ">" if data[:4] == b"FORM" else "<"
    data[4:8] = struct.pack(order + "I", len(data) - 8)
    path.write_bytes(data)
    return path


def test_info_in_wav(tmp_path: Path) -> None:
    tags = read_tags(grow(sounds.write(tmp_path / "a.wav", sounds.music(1.0)), INFO))
    assert (tags.artist, tags.title, tags.genres) == ("Someone", "Títle", ("Polka",))


@pytest.mark.parametrize("name", [b"id3 ", b"ID3 "])
def test_id3_in_wav_speaks_before_info(tmp_path: Path, name: bytes) -> None:
    own = chunk(name, made.tag(made.frame(b"TPE1", b"\0Other")))
    tags = read_tags(grow(sounds.write(tmp_path / "a.wav", sounds.music(1.0)), INFO + own))
    assert (tags.artist, tags.title, tags.genres) == ("Other", "Títle", ("Polka",))


def test_aiff(tmp_path: Path) -> None:
    more = chunk(b"NAME", b"A title", ">") + chunk(b"ID3 ", made.tag(made.frame(b"TCON", b"\0Polka")), ">")
    tags = read_tags(grow(sounds.write(tmp_path / "a.aiff", sounds.music(1.0)), more))
    assert (tags.title, tags.genres) == ("A title", ("Polka",))


def test_wma(tmp_path: Path) -> None:
    pytest.importorskip("av")
    from mutagen.asf import ASF

    path = sounds.write_av(tmp_path / "a.wma", sounds.music(1.0), codec="wmav2", container="asf")
    file = ASF(path)
    file["Author"], file["Title"], file["WM/AlbumTitle"] = ["Someone"], ["A title"], ["Album"]
    file["WM/Genre"] = ["Polka"]
    file.save()
    tags = read_tags(path)
    assert (tags.artist, tags.title, tags.album, tags.genres) == ("Someone", "A title", "Album", ("Polka",))
