"""Playlists as XSPF."""

from __future__ import annotations

import os
from pathlib import Path
from xml.etree import ElementTree

import pytest

from musicemb.io.output.playlist_paths import PlaylistPaths
from musicemb.io.output.xspf import xspf_text
from musicemb.records import Track, TrackTags

SPACE = "{http://xspf.org/ns/0/}"
pytestmark = pytest.mark.skipif(os.name != "posix", reason="the paths are POSIX's")


def test_elements_are_in_the_order_of_the_standard() -> None:
    track = Track(1, Path("/m/Tom & Jerry/#1.mp3"), TrackTags("Tom & Jerry", "<One>", "A"), 61.5, "")
    text = xspf_text([track], places=PlaylistPaths(Path("/m")), name="Calm & slow", remark="made by a test")
    root = ElementTree.fromstring(text)
    assert root.tag == f"{SPACE}playlist"
    assert root.get("version") == "1"
    assert [child.tag.removeprefix(SPACE) for child in root] == ["title", "annotation", "trackList"]
    assert (root[0].text, root[1].text) == ("Calm & slow", "made by a test")
    assert [(child.tag.removeprefix(SPACE), child.text) for child in root[2][0]] == [
        ("location", "Tom%20%26%20Jerry/%231.mp3"),
        ("title", "<One>"),
        ("creator", "Tom & Jerry"),
        ("album", "A"),
        ("duration", "61500"),
    ]


def test_what_xml_cannot_hold_is_replaced_and_what_is_not_known_left_out() -> None:
    track = Track(1, Path(os.fsdecode(b"/m/caf\xe9\n.mp3")), TrackTags("", "a\x00b\ufffe\udcff"), 0.0, "")
    (found,) = ElementTree.fromstring(xspf_text([track]).encode())[0]
    assert [(child.tag.removeprefix(SPACE), child.text) for child in found] == [
        ("location", "file:///m/caf%E9%0A.mp3"),
        ("title", "a b\ufffd\ufffd"),
    ]


def test_no_tracks_are_a_playlist_too() -> None:
    assert len(ElementTree.fromstring(xspf_text([]))[0]) == 0
