"""Laws of the payload hash: tags never matter, audio always does, junk never raises."""

from __future__ import annotations

import os
import shutil
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mutagen
import numpy as np
import pytest
import sounds
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from laws import trials
from mutagen import apev2, flac, id3, mp4

from musicemb.errors import AudioError
from musicemb.io.audio.payload_hash import payload_hash

SUFFIXES = ("mp3", "flac", "ogg", "opus", "m4a", "wav", "aiff", "aac", "wma", "alac.m4a", "oga")
LAW = settings(max_examples=trials(12), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One short file per format."""
    root, samples = tmp_path_factory.mktemp("originals"), sounds.music(1.5, seed=4)
    files = {}
    for suffix in SUFFIXES:
        path = root / f"x.{suffix}"
        if suffix == "wma":
            sounds.write_av(path, samples, codec="wmav2", container="asf")
        elif suffix == "alac.m4a":
            sounds.write_av(path, samples, codec="alac")
        elif suffix == "oga":
            import soundfile

            soundfile.write(str(path), samples, 44_100, format="OGG", subtype="VORBIS", compression_level=0.1)
        else:
            sounds.write(path, samples)
        files[suffix] = path
    return files


@pytest.fixture
def copy(originals: dict[str, Path], tmp_path: Path) -> Callable[[str], Path]:
    def make(suffix: str) -> Path:
        return Path(shutil.copy(originals[suffix], tmp_path / f"copy.{suffix}"))

    return make


def hash_of(data: bytes, folder: Path, name: str = "bytes.bin") -> str:
    path = folder / name
    path.write_bytes(data)
    return payload_hash(path)


# --------------------------------------------------------------------------- tags do not matter

words = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=300)
steps = st.lists(
    st.tuples(st.sampled_from(["title", "genre", "comment", "picture", "clear"]), words, st.integers(0, 60_000)),
    min_size=1,
    max_size=4,
)


def edit(path: Path, step: tuple[str, str, int], version: int) -> None:
    """One edit through mutagen, in the way of the file's format."""
    what, text, size = step
    file: Any = mutagen.File(str(path))  # type: ignore[attr-defined]
    picture = bytes(np.random.default_rng(size).integers(0, 256, size, np.uint8))
    if what == "clear":
        if file.tags is not None:
            file.delete()
        return
    if file.tags is None:
        file.add_tags()
    kind = type(file.tags).__mro__
    if id3.ID3 in kind:
        frames = {
            "title": id3.TIT2(encoding=3, text=[text]),
            "genre": id3.TCON(encoding=3, text=[text]),
            "comment": id3.TXXX(encoding=3, desc=text[:20], text=[text * 20]),
            "picture": id3.APIC(encoding=3, mime="image/png", type=3, desc="", data=picture),
        }
        file.tags.add(frames[what])
        options = {"v2_version": version}
        if path.suffix == ".mp3":
            options["v1"] = size % 3
        file.save(**options)
        return
    if mp4.MP4Tags in kind:
        atoms = {"title": "\xa9nam", "genre": "\xa9gen", "comment": "----:com.apple.iTunes:X"}
        if what == "picture":
            file.tags["covr"] = [mp4.MP4Cover(picture, mp4.MP4Cover.FORMAT_PNG)]
        else:
            file.tags[atoms[what]] = [text.encode()] if what == "comment" else [text]
    elif what == "picture" and isinstance(file, flac.FLAC):
        cover = flac.Picture()
        cover.data = picture
        file.add_picture(cover)
    elif what == "picture":
        file.tags["METADATA_BLOCK_PICTURE"] = picture.hex()
    else:
        file.tags[what.upper()] = [text * (20 if what == "comment" else 1)]
    file.save()


@pytest.mark.parametrize("suffix", [suffix for suffix in SUFFIXES if suffix != "aac"])
@settings(LAW, max_examples=trials(6))  # of each format
@given(steps=steps, version=st.sampled_from([3, 4]))
@example(steps=[("picture", "x", 60_000), ("clear", "x", 0), ("comment", "y" * 300, 1)], version=3)
def test_tag_edits_leave_the_hash(
    copy: Callable[[str], Path], suffix: str, steps: list[tuple[str, str, int]], version: int
) -> None:
    path = copy(suffix)
    before = payload_hash(path)
    for step in steps:
        edit(path, step, version)
        assert payload_hash(path) == before


@pytest.mark.parametrize("suffix", ["mp3", "aac"])
def test_ape_tags_leave_the_hash(copy: Callable[[str], Path], suffix: str) -> None:
    path = copy(suffix)
    before = payload_hash(path)
    for text in ("x", "long " * 1000):
        tags = apev2.APEv2()
        tags["Genre"] = text
        tags.save(str(path))
        assert payload_hash(path) == before
        id3.ID3().save(str(path), v1=2)
        assert payload_hash(path) == before
        edit_id3(path, text)
        assert payload_hash(path) == before
    apev2.delete(str(path))
    id3.delete(str(path))
    assert payload_hash(path) == before


def edit_id3(path: Path, text: str) -> None:
    tags = id3.ID3()
    tags.add(id3.TIT2(encoding=3, text=[text]))
    tags.save(str(path), v1=2)


def syncsafe(size: int) -> bytes:
    return bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))


