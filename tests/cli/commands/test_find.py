"""``find`` as typed."""

from __future__ import annotations

from pathlib import Path

import pytest
from fake_encoder import FakeEncoder, made_tag_heads
from typed_commands import Type, embedded

from musicemb.io.catalogue.catalogue import open_catalogue

HEADS = made_tag_heads(("calm", "mood"), ("piano", "instrument"), ("singing", "voice"))
LISTENING = FakeEncoder(tag_heads=HEADS)


def test_a_table_says_what_was_asked_for(library: Path, type_: Type) -> None:
    typed = type_("find", "mellow rock,", "no vocals", "xyzzy", "-n", "5", encoder=LISTENING)
    assert typed.status == 0, typed.err
    lines = typed.text.splitlines()
    assert lines[0] == "Best matches for calm, rock, no singing"
    assert lines[1].split() == ["score", "artist", "title", "album", "genre", "path"]
    assert len(lines) == 7
    assert all("/music/Even/" in line for line in lines[2:])
    assert typed.err == "not known, and left out: xyzzy\n"


def test_every_form(library: Path, type_: Type) -> None:
    document = type_("find", "calm, without piano", "--count", "3", "--json", encoder=LISTENING).json
    assert document["query"] == "calm, without piano"
    assert [(term["name"], term["excluded"]) for term in document["used"]] == [("calm", False), ("piano", True)]
    for match in document["matches"]:
        assert match["score"] == pytest.approx((match["values"][0] * match["values"][1]) ** 0.5, abs=1e-5)
    paths = [match["path"] for match in document["matches"]]
    assert len(paths) == 3
    words = ("find", "calm, without piano", "-n", "3")
    assert type_(*words, "--paths", encoder=LISTENING).text.splitlines() == paths
    assert type_(*words, "--print0", encoder=LISTENING).text == "".join(f"{path}\0" for path in paths)
    playlist = type_(*words, "--m3u8", encoder=LISTENING).text.splitlines()
    assert (playlist[0], playlist[2::2]) == ("#EXTM3U", paths)


@pytest.mark.parametrize("words", ["xyzzy", "", "!!!", "\x1b[31m\u202e", "the music of"])
def test_no_known_word_is_one_line(library: Path, type_: Type, words: str) -> None:
    typed = type_("find", words, encoder=LISTENING)
    assert (typed.status, typed.out, typed.err.count("\n")) == (1, b"", 1)
    assert "is known; ask for moods" in typed.err
    assert "\x1b[" not in typed.err


def test_an_encoder_without_heads_says_what_to_do(library: Path, type_: Type) -> None:
    typed = type_("find", "calm")
    assert (typed.status, typed.err.count("\n")) == (1, 1)
    assert 'run "musicemb scan --reembed"' in typed.err
    both = type_("find", "calm jazz", "-n", "2")
    assert (both.status, both.text.splitlines()[0]) == (0, "Best matches for jazz")
    assert "scan --reembed" in both.err and "cannot" not in both.err
    assert "this library has no data on it: calm" in both.err


def test_odd_names_are_only_text(library: Path, type_: Type) -> None:
    with open_catalogue(library) as catalogue:
        for number, genre in ((60, "Ambient"), (61, "Ambient")):
            evil = embedded(number, artist="<script>", title="שלום 🎸\x1b[31m", genres=(genre,))
            catalogue.put_track(evil, FakeEncoder().id)
    typed = type_("find", "ambient", "-n", "2", "--all-versions")
    assert typed.status == 0, typed.err
    assert "\x1b[31m" not in typed.text
    assert type_("find", "ambient", "-n", "1", "--json").json["matches"][0]["artist"] == "<script>"


def test_an_empty_library_is_one_line(own_library: Path, type_: Type) -> None:
    with open_catalogue(own_library):
        pass
    typed = type_("find", "calm")
    assert (typed.status, typed.err.count("\n")) == (1, 1)
