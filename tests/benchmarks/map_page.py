"""What the map's page costs a browser: `python tests/benchmarks/map_page.py PAGE... [--runs 5] [--shots FOLDER]`.

PAGE is one that `musicemb map` or `tests/benchmarks/map_layout.py` wrote. Needs Chromium and chromedriver; there is no
network and no GPU, so that drawing costs more than on a desk. For each page, medians over the runs of: milliseconds
from the address to the first paint, seconds to a map that can be used; milliseconds from a mouse's move to the track's
name; between two frames while the map is dragged (median and 95th percentile of all), and until all points are drawn
again afterwards; to look for a word;
to choose a track; to hide a group; the megabytes of JavaScript's heap and buffers after all that. `--shots` takes
pictures of each page instead, to be looked at: light, dark, on a phone, with a search, with a chosen track, by genre.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

FIGURES = {
    "paint": "first painted, ms",
    "load": "opened, s",
    "hover": "name under the mouse, ms",
    "frame": "between frames while dragged, ms",
    "slow": "95th percentile of them, ms",
    "settle": "all points drawn again, ms",
    "find": "a word looked for, ms",
    "choose": "a track chosen, ms",
    "hide": "a group hidden, ms",
    "heap": "JavaScript heap and buffers, MB",
}

# A frame is over once the next one begins and what it has put off is done.
SETTLED = "const settled = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)));"

WATCH_HOVER = """
const tip = document.getElementById("tip");
let moved = 0;
window.hovers = [];
document.addEventListener("pointermove", () => { moved = performance.now(); }, true);
new MutationObserver(() => {
  if (moved && !tip.hidden) { window.hovers.push(performance.now() - moved); moved = 0; }
}).observe(tip, {attributes: true, childList: true, subtree: true});
"""

WHERE = """
const plot = Bokeh.documents[0].roots()[0], data = plot.renderers[0].data_source.data, places = [];
const box = document.getElementById("chart").getBoundingClientRect();
for (let track = 0; track < data.x.length; track += Math.ceil(data.x.length / 25)) {
  const across = (data.x[track] - plot.x_range.start) / (plot.x_range.end - plot.x_range.start);
  const up = (data.y[track] - plot.y_range.start) / (plot.y_range.end - plot.y_range.start);
  places.push([Math.round(box.left + across * box.width), Math.round(box.top + (1 - up) * box.height)]);
}
return places;
"""
"""Some tracks on the screen."""

FRAMES = """
window.frames_seen = []; window.stop_frames = false;
let last = performance.now();
(function next() { if (window.stop_frames) return;
  const now = performance.now(); window.frames_seen.push(now - last); last = now; requestAnimationFrame(next); })();
