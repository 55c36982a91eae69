"""Connections with limits on time and number, so that clients cannot block the server."""

from __future__ import annotations

import asyncio

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

FILES = 4096
"""Files and connections that may be open at the same time, if the system allows so many."""
MOST_CONNECTIONS = 400
_SPARE_FILES = 224
"""Of the library, the program, and connections that are taken up before they can be counted."""
BROKEN_OFF = (OSError, h11.LocalProtocolError)
"""What goes wrong when a file ends early, or cannot be read any more, while it is sent."""
_LATE = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class TimelyConnection(H11Protocol):
    """A connection on which each request must arrive completely within some seconds.

    Uvicorn waits for ever for the first byte of a first request, for the rest of a head and for the rest of a body.
    The client decides how long it takes to read a response: one that pauses a song reads nothing for an hour.
    """

    patience = 10.0
    """Seconds for a request."""
    most = MOST_CONNECTIONS
    """Connections at the same time; a further one is closed."""
    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take up a connection.

        Parameters
        ----------
        transport : asyncio.Transport
        """
        super().connection_made(transport)
        if len(self.connections) > self.most:
            transport.abort()
            return
        self._watch()

    def data_received(self, data: bytes) -> None:
        """Take what the client has sent.

        Parameters
        ----------
        data : bytes
        """
        super().data_received(data)
        self._watch()

    def on_response_complete(self) -> None:
        """Turn to the next request, of which a part may be there already."""
        super().on_response_complete()
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Let go of it.

        Parameters
        ----------
        exc : Exception or None
        """
        self._forget()
        super().connection_lost(exc)

    def _watch(self) -> None:
        """Start the timer while a request is arriving, and stop it when the request is complete."""
        if not self._is_awaited:
            self._forget()
        elif self._late is None:
            self._late = self.loop.call_later(self.patience, self._give_up)

    @property
    def _is_awaited(self) -> bool:
        """Whether a part of a request is still missing; between two requests this is False."""
        if self.conn.their_state is h11.SEND_BODY:
            return True
        return self.conn.their_state is h11.IDLE and (self.cycle is None or bool(self.conn.trailing_data[0]))

    def _forget(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _give_up(self) -> None:
        self._late = None
        if self.transport.is_closing():
            return
        if self.cycle is None or self.cycle.response_complete or not self.cycle.response_started:
            self.transport.write(_LATE)
        self.transport.close()


def connections_with(patience: float) -> type[TimelyConnection]:
    """Connections of a server.

    Parameters
    ----------
    patience : float
        Seconds that a request has to arrive.

    Returns
    -------
    type
        Of as many at once as there are files for: each may have a song open.
    """
    most = min(MOST_CONNECTIONS, max(16, (_room_for_files() - _SPARE_FILES) // 2))
    return type("Connection", (TimelyConnection,), {"patience": patience, "most": most})


def _room_for_files() -> int:
    """The number of files that may be open; the limit is raised first, since macOS allows only 256 by default."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    unlimited = resource.RLIM_INFINITY
    if soft == unlimited:
        return FILES
    wanted = FILES if hard == unlimited else min(FILES, hard)
    if soft >= wanted:
        return soft
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    except (OSError, ValueError):
        return soft
    return wanted
