"""Tags beyond all measure are not shown to FFmpeg, and the audio is what it was."""

from __future__ import annotations

import struct
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import sounds
import tag_bytes

from musicemb.io.audio.decoders import decode_av, open_av
from musicemb.io.audio.mono_stream import KeptSamples
from musicemb.io.audio.parts.untagged import Mask as Covered
from musicemb.io.audio.parts.untagged import UntaggedFile, without_huge_tags

SHIFTS = sorted(range(-1100, 1101), key=abs)
"""Samples by which audio may move where iTunes' note of the encoder's delay is not seen."""
MANY = 40_000
"""Texts of which FFmpeg would take 6 s."""


def atom(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", len(content) + 8, name) + content


def items(count: int) -> bytes:
    """Items of iTunes' list, each with a name of its own."""
    mean, value = atom(b"mean", bytes(4) + b"com.apple.iTunes"), atom(b"data", struct.pack(">II", 1, 0) + b"v")
    return b"".join(
        atom(b"----", mean + atom(b"name", bytes(4) + b"K%06d" % number) + value) for number in range(count)
    )


def grown(data: bytes, parents: tuple[bytes, ...], added: bytes) -> bytes:
    """An MP4 file whose index is at the end, with bytes more at the end of the innermost of some atoms."""
    result = bytearray(data)
    place, end = data.rfind(parents[0]) - 4, len(data)
    for number, name in enumerate(parents):
        place = data.find(name, place if not number else place + 8) - 4
        size = int.from_bytes(data[place : place + 4], "big")
        result[place : place + 4] = (size + len(added)).to_bytes(4, "big")
        end = place + size
    return bytes(result[:end]) + added + bytes(result[end:])


def in_list(path: Path) -> None:
    path.write_bytes(grown(path.read_bytes(), (b"moov", b"udta", b"meta", b"ilst"), items(MANY)))


def in_several_lists(path: Path) -> None:
    small = atom(b"udta", atom(b"meta", bytes(4) + atom(b"ilst", items(MANY // 12))))
    path.write_bytes(grown(path.read_bytes(), (b"moov",), small * 12))


def in_a_track(path: Path) -> None:
    path.write_bytes(
        grown(
            path.read_bytes(),
            (b"moov", b"trak"),
            atom(b"udta", atom(b"meta", bytes(4) + atom(b"ilst", items(MANY)))),
        )
    )


def in_front(path: Path) -> None:
    frames = b"".join(tag_bytes.frame(b"TXXX", b"\0K%06d\0v" % number) for number in range(MANY))
    path.write_bytes(tag_bytes.tag(frames) + path.read_bytes())


def in_comments(path: Path) -> None:
    data = path.read_bytes()
    texts = [b"K%06d=v" % number for number in range(MANY)]
    body = struct.pack("<II", 0, MANY) + b"".join(struct.pack("<I", len(text)) + text for text in texts)
    path.write_bytes(b"fLaC\0" + data[5:42] + b"\x04" + len(body).to_bytes(3, "big") + body + data[42:])


def in_info(path: Path) -> None:
    texts = b"".join(struct.pack("<4sI", b"%04x" % number, 2) + b"v\0" for number in range(MANY))
    body = b"INFO" + texts
    data = path.read_bytes()
    path.write_bytes(data[:36] + b"LIST" + struct.pack("<I", len(body)) + body + data[36:])


def in_wma(path: Path) -> None:
    data = path.read_bytes()
    texts = b"".join(
        struct.pack("<H", len(name)) + name + struct.pack("<HH", 0, 4) + b"v\0\0\0"
        for name in (f"K{number:06}\0".encode("utf-16-le") for number in range(MANY))
    )
    kind = bytes.fromhex("40a4d0d207e3d21197f000a0c95ea850")
    added = kind + struct.pack("<QH", 26 + len(texts), MANY) + texts
    size, count = struct.unpack("<QI", data[16:28])
    path.write_bytes(data[:16] + struct.pack("<QI", size + len(added), count + 1) + data[28:size] + added + data[size:])


def decoded(path: Path) -> np.ndarray:
    sink = KeptSamples()
    decode_av(path, 16_000, 1000.0, sink)
    return sink.samples


@pytest.mark.parametrize(
    ("suffix", "spoil"),
    [
        ("m4a", in_list),
        ("m4a", in_several_lists),
        ("m4a", in_a_track),
        ("mp3", in_front),
        ("aac", in_front),
        ("flac", in_comments),
        ("wav", in_info),
        ("wma", in_wma),
    ],
)
def test_texts_beyond_all_measure_cost_no_time(tmp_path: Path, suffix: str, spoil: Callable[[Path], None]) -> None:
    path = tmp_path / f"x.{suffix}"
    if suffix in ("aac", "wma"):
        codec, container = {"aac": ("aac", "adts"), "wma": ("wmav2", "asf")}[suffix]
        sounds.write_av(path, sounds.music(2.0), codec=codec, container=container)
    else:
        sounds.write_music(path, 2.0, title="T")
    assert without_huge_tags(path) is None
    before = decoded(path)
    spoil(path)
    began = time.process_time()
    shown = without_huge_tags(path)
    assert shown is not None
    shown.close()
    after = decoded(path)
    assert time.process_time() - began < 3
    assert len(after) == pytest.approx(len(before), abs=16_000 * 0.1)
    length = min(len(before), len(after))
    inner = before[2000 : length - 2000]
    moved = (after[2000 + by : length - 2000 + by] for by in SHIFTS)
    assert any(np.corrcoef(inner, heard)[0, 1] > 0.999 for heard in moved)
    with open_av(path) as (container, _):
        assert len(container.metadata) < 100


def test_pictures_that_fill_the_memory_are_not_shown(tmp_path: Path) -> None:
    path = sounds.write_music(tmp_path / "x.flac", 2.0)
    data, before = path.read_bytes(), decoded(path)
    head = struct.pack(">II", 3, 9) + b"image/png" + struct.pack(">IIIII", 0, 1, 1, 24, 0)
    picture = head + struct.pack(">I", 16_000_000) + bytes(16_000_000)
    block = b"\x06" + len(picture).to_bytes(3, "big") + picture
    path.write_bytes(b"fLaC\0" + data[5:42] + block * 5 + data[42:])
    with open_av(path) as (container, _):
        assert not container.streams.video
    assert np.array_equal(decoded(path), before)


def test_bytes_read_as_others_wherever_a_read_begins(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(bytes(range(100)))
    shown = bytes(range(10, 30)) + b"abcd" + bytes(range(34, 60)) + b"z" + bytes(range(61, 100))
    with UntaggedFile(path, 10, [Covered(30, b"abcd"), Covered(60, b"z")]) as file:
        assert file.read() == shown
        for at in range(len(shown)):
            for size in (1, 3, 7, 60):
                assert file.seek(at) == at == file.tell()
                assert file.read(size) == shown[at : at + size]
        assert file.seek(-4, 2) == len(shown) - 4 and file.read() == shown[-4:]
        file.seek(5)
        assert file.seek(2, 1) == 7 and file.read(1) == shown[7:8]
