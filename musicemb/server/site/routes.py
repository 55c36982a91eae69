"""Routes of the pages, of their files, and of our own API."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import resources
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from musicemb.errors import MusicembError, SettingsError, TrackNotFound
from musicemb.server.files import send_file
from musicemb.server.library_thread import LibraryThread
from musicemb.server.requests import Parameters, plain_text, read_parameters
from musicemb.server.site.calls import ApiContext
from musicemb.server.site.openapi import openapi_document
from musicemb.server.site.table import CALLS, Call

if TYPE_CHECKING:
    from starlette.requests import Request

    from musicemb.server.live_library import LiveLibrary

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; media-src 'self'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
PARTS = {
    "site.js": "text/javascript",
    "player.js": "text/javascript",
    "site.css": "text/css",
}
STALE = 10.0
"""A map that took a second to draw may be so many seconds old, while the library changes."""


@dataclass
class MapPage:
    """The page of the map, drawn when it is first asked for, and again when the library has changed."""

    live: LiveLibrary
    thread: LibraryThread
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _page: bytes = b""
    _version: int = 0
    _drawn: float = 0.0
    _cost: float = 0.0

    def read(self) -> bytes:
        """The page; requests that come while it is drawn wait for it.

        Returns
        -------
        bytes

        Raises
        ------
        MusicembError
            Where it cannot be drawn.
        """
        with self._lock:
            now, version = time.monotonic(), self.live.version
            if not self._page or (version != self._version and now - self._drawn > STALE * self._cost):
                self._page = self.thread.call(lambda library: library.map_page())
                self._version, self._drawn = version, time.monotonic()
                self._cost = self._drawn - now
            return self._page


def site_routes(context: ApiContext, map_page: MapPage, *, locked: bool) -> list[Route]:
    """The routes of our own pages and API.

    Parameters
    ----------
    context : ApiContext
    map_page : MapPage
    locked : bool
        Whether a token is needed.

    Returns
    -------
    list of Route
    """

    async def audio(request: Request) -> Response:
        return await _answer(lambda: send_file(context.views.own().track(request.path_params["id"]).path))

    async def drawn_map(_: Request) -> Response:
        return await _answer(lambda: Response(map_page.read(), media_type="text/html"))

    async def group_page(request: Request) -> Response:
        identity = request.path_params["id"]
        known = {"-1", *(str(group.id) for group in context.live.library.groups)}
        return _page("group.html", 200 if identity in known else 404)

    async def index(_: Request) -> Response:
        return _page("index.html")

    async def part(request: Request) -> Response:
        name = request.path_params["name"]
        if name not in PARTS:
            return JSONResponse({"error": "there is nothing at this address"}, 404)
        return Response(_read(name), media_type=PARTS[name], headers={"cache-control": "no-cache"})

    async def openapi(_: Request) -> Response:
        return JSONResponse(openapi_document(CALLS, locked=locked))

    return [
        Route("/", index),
        Route("/map", drawn_map),
        Route("/groups/{id}", group_page),
        Route("/parts/{name}", part),
        Route("/openapi.json", openapi),
        Route("/v1/tracks/{id}/audio", audio),
        *(_route(context, call) for call in CALLS),
    ]


def _route(context: ApiContext, call: Call) -> Route:
    async def endpoint(request: Request) -> Response:
        async def parameters() -> Parameters:
            asked = await read_parameters(request)
            return Parameters({**asked.values, **request.path_params})

        try:
            given = await parameters()
        except SettingsError as error:
            return JSONResponse({"error": plain_text(str(error))}, 400)
        return await _answer(lambda: _Json(call.answer(context, given)))

    return Route(call.path, endpoint, methods=["GET"], name=call.path)


class _Json(JSONResponse):
    """A JSON response in which bytes of a path that are not valid text are escaped, as in ``--json``."""

    def render(self, content: object) -> bytes:
        return json.dumps(content, ensure_ascii=True, allow_nan=False, separators=(",", ":")).encode("ascii")


async def _answer(make: Callable[[], Response]) -> Response:
    try:
        return await run_in_threadpool(make)
    except TrackNotFound as error:
        return JSONResponse({"error": plain_text(str(error))}, 404)
    except SettingsError as error:
        return JSONResponse({"error": plain_text(str(error))}, 400)
    except MusicembError as error:
        return JSONResponse({"error": plain_text(str(error))}, 422)


def _page(name: str, status: int = 200) -> Response:
    headers = {"content-security-policy": POLICY, "cache-control": "no-cache"}
    return Response(_read(name), status, media_type="text/html", headers=headers)


def _read(name: str) -> bytes:
    return (resources.files("musicemb.server.site") / name).read_bytes()
