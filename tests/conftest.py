"""Fixtures that all tests share."""

from __future__ import annotations

import atexit
import gc
import itertools
import multiprocessing.process
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

# The suite runs on all cores: threads of BLAS and OpenMP would fight for them, and spin while they wait.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

# Where PYTHONDONTWRITEBYTECODE is set, each worker would rewrite all tests anew, and each of the hundreds of processes
# that tests start compile all of musicemb: what is compiled is kept (in __pycache__, which Git ignores).
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# Tests make thousands of small databases, each of which waits for the disk several times to be safe: folders in memory
# do not, and take half the CPU. What a test that passed made is removed at once (tmp_path_retention_policy).
# Where programs may not be run from it (in many containers), environments that tests install would not run.
_memory = "/dev/shm"
if "TMPDIR" not in os.environ and os.access(_memory, os.W_OK):
    _status = os.statvfs(_memory)
    if _status.f_bavail * _status.f_frsize > 4 << 30 and not _status.f_flag & os.ST_NOEXEC:
        os.environ["TMPDIR"] = tempfile.tempdir = _memory

# To take apart what a worker of xdist holds, object by object, takes a second or more; the system does so at once.
# Registered before nearly everything else, so that it comes last: what others do at the end has been done.
if "PYTEST_XDIST_WORKER" in os.environ:
    _own_process = os.getpid()
    atexit.register(lambda: os._exit(0) if os.getpid() == _own_process else None)

# pytest calls this file's neighbours tests.…, by which name processes that tests start must find them. Last, so that an
# installed musicemb is the one that is tested.
sys.path.append(str(Path(__file__).parents[1]))

import hypothesis
import laws
import pytest
import sounds
from loaded_together import FIRST, TOGETHER
from quick_probes import QUICK

# No clock decides: on a busy machine the same example takes ten times as long.
hypothesis.settings.register_profile(
    "suite",
    max_examples=laws.trials(100),
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("suite")

# A shell starts background jobs ("pytest &") deaf to Ctrl-C, and what they start inherits that: commands that tests
# interrupt would not hear it.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_configure(config: pytest.Config) -> None:
    """Keep sounds that were encoded beside what pytest keeps from run to run."""
    if hasattr(config, "cache"):  # not with -p no:cacheprovider
        os.environ.setdefault("MUSICEMB_SOUNDS", str(config.cache.mkdir("sounds")))


COSTS = ("keras", "browser", "processes")
"""Markers of what costs seconds, the dearest first; `-m "not keras and not processes and not browser"` is fast."""

_paid: set[str] = set()
"""What the test that runs has cost so far."""


def _watch(place: Any, name: str, cost: Callable[[Any], str]) -> None:
    """Note a cost whenever a function is called."""
    real = getattr(place, name)

    def watched(self: Any, *arguments: Any, **named: Any) -> Any:
        _paid.add(cost(arguments[0] if arguments else named.get("args")))
        return real(self, *arguments, **named)

    setattr(place, name, watched)


def _cost_of(command: Any) -> str:
    words = command if isinstance(command, str) else " ".join(str(part) for part in command)
    return "processes" if sys.executable in words else "browser" if "chromedriver" in words else ""


_watch(multiprocessing.process.BaseProcess, "start", lambda _: "processes")
_watch(subprocess.Popen, "__init__", _cost_of)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, Any, Any]:
    """Begin to count what a test costs, the fixtures that it is the first to ask for included."""
    _paid.clear()
    item.stash[_HAD_KERAS] = "keras" in sys.modules
    return (yield)


_HAD_KERAS = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """Fail a test that costs what ``-m`` leaves out, without saying so: what is fast would not be fast for long."""
    result = yield
    unwanted = _unwanted(item.config)
    if not unwanted:
        return result
    loaded = {"keras"} if "keras" in sys.modules and not item.stash[_HAD_KERAS] else set()
    unsaid = sorted(cost for cost in (_paid | loaded) & unwanted if not item.get_closest_marker(cost))
    if unsaid:
        pytest.fail(f"this test needs the marker {' and '.join(f'pytest.mark.{cost}' for cost in unsaid)}", False)
    return result


