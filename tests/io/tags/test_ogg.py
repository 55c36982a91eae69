"""Comments at the head of OGG and Opus, over the borders of pages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sounds
from laws import cases
from tag_files import check_round_trip, put

from musicemb.errors import TagError
from musicemb.io.tags.ogg import read_ogg_head
from musicemb.io.tags.reader import read_tags


@pytest.mark.parametrize("suffix", ["ogg", "opus"])
@pytest.mark.parametrize(
    "length", cases([200, 60_000, 64_000, 64_790, 65_000, 131_000, 200_000], [200, 64_790, 65_000, 131_000])
)
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


def test_a_chain_of_streams_keeps_its_later_links(tmp_path: Path) -> None:
    one = sounds.write_music(tmp_path / "one.ogg", 1.0, seed=1, title="One")
    two = sounds.write_music(tmp_path / "two.ogg", 1.0, seed=2, title="Two", genre="Polka")
    path = tmp_path / "a.ogg"
    path.write_bytes(one.read_bytes() + two.read_bytes())
    check_round_trip(path)
    put(path, "Jazz " + "x" * 70_000)
    assert path.read_bytes().endswith(two.read_bytes())


def test_a_stream_beside_another(tmp_path: Path) -> None:
    """Pages of a second stream between those of the music: they stay where they are."""
    from mutagen.ogg import OggPage

    path = sounds.write_music(tmp_path / "a.ogg", 1.0, title="One")
    content = path.read_bytes()
    with path.open("rb") as file:
        first = len(OggPage(file).write())
    other = OggPage()
    other.packets, other.serial, other.first, other.position = [b"fishead\0" + bytes(56)], 7, True, 0
    path.write_bytes(content[:first] + other.write() + content[first:])
    check_round_trip(path)
    put(path, "Jazz " + "x" * 70_000)
    assert other.write() in path.read_bytes()


def test_music_behind_another_stream_is_read_and_left_alone(tmp_path: Path) -> None:
    from mutagen.ogg import OggPage

    path = sounds.write_music(tmp_path / "a.ogg", 1.0, title="One", genre="Polka")
    other = OggPage()
    other.packets, other.serial, other.first, other.position = [b"fishead\0" + bytes(56)], 7, True, 0
    path.write_bytes(other.write() + path.read_bytes())
    assert read_tags(path).genres == ("Polka",)
    with pytest.raises(TagError, match="neither Vorbis nor Opus"):
        put(path, "Jazz")


def test_a_missing_framing_bit_stays_missing(tmp_path: Path) -> None:
    from mutagen.ogg import OggPage

    path = sounds.write_music(tmp_path / "a.ogg", 1.0, title="One")
    with path.open("r+b") as file:
        head = read_ogg_head(file)
        pages: Any = list(head.pages)
        setup = OggPage.to_packets(pages)[1]
        page = OggPage()
        page.packets, page.serial, page.sequence, page.position = [head.magic + head.comments.packed(), setup], 0, 1, 0
        OggPage.replace(file, pages, [page])
    with path.open("rb") as file:
        assert read_ogg_head(file).comments.tail == b""
    check_round_trip(path)
    put(path, "Jazz")
    with path.open("rb") as file:
        assert read_ogg_head(file).comments.tail == b""
