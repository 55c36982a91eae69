"""Settings of a server."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field

from musicemb.errors import SettingsError

PORT = 8000
"""The port at which AudioMuse's plugins expect their server by default."""

LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class ServerSettings:
    """Where a server listens, and whom it answers."""

    host: str = "127.0.0.1"
    port: int = PORT
    """0: any that is free."""
    secret: str = field(default="", repr=False)
    """Token, key and password in one: what a client must know. "": nothing, which only loopback may."""
    user: str = "musicemb"
    """Name that goes with the password."""
    allowed_hosts: tuple[str, ...] = ()
    """Names that a client may call the server by, besides those of loopback."""
    longest_query: int = 16_384
    """Bytes of an address; a longer one is refused."""
    longest_body: int = 65_536
    """Bytes of a form; a longer one is refused."""
    patience: float = 10.0
    """Seconds in which a request has to arrive whole."""
    poll: float = 1.0
    """Seconds between two looks at whether the library has changed."""

    @property
    def on_loopback(self) -> bool:
        """Whether only programs of this machine can reach it."""
        return is_loopback(self.host)

    @property
    def names(self) -> frozenset[str] | None:
        """The host names that a request may have; None allows any, which requires a secret."""
        if not self.on_loopback and not self.allowed_hosts:
            return None
        return frozenset(LOOPBACK_NAMES) | {self.host.casefold()} | {name.casefold() for name in self.allowed_hosts}

    def check(self) -> None:
        """Refuse settings that would let strangers in.

        Raises
        ------
        SettingsError
        """
        if self.secret and len(self.secret) < 8:
            raise SettingsError("the token is shorter than 8 characters: choose a longer one")
        strange = [name for name in self.allowed_hosts if not is_loopback(name)]
        if self.secret or (self.on_loopback and not strange):
            return
        where = f"on {self.host}" if not self.on_loopback else f"as {strange[0]}"
        raise SettingsError(
            f"to answer {where}, other machines included, the server needs a token: put one into MUSICEMB_TOKEN "
            "or a file that --token-file names"
        )


def is_loopback(host: str) -> bool:
    """Whether a name or address is that of this machine alone.

    Parameters
    ----------
    host : str

    Returns
    -------
    bool
    """
    if host.casefold() in LOOPBACK_NAMES:
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
