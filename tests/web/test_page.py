"""The map's page, read as text: it asks nobody for anything, and holds no word of a tag as HTML."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import os
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from golden.bokeh_scripts import PLACE, bokeh_files
from made_maps import EVIL, LONG_GENRE, made_map

from musicemb.errors import MusicembError
from musicemb.records import MusicMap, Track, TrackTags
from musicemb.settings import MAP_GREY
from musicemb.web import page as web_page
from musicemb.web.page import GENERATOR, render_page


class Reader(HTMLParser):
    """The elements of a page, the scripts' texts and the policy."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[tuple[dict[str, str | None], str]] = []
        self._script: dict[str, str | None] | None = None
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag == "script":
            self._script = dict(attrs)

    def handle_data(self, data: str) -> None:
        if self._script is not None:
            self.scripts.append((self._script, data))

    def handle_endtag(self, tag: str) -> None:
        if tag == "script":
            self._script = None

    @property
    def policy(self) -> dict[str, list[str]]:
        found = [attrs["content"] for tag, attrs in self.elements if attrs.get("http-equiv")]
        rules = [rule.split() for rule in str(found[0]).split(";")]
        return {name: sources for name, *sources in rules}


def packed(html: str) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """What the page was made with."""
    text = {str(attrs["id"]): text for attrs, text in Reader(html).scripts if attrs.get("id")}
    head = json.loads(gzip.decompress(base64.b64decode(text["head"])))
    blob = gzip.decompress(base64.b64decode(text["blob"]))
    kinds = {1: "u1", 2: "<u2", 4: "<u4"}
    arrays = {
        name: np.frombuffer(blob, kinds[width], length, start)
        for name, (start, length, width) in head["arrays"].items()
    }
    return head, arrays


@pytest.fixture(scope="module")
def evil() -> MusicMap:
    return made_map(evil=True)


def test_no_word_of_a_tag_is_html(evil: MusicMap) -> None:
    plain, dangerous = (render_page(music).decode() for music in (made_map(), evil))
    assert [tag for tag, _ in Reader(plain).elements] == [tag for tag, _ in Reader(dangerous).elements]
    for text in (*EVIL, LONG_GENRE, "pwned"):
        assert text not in dangerous
    head, arrays = packed(dangerous)
    assert head["title"][: len(EVIL)] == list(EVIL)
    assert [head["words"]["artist"][arrays["artist"][row]] for row in range(len(EVIL))] == list(EVIL)
    assert head["colourings"]["cluster"][0][0] == EVIL[0]
    assert head["words"]["genre"][arrays["genre"][len(EVIL)]] == LONG_GENRE


def test_it_needs_nothing_but_itself() -> None:
    reader = Reader(render_page(made_map()).decode())
    for tag, attrs in reader.elements:
        assert not {"src", "srcset", "onclick", "onload", "onerror", "action"} & set(attrs), (tag, attrs)
        assert tag not in {"link", "iframe", "img", "object", "base", "form"}
    styles = re.findall(r"<style>(.*?)</style>", render_page(made_map()).decode(), re.DOTALL)
    assert len(styles) == 1
    assert not re.search(r"url\(|@import", styles[0])
    assert reader.policy["default-src"] == ["'none'"]
    assert reader.policy["connect-src"] == ["'none'"]
    assert reader.policy["media-src"] == ["file:"]


def test_only_the_scripts_of_the_page_may_run() -> None:
    reader = Reader(render_page(made_map()).decode())
    code = [text for attrs, text in reader.scripts if not attrs]
    hashes = [f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in code]
    assert len(code) == 3
    assert reader.policy["script-src"] == hashes


def test_numbers_come_through(evil: MusicMap) -> None:
    head, arrays = packed(render_page(evil).decode())
    count = len(evil.tracks)
    assert (head["count"], head["nearest"], head["colourBy"]) == (count, 8, "cluster")
    steps = np.column_stack([arrays["x"], arrays["y"]]).astype(float)
    spans = evil.positions - evil.positions.min(axis=0)
    assert np.allclose(steps / 65_535 * spans.max(), spans, atol=1e-3)
    assert np.array_equal(arrays["near"].reshape(count, 8), evil.neighbours)
    assert np.allclose(arrays["like"].reshape(count, 8) / 255, evil.similarities, atol=0.003)
    assert np.array_equal(arrays["by-cluster"], evil.colourings["cluster"].members)
    assert arrays["seconds"].tolist() == [200] * count
    assert head["colourings"]["cluster"][3] == ["alone", 15, MAP_GREY, 1]


