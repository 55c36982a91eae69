"""What a worker does for a run, without a cluster: called as one would."""

from __future__ import annotations

import os
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from fenced_work import OddWork, Unopenable
from paths import ROOT

from musicemb import __version__
from musicemb.encoder.runtime import bundle_transfer
from musicemb.encoder.runtime.bundle_transfer import bundle_digest, pack_bundle
from musicemb.errors import MusicembError
from musicemb.workflows.parallel.cluster_worker import (
    Answer,
    TravellingWork,
    describe_worker,
    end_run,
    prepare,
    take_bundle,
    work_on,
)
from musicemb.workflows.parallel.executor import WorkerFailure
from musicemb.workflows.parallel.transfer import pack, unpack_result

BUNDLE = ROOT / "pretrained" / "tile2vec"


@pytest.fixture
def run() -> Iterator[str]:
    """A run that this process takes part in."""
    name = uuid.uuid4().hex
    prepare(name, (), 60.0, pack(OddWork()).block)
    yield name
    end_run(name)


def ask(run: str, item: Any, facts: tuple[str, ...] = (), *, anyhow: bool = False) -> Any:
    """The result of an item, or the answer where it is none."""
    sent = pack(item)
    answer = work_on(run, sent.block, anyhow, facts)
    return unpack_result(answer.block, sent) if answer.kind == "result" else answer


def test_it_says_what_it_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    wanted = bundle_digest(BUNDLE)
    told = describe_worker((wanted, "f" * 32))
    assert (told["musicemb"], told["lacks"]) == (__version__, ["f" * 32])
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(bundle_transfer, "shipped_bundles", lambda: tmp_path / "none")
    assert describe_worker((wanted,))["lacks"] == [wanted]
    take_bundle(wanted, memoryview(pack_bundle(BUNDLE)))  # type: ignore[arg-type]
    assert describe_worker((wanted,))["lacks"] == []


@pytest.mark.processes
def test_items_are_worked_on_in_a_process_that_stays(run: str, tmp_path: Path) -> None:
    pid = ask(run, "pid")
    assert (ask(run, "plain 1"), ask(run, "pid")) == ("plain 1", pid)
    path = tmp_path / "a.txt"
    assert ask(run, path) == Answer("not here", reason="no such file or directory")
    assert ask(run, path, anyhow=True).failure.text.startswith("FileNotFoundError")
    path.write_text("sound")
    assert ask(run, path) == (path, "sound")
    assert ask(run, "full") == Answer("unable", reason="no space left")


@pytest.mark.processes
def test_a_crash_costs_the_item_and_a_new_process_knows_all_facts(run: str) -> None:
    pid = ask(run, "pid", ("rain",))
    assert ask(run, "die") == Answer("failure", failure=WorkerFailure("crashed", "exit status 7"))
    assert ask(run, "heard", ("sun",)) == ["rain", "sun"]
    assert ask(run, "heard") == ["rain", "sun"]
    assert ask(run, "pid") != pid


@pytest.mark.processes
def test_items_at_the_same_time_have_a_process_each_and_the_end_ends_them(run: str) -> None:
    hanging: list[Any] = []
    thread = threading.Thread(target=lambda: hanging.append(ask(run, "hang")))
    thread.start()
    time.sleep(0.2)
    assert ask(run, "plain") == "plain"
    began = time.monotonic()
    end_run(run)
    thread.join(20)
    assert time.monotonic() - began < 60
    assert hanging == [Answer("unprepared")]
    assert ask(run, "plain") == Answer("unprepared")


@pytest.mark.processes
def test_a_run_that_ended_while_it_began_has_no_process() -> None:
    name = uuid.uuid4().hex
    end_run(name)
    before = {child.pid for child in psutil.Process().children()}
    prepare(name, (), 60.0, pack(OddWork()).block)
    assert ask(name, "plain") == Answer("unprepared")
    assert {child.pid for child in psutil.Process().children()} <= before


@pytest.mark.processes
def test_a_process_that_ended_for_lack_of_work_is_replaced(run: str) -> None:
    pid = ask(run, "pid", ("rain",))
    psutil.Process(pid).kill()
    # A zombie may have threads that are still ending: it has ended once it can be waited for (and is left to be).
    assert os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT) is not None
    assert ask(run, "heard") == ["rain"]


@pytest.mark.processes
def test_what_cannot_be_opened_is_told_before_the_first_item() -> None:
    with pytest.raises(MusicembError, match="the model is broken"):
        prepare("broken", (), 60.0, pack(Unopenable()).block)
    with pytest.raises(MusicembError, match="is not on this machine any more"):
        prepare("broken", ("f" * 32,), 60.0, pack(OddWork()).block)
    assert work_on("broken", b"", False, ()) == Answer("unprepared")


def test_work_is_opened_where_it_arrives(tmp_path: Path) -> None:
    import pickle

    travelled = pickle.loads(pickle.dumps(TravellingWork(pack(OddWork()).block, {})))
    travelled.on_broadcast("rain")
    answer = travelled((pack("heard").block, False))
    assert unpack_result(answer.block, pack("heard")) == ["rain"]
    assert travelled.broadcast(answer) is None