def front_tag(content: bytes, version: int = 4, *, footer: bool = False, mark: bytes = b"ID3") -> bytes:
    return mark + bytes((version, 0, 0x10 if footer else 0)) + syncsafe(len(content)) + content


def whole_tag(content: bytes) -> bytes:
    """ID3v2.4 with a footer."""
    return front_tag(content, footer=True) + front_tag(content, footer=True, mark=b"3DI")[:10]


ID3V22 = front_tag(b"TT2\0\0\x06\0Title" + bytes(50), version=2)
ID3V1 = b"TAG" + b"Title".ljust(124, b"\0") + b"\x11"
ID3V1_PLUS = b"TAG+" + bytes(223) + ID3V1
LYRICS1 = b"LYRICSBEGIN" + b"la la " * 30 + b"LYRICSEND"
LYRICS2 = b"LYRICSBEGIN" + b"IND0000200" + b"000021LYRICS200"


def ape_tag(items: bytes, *, header: bool) -> bytes:
    front, back = (
        struct.pack("<8sIIII8x", b"APETAGEX", 2000, len(items) + 32, 1, 0x80000000 * header + flag)
        for flag in (0x20000000, 0)
    )
    return (front if header else b"") + items + back


APE = ape_tag(b"\x04\0\0\0\0\0\0\0Genre\0Rock", header=True)
APE_BARE = ape_tag(b"\x04\0\0\0\0\0\0\0Genre\0Rock", header=False)
FRONTS = (ID3V22, front_tag(b"\0" * 300, 3), front_tag(b"x" * 9), whole_tag(b"abc" * 40))
BACKS = (ID3V1, ID3V1_PLUS, LYRICS1, LYRICS2, APE, APE_BARE, whole_tag(b"abc" * 40))


@pytest.mark.parametrize("suffix", ["mp3", "aac"])
@LAW
@given(
    fronts=st.lists(st.sampled_from(FRONTS), max_size=3),
    ape_front=st.booleans(),
    backs=st.lists(st.sampled_from(BACKS), max_size=4),
)
@example(fronts=list(FRONTS), ape_front=True, backs=list(BACKS))
@example(fronts=[], ape_front=False, backs=[LYRICS2, ID3V1])
def test_every_tag_around_mpeg_is_left_out(
    originals: dict[str, Path], tmp_path: Path, suffix: str, fronts: list[bytes], ape_front: bool, backs: list[bytes]
) -> None:
    audio = originals[suffix].read_bytes()
    tagged = b"".join(fronts) + (APE if ape_front else b"") + audio + b"".join(backs)
    # An APE tag at the front is a header, the items and a footer.
    assert hash_of(tagged, tmp_path) == payload_hash(originals[suffix])


def test_id3_around_flac_and_before_ogg(originals: dict[str, Path], tmp_path: Path) -> None:
    for suffix, tagged in (
        ("flac", ID3V22 + originals["flac"].read_bytes() + ID3V1),
        ("ogg", ID3V22 + originals["ogg"].read_bytes()),
    ):
        assert hash_of(tagged, tmp_path) == payload_hash(originals[suffix])


# ---------------------------------------------------------------------------- audio does matter


def audio_span(suffix: str, data: bytes) -> tuple[int, int]:
    """A stretch that surely is audio, found without the code under test."""
    if suffix in ("mp3", "aac", "wma"):
        return len(data) // 2, len(data)
    if suffix in ("m4a", "alac.m4a"):
        start = data.index(b"mdat") + 4
        return start, start - 8 + int.from_bytes(data[start - 8 : start - 4], "big")
    if suffix == "wav":
        start = data.index(b"data") + 8
        return start, start + int.from_bytes(data[start - 4 : start], "little")
    if suffix == "aiff":
        start = data.index(b"SSND") + 8
        return start, start + int.from_bytes(data[start - 4 : start], "big")
    if suffix == "flac":
        return len(data) // 2, len(data)
    last = data.rindex(b"OggS")
    body = data.rindex(b"OggS", 0, last)
    return body + 27 + data[body + 26], last