def test_missing_neighbours_and_large_libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    music = made_map(3)
    near = packed(render_page(music).decode())[1]["near"].reshape(3, 8)
    assert (near == 0xFFFF).tolist() == (music.neighbours < 0).tolist()
    monkeypatch.setattr(web_page, "_address", lambda _: ("", ""))  # of each track, which takes half of the time
    many = 66_000  # more than 16 bits number
    large = MusicMap(
        (music.tracks[0],) * many,
        np.random.default_rng(0).random((many, 2)),
        np.full((many, 1), many - 1),
        np.ones((many, 1), dtype=np.float32),
        {name: replace(each, members=np.zeros(many, dtype=np.int64)) for name, each in music.colourings.items()},
        "kept",
        0,
    )
    assert set(packed(render_page(large).decode())[1]["near"].tolist()) == {many - 1}


@pytest.mark.skipif(os.name != "posix", reason="file names are bytes there")
def test_addresses_are_the_files_own() -> None:
    raw = b"/music/100% #1?/caf\xe9 \"'<x>.mp3"
    music = made_map(2, files=(Path(os.fsdecode(raw)), Path("/b.mp3")))
    head, arrays = packed(render_page(music).decode())
    addresses = [head["words"]["folder"][arrays["folder"][row]] + head["file"][row] for row in range(2)]
    assert addresses == ["file:///music/100%25%20%231%3F/caf%E9%20%22%27%3Cx%3E.mp3", "file:///b.mp3"]


def test_words_of_the_listener_come_before_guesses() -> None:
    head, arrays = packed(render_page(made_map()).decode())
    assert [head["words"]["genre"][arrays["genre"][row]] for row in range(2)] == ["~Jazz", "Rock"]
    nameless = Track(1, Path("/music/a song.mp3").absolute(), TrackTags(), -1.0, "")
    music = replace(made_map(1), tracks=(nameless,))
    head, arrays = packed(render_page(music).decode())
    assert head["title"] == ["a song"]
    assert arrays["seconds"].tolist() == [0]


def test_the_same_map_is_the_same_page_and_is_known_as_ours(evil: MusicMap) -> None:
    page = render_page(evil, colour_by="genre")
    assert page == render_page(evil, colour_by="genre")
    assert packed(page.decode())[0]["colourBy"] == "genre"
    assert GENERATOR in page[:4096]
    assert not page.startswith(b"\xef\xbb\xbf")


def test_the_library_is_that_of_bokeh_s_release() -> None:
    for name, content in bokeh_files().items():
        assert (PLACE / name).read_bytes() == content, f"run tests/golden/bokeh_scripts.py: {name} differs"


def test_a_library_that_is_not_whole_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(web_page.resources, "files", lambda name: tmp_path)
    with pytest.raises(MusicembError, match="needs BokehJS"):
        web_page._library_scripts()


@pytest.mark.parametrize("text", ["a</SCRIPT >b", "x <!-- y"])
def test_a_script_that_would_end_itself_is_refused(text: str) -> None:
    with pytest.raises(MusicembError, match="reinstall"):
        web_page._inline(text)


def test_a_served_page_plays_what_its_server_sends() -> None:
    music = made_map()
    own, served = render_page(music).decode(), render_page(music, served=True).decode()
    assert "media-src file:" in own and "media-src 'self'" in served
    assert "connect-src 'none'" in served


def test_what_is_heard_is_packed_a_byte_each() -> None:
    music = made_map(heard=True)
    assert music.words is not None
    head, arrays = packed(render_page(music).decode())
    assert head["rows"] == {"sounds": ["calm", "piano", "singing", "metal"], "shares": ["jazz"]}
    steps = arrays["sounds"].reshape(4, 60)[0].astype(float)
    ranks = 1 / (1 + np.exp(-(steps / 127.5 - 1) * head["language"]["span"]))
    assert np.allclose(ranks, music.words.sounds["calm"], atol=0.01)
    assert (np.diff(steps) > 0).all()  # no two of them are confused
    assert arrays["shares"].tolist() == [204, 0] * 30
    assert head["words"]["sound"][arrays["sound"][59]] == "calm · piano · no voice · low energy"
    assert head["words"]["sound"][arrays["sound"][0]] == ""
    assert "calm piano, no vocals" in render_page(music).decode()


def test_an_encoder_that_hears_genres_only_has_no_language() -> None:
    head, arrays = packed(render_page(made_map()).decode())
    assert (head["language"], head["rows"]) == (None, {})
    assert not {"sounds", "shares", "sound"} & set(arrays)
