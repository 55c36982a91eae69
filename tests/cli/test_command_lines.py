"""Every command line in README and the documents is understood, and runs."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import sounds
from fake_encoder import FakeEncoder, made_tag_heads
from paths import PACKAGE, ROOT
from quick_catalogues import filled_copy
from typed_commands import Type, embedded

from musicemb.cli.app import cli
from musicemb.io.catalogue.catalogue import Catalogue
from musicemb.records import NOISE, Cluster, FoundFile, Guess

pytestmark = pytest.mark.processes

PAGES = [ROOT / "README.md", *sorted((PACKAGE / "docs").glob("*.md"))]
NOT_RUN = {
    "retrain": "trains for minutes, or downloads a dataset; tests/cli/commands/test_retrain.py runs it on a miniature",
    "evaluate --data": "reads a labelled collection; tests/workflows/evaluation runs it on a made one",
    "evaluate --dataset": "reads or downloads a dataset; tests/workflows/evaluation runs it on a miniature",
    "evaluate": "needs a library of tagged music that can be judged; tests/cli/commands/test_evaluate.py makes one",
    "watch '~/Music'": "ends with Ctrl-C; tests/workflows/library/test_watch.py ends it",
    "watch --json": "likewise; tests/cli/commands/test_watch.py reads its lines",
    "mpd": "needs an MPD; tests/cli/commands/test_mpd.py has one",
    "playlist --all-groups -o '~/.mpd/playlists'": "needs an MPD; tests/cli/commands/test_mpd.py has one",
    "playlist --cluster 3 --minutes 60 --curve": "needs tempos; tests/cli/commands/test_playlist.py has some",
    "map --open": "opens a browser",
    "tag": "asks somebody at a terminal; tests/cli/commands/test_tag.py answers",
    "undo": "asks somebody at a terminal; tests/cli/commands/test_undo.py answers",
    "check": "finds that the files are not there; tests/cli/commands/test_check.py has some",
    "import --clear": "asks somebody at a terminal; tests/cli/commands/test_import_genres.py says yes",
    "backup --restore": "asks somebody at a terminal; tests/cli/commands/test_backup.py answers",
    "serve": "listens until it is told to end; tests/server/test_running.py runs it",
    "forget": "asks somebody at a terminal, or needs a folder that is gone; tests/cli/commands/test_forget.py has one",
    "scan '~/Music' --exclude": "with --write it asks somebody at a terminal; tests/cli/commands/test_tag.py answers",
    "scan '~/Music' --dask": "needs a cluster; tests/workflows/parallel/test_dask_cluster.py has one",
    "scan --encoder": "needs an encoder of one's own; tests/cli/commands/test_scan.py has one",
}
"""Beginnings of command lines that are parsed but not run here, with the reason."""
OTHER_PROGRAMS = {
    "python3 -m venv .venv": "a newcomer's first line; .ci/run runs README's in a fresh environment",
    ".venv/bin/pip install '.[test]'": "a newcomer's second line; .ci/run runs it",
    "pip install '.[": "an extra; .ci/run installs all of them",
    ".venv/bin/pytest": "the tests themselves",
    ".venv/bin/ruff": ".ci/run runs all three",
    ".ci/run": "runs the tests, this one among them",
    ".venv/bin/python tests/benchmarks/": "measures for minutes",
    "python tests/benchmarks/": "measures for minutes to hours; those named below tests/ are there, as a test says",
    "beet ": "needs beets; tests/plugins/test_beets.py runs the plugin in it",
    "MUSICEMB_TOKEN=": "a server with its token in front; see serve",
    "export MUSICEMB_NAVIDROME_USER": "sets what the next line reads",
    "MUSICEMB_JELLYFIN_TOKEN=": "needs a Jellyfin; tests/cli/commands/test_serve.py has a stand-in",
}
"""Beginnings of lines that are not musicemb's, and how else they are tried or why not."""
RUN_ALL_THE_SAME = ("tag --dry-run", "undo --list")
HEARD = {"calm": "mood", "energetic": "mood", "piano": "instrument", "drums": "instrument"}
HEARD |= {"singing": "voice", "female voice": "voice"}
LISTENING = FakeEncoder(tag_heads=made_tag_heads(*HEARD.items()))
FENCED = re.compile(r"^```.*?^```", re.M | re.S)
TITLES = ("Code Monkey", "Still Alive", "First of May", "Skullcrusher Mountain", "Artist Title")


def command_lines() -> list[str]:
    """All lines "musicemb COMMAND ..." of the pages' code, without comments, redirections and pipes, each once."""
    found: dict[str, None] = {}
    for page in PAGES:
        for block in re.findall(r"^```(?:sh|console|text)\n(.*?)^```", page.read_text(encoding="utf-8"), re.M | re.S):
            for line in re.findall(r"^(?:\$|    )? ?(musicemb [a-z].*)$", block, re.M):
                words = shlex.split(line, comments=True)
                if words[1] in cli.commands and "  " not in line.split("#")[0].strip():
                    end = next((at for at, word in enumerate(words) if word in (">", "|")), len(words))
                    found[shlex.join(words[1:end])] = None
    return list(found)


def other_lines() -> list[str]:
    """All other lines of the pages' shell code, COMMANDS.md left out, which is generated."""
    blocks = [
        block
        for page in PAGES
        if page.name != "COMMANDS.md"
        for block in re.findall(r"^```sh\n(.*?)^```", page.read_text(encoding="utf-8"), re.M | re.S)
    ]
    lines = [line.strip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if line and not line.startswith(("#", "musicemb "))]


