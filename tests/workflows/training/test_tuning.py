"""A search finds better settings, gives up on bad trials, and goes on after a kill."""

from __future__ import annotations

import json
import math
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from paths import with_tests_on_path
from tiny_search import BEFORE, trial

pytest.importorskip("optuna", reason="optuna is not installed (extra: search)")

from musicemb.errors import MusicembError, SettingsError
from musicemb.settings import EncoderSettings, from_dict
from musicemb.workflows.training.tuning import SearchDone, TrialDone, search_settings


def run(out: Path, trials: int, settings: EncoderSettings = BEFORE, **options: object) -> list[TrialDone | SearchDone]:
    options = {"trial": trial} | options
    return list(search_settings(settings=settings, out=out, trials=trials, **options))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[TrialDone | SearchDone], Path]:
    out = tmp_path_factory.mktemp("search") / "mine"
    return run(out, 25), out


def test_it_begins_with_the_settings_and_finds_better_ones(searched: tuple[list, Path]) -> None:
    events, out = searched
    *trials, done = events
    assert [found.number for found in trials] == list(range(1, 26))
    assert trials[0].values["training.learning_rate"] == BEFORE.training.learning_rate
    assert done.best.figure == max(found.figure for found in trials if found.state == "complete")
    assert done.best.figure > trials[0].figure + 0.1
    stored = from_dict(EncoderSettings, json.loads((out.parent / "mine.search.json").read_text()))
    assert stored == done.settings
    assert stored.training.learning_rate == done.best.values["training.learning_rate"]
    assert (stored.front_end, stored.segments, stored.training.epochs) == (BEFORE.front_end, BEFORE.segments, 60)


def test_bad_trials_are_given_up_and_good_ones_run_to_their_end(searched: tuple[list, Path]) -> None:
    *trials, done = searched[0]
    pruned = [found for found in trials if found.state == "pruned"]
    assert pruned and all(found.number > 5 for found in pruned)
    assert all(found.figure < done.best.figure for found in pruned)


def test_the_same_search_again_goes_on_where_it_ended(tmp_path: Path) -> None:
    first = run(tmp_path / "a", 3)
    again = run(tmp_path / "a", 5)
    assert [found.earlier for found in again[:-1]] == [True] * 3 + [False] * 2
    assert [replace(found, earlier=False) for found in again[:3]] == first[:3]
    assert len({found.values["training.learning_rate"] for found in again[:-1]}) == 5
    assert [found.number for found in again[-1].trials] == [1, 2, 3, 4, 5]
    assert run(tmp_path / "a", 2)[-1].best == again[-1].best


def test_another_search_is_not_mixed_with_it(tmp_path: Path) -> None:
    run(tmp_path / "a", 1, subject=("one.mp3",))
    with pytest.raises(SettingsError, match="search with other settings, minutes or files"):
        run(tmp_path / "a", 2, subject=("other.mp3",))
    wider = replace(BEFORE, network=replace(BEFORE.network, dimensions=64))
    with pytest.raises(SettingsError, match="search with other settings"):
        run(tmp_path / "a", 2, wider, subject=("one.mp3",))


def test_a_trial_that_breaks_is_told_and_the_search_goes_on(tmp_path: Path) -> None:
    def fragile(settings: EncoderSettings) -> Iterator[tuple[float, float]]:
        if settings.training.learning_rate != BEFORE.training.learning_rate:
            raise MusicembError("training broke in step 1")
        yield 1.0, 0.3

    events = run(tmp_path / "a", 4, trial=fragile)
    assert [found.state for found in events[:-1]] == ["complete", "failed", "failed", "failed"]
    assert events[1].reason == "training broke in step 1"
    assert events[-1].best.number == 1
    again = run(tmp_path / "a", 4, trial=fragile)
    assert [found.reason for found in again[:-1]] == [found.reason for found in events[:-1]]


def test_a_figure_that_is_no_number_is_a_failure_and_no_best(tmp_path: Path) -> None:
    events = run(tmp_path / "a", 2, trial=lambda _: iter([(1.0, math.nan)]))
    assert [found.state for found in events[:-1]] == ["failed", "failed"]
    assert events[-1].best is None
    assert events[-1].settings == BEFORE


DIES = """
import os, signal, sys
from pathlib import Path
from tiny_search import BEFORE, trial
from musicemb.workflows.training.tuning import search_settings
calls = []
def dying(settings):
    calls.append(1)
    if len(calls) == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    yield from trial(settings)
list(search_settings(dying, BEFORE, out=Path(sys.argv[1]), trials=5))
"""


@pytest.mark.processes
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows has no SIGKILL")
def test_a_kill_costs_the_trial_that_ran_and_that_one_comes_next(tmp_path: Path) -> None:
    out = tmp_path / "a"
    done = subprocess.run([sys.executable, "-c", DIES, out], env=with_tests_on_path(), capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL, done.stderr[-2000:]
    journal = out.with_name("a.search.journal")
    drawn = [json.loads(line) for line in journal.read_text().splitlines() if "param_value_internal" in line]
    lost = [line for line in drawn if line["trial_id"] == 2 and line["param_name"] == "training.learning_rate"]
    # A kill within a line of the journal leaves a torn one.
    journal.write_bytes(journal.read_bytes() + b'{"op_code":6,"wor')
    events = run(out, 5)
    assert [(found.number, found.earlier) for found in events[:-1]] == [
        (1, True),
        (2, True),
        (3, False),
        (4, False),
        (5, False),
    ]
    assert events[2].values["training.learning_rate"] == pytest.approx(lost[0]["param_value_internal"])


def test_a_journal_that_is_none_is_one_line(tmp_path: Path) -> None:
    tmp_path.joinpath("a.search.journal").write_text("nothing\nat all\n")
    with pytest.raises(MusicembError, match=r"is damaged .*; delete it to start the search again"):
        run(tmp_path / "a", 1)


def test_without_optuna_it_says_how_to_install_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(MusicembError, match=r"a search needs Optuna: .* install .*\[train\]"):
        run(tmp_path / "a", 1)


def test_the_first_trial_is_what_was_given_whatever_that_is(tmp_path: Path) -> None:
    odd = replace(BEFORE, training=replace(BEFORE.training, learning_rate=0.5, radius=7.0, weight_decay=0.0))
    first = run(tmp_path / "a", 1, odd)[0]
    assert first.values["training.learning_rate"] == 0.5
    assert first.values["training.radius"] == 7.0
