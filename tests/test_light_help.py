"""Help is light: a fresh Python that is asked for help loads click and nothing heavier; questions load little more."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from fresh_python import loaded_by
from searched_library import ENCODER, put

from musicemb.cli.app import cli
from musicemb.io.catalogue.catalogue import open_catalogue

pytestmark = pytest.mark.processes

HEAVY = {
    "numpy", "scipy", "sklearn", "hdbscan", "librosa", "numba", "tensorflow", "keras", "ai_edge_litert", "mutagen",
    "soundfile", "soxr", "av", "sqlite3", "rich", "platformdirs", "multiprocessing", "http",
}  # fmt: skip

EACH_HELP = f"""
import json, sys
from musicemb.cli import run
from musicemb.cli.app import cli
loaded = {{}}
for words in ([], *([name] for name in cli.commands)):
    before = set(sys.modules)
    assert run([*words, "--help"]) == 0
    loaded[" ".join(words)] = sorted({{name.partition(".")[0] for name in set(sys.modules) - before}} & {HEAVY!r})
print("LOADED" + json.dumps([loaded, sorted({{name.partition(".")[0] for name in sys.modules}} & {HEAVY!r})]))
"""


def test_help_loads_nothing_heavy() -> None:
    done = subprocess.run([sys.executable, "-c", EACH_HELP], capture_output=True, text=True, timeout=60, check=True)
    by_command, in_all = json.loads(done.stdout.partition("LOADED")[2])
    assert set(by_command) == {"", *cli.commands}
    assert {command: loaded for command, loaded in by_command.items() if loaded} == {}
    assert in_all == []
    assert all(f"Usage: musicemb {name} " in done.stdout for name in cli.commands)


def test_version_and_wrong_usage_load_nothing_heavy() -> None:
    assert not loaded_by("from musicemb.cli import run; run(['--version']); run(['similar'])") & HEAVY


def test_import_of_the_package_loads_nothing_heavy() -> None:
    assert not loaded_by("import musicemb; musicemb.__version__; dir(musicemb)") & (HEAVY | {"click"})


LISTENING = HEAVY - {"numpy", "sqlite3", "rich", "platformdirs"} - {"multiprocessing", "http"}
QUESTIONS = [
    ["similar", "artist 1 song 8"], ["similar", "Artizt 1 song 8"], ["similar", "--artist", "Artist 1"],
    ["playlist", "artist 1 song 8"], ["playlist", "--from", "song 8", "--to", "song 9"], ["status"], ["clusters"],
]  # fmt: skip


def test_questions_load_neither_what_listens_nor_what_draws_on_terminals(own_library: Path) -> None:
    with open_catalogue(own_library) as catalogue:
        catalogue.set_active_encoder(ENCODER, "fake")
        for number in range(12):
            put(catalogue, number)
    code = f"from musicemb.cli import run; assert not any([run([*words]) for words in {QUESTIONS!r}])"
    loaded = loaded_by(f"import os; os.environ['MUSICEMB_LIBRARY'] = {str(own_library)!r}; {code}", modules=True)
    assert {"numpy", "musicemb.workflows.similarity.playlist", "musicemb.workflows.library.status"} <= loaded
    assert not {name.partition(".")[0] for name in loaded} & LISTENING
    assert not loaded & {"rich.console", "rich.table", "rich.text", "importlib.metadata"}, "into a pipe text goes plain"
    assert not loaded & {"difflib", "xml.sax"}, "what only some answers need"
    assert "xml.sax" not in loaded


def test_the_measuring_stick_works() -> None:
    assert "numpy" in loaded_by("import musicemb.records.arrays")


def test_help_is_quick() -> None:
    def seconds(*arguments: str) -> float:
        times = []
        for _ in range(3):
            before = os.times()
            subprocess.run([sys.executable, *arguments], check=True, capture_output=True, timeout=60)
            after = os.times()
            # Seconds of CPU: the wall clock tells how busy the machine is.
            times.append(after.children_user + after.children_system - before.children_user - before.children_system)
        return min(times)

    # Beside what click alone takes, so that a busy machine slows both: 3.5 times as much with 23 commands.
    assert seconds("-m", "musicemb", "--help") < 6 * seconds("-c", "import click")


def test_records_and_settings_load_what_is_asked_for() -> None:
    loaded = loaded_by(
        "from musicemb.records import Track; from musicemb.settings import SimilarSettings", modules=True
    )
    assert {"musicemb.records.tracks", "musicemb.settings.library"} <= loaded
    assert not loaded & {"musicemb.records.library", "musicemb.records.encoder", "musicemb.settings.encoder"}
