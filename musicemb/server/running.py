"""Runs the server until Ctrl-C or SIGTERM."""

from __future__ import annotations

import asyncio
import errno
import logging
import signal
import socket
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from musicemb.errors import MusicembError
from musicemb.server.application import build_application
from musicemb.server.client_views import ClientViews
from musicemb.server.library_thread import LibraryThread
from musicemb.server.live_library import LiveLibrary
from musicemb.server.settings import ServerSettings

if TYPE_CHECKING:
    import uvicorn

    from musicemb.library import Library
    from musicemb.records import ServerTracks

PATIENCE = 3
"""Seconds that answers under way have when the server ends."""


def serve(
    open_library: Callable[[], Library],
    settings: ServerSettings,
    *,
    servers: Sequence[ServerTracks] = (),
    tell: Callable[[str], object] = bool,
) -> None:
    """Serve a library until Ctrl-C or SIGTERM.

    Parameters
    ----------
    open_library : callable
        Opens the library for reading; called in other threads too.
    settings : ServerSettings
    servers : sequence of ServerTracks
        Media servers whose ids are understood too.
    tell : callable
        Called with a line for each event.

    Raises
    ------
    SettingsError
        Where strangers could ask without a token.
    MusicembError
        Where the address cannot be had, or the library cannot be read.
    """
    settings.check()
    with listen(settings.host, settings.port) as sock:
        views = ClientViews(lambda: live.library, servers)
        live = LiveLibrary(open_library, poll=settings.poll, on_change=tell, prepare=views.prepare)
        live.start()
        threads = LibraryThread(open_library, "words"), LibraryThread(open_library, "map")
        try:
            if threading.current_thread() is threading.main_thread():
                signal.signal(signal.SIGTERM, signal.default_int_handler)
            server = make_server(live, views, threads, settings, tell=tell)
            tell(f"{len(live.library.tracks()):,} tracks at {address_of(sock)} (Ctrl-C ends the server)")
            asyncio.run(server.serve(sockets=[sock]))
        except KeyboardInterrupt:
            pass
        finally:
            live.close()
            for thread in threads:
                thread.close()


def make_server(
    live: LiveLibrary,
    views: ClientViews,
    threads: tuple[LibraryThread, LibraryThread],
    settings: ServerSettings,
    *,
    tell: Callable[[str], object],
) -> uvicorn.Server:
    """The server, ready to run.

    Parameters
    ----------
    live : LiveLibrary
        Started.
    views : ClientViews
    threads : pair of LibraryThread
        As for `build_application`.
    settings : ServerSettings
    tell : callable
        Called with a line for each event.

    Returns
    -------
    uvicorn.Server
    """
    import uvicorn

    from musicemb.server.connections import connections_with

    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)  # errors are reported in one line, not a traceback
    config = uvicorn.Config(
        build_application(live, views, threads, settings, on_bug=tell),
        http=connections_with(settings.patience),
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        backlog=128,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=PATIENCE,
        h11_max_incomplete_event_size=2 * settings.longest_query,
    )
    return uvicorn.Server(config)


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens.

    Parameters
    ----------
    host : str
    port : int
        0: any that is free.

    Returns
    -------
    socket

    Raises
    ------
    MusicembError
        Where the port is in use, or the address is none of this machine's.
    """
    try:
        family, kind, number, _, address = socket.getaddrinfo(
            host.strip("[]"), port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        sock = socket.socket(family, kind, number)
    except OSError as error:
        raise MusicembError(f"{host} is not an address of this machine: {error.strerror or error}") from None
    try:
        if hasattr(socket, "SO_REUSEADDR") and not hasattr(socket, "SO_EXCLUSIVEADDRUSE"):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(address)
        sock.listen(256)
    except OSError as error:
        sock.close()
        if error.errno == errno.EADDRINUSE:
            text = f"port {port} of {host} is in use by another program: choose another one with --port"
        elif error.errno == errno.EACCES:
            text = f"port {port} may not be used without special rights: choose one above 1023 with --port"
        else:
            text = f"{host} is not an address of this machine: {error.strerror or error}"
        raise MusicembError(text) from None
    return sock


def address_of(sock: socket.socket) -> str:
    """The address that a client uses.

    Parameters
    ----------
    sock : socket

    Returns
    -------
    str
        Such as "http://127.0.0.1:8000".
    """
    host, port = sock.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"