def _unwanted(config: pytest.Config) -> set[str]:
    """Costs that ``-m`` leaves out: all three of "not keras and not processes and not browser"."""
    wish = config.option.markexpr
    return set() if " or " in wish else set(COSTS) & set(re.findall(r"\bnot (\w+)", wish))


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out files of which ``-m`` wants no test: to import them is to import Keras, in each worker."""
    unwanted = _unwanted(config)
    if not unwanted or not collection_path.name.startswith("test_"):
        return None
    lines = collection_path.read_text(encoding="utf-8").splitlines()
    marks = next((line for line in lines if line.startswith("pytestmark = ")), "")
    return True if any(f"pytest.mark.{cost}" in marks for cost in unwanted) else None


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Generator[None, Any, Any]:
    """Every second worker goes through the folders backwards.

    In a fresh checkout each test file must be compiled, its asserts rewritten, which takes half of all collecting.
    Two workers meet in the middle, and find what the other has written.
    """
    report = yield
    if _goes_backwards(collector.config) and isinstance(collector, pytest.Directory | pytest.Session):
        report.result = report.result[::-1]
    return report


def _goes_backwards(config: pytest.Config) -> bool:
    worker = getattr(config, "workerinput", {}).get("workerid", "gw0")
    return int(worker.removeprefix("gw")) % 2 == 1


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With several workers the dearest files come first: else one worker ends long after the others."""
    if not hasattr(config, "workerinput"):
        return
    rank = {item.path: len(COSTS) for item in items}
    for item in items:
        place = next((place for place, cost in enumerate(COSTS) if item.get_closest_marker(cost)), len(COSTS))
        rank[item.path] = min(rank[item.path], place)
    first = {config.rootpath / "tests" / path for path in FIRST}
    items.sort(key=lambda item: (rank[item.path], item.path not in first, item.path))


def pytest_sessionfinish() -> None:
    """pytest looks for garbage five times when all is done, for what complains as it goes.

    Once is enough, and but in a thorough run among what the last tests left: all of it takes a second.
    """
    gc.collect(2 if laws.THOROUGH else 1)
    gc.freeze()


def pytest_collection_finish() -> None:
    """What was imported and collected stays until the end: nobody needs to look for garbage in it, again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Keep the tests of a file, which share what its fixtures made, on one worker; and files that load the same."""
    from xdist.scheduler import LoadScopeScheduling

    loaded = {f"tests/{path}": library for library, paths in TOGETHER.items() for path in paths}

    class ByFile(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            path = nodeid.partition("::")[0]
            return loaded.get(path, path)

    config.option.loadscopereorder = False
    return ByFile(config, log)


@pytest.fixture(scope="session")
def new_folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path]:
    """Makes folders in no time: `mktemp` looks through all that it made before, which thousands of tests feel."""
    numbers, top = itertools.count(), tmp_path_factory.mktemp("catalogues")

    def make() -> Path:
        path = top / str(next(numbers))
        path.mkdir()
        return path

    return make


@pytest.fixture(scope="session", autouse=True)
def quick_catalogues() -> None:
    """New catalogues are copies of one, but in tests/io/catalogue."""
    from quick_catalogues import copy_new_catalogues

    copy_new_catalogues()


@pytest.fixture(autouse=True)
def own_library(new_folder: Callable[[], Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the catalogue of this test lies: no test ever touches the user's own."""
    path = new_folder() / "library.sqlite"
    monkeypatch.setenv("MUSICEMB_LIBRARY", str(path))
    monkeypatch.setenv("MUSICEMB_CONFIG", str(path.with_name("config.toml")))
    return path


@pytest.fixture
def eager() -> Iterator[None]:
    """Keras step by step, for trainings of so few steps that compiling them takes longer."""
    from eager_keras import eagerly

    with eagerly():
        yield


@pytest.fixture
def quick_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures are made and not drawn, which takes as long as a small training; test_charts.py draws all of them."""
    monkeypatch.setattr("musicemb.io.output.charts.png", lambda figure: b"\x89PNG\r\n\x1a\n")


@pytest.fixture(scope="module")
def quick_probes() -> Iterator[None]:
    """Probes with nothing to choose from; tests/core/evaluation/test_probes.py has them choose."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in QUICK.items():
            patch.setattr(f"musicemb.core.evaluation.probes.{name}", value)
        yield


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A browser, for the tests of all pages."""
    from chromium import running

    with running(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder with real audio (`library/`, `audio/`): MUSICEMB_SHARED, else `shared` beside the checkout."""
    path = Path(os.environ.get("MUSICEMB_SHARED") or Path(__file__).parents[1] / "../shared").resolve()
    if not (path / "library").is_dir():
        pytest.skip(f"no real audio at {path}; MUSICEMB_SHARED names its folder")
    return path


@pytest.fixture
def tmp_library(tmp_path: Path) -> Callable[..., Path]:
    """Makes a small music folder.

    `tmp_library()` gives four tagged tracks by two artists; `tmp_library(n, suffix=".flac",
    seconds=3.0)` gives n. Files lie in `<artist>/<album>/<title><suffix>`.
    """

    def make(n: int = 4, *, suffix: str = ".mp3", seconds: float = 5.0, name: str = "music") -> Path:
        root = tmp_path / name
        for number in range(n):
            artist, album, title = f"Artist {number // 2}", f"Album {number // 2}", f"Track {number}"
            tags = {"artist": artist, "album": album, "title": title, "genre": ("Rock", "Jazz")[number // 2 % 2]}
            sounds.write_music(root / artist / album / f"{title}{suffix}", seconds, seed=number, **tags)
        return root

    return make
