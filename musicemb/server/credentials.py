"""Checks credentials: secrets are compared in constant time, failures are counted and delay the answer."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import hmac
import time
from collections import OrderedDict
from dataclasses import dataclass, field

FORGIVEN = 300.0
"""Seconds after which an address's failures are forgotten."""
LONGEST_WAIT = 5.0
"""Seconds that a failure waits for its answer at most."""
MOST_ADDRESSES = 4096
MOST_WAITING = 64
"""Failures that may wait at the same time; further ones are refused at once, so that they cannot fill the memory."""


@dataclass
class Failures:
    """Failed sign-ins by address."""

    total: int = 0
    waiting: int = 0
    by_address: OrderedDict[str, tuple[int, float]] = field(default_factory=OrderedDict)

    async def punish(self, address: str) -> None:
        """Count a failure, and wait longer the more failures there were recently.

        Parameters
        ----------
        address : str
        """
        self.total += 1
        count, last = self.by_address.pop(address, (0, 0.0))
        now = time.monotonic()
        count = 1 if now - last > FORGIVEN else count + 1
        self.by_address[address] = count, now
        while len(self.by_address) > MOST_ADDRESSES:
            self.by_address.popitem(last=False)
        if self.waiting >= MOST_WAITING:
            return
        self.waiting += 1
        try:
            await asyncio.sleep(self.delay(count))
        finally:
            self.waiting -= 1

    @staticmethod
    def delay(count: int) -> float:
        """Seconds to wait after the n-th failure in a row.

        Parameters
        ----------
        count : int
            From 1 on.

        Returns
        -------
        float
        """
        return float(min(LONGEST_WAIT, 0.1 * 2 ** min(count - 1, 16)))

    def forgive(self, address: str) -> None:
        """Forget the failures of an address that has signed in.

        Parameters
        ----------
        address : str
        """
        self.by_address.pop(address, None)


@dataclass(frozen=True)
class Credentials:
    """The one secret of a server, in the forms in which clients send it."""

    secret: str = field(repr=False)
    user: str = "musicemb"

    @property
    def needed(self) -> bool:
        """Whether there is a secret at all."""
        return bool(self.secret)

    def is_secret(self, text: str) -> bool:
        """Whether a text is the secret, compared in constant time.

        Parameters
        ----------
        text : str

        Returns
        -------
        bool
        """
        return _same(text, self.secret)

    def is_user(self, user: str, password: str) -> bool:
        """Whether a name and a password are the right ones.

        Parameters
        ----------
        user, password : str

        Returns
        -------
        bool
        """
        return _same(user, self.user) & _same(password, self.secret)

    def is_salted(self, user: str, token: str, salt: str) -> bool:
        """Whether a token is the MD5 of password and salt, as Subsonic has it.

        Parameters
        ----------
        user, token, salt : str

        Returns
        -------
        bool
        """
        digest = hashlib.md5(f"{self.secret}{salt}".encode("utf-8", "replace"), usedforsecurity=False).hexdigest()
        return _same(user, self.user) & _same(token.casefold(), digest)

    def is_header(self, value: str) -> bool:
        """Whether an Authorization header is right: ``Bearer`` with the secret, or ``Basic`` with name and secret.

        Parameters
        ----------
        value : str

        Returns
        -------
        bool
        """
        kind, _, rest = value.strip().partition(" ")
        rest = rest.strip()
        if kind.casefold() == "bearer":
            return self.is_secret(rest)
        if kind.casefold() == "basic":
            try:
                user, found, password = base64.b64decode(rest, validate=True).decode("utf-8").partition(":")
            except (binascii.Error, ValueError):
                return False
            return bool(found) and self.is_user(user, password)
        return False


def _same(one: str, two: str) -> bool:
    # Digests first: they are of one length, so that not even the secret's length shows.
    first, second = (hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest() for text in (one, two))
    return hmac.compare_digest(first, second)
