"""Packets of an Ogg file count, not the pages that hold them."""

from __future__ import annotations

import io
import struct

from hypothesis import given, settings
from hypothesis import strategies as st
from laws import trials

from musicemb.io.audio.ogg_packets import ogg_digest


def digest(data: bytes) -> bytes:
    return ogg_digest(io.BytesIO(data))


def pages(packets: list[bytes], serial: int, *, per_page: int, first: int = 0) -> bytes:
    """Ogg pages of `per_page` segments; page checksums are left at 0."""
    segments: list[tuple[int, bytes]] = []
    for packet in packets:
        for at in range(0, len(packet) + 1, 255):
            piece = packet[at : at + 255]
            segments.append((len(piece), piece))
    out = io.BytesIO()
    starts = range(0, len(segments), per_page)
    for number, start in enumerate(starts):
        part = segments[start : start + per_page]
        flags = (2 if number == 0 else 0) | (4 if start == starts[-1] else 0)
        out.write(struct.pack("<4sBBqIIIB", b"OggS", 0, flags, 0, serial, number + first, 0, len(part)))
        out.write(bytes(size for size, _ in part) + b"".join(piece for _, piece in part))
    return out.getvalue()


VORBIS = [b"\x01vorbis" + bytes(23), b"\x03vorbis" + b"tags", b"\x05vorbis" + bytes(700)]


audio_packets = st.lists(st.binary(max_size=800), min_size=1, max_size=8)


@settings(max_examples=trials(150), deadline=None)
@given(audio=audio_packets, comment=st.binary(max_size=3000), per_page=st.integers(1, 255))
def test_ogg_packets_count_not_pages(audio: list[bytes], comment: bytes, per_page: int) -> None:
    plain = digest(pages([*VORBIS, *audio], 1, per_page=7))
    tags = [VORBIS[0], b"\x03vorbis" + comment, VORBIS[2]]
    assert digest(pages([*tags, *audio], 5, per_page=per_page, first=3)) == plain
    assert digest(pages([*tags, *audio, b""], 5, per_page=per_page)) != plain
    joined = [*audio[:-1], audio[-1] + b"!"]
    assert digest(pages([*tags, *joined], 5, per_page=per_page)) != plain
    if len(audio) > 1 and audio[0]:
        moved = [audio[0][:-1], audio[0][-1:] + audio[1], *audio[2:]]
        assert digest(pages([*tags, *moved], 5, per_page=per_page)) != plain


def test_ogg_chains_and_codecs() -> None:
    one, two = (pages([*VORBIS, text], number, per_page=9) for number, text in ((1, b"one"), (2, b"two")))
    other_tags = [VORBIS[0], VORBIS[1] + b"more", VORBIS[2], b"two"]
    assert digest(one + two) == digest(one + pages(other_tags, 1, per_page=9))
    assert len({digest(data) for data in (one, two, one + two, two + one, one + one)}) == 5
    opus = [b"OpusHead" + bytes(11), b"OpusTags", b"audio"]
    flac_in_ogg = [b"\x7fFLAC\1\0\0\1" + bytes(42), b"\x04tags", b"\xff\xf8audio"]
    for packets in (opus, flac_in_ogg):
        retagged = [packets[0], packets[1] + bytes(900), packets[2]]
        assert digest(pages(packets, 1, per_page=9)) == digest(pages(retagged, 1, per_page=9))
    assert digest(pages([b"mystery codec", b"tags", b"audio"], 1, per_page=9)) == b"", "the file is hashed whole then"


def test_more_streams_at_once_than_any_file_has_are_refused() -> None:
    crowd = b"".join(pages([*VORBIS, b"x"], number, per_page=1)[:60] for number in range(100))
    assert digest(crowd) == b""


def test_tags_in_front_are_passed_over_and_a_cut_off_page_counts() -> None:
    whole = pages([*VORBIS, b"audio"], 1, per_page=9)
    assert digest(b"ID3\4\0\0\0\0\0\5words" + whole) == digest(whole) != b""
    assert digest(whole + b"OggS\0 half a page") != digest(whole)
    assert digest(b"") == digest(b"no page at all") == b""
