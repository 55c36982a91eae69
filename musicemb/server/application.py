"""Puts the dialects together into one application."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from musicemb.server.audiomuse.routes import audiomuse_routes
from musicemb.server.credentials import Credentials, Failures
from musicemb.server.desk import Desk
from musicemb.server.gate import Gate
from musicemb.server.opensubsonic.routes import opensubsonic_routes
from musicemb.server.settings import ServerSettings
from musicemb.server.shelf import Shelf
from musicemb.server.site.calls import Place
from musicemb.server.site.routes import MapPage, site_routes
from musicemb.server.view import OwnView

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp


@dataclass
class Views:
    """The library under the ids of each kind of client, made anew when the library has changed."""

    shelf: Shelf
    _own: OwnView | None = field(default=None, init=False)

    def own(self) -> OwnView:
        """Under the catalogue's own ids.

        Returns
        -------
        OwnView
        """
        library, view = self.shelf.library, self._own
        if view is None or view.library is not library:
            self._own = view = OwnView(library)
        return view


def build_application(
    shelf: Shelf, desks: tuple[Desk, Desk], settings: ServerSettings, *, on_bug: Callable[[str], object] = bool
) -> ASGIApp:
    """The whole server as an ASGI application.

    Parameters
    ----------
    shelf : Shelf
        Started.
    desks : pair of Desk
        For searches by words, and for drawing.
    settings : ServerSettings
    on_bug : callable
        Is given the line to tell of an error that nobody foresaw.

    Returns
    -------
    ASGI application
    """
    views, failures = Views(shelf), Failures()
    credentials = Credentials(settings.secret, settings.user)
    place = Place(shelf, views.own, desks[0], failures)
    routes = [
        *audiomuse_routes(views.own),
        *opensubsonic_routes(views.own, credentials, failures),
        *site_routes(place, MapPage(shelf, desks[1]), locked=credentials.needed),
    ]
    app = Starlette(routes=routes, exception_handlers={HTTPException: _refused, Exception: _failed})
    return Gate(app, settings, failures, on_bug=on_bug)


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    texts = {404: "there is nothing at this address", 405: "this address is not for this method"}
    return JSONResponse({"error": texts.get(error.status_code, error.detail)}, error.status_code)


async def _failed(request: Request, error: Exception) -> Response:
    return JSONResponse({"error": "this is a bug of musicemb; the server goes on"}, 500)
