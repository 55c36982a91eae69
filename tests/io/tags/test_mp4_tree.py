"""MP4 as others write it: what is not ours stays byte for byte, and tables follow where the audio moves."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import pytest
import sounds
from tag_files import check_round_trip, put

from musicemb.errors import TagError
from musicemb.io.audio.payload_hash import payload_hash
from musicemb.io.tags.reader import read_tags
from musicemb.io.tags.writer import hold

AUDIO = bytes(range(256)) * 8


def box(name: bytes, *parts: bytes, wide: bool = False) -> bytes:
    body = b"".join(parts)
    if wide:
        return struct.pack(">I4sQ", 1, name, len(body) + 16) + body
    return struct.pack(">I4s", len(body) + 8, name) + body


def data(value: bytes, kind: int = 1, locale: bytes = bytes(4)) -> bytes:
    return box(b"data", struct.pack(">I", kind), locale, value)


def handler(kind: bytes = b"mdir") -> bytes:
    return box(b"hdlr", bytes(8), kind, b"appl", bytes(9))


ODD = (
    box(b"\xa9ART", data(b"Artist A")),
    box(b"\xa9ART", data(b"Artist B")),  # an atom that is there twice
    box(b"\xa9nam", data(b"Der Titel", locale=b"DE\x15\x25")),
    box(b"stik", data(b"\0\1", 21)),
    box(b"covr", data(b"\xff\xd8\xff\xe0" + bytes(40), 0), box(b"name", b"cover.jpg")),
    box(b"----", box(b"mean", bytes(4), b"org.other"), box(b"name", bytes(4), b"MOOD"), data(b"calm", 0)),
    box(b"tmpo", data(b"\0\0\0\x78", 21)),
)


def tables(offsets: list[int], *, wide: bool = False) -> bytes:
    """A track whose chunks lie at some places of the file."""
    width, name = (">Q", b"co64") if wide else (">I", b"stco")
    table = box(name, bytes(4), struct.pack(">I", len(offsets)), *(struct.pack(width, place) for place in offsets))
    return box(b"trak", box(b"mdia", box(b"minf", box(b"stbl", table))))


def file_of(
    moov: Callable[[int], bytes], *, first: bool = True, between: bytes = b"", mdat_wide: bool = False
) -> bytes:
    """A whole file; `moov` is asked with the place where the audio begins."""
    ftyp, mdat = box(b"ftyp", b"M4A \0\0\0\0"), box(b"mdat", AUDIO, wide=mdat_wide)
    head = 16 if mdat_wide else 8
    if not first:
        return ftyp + mdat + moov(len(ftyp) + head)
    size = len(moov(0))
    return ftyp + moov(len(ftyp) + size + len(between) + head) + between + mdat


def places(content: bytes) -> list[bytes]:
    """What stands where the chunks are said to be."""
    found = []
    for name, width in ((b"stco", 4), (b"co64", 8)):
        at = content.find(name)
        if at >= 0:
            (count,) = struct.unpack_from(">I", content, at + 8)
            numbers = [content[at + 12 + n * width : at + 12 + (n + 1) * width] for n in range(count)]
            found += [content[int.from_bytes(each, "big") :][:16] for each in numbers]
    return found


def tagged(*items: bytes, padding: int = 0, version: bytes = bytes(4), wide: bool = False) -> bytes:
    free = [box(b"free", bytes(padding - 8))] if padding else []
    return box(b"udta", box(b"meta", version, handler(), box(b"ilst", *items, wide=wide), *free, wide=wide), wide=wide)


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("wide", [True, False])
@pytest.mark.parametrize("padding", [0, 8, 100, 1000])
@pytest.mark.parametrize("version", [bytes(4), b""])
def test_what_is_not_ours_stays(tmp_path: Path, first: bool, wide: bool, padding: int, version: bytes) -> None:
    path = tmp_path / "a.m4a"
    user_data = tagged(*ODD, padding=padding, version=version, wide=wide)
    path.write_bytes(
        file_of(lambda at: box(b"moov", tables([at, at + 256], wide=wide), user_data), first=first, mdat_wide=wide)
    )
    before, digest = path.read_bytes(), payload_hash(path)
    put(path, "Jazz")
    now = path.read_bytes()
    assert all(item in now for item in ODD)
    assert places(now) == places(before) == [AUDIO[:16]] * 2 and payload_hash(path) == digest
    assert len(now) == len(before) or padding < 1000
    tags = read_tags(path)
    assert (tags.artist, tags.title, tags.genres) == ("Artist A, Artist B", "Der Titel", ("Jazz",))
    path.write_bytes(before)
    check_round_trip(path)


@pytest.mark.parametrize(
    "user_data",
    [
        b"",
        box(b"udta"),
        box(b"udta", bytes(4)),  # ended by zeros, as QuickTime does
        box(b"udta", box(b"name", b"a track")),
        box(b"udta", box(b"meta", bytes(4), handler())),
        box(b"udta", box(b"meta", bytes(4), handler(), box(b"ilst"))),
    ],
)
@pytest.mark.parametrize("first", [True, False])
def test_a_list_is_made_where_there_is_none(tmp_path: Path, user_data: bytes, first: bool) -> None:
    path = tmp_path / "a.m4a"
    path.write_bytes(file_of(lambda at: box(b"moov", tables([at]), user_data), first=first))
    before = path.read_bytes()
    put(path, "Jazz")
    from mutagen.mp4 import MP4Tags
    from mutagen.mp4._atom import Atoms

    if user_data != box(b"udta", bytes(4)):  # which mutagen does not read
        with path.open("rb") as file:
            assert MP4Tags(Atoms(file), file)["\xa9gen"] == ["Jazz"]
    assert places(path.read_bytes()) == [AUDIO[:16]]
    path.write_bytes(before)
    check_round_trip(path)


def test_padding_behind_the_index_gives_way(tmp_path: Path) -> None:
    path = tmp_path / "a.m4a"
    path.write_bytes(file_of(lambda at: box(b"moov", tables([at]), tagged(*ODD)), between=box(b"free", bytes(2000))))
    size = path.stat().st_size
    put(path, "Jazz")
    assert path.stat().st_size == size and places(path.read_bytes()) == [AUDIO[:16]]


def test_a_genre_by_number_is_read_and_replaced(tmp_path: Path) -> None:
    path = tmp_path / "a.m4a"
    path.write_bytes(file_of(lambda at: box(b"moov", tables([at]), tagged(*ODD, box(b"gnre", data(b"\0\x12", 0))))))
    assert read_tags(path).genres == ("Rock",)
    put(path, "Jazz")
    assert read_tags(path).genres == ("Jazz",) and b"gnre" not in path.read_bytes()


def quicktime(name: bytes, text: bytes) -> bytes:
    return box(name, struct.pack(">HH", len(text), 0), text)


def mobile(name: bytes, text: bytes) -> bytes:
    return box(name, bytes(4), b"\x15\xc7", text, b"\0")


def by_keys(**values: bytes) -> bytes:
    names = [f"com.apple.quicktime.{name}".encode() for name in values]
    keys = box(b"keys", bytes(4), struct.pack(">I", len(names)), *(box(b"mdta", name) for name in names))
    items = [box(struct.pack(">I", number), data(value)) for number, value in enumerate(values.values(), 1)]
    return box(b"meta", bytes(4), handler(b"mdta"), keys, box(b"ilst", *items))


LIST = box(b"ilst", box(b"\xa9ART", data(b"Someone")), box(b"\xa9gen", data(b"Polka")))


@pytest.mark.parametrize(
    "moov",
    [
        box(b"udta", quicktime(b"\xa9ART", b"Someone"), quicktime(b"\xa9gen", b"Polka")),
        box(b"udta", mobile(b"perf", b"Someone"), mobile(b"gnre", b"Polka")),
        by_keys(artist=b"Someone", genre=b"Polka"),
        box(b"udta", by_keys(artist=b"Someone", genre=b"Polka")),
        box(b"meta", bytes(4), handler(), LIST),
        box(b"trak", box(b"udta", box(b"meta", bytes(4), handler(), LIST))),
    ],
    ids=["QuickTime", "3GPP", "keys of the index", "keys", "meta of the index", "meta of a track"],
)
def test_tags_of_other_kinds_are_read_and_not_hidden(tmp_path: Path, moov: bytes) -> None:
    path = tmp_path / "a.m4a"
    path.write_bytes(file_of(lambda at: box(b"moov", tables([at]), moov)))
    before = path.read_bytes()
    tags = read_tags(path)
    assert (tags.artist, tags.genres) == ("Someone", ("Polka",))
    with pytest.raises(TagError):
        put(path, "Jazz")
    assert path.read_bytes() == before


def test_a_meta_at_the_level_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.m4a"
    content = file_of(lambda at: box(b"moov", tables([at])), first=False)
    path.write_bytes(content + box(b"meta", bytes(4), handler(), LIST))
    assert read_tags(path).artist == "Someone"
    with pytest.raises(TagError, match="beside its index"):
        put(path, "Jazz")


def nested(name: bytes, depth: int) -> bytes:
    inner = b""
    for _ in range(depth):
        inner = box(name, inner)
    return inner


@pytest.mark.parametrize(
    ("moov", "reason"),
    [
        (box(b"udta", box(b"meta", bytes(4), handler())) * 2, "several places"),
        (box(b"udta", box(b"meta", bytes(4), handler(), box(b"ilst"), box(b"ilst"))), "two lists"),
        (box(b"udta", box(b"meta", bytes(4), handler(), box(b"ilst", box(b"cpil") * 20_001))), "more than 20,000 tags"),
        (box(b"mvex"), "fragmented"),
        (box(b"cmov"), "compressed"),
        (box(b"udta", b"\0\0\0\x40meta"), "damaged"),
        (box(b"trak", box(b"mdia", box(b"minf", box(b"stbl", box(b"stco", bytes(4), b"\xff" * 4))))), "damaged"),
    ],
)
def test_what_is_left_alone(tmp_path: Path, moov: bytes, reason: str) -> None:
    path = tmp_path / "a.m4a"
    path.write_bytes(file_of(lambda at: box(b"moov", tables([at]), moov)))
    read_tags(path)
    with pytest.raises(TagError, match=reason):
        hold(path)


@pytest.mark.parametrize("name", [b"moov", b"udta", b"meta", b"trak", b"stbl", b"ilst"])
def test_no_nesting_is_too_deep(tmp_path: Path, name: bytes) -> None:
    path = tmp_path / "a.m4a"
    path.write_bytes(file_of(lambda at: box(b"moov", tables([at]), nested(name, 3000))))
    read_tags(path)
    try:
        check_round_trip(path)
    except TagError as error:
        assert "damaged" in error.reason or "MP4" in error.reason


def test_another_table_that_would_be_out_of_step(tmp_path: Path) -> None:
    path = tmp_path / "a.m4a"
    iloc = box(b"meta", bytes(4), handler(b"pict"), box(b"iloc", bytes(20)))
    path.write_bytes(file_of(lambda at: box(b"moov", tables([at]), iloc)))
    with pytest.raises(TagError, match="that a longer tag would make invalid"):
        put(path, "Jazz")


def test_a_real_encoders_file_keeps_its_sound(tmp_path: Path) -> None:
    av = pytest.importorskip("av")
    path = sounds.write_music(tmp_path / "a.m4a", 1.0, title="T")

    def decoded() -> list[bytes]:
        with av.open(str(path)) as opened:
            return [frame.to_ndarray().tobytes() for frame in opened.decode(audio=0)]

    before = decoded()
    put(path, "Jazz " + "x" * 3000)
    assert decoded() == before
