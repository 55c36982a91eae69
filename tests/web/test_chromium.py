"""The map's page in a real browser, without network: it loads, finds, shows, plays, filters, and believes no tag."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sounds
from chromium import set_up
from made_maps import EVIL, LONG_GENRE, made_map

from musicemb.core.sound_tags.query import parse_query
from musicemb.io.output.m3u import encode_playlist, m3u8_text
from musicemb.records import MusicMap
from musicemb.web.page import render_page

pytestmark = pytest.mark.browser

PLACE = """
const plot = Bokeh.documents[0].roots()[0], data = plot.renderers[0].data_source.data, track = arguments[0];
const box = document.getElementById("chart").getBoundingClientRect();
const across = (data.x[track] - plot.x_range.start) / (plot.x_range.end - plot.x_range.start);
const up = (data.y[track] - plot.y_range.start) / (plot.y_range.end - plot.y_range.start);
return [box.left + across * box.width, box.top + (1 - up) * box.height];
"""
"""Where a track is on the screen."""


class Page:
    """The page in a browser, by what a person does with it."""

    def __init__(self, driver: Any, folder: Path) -> None:
        self.driver = driver
        self.folder = folder

    def open(
        self, music: MusicMap, *, width: int = 1200, height: int = 800, dark: bool = False, **options: str
    ) -> Page:
        path = self.folder / "map.html"
        path.write_bytes(render_page(music, **options))
        set_up(self.driver, width=width, height=height, dark=dark)
        self.driver.get(path.as_uri())
        self.wait(lambda: self.run("return document.documentElement.dataset.ready === 'true'"), "the page opens")
        return self

    def run(self, script: str, *arguments: object) -> Any:
        return self.driver.execute_script(script, *arguments)

    def wait(self, holds: Callable[[], Any], what: str) -> None:
        end = time.monotonic() + 60
        while not holds():
            assert time.monotonic() < end, f"waited in vain: {what}; {self.driver.get_log('browser')}"
            time.sleep(0.03)

    def text(self, selector: str) -> str:
        return str(self.run("return document.querySelector(arguments[0]).textContent.toWellFormed()", selector))

    def shown(self, selector: str) -> bool:
        return bool(self.run("return document.querySelector(arguments[0]).checkVisibility()", selector))

    def all_texts(self, selector: str) -> list[str]:
        return self.run("return [...document.querySelectorAll(arguments[0])].map(item => item.textContent)", selector)

    def mouse(self, track: int, *, click: bool = False, held: float = 0.0) -> None:
        from selenium.webdriver.common.actions.action_builder import ActionBuilder

        x, y = self.run(PLACE, track)
        actions = ActionBuilder(self.driver, duration=20)
        actions.pointer_action.move_to_location(round(x) - 3, round(y)).move_to_location(round(x), round(y))
        if click:
            actions.pointer_action.pointer_down().pause(held).pointer_up()
        actions.perform()

    def type(self, keys: str) -> None:
        self.driver.switch_to.active_element.send_keys(keys)

    def find(self, words: str) -> None:
        self.run("document.activeElement.blur()")
        self.type("/")
        self.type(words)
        self.run("document.getElementById('found').textContent = ''")  # what is said from now on is about all letters
        self.run("document.getElementById('search').dispatchEvent(new Event('input'))")
        self.wait(lambda: self.text("#found") != "" or not words, "something is found")

    def choose(self, words: str) -> None:
        self.find(words)
        self.type("\ue007")
        self.wait(lambda: self.shown("#card"), "the card opens")

    def saved(self, click: str) -> bytes:
        """The playlist that a click on an element saves."""
        before = set(self.folder.glob("*.m3u8"))
        folder = {"behavior": "allow", "downloadPath": str(self.folder)}
        self.driver.execute_cdp_cmd("Browser.setDownloadBehavior", folder)
        self.run("document.querySelector(arguments[0]).click()", click)
        self.wait(lambda: set(self.folder.glob("*.m3u8")) - before, "a playlist is saved")
        (file,) = set(self.folder.glob("*.m3u8")) - before
        return file.read_bytes()

    def draw(self, *corners: tuple[float, float]) -> None:
        """Draw a line through corners, each as far across and down the map."""
        from selenium.webdriver.common.actions.action_builder import ActionBuilder

        left, top, width, height = self.run(
            "const b = document.getElementById('map').getBoundingClientRect();return [b.left, b.top, b.width, b.height]"
        )
        places = [(round(left + x * width), round(top + y * height)) for x, y in corners]
        actions = ActionBuilder(self.driver, duration=20)
        actions.pointer_action.move_to_location(*places[0]).pointer_down()
        for place in places[1:]:
            actions.pointer_action.move_to_location(*place)
        actions.pointer_action.pointer_up()
        actions.perform()

    def points(self) -> int:
        """How many points are drawn."""
        return int(
            self.run(
                "const r = Bokeh.documents[0].roots()[0].renderers[0], f = r.view.filter;"
                "return f.type === 'AllIndices' ? r.data_source.data.x.length : f.indices.length"
            )
        )


@pytest.fixture
def page(chromium: Any, tmp_path: Path) -> Iterator[Page]:
    yield Page(chromium, tmp_path)
    complaints = [entry["message"] for entry in chromium.get_log("browser") if entry["level"] == "SEVERE"]
    assert [text for text in complaints if "ERR_FILE_NOT_FOUND" not in text] == []


def test_it_opens_and_asks_nobody(page: Page) -> None:
    page.open(made_map())
    assert page.text("#counts") == "60 tracks"
    assert page.all_texts("#groups .name") == ["Calm", "Loud", "Odd", "alone"]
    assert page.points() == 60
    assert not page.shown("#wait")
    asked = [json.loads(entry["message"])["message"] for entry in page.driver.get_log("performance")]
    sent = [event["params"] for event in asked if event["method"] == "Network.requestWillBeSent"]
    urls = [each["request"]["url"][:60] for each in sent if each["documentURL"].startswith("file:")]
    assert urls
    assert [url for url in urls if not url.startswith(("file:", "data:", "blob:"))] == []


def test_pointing_shows_who_and_what(page: Page) -> None:
    page.open(made_map())
    page.mouse(27)
    page.wait(lambda: page.shown("#tip"), "the tip")
    assert (page.text("#tip b"), page.text("#tip span")) == ("Song 27", "Artist 6")
    page.mouse(30)
    page.wait(lambda: page.text("#tip b") == "Song 30", "the next tip")


def test_a_click_shows_the_track_and_its_nearest(page: Page) -> None:
    page.open(made_map())
    page.mouse(20, click=True)
    page.wait(lambda: page.shown("#card"), "the card")
    assert (page.text("#card h2"), page.text("#by")) == ("Song 20", "Artist 6")
    assert page.all_texts("#near .name") == [f"Song {number}" for number in range(21, 29)]
    assert "Jazz (a guess)" in page.text("#card dl")
    assert "3:20" in page.text("#card dl")
    page.run("document.querySelectorAll('#near button')[2].click()")
    assert page.text("#card h2") == "Song 23"
    page.mouse(30, click=True, held=0.5)  # not everyone is quick
    page.wait(lambda: page.text("#card h2") == "Song 30", "a slow click chooses too")
    page.mouse(31, click=True)
    page.mouse(32, click=True)  # and some are
    page.wait(lambda: page.text("#card h2") == "Song 32", "each of two clicks in a row chooses")
    page.run("document.body.focus()")
    page.type("\ue00c")
    page.wait(lambda: not page.shown("#card"), "Escape closes the card")


def test_search_finds_by_any_word_and_enter_chooses(page: Page) -> None:
    page.open(made_map())
    veil = "return [...Bokeh.index][0].model.renderers.find((each) => each.glyph.type === 'Quad').visible"
    page.find("song 33")
    assert page.all_texts("#hits .name") == ["Song 33"]
    assert page.run(veil) is True
    page.type("\ue007")
    page.wait(lambda: page.shown("#card"), "the card")
    assert page.text("#card h2") == "Song 33"
    assert not page.shown("#hits")
    page.find("ÁRTIST söng 45")
    assert page.all_texts("#hits .of") == ["Artist 3 · Album 0"]
    page.find("nothing like this")
    assert "Nothing found" in page.text("#found")
    assert page.run(veil) is False
    page.type("\ue00c")
    assert page.text("#found") == ""


def test_what_changes_above_the_points_does_not_draw_them_again(page: Page) -> None:
    page.open(made_map())
    drawn = "return window.drawn"
    page.run(
        "const view = [...Bokeh.index][0], old = view._paint_primary; window.drawn = 0;"
        "view._paint_primary = function (...given) { window.drawn += 1; return old.apply(this, given); };"
    )
    page.choose("song 20")
    page.type("\ue00c")
    page.wait(lambda: not page.shown("#card"), "Escape closes the card")
    time.sleep(0.2)
    assert page.run(drawn) == 0
    page.type("+")
    page.wait(lambda: page.run(drawn), "nearer, all of them are drawn")


def test_the_legend_filters(page: Page) -> None:
    page.open(made_map())
    click = "document.querySelectorAll('#groups .group')[arguments[0]].click()"
    page.run(click, 0)
    assert page.points() == 45
    page.mouse(28)  # of the hidden group: nothing is there
    page.mouse(20)
    assert not page.shown("#tip")
    page.run("document.getElementById('everything').click()")
    assert page.points() == 60
    page.run(
        "document.querySelectorAll('#groups .group')[1]"
        ".dispatchEvent(new MouseEvent('click', {detail: 2, bubbles: true}))"
    )
    assert page.points() == 15
    page.choose("song 40")  # of a hidden group: it comes back
    assert page.points() == 30
    page.run("document.querySelector('#modes [data-mode=genre]').click()")
    assert page.all_texts("#groups .name") == ["Rock", "none"]
    assert page.points() == 60


def test_keys_alone_do(page: Page) -> None:
    page.open(made_map())
    edges = "const r = Bokeh.documents[0].roots()[0].x_range; return [r.start, r.end]"
    page.run("document.getElementById('map').focus()")
    start, end = page.run(edges)
    page.type("+")
    closer = page.run(edges)
    assert closer[1] - closer[0] < end - start
    page.type("\ue014")  # right
    assert page.run(edges)[0] > closer[0]
    page.type("0")
    assert page.run(edges) == pytest.approx([start, end])
    page.type("\ue007")
    page.wait(lambda: page.shown("#card"), "Enter chooses what is in the middle")
    order = []
    for _ in range(12):
        page.type("\ue004")
        order.append(page.run("return document.activeElement.id || document.activeElement.tagName"))
    assert "search" in order
    assert "close" in order


def test_fingers_on_a_phone(page: Page) -> None:
    page.open(made_map(), width=390, height=844)
    x, y = page.run(PLACE, 20)
    for kind, points in (("touchStart", [{"x": x + 8, "y": y + 5}]), ("touchEnd", [])):  # fingers are not exact
        page.driver.execute_cdp_cmd("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    page.wait(lambda: page.shown("#card"), "the card")
    assert page.text("#card h2") == "Song 20"
    assert page.run("return document.documentElement.scrollWidth <= 390")
    smallest = "return Math.min(...[...document.querySelectorAll('#near button')].map(b => b.offsetHeight))"
    assert page.run(smallest) >= 40


def test_dark_and_light(page: Page) -> None:
    ground = "return getComputedStyle(document.body).backgroundColor"
    page.open(made_map(), dark=True)
    assert page.run(ground) == "rgb(20, 21, 24)"
    page.run("document.getElementById('theme').click()")
    assert page.run(ground) == "rgb(251, 250, 248)"
    page.open(made_map(), dark=False)
    assert page.run(ground) == "rgb(251, 250, 248)"


def test_a_chosen_file_plays_and_a_missing_one_is_said(page: Page, tmp_path: Path) -> None:
    song = tmp_path / "100% #1?" / "sóng 'x\".wav"
    sounds.write_music(song, 3.0, seed=1)
    page.open(made_map(files=(song,)))
    page.choose("song 0")
    assert str(song) in page.text("#card dl")
    page.run("document.activeElement.blur()")
    page.type(" ")
    page.wait(lambda: page.run("return document.querySelector('audio').currentTime > 0.1"), "it plays")
    assert page.run("return document.querySelector('audio').duration") == pytest.approx(3.0, abs=0.1)
    page.choose("song 44")  # the sound goes on with what is chosen next, which is not there
    page.wait(lambda: page.shown("#trouble"), "the trouble is said")
    assert "has moved" in page.text("#trouble")


def test_evil_tags_are_text(page: Page) -> None:
    page.open(made_map(evil=True))
    names = page.all_texts("#groups .name")
    assert (names[0], names[2]) == (EVIL[0], LONG_GENRE)
    for number, title in enumerate(EVIL):
        page.mouse(number, click=True)
        seen = title.replace("\udcff", "\ufffd")  # half a character: the driver speaks UTF-8 only
        page.wait(lambda: page.shown("#card"), "the card")
        assert page.text("#card h2") == seen
        page.type("\ue00c")
    page.choose("onerror")
    assert page.text("#card h2") == EVIL[1]
    page.choose("שלום")
    assert page.text("#card h2") == EVIL[4]
    page.choose("krautrock")
    box = "const b = document.querySelector(arguments[0]).getBoundingClientRect(); return [b.width, b.height]"
    assert page.run(box, "#card")[1] < 1200
    assert page.run(box, "#groups")[1] < 400
    assert page.run("return [window.pwned, document.querySelectorAll('img').length]") == [None, 0]
    assert page.run("return document.querySelectorAll('script:not([type])').length") == 3


@pytest.mark.parametrize("count", [1, 2])
def test_tiny_libraries_are_on_the_map(page: Page, count: int) -> None:
    page.open(made_map(count))
    page.mouse(0, click=True)
    page.wait(lambda: page.shown("#card"), "the card")
    assert page.text("#counts") == ("1 track" if count == 1 else "2 tracks")
    assert page.all_texts("#near .name") == ([] if count == 1 else ["Song 1"] * len(page.all_texts("#near .name")))
    assert page.shown("#near") or count == 1


def test_colours_begin_as_asked(page: Page) -> None:
    page.open(made_map(), colour_by="genre")
    assert page.all_texts("#groups .name") == ["Rock", "none"]


QUERIES = (
    "mellow piano, no vocals",
    "no singing or piano and calm",
    "something calm without a piano",
    "instrumental",
    "Jazz, not-calm -piano",
    "pianos & vocals",
)


def test_search_reads_words_as_find_does(page: Page) -> None:
    music = made_map(heard=True)
    assert music.words is not None
    page.open(music)
    for words in QUERIES:
        page.find(words)
        terms, unknown = parse_query(words, lambda phrase: {"jazz": "jazz"}.get(phrase, ""))
        said = [term.said.replace("jazz", "Jazz") for term in terms]
        assert not unknown, words
        assert page.text("#found") == f"Sounds like {', '.join(said)}", words
        assert page.points() == 60, words


def test_a_genre_that_no_track_has_is_heard(page: Page) -> None:
    page.open(made_map(heard=True))
    page.find("death metal")
    assert page.text("#found") == "Sounds like metal"
    assert page.all_texts("#hits .name")[:3] == ["Song 0", "Song 1", "Song 2"]


def test_search_ranks_by_sound_and_says_what_it_does_not_know(page: Page) -> None:
    page.open(made_map(heard=True))
    page.find("calm xyzzy banjo")
    assert page.text("#found") == "Sounds like calm; not known: xyzzy; nothing here can tell: banjo"
    assert page.all_texts("#hits .name") == [f"Song {number}" for number in range(59, 39, -1)]
    page.run("document.querySelectorAll('#hits .hit')[2].click()")
    page.wait(lambda: page.text("#card h2") == "Song 57", "a result that is clicked is chosen")
    assert page.shown("#hits")  # the others are a click away
    assert "calm · piano · no voice · low energy" in page.text("#card dl")
    page.find("polka")
    assert page.text("#found") == "This library has no data on polka"
    page.find("jazz")  # in the tags and by sound, which orders what is guessed
    assert page.text("#hits .heading") == "In names and tags"
    assert page.all_texts("#hits .name")[:30] == [f"Song {number}" for number in range(58, -2, -2)]
    page.find("song 59")  # a name
    assert page.text("#found") == "1 track"


def test_playlists_are_those_of_the_command(page: Page, tmp_path: Path) -> None:
    names = [
        "plain.mp3",
        "100% #1?.mp3",
        "sóng 'x\".mp3",
        "two\nlines.mp3",
        "space at the end ",
        "\udcff.mp3",
        "#a.mp3",
    ]
    music = made_map(evil=True, files=tuple(Path("/music/a b") / name for name in names))
    page.open(music)
    saved = page.saved("#groups .save")
    members = [
        track for track, group in zip(music.tracks, music.colourings["cluster"].members, strict=True) if group == 0
    ]
    assert sorted(saved.split(b"#EXTINF")) == sorted(encode_playlist(m3u8_text(members)).split(b"#EXTINF"))
    page.find("song 20")
    assert page.saved("#save") == encode_playlist(m3u8_text([music.tracks[20]]))


def test_a_line_around_tracks_lists_them_and_saves_them(page: Page) -> None:
    music = made_map()
    page.open(music)
    edges = "const r = Bokeh.documents[0].roots()[0].x_range; return [r.start, r.end]"
    before = page.run(edges)
    page.type("l")
    assert page.run("return document.getElementById('pencil').getAttribute('aria-pressed')") == "true"
    page.draw((0.01, 0.01), (0.99, 0.01), (0.99, 0.99), (0.01, 0.99))
    page.wait(lambda: page.text("#found") == "60 tracks in your line", "all are inside")
    assert len(page.all_texts("#hits .name")) == 40
    saved = page.saved("#save").decode()
    assert saved.count("#EXTINF") == 60
    page.run("document.getElementById('pencil').click()")
    assert page.run(edges) == before  # to draw does not move the map
    page.draw((0.005, 0.005), (0.02, 0.005), (0.02, 0.02))
    page.wait(lambda: "no track" in page.text("#found"), "none is inside")
    assert not page.shown("#save")
    page.type("l")
    page.type("\ue00c")
    assert not page.shown("#sheet")


def test_moods_have_a_colour_and_the_names_of_groups_stay(page: Page) -> None:
    page.open(made_map(heard=True), colour_by="mood")
    assert page.all_texts("#groups .name") == ["no clear mood", "calm"]
    assert page.all_texts("#modes button") == ["Group", "Genre", "Mood"]
    labels = "return Bokeh.documents[0].roots()[0].renderers.map(r => r.data_source.data.text).find(t => t && t.length)"
    assert set(page.run(labels)) <= {"Calm", "Loud", "Odd"}
