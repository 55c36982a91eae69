"""Tags at the end of a file, in any order and number."""

from __future__ import annotations

from io import BytesIO

import pytest
import tag_bytes as made

from musicemb.io.audio.tail_tags import TailTag, is_ape, tail_tags

AUDIO = bytes(range(1, 251)) * 4
V1 = made.version_1()
APE = made.ape(Genre="Polka")
LYRICS = b"LYRICSBEGIN" + b"IND0000200"
LYRICS3 = LYRICS + f"{len(LYRICS):06}LYRICS200".encode()
OLD_LYRICS = b"LYRICSBEGINla la laLYRICSEND"
ID3V2 = b"ID3\4\0\x10" + made.sizes(30) + bytes(30) + b"3DI\4\0\x10" + made.sizes(30)


@pytest.mark.parametrize(
    ("tag", "kind"),
    [
        (V1, "ID3v1"),
        (b"TAG+" + bytes(223) + V1, "ID3v1"),
        (APE, "APEv2"),
        (APE[32:], "APEv2"),
        (LYRICS3, "Lyrics3"),
        (OLD_LYRICS, "Lyrics3"),
        (ID3V2, "ID3v2"),
    ],
    ids=["ID3v1", "extended ID3v1", "APE", "APE without header", "Lyrics3 v2", "Lyrics3 v1", "ID3v2"],
)
def test_every_kind_is_found_with_its_length(tag: bytes, kind: str) -> None:
    file = BytesIO(AUDIO + tag)
    assert list(tail_tags(file, 0)) == [(kind, len(AUDIO), len(AUDIO) + len(tag))]


def test_the_last_one_comes_first() -> None:
    start = len(AUDIO)
    middle = start + len(APE)
    assert list(tail_tags(BytesIO(AUDIO + APE + V1), 0)) == [
        TailTag("ID3v1", middle, middle + 128),
        TailTag("APEv2", start, middle),
    ]


def test_audio_is_no_tag() -> None:
    assert list(tail_tags(BytesIO(AUDIO), 0)) == []
    assert list(tail_tags(BytesIO(b""), 0)) == []


def test_no_tag_reaches_before_the_audio() -> None:
    assert list(tail_tags(BytesIO(V1), 1)) == []
    damaged = APE[-32:-20] + (1 << 20).to_bytes(4, "little") + APE[-16:]
    assert list(tail_tags(BytesIO(AUDIO + damaged), 0)) == []


def test_header_and_footer_of_ape_differ_in_a_flag() -> None:
    header, footer = APE[:32], APE[-32:]
    assert is_ape(header, header=True) and is_ape(footer)
    assert not is_ape(header) and not is_ape(footer, header=True)
    assert not is_ape(footer[:31])
