"""Tags of older versions are written as ID3v2.3, and come back as they were."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import tag_bytes as made
from tag_files import check_round_trip, put

from musicemb.errors import TagError


def test_a_new_tag_says_what_id3v1_said(mp3: Callable[..., Path]) -> None:
    path = mp3(tail=made.version_1())
    put(path, "Jazz")
    from mutagen.id3 import ID3

    tag = ID3(path, load_v1=False)
    assert str(tag["TIT2"]) == "Old title" and str(tag["TPE1"]) == "Old artist" and tag.version == (2, 3, 0)
    check_round_trip(mp3(tail=made.version_1(), name="again.mp3"))


@pytest.mark.parametrize("word", ["Käthe", "サンプル", "Käthe サンプル"])
def test_a_new_tag_says_what_id3v1_said_in_utf_8(mp3: Callable[..., Path], word: str) -> None:
    v1 = made.version_1(title=word.encode(), artist=b"Artist")
    v1 = v1[:97] + word.encode().ljust(28, b"\0") + v1[125:]
    path = mp3(tail=v1)
    put(path, "Jazz")
    from mutagen.id3 import ID3

    tag = ID3(path, load_v1=False)
    assert str(tag["TIT2"]) == word and str(tag["TPE1"]) == "Artist" and tag.version == (2, 3, 0)
    (comment,) = tag.getall("COMM")
    assert (comment.desc, comment.lang, comment.text) == ("", "eng", [word])
    check_round_trip(mp3(tail=v1, name="again.mp3"))


def test_id3v2_2_is_upgraded_on_request_only(mp3: Callable[..., Path]) -> None:
    head = made.old_tag(
        (b"TT2", b"\0T"), (b"TYE", b"\x001999"), (b"TP1", b"\x01\xff\xfeA\0"), (b"PIC", b"\0PNG\3\0" + b"p" * 5000)
    )
    path = mp3(head)
    with pytest.raises(TagError, match="upgrade-tags"):
        put(path, "Jazz")
    put(path, "Jazz", upgrade=True)
    from mutagen.id3 import ID3

    tag = ID3(path, load_v1=False, translate=False)
    assert tag.version == (2, 3, 0) and str(tag["TYER"]) == "1999" and tag["APIC:"].data == b"p" * 5000
    check_round_trip(mp3(head), upgrade=True)