"""

FIND = """
const input = document.getElementById("search"), done = arguments[0];
input.focus(); await settled();
input.value = "river"; const begun = performance.now();
input.dispatchEvent(new Event("input"));
while (!document.getElementById("found").textContent) await settled();
await settled(); done(performance.now() - begun);
"""

SEARCH = """
const input = document.getElementById("search");
input.focus(); input.value = "river"; input.dispatchEvent(new Event("input")); arguments[0](0);
"""

CHOOSE = """
const done = arguments[0], begun = performance.now();
document.querySelector("#hits li")?.click(); await settled(); done(performance.now() - begun);
"""

HIDE = """
const done = arguments[0], input = document.getElementById("search");
input.value = ""; input.dispatchEvent(new Event("input")); await new Promise((next) => setTimeout(next, 1500));
const begun = performance.now();
document.querySelector("#groups button").click(); await settled(); done(performance.now() - begun);
"""


def open_browser(folder: str, *, width: int = 1280, height: int = 860, dark: bool = False) -> Any:
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
    options.binary_location = next(filter(None, map(shutil.which, names)))
    for word in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"):
        options.add_argument(word)
    options.add_argument("--disable-background-networking")
    options.add_argument("--host-resolver-rules=MAP * ~NOTFOUND")
    options.add_argument(f"--user-data-dir={folder}")
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(shutil.which("chromedriver")))
    driver.set_script_timeout(180)
    screen = {"width": width, "height": height, "deviceScaleFactor": 2 if width < 600 else 1, "mobile": width < 600}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
    driver.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": width < 600})
    light = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [light]})
    return driver


def open_page(driver: Any, page: Path) -> float:
    """Seconds until it can be used."""
    begun = time.perf_counter()
    driver.get(page.absolute().as_uri())
    while driver.execute_script("return document.documentElement.dataset.ready") != "true":
        time.sleep(0.01)
    return time.perf_counter() - begun


def asked(driver: Any, script: str) -> float:
    """What a script hands to the function `arguments[0]`."""
    body = SETTLED + script.replace("arguments[0]", "hand")
    return float(driver.execute_async_script(f"const hand = arguments[0]; (async () => {{ {body} }})();"))


def measure_hover(driver: Any) -> float:
    from selenium.webdriver.common.actions.action_builder import ActionBuilder

    driver.execute_script(WATCH_HOVER)
    for x, y in driver.execute_script(WHERE):
        actions = ActionBuilder(driver, duration=0)
        actions.pointer_action.move_to_location(x, y)
        actions.perform()
        time.sleep(0.1)
    return statistics.median(driver.execute_script("return window.hovers"))


def measure(driver: Any, page: Path) -> dict[str, float]:
    from selenium.webdriver.common.action_chains import ActionChains

    found = {"load": open_page(driver, page)}
    found["paint"] = driver.execute_script("return performance.getEntriesByType('paint')[0].startTime")
    asked(driver, "await settled(); arguments[0](0)")
    found["hover"] = measure_hover(driver)
    driver.execute_script(FRAMES)
    drag = ActionChains(driver, duration=16).move_to_element_with_offset(driver.find_element("id", "map"), 0, -40)
    drag = drag.click_and_hold()
    for step in range(60):
        drag = drag.move_by_offset(4 if step < 30 else -4, 1)
    drag.release().perform()
    driver.execute_script("window.stop_frames = true")
    frames = sorted(driver.execute_script("return window.frames_seen")[1:])
    found["frame"], found["slow"] = statistics.median(frames), frames[int(len(frames) * 0.95)]
    driver.execute_script("window.frames_seen = []; window.stop_frames = false;" + FRAMES)
    time.sleep(2.5)  # a little after the drag all points are drawn, in one long frame
    driver.execute_script("window.stop_frames = true")
    found["settle"] = max(driver.execute_script("return window.frames_seen")[1:])
    for name, script in (("find", FIND), ("choose", CHOOSE), ("hide", HIDE)):
        found[name] = asked(driver, script)
    driver.execute_cdp_cmd("HeapProfiler.collectGarbage", {})
    used = driver.execute_cdp_cmd("Runtime.getHeapUsage", {})
    found["heap"] = (used["usedSize"] + used.get("backingStorageSize", 0)) / 1e6
    return found


def take_pictures(page: Path, folder: Path) -> None:
    for name, width, height, dark in (
        ("light", 1280, 860, False),
        ("dark", 1280, 860, True),
        ("phone", 390, 844, False),
        ("phone-dark", 390, 844, True),
    ):
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
            driver = open_browser(profile, width=width, height=height, dark=dark)
            try:
                open_page(driver, page)
                for step, script in (
                    ("", "hand(0)"),
                    ("-search", SEARCH),
                    ("-chosen", CHOOSE),
                    ("-genre", "document.querySelector('#modes [data-mode=genre]')?.click(); hand(0)"),
                ):
                    asked(driver, script)
                    time.sleep(0.6)
                    driver.save_screenshot(str(folder / f"{page.stem}-{name}{step}.png"))
            finally:
                driver.quit()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("pages", nargs="+", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--shots", type=Path, metavar="FOLDER")
    wanted = parser.parse_args()
    for page in wanted.pages:
        if wanted.shots:
            take_pictures(page, wanted.shots)
            continue
        runs = []
        for _ in range(wanted.runs):
            with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
                driver = open_browser(folder)
                try:
                    runs.append(measure(driver, page))
                finally:
                    driver.quit()
        busy = f"; load of the machine {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores" if os.name == "posix" else ""
        print(f"{page.name}, {page.stat().st_size / 1e6:.2f} MB, medians of {len(runs)}{busy}")
        for name, text in FIGURES.items():
            print(f"  {statistics.median(run[name] for run in runs):8.1f}  {text}")