def excused(line: str) -> bool:
    return line.startswith(tuple(NOT_RUN)) and not line.startswith(RUN_ALL_THE_SAME)


def fill(catalogue: Catalogue) -> None:
    """40 tracks in two groups, the titles of the pages among them."""
    encoder = FakeEncoder()
    with catalogue.transaction():
        catalogue.set_active_encoder(encoder.id, encoder.name)
        ids = []
        for number in range(40):
            tags = {"artist": "Jonathan Coulton", "title": TITLES[number]} if number < len(TITLES) else {}
            genres = (("Rock", "Jazz")[number % 2],) if number < 30 else ()
            ids.append(catalogue.put_track(embedded(number, genres=genres, **tags), encoder.id))
        labels = {track: (3 + number % 2, 0.9, 3 + number % 2) for number, track in enumerate(ids)}
        labels[ids[39]] = (NOISE, 0.0, 4)
        clusters = [Cluster(3, "Rock", 20, tuple(ids[0:6:2])), Cluster(4, "Jazz", 19, tuple(ids[1:7:2]))]
        catalogue.put_clusters(encoder.id, clusters, labels)
        catalogue.put_guesses(
            encoder.id, {ids[number]: Guess(("Rock",), 0.95, "neighbours") for number in range(30, 39)}
        )


def settle(home: Path, library: Path) -> None:
    """Make a home with a few files, and a library of 40 tracks in two groups that holds the titles of the pages."""
    for seed, name in enumerate(("Music/new.mp3", "Downloads/new.mp3")):
        sounds.write_music(home / name, 4.0, seed=seed)
    (home / "genres.csv").write_text("path,genre\nMusic/new.mp3,Jazz\n")
    with filled_copy(library, fill) as catalogue:
        new = next(track for track in catalogue.tracks() if track.path == embedded(38).file.path)
        catalogue.move_tracks({new.id: FoundFile(home / "Music" / "new.mp3", 1, 1)})
        catalogue.add_root(home / "Music")


@pytest.fixture(scope="module")
def lasting_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home for what reads only."""
    home = tmp_path_factory.mktemp("home")
    settle(home, home / "library.sqlite")
    return home


@pytest.fixture
def home(tmp_path: Path, own_library: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of the test's own."""
    monkeypatch.chdir(tmp_path)
    settle(tmp_path, own_library)
    return tmp_path


def test_the_pages_hold_command_lines() -> None:
    lines = command_lines()
    assert len(lines) > 40
    assert {line.split()[0] for line in lines} == set(cli.commands)


def test_commands_in_the_text_have_the_options_that_are_named_with_them() -> None:
    has = {
        name: {flag for one in cli.commands[name].params for flag in (*one.opts, *one.secondary_opts)}
        for name in cli.commands
    }
    wrong = []
    for page in PAGES:
        for span in re.findall(r"`([^`]+)`", FENCED.sub("", page.read_text(encoding="utf-8"))):
            name, *words = span.removeprefix("musicemb ").split() or [""]
            flags = {flag for word in words for flag in re.findall(r"^--[a-z][a-z-]+", word)}
            if name in has and not flags <= has[name] | {"--help"}:
                wrong.append(f"{page.name}: {span}")
            if span.startswith("musicemb ") and name not in has and name[0].islower():
                wrong.append(f"{page.name}: {span}")
    assert wrong == []


def test_scripts_that_pages_name_are_there() -> None:
    named = {name for page in PAGES for name in re.findall(r"tests/\w+/\w+\.\w+", page.read_text(encoding="utf-8"))}
    assert len(named) > 20
    assert [name for name in sorted(named) if not (ROOT / name).is_file()] == []


@pytest.mark.parametrize("line", command_lines())
def test_a_command_line_is_understood(line: str, lasting_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(lasting_home)
    monkeypatch.setenv("MUSICEMB_LIBRARY", str(lasting_home / "library.sqlite"))
    name, *words = shlex.split(line.replace("~", str(lasting_home)))
    with cli.commands[name].make_context(name, words):
        pass


@pytest.mark.parametrize("line", [line for line in command_lines() if not excused(line)])
def test_a_command_line_runs(line: str, home: Path, type_: Type, monkeypatch: pytest.MonkeyPatch) -> None:
    (settle,) = (option for option in cli.commands["watch"].params if option.name == "settle")
    monkeypatch.setattr(settle, "default", 0.0)  # else watch gives the files, which are new, five seconds
    monkeypatch.setattr("musicemb.workflows.parallel.process_pool.count_workers", lambda: 1)  # each costs a start
    typed = type_(*shlex.split(line.replace("~", str(home))), encoder=LISTENING)
    assert typed.status == 0, typed.err


def test_nobody_is_sent_to_an_index_that_does_not_have_it() -> None:
    assert [page.name for page in PAGES if re.search(r"pip install '?musicemb", page.read_text(encoding="utf-8"))] == []


def test_each_line_of_another_program_has_its_reason() -> None:
    lines = other_lines()
    assert [line for line in lines if not line.startswith(tuple(OTHER_PROGRAMS))] == []
    assert [start for start in OTHER_PROGRAMS if not any(line.startswith(start) for line in lines)] == []


def test_each_excuse_is_needed() -> None:
    lines = command_lines()
    assert [start for start in NOT_RUN if not any(line.startswith(start) for line in lines)] == []
