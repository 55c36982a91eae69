"""Secrets and failures."""

from __future__ import annotations

import asyncio
import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musicemb.server.credentials import LONGEST_WAIT, MOST_ADDRESSES, MOST_WAITING, Credentials, Failures

ANY = st.text(st.characters(codec="utf-8"), min_size=1)


@given(ANY, ANY, ANY)
def test_the_secret_and_nothing_else(secret: str, other: str, salt: str) -> None:
    credentials = Credentials(secret, "me")
    assert credentials.is_secret(other) == (other == secret)
    assert credentials.is_user("me", other) == (other == secret)
    assert not credentials.is_user("you", secret)
    token = hashlib.md5(f"{other}{salt}".encode()).hexdigest()
    assert credentials.is_salted("me", token.upper(), salt) == (other == secret)


@given(st.text(st.characters(codec="ascii", exclude_categories=["Cc", "Zs"]), min_size=1))
def test_headers(secret: str) -> None:
    credentials = Credentials(secret, "me")
    pair = base64.b64encode(f"me:{secret}".encode()).decode()
    assert credentials.is_header(f"Bearer {secret}")
    assert credentials.is_header(f"basic {pair}")
    assert not credentials.is_header(f"Digest {secret}")
    assert not credentials.is_header(f"Bearer {secret}x")


@pytest.mark.parametrize("header", ["", "Bearer", "Basic", "Basic !!", "Basic /w==", "Basic bWU=", "Bearer \udc80"])
def test_bad_headers(header: str) -> None:
    assert not Credentials("secret", "me").is_header(header)


def test_nothing_is_needed_without_a_secret() -> None:
    assert not Credentials("").needed
    assert "horse" not in repr(Credentials("horse"))


def test_failures_wait_longer_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    failures = Failures()

    async def fail(times: int, address: str) -> None:
        for _ in range(times):
            await failures.punish(address)

    asyncio.run(fail(8, "a"))
    assert waits == sorted(waits)
    assert (waits[0], waits[-1], failures.total) == (0.1, LONGEST_WAIT, 8)
    asyncio.run(fail(1, "b"))
    assert waits[-1] == 0.1
    failures.forgive("a")
    asyncio.run(fail(1, "a"))
    assert waits[-1] == 0.1


def test_failures_fill_no_memory() -> None:
    failures = Failures()
    failures.waiting = MOST_WAITING

    async def flood() -> None:
        for number in range(MOST_ADDRESSES + 100):
            await failures.punish(str(number))

    asyncio.run(flood())
    assert len(failures.by_address) == MOST_ADDRESSES
    assert failures.waiting == MOST_WAITING