@pytest.mark.parametrize("suffix", SUFFIXES)
@LAW
@given(data=st.data())
def test_a_changed_byte_of_audio_alters_the_hash(
    originals: dict[str, Path], tmp_path: Path, suffix: str, data: st.DataObject
) -> None:
    whole = originals[suffix].read_bytes()
    start, stop = audio_span(suffix, whole)
    at = data.draw(st.integers(start, stop - 1))
    flip = data.draw(st.integers(1, 255))
    altered = whole[:at] + bytes([whole[at] ^ flip]) + whole[at + 1 :]
    assert hash_of(altered, tmp_path) != payload_hash(originals[suffix])


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_cut_off_file_has_a_hash_of_its_own(originals: dict[str, Path], tmp_path: Path, suffix: str) -> None:
    whole = originals[suffix].read_bytes()
    start, stop = audio_span(suffix, whole)
    assert hash_of(whole[: (start + stop) // 2], tmp_path) != payload_hash(originals[suffix])


def test_formats_and_tracks_differ(originals: dict[str, Path], tmp_path: Path) -> None:
    hashes = {payload_hash(path) for path in originals.values()}
    for seed in range(3):
        hashes.add(payload_hash(sounds.write_music(tmp_path / f"{seed}.mp3", 1.0, seed)))
    assert len(hashes) == len(originals) + 3
    assert all(len(digest) == 32 and set(digest) <= set("0123456789abcdef") for digest in hashes)


def test_name_and_suffix_do_not_matter(originals: dict[str, Path], tmp_path: Path) -> None:
    for number, path in enumerate(originals.values()):
        renamed = shutil.copy(path, tmp_path / f"{number}.txt")
        assert payload_hash(Path(renamed)) == payload_hash(path)


# ------------------------------------------------------------------------------------- containers


def box(name: bytes, content: bytes, *, wide: bool = False, open_end: bool = False) -> bytes:
    if open_end:
        return struct.pack(">I4s", 0, name) + content
    if wide:
        return struct.pack(">I4sQ", 1, name, len(content) + 16) + content
    return struct.pack(">I4s", len(content) + 8, name) + content


def test_mp4_box_lengths(tmp_path: Path) -> None:
    front = box(b"ftyp", b"M4A \0\0\0\0")
    plain = hash_of(front + box(b"moov", b"1") + box(b"mdat", b"audio") + box(b"mdat", b"more"), tmp_path)
    for other in (
        front + box(b"mdat", b"audio", wide=True) + box(b"moov", b"longer") + box(b"mdat", b"more", open_end=True),
        front + box(b"free", bytes(900)) + box(b"mdat", b"audio") + box(b"mdat", b"more", wide=True) + b"\0\0\0",
    ):
        assert hash_of(other, tmp_path) == plain
    assert hash_of(front + box(b"mdat", b"audio") + box(b"mdat", b"mere"), tmp_path) != plain
    assert hash_of(front + box(b"moov", b"1"), tmp_path) != hash_of(front + box(b"moov", b"2"), tmp_path)


def chunk(name: bytes, content: bytes, order: str = "<", told: int | None = None) -> bytes:
    length = len(content) if told is None else told
    return struct.pack(f"{order}4sI", name, length) + content + bytes(len(content) % 2)


def test_wav_and_aiff_chunks(tmp_path: Path) -> None:
    wave = b"RIFF\0\0\0\0WAVE" + chunk(b"fmt ", bytes(16))
    plain = hash_of(wave + chunk(b"data", b"audio"), tmp_path)
    long = struct.pack("<QQQI", 99, 5, 5, 0)
    for other in (
        wave + chunk(b"LIST", b"odd") + chunk(b"data", b"audio") + chunk(b"id3 ", b"tag"),
        b"RF64\xff\xff\xff\xffWAVE" + chunk(b"ds64", long) + chunk(b"data", b"audio", told=0xFFFFFFFF) + b"id3 ",
        wave + chunk(b"data", b"audio")[:-1],
    ):
        assert hash_of(other, tmp_path) == plain
    assert hash_of(wave + chunk(b"data", b"audjo"), tmp_path) != plain
    piped = wave + chunk(b"data", b"audio", told=0xFFFFFFFF)[:-1]
    assert hash_of(piped, tmp_path) == plain
    form = b"FORM\0\0\0\0AIFF"
    assert hash_of(form + chunk(b"SSND", b"audio", ">"), tmp_path) == hash_of(
        form + chunk(b"NAME", b"odd", ">") + chunk(b"SSND", b"audio", ">") + chunk(b"ID3 ", b"t", ">"), tmp_path
    )


VORBIS = [b"\x01vorbis" + bytes(23), b"\x03vorbis" + b"tags", b"\x05vorbis" + bytes(700)]


# -------------------------------------------------------------------------------------- bad input

magics = st.sampled_from(
    [
        b"",
        b"ID3\4\0\0\0\0\0\5",
        b"fLaC",
        b"OggS\0\2",
        b"RIFF\0\0\0\0WAVE",
        b"RF64\xff\xff\xff\xffWAVEds64\0\0\0\0",
        b"FORM\0\0\0\0AIFF",
        b"\0\0\0\x08ftyp",
        b"\0\0\0\x08ftyp\0\0\0\1mdat",
        b"\xff\xfb\x90\0",
        b"\xff\xf1\x50\x80",
        bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c"),
    ]
)
tails = st.sampled_from([b"", ID3V1, APE, LYRICS1, LYRICS2, b"999999LYRICS200", b"LYRICSEND", APE[-32:], ID3V1[:-1]])


@settings(LAW, max_examples=trials(150))
@given(magic=magics, junk=st.binary(max_size=300), tail=tails)
@example(magic=b"", junk=b"", tail=b"")
@example(magic=b"ID3\4\0\0\0\0\0\0", junk=b"", tail=b"")
@example(magic=b"fLaC", junk=b"\x80\0\0\0", tail=b"")
def test_junk_never_raises(tmp_path: Path, magic: bytes, junk: bytes, tail: bytes) -> None:
    assert len(hash_of(magic + junk + tail, tmp_path)) == 32


@pytest.mark.parametrize("suffix", SUFFIXES)
@LAW
@given(seed=st.integers(0, 2**32 - 1))
def test_shredded_files_never_raise(originals: dict[str, Path], tmp_path: Path, suffix: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    data = bytearray(originals[suffix].read_bytes())
    for at in rng.integers(0, min(len(data), 5000), 40):
        data[at] = rng.integers(256)
    assert len(hash_of(bytes(data[: rng.integers(1, len(data))]), tmp_path)) == 32


def test_empty_payloads_are_hashed_whole(tmp_path: Path) -> None:
    assert hash_of(front_tag(b"one"), tmp_path) != hash_of(front_tag(b"two"), tmp_path)
    assert hash_of(b"", tmp_path) == hash_of(b"", tmp_path)
    assert hash_of(b"fLaC\x80\0\0\4aaaa", tmp_path) != hash_of(b"fLaC\x80\0\0\4bbbb", tmp_path)


def test_what_the_system_refuses_may_pass(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(AudioError, match="no longer exists") as caught:
        payload_hash(tmp_path / "no.mp3")
    assert caught.value.transient
    with pytest.raises(AudioError) as caught:
        payload_hash(tmp_path)
    assert caught.value.transient
    with pytest.raises(AudioError):
        payload_hash(tmp_path / "nul\0")

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    path = tmp_path / "x.mp3"
    path.write_bytes(b"x")
    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(AudioError, match="cannot be read: permission denied") as caught:
        payload_hash(path)
    assert caught.value.transient


# ------------------------------------------------------------------------------------- real music


def test_real_music(shared: Path, tmp_path: Path) -> None:
    files = sorted((shared / "library").rglob("*.mp3"))[:8]
    assert files
    seen = set()
    for path in files:
        copy = Path(shutil.copyfile(path, tmp_path / path.name))
        before = payload_hash(path)
        assert payload_hash(copy) == before
        seen.add(before)
        for step in (("genre", "Rock", 1), ("picture", "x", 50_000), ("clear", "", 0), ("title", "new", 2)):
            edit(copy, step, 3)
            assert payload_hash(copy) == before
        data = bytearray(copy.read_bytes())
        data[len(data) // 2] ^= 1
        copy.write_bytes(data)
        assert payload_hash(copy) != before
    assert len(seen) == len(files)


@pytest.mark.skipif(os.name == "nt", reason="needs a pipe in the file system")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "x.mp3")
    with pytest.raises(AudioError, match="is not a regular file"):
        payload_hash(tmp_path / "x.mp3")
