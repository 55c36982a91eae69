"""The server's pages in a real browser: search as you type, play, similar tracks, groups, and the map that plays."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sounds
from chromium import set_up
from served import Served, fill_served, put_served, serving

from musicemb.io.catalogue.catalogue import open_catalogue
from musicemb.records import TrackTags

pytestmark = pytest.mark.browser

EVIL = '<img src=x onerror="document.title=1">'


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("browsed")
    path = folder / "library.sqlite"
    fill_served(path, folder / "m", 30)
    with open_catalogue(path) as catalogue:
        put_served(catalogue, folder / "m", 30, tags=TrackTags(EVIL, EVIL, EVIL))
        for row in (8, 14):
            sounds.write_music(catalogue.track(row).path, 3.0, seed=row)
    with serving(path) as found:
        yield found


@pytest.fixture
def driver(chromium: Any) -> Any:
    set_up(chromium)
    return chromium


class Page:
    """A page in the browser."""

    def __init__(self, driver: Any, address: str) -> None:
        self.driver = driver
        driver.get(address)
        self.wait(lambda: self.run("return document.documentElement.dataset.ready === 'true'"), "the page opens")

    def run(self, script: str, *arguments: object) -> Any:
        return self.driver.execute_script(script, *arguments)

    def wait(self, holds: Callable[[], Any], what: str) -> None:
        end = time.monotonic() + 60
        while not holds():
            assert time.monotonic() < end, f"waited in vain: {what}; {self.driver.get_log('browser')}"
            time.sleep(0.05)

    def texts(self, selector: str) -> list[str]:
        found: list[str] = self.run(
            "const found = [...document.querySelectorAll(arguments[0])];"
            "return found.filter((each) => each.checkVisibility()).map((each) => each.textContent)",
            selector,
        )
        return found

    def click(self, selector: str) -> None:
        self.run("document.querySelector(arguments[0]).click()", selector)

    def plays(self, selector: str) -> bool:
        return bool(self.run("const a = document.querySelector(arguments[0]); return a.currentTime > 0", selector))


def test_search_play_and_similar(driver: Any, served: Served) -> None:
    page = Page(driver, served.address)
    assert page.texts("#state") == ["31 tracks, 6 groups"]
    page.wait(lambda: len(page.texts("#groups a")) == 6, "groups")
    driver.find_element("id", "search").send_keys("song 7")
    page.wait(lambda: page.texts("#by-name .name")[:1] == ["Song 7"], "a track is found as one types")
    page.click("#by-name button.play")
    page.wait(lambda: page.plays("#player audio"), "it plays")
    assert page.texts("#playing") == ["Artist 1 – Song 7"]
    page.click("#by-name button.like")
    page.wait(lambda: page.texts("#alike .name"), "similar tracks")
    assert all(text.startswith("Artist 1 · ") for text in page.texts("#alike .of")[:4])


def test_words_find_by_sound(driver: Any, served: Served) -> None:
    page = Page(driver, served.address)
    driver.find_element("id", "search").send_keys("rock")
    page.wait(lambda: len(page.texts("#by-sound .name")) == 10, "tracks of a genre")
    driver.find_element("id", "search").send_keys(" xyzzy")
    page.wait(lambda: not page.texts("#by-name .name"), "nothing of that name")


def test_no_tag_is_markup(driver: Any, served: Served) -> None:
    page = Page(driver, served.address)
    driver.find_element("id", "search").send_keys("onerror")
    page.wait(lambda: page.texts("#by-name .name") == [EVIL], "it is shown as text")
    assert page.run("return document.title") == "musicemb"
    assert page.run("return document.querySelectorAll('img').length") == 0


def test_a_group(driver: Any, served: Served) -> None:
    page = Page(driver, f"{served.address}/groups/1")
    assert page.texts("#name") == ["Group 1"]
    assert "Song 7" in page.texts("#members .name")
    assert len(page.texts("#members .name")) == 5
    missing = Page(driver, f"{served.address}/groups/77")
    assert missing.texts("#trouble") == ["there is no group 77"]


def test_the_page_follows_the_library(driver: Any, served: Served, tmp_path: Path) -> None:
    page = Page(driver, served.address)
    with open_catalogue(served.live.library.path) as catalogue:
        put_served(catalogue, tmp_path, 36)
    page.wait(lambda: served.ask("/v1/library").json["tracks"] == 32, "the server notices")
    page.run("return look()")
    page.wait(lambda: page.texts("#state") == ["32 tracks, 6 groups"], "the page notices")


def test_the_map_plays_what_the_server_sends(driver: Any, served: Served) -> None:
    page = Page(driver, f"{served.address}/map")
    driver.find_element("id", "search").send_keys("song 13")
    page.wait(lambda: page.texts("#hits .name"), "found")
    driver.find_element("id", "search").send_keys("\ue007")
    page.wait(lambda: page.texts("#card h2") == ["Song 13"], "the card opens")
    page.run("document.querySelector('#card audio').play()")
    page.wait(lambda: page.plays("#card audio"), "it plays")
    assert page.run("return document.querySelector('#card audio').currentSrc").endswith("/v1/tracks/14/audio")
    assert not page.texts("#trouble")
    severe = [entry["message"] for entry in driver.get_log("browser") if entry["level"] == "SEVERE"]
    assert [text for text in severe if "favicon" not in text and "404" not in text] == []
