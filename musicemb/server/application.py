"""Combines the APIs into one application."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Mount

from musicemb.server.audiomuse.routes import audiomuse_routes
from musicemb.server.client_views import ClientViews
from musicemb.server.credentials import Credentials, Failures
from musicemb.server.library_thread import LibraryThread
from musicemb.server.live_library import LiveLibrary
from musicemb.server.middleware import RequestChecks
from musicemb.server.opensubsonic.routes import opensubsonic_routes
from musicemb.server.settings import ServerSettings
from musicemb.server.site.calls import ApiContext
from musicemb.server.site.routes import MapPage, site_routes

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp


def build_application(
    live: LiveLibrary,
    views: ClientViews,
    threads: tuple[LibraryThread, LibraryThread],
    settings: ServerSettings,
    *,
    on_bug: Callable[[str], object],
) -> ASGIApp:
    """The whole server as an ASGI application.

    Parameters
    ----------
    live : LiveLibrary
        Started.
    views : ClientViews
        Of the live library.
    threads : pair of LibraryThread
        For searches by words, and for drawing.
    settings : ServerSettings
    on_bug : callable
        Called with a line about each unexpected error.

    Returns
    -------
    ASGI application
    """
    failures = Failures()
    credentials = Credentials(settings.secret, settings.user)
    context = ApiContext(live, views, threads[0], failures)
    routes: list[BaseRoute] = [
        *audiomuse_routes(views.plugins, threads[0]),
        *opensubsonic_routes(views.own, credentials, failures),
        *site_routes(context, MapPage(live, threads[1]), locked=credentials.needed),
    ]
    for kind in views.servers:
        # Bound to its kind now: the loop goes on.
        view = partial(views.of, kind)
        below = [*audiomuse_routes(view, threads[0]), *opensubsonic_routes(view, credentials, failures)]
        routes.append(Mount(f"/{kind}", routes=below))
    app = Starlette(routes=routes, exception_handlers={HTTPException: _refused, Exception: _failed})
    prefixes = ("", *(f"/{kind}" for kind in views.servers))
    return RequestChecks(app, settings, failures, prefixes=prefixes, on_bug=on_bug)


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    texts = {404: "there is nothing at this address", 405: "this address does not accept this method"}
    return JSONResponse({"error": texts.get(error.status_code, error.detail)}, error.status_code)


async def _failed(request: Request, error: Exception) -> Response:
    return JSONResponse({"error": "this is a bug of musicemb; the server keeps running"}, 500)
