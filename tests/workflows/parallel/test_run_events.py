"""From a run's thread to whoever iterates."""

from __future__ import annotations

import asyncio
import time

import pytest

from musicemb.workflows.parallel import run_events
from musicemb.workflows.parallel.run_events import RunEvents


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who waits looks up after a fifth of a second, not after one."""
    monkeypatch.setattr(run_events, "LOOK", 0.2)


def test_what_is_put_in_comes_out_in_order() -> None:
    box, error = RunEvents(), ValueError("x")
    box.emit("a", 1)
    box.emit("b", None)  # work may give nothing
    box.note("hello")
    box.note_once("once")
    box.note_once("once")
    box.end()
    box.end(error)
    assert [box.fetch() for _ in range(6)] == [
        ("outcome", "a", 1),
        ("outcome", "b", None),
        ("note", "hello"),
        ("note", "once"),
        ("end",),
        ("error", error),
    ]


def test_it_is_full_until_something_is_fetched() -> None:
    box = RunEvents()
    for number in range(256):
        assert not box.is_full
        box.emit(number, "ok")
    assert box.is_full
    box.fetch()
    assert not box.is_full


@pytest.mark.usefixtures("hasty")
def test_a_run_that_was_full_goes_on_when_half_is_fetched() -> None:
    async def waited(fetched: int) -> float:
        box = RunEvents()
        for number in range(256):
            box.emit(number, "ok")
        waiting = asyncio.ensure_future(box.wait())
        await asyncio.sleep(0)
        began = time.monotonic()
        await asyncio.to_thread(lambda: [box.fetch() for _ in range(fetched)])
        await waiting
        return time.monotonic() - began

    assert asyncio.run(waited(127)) > 0.18
    assert asyncio.run(waited(128)) < 0.18


@pytest.mark.usefixtures("hasty")
def test_who_waits_is_woken_or_looks_up() -> None:
    async def waited(wake: bool) -> float:
        box = RunEvents()
        waiting = asyncio.gather(box.wait(), box.wait())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        began = time.monotonic()
        if wake:
            box.wake()
        await waiting
        return time.monotonic() - began

    assert asyncio.run(waited(True)) < 0.18
    assert asyncio.run(waited(False)) > 0.18
