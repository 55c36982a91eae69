"""Checks every request first: its host and origin, its size, and (except for Subsonic) its credentials."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from musicemb.server.credentials import Credentials, Failures
from musicemb.server.settings import ServerSettings

_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
]


class RequestChecks:
    """Refuses requests that are not meant for this server, before any API handles them.

    Parameters
    ----------
    app : ASGI application
    settings : ServerSettings
    failures : Failures
    prefixes : sequence of str
        Where the dialects begin: "", and "/navidrome" where ids are those of that server.
    on_bug : callable
        Called with a line about each unexpected error.
    """

    def __init__(
        self,
        app: ASGIApp,
        settings: ServerSettings,
        failures: Failures,
        *,
        prefixes: Sequence[str] = ("",),
        on_bug: Callable[[str], object] = bool,
    ) -> None:
        self._app, self._settings, self._failures = app, settings, failures
        self._prefixes, self._on_bug = prefixes, on_bug
        self._credentials = Credentials(settings.secret, settings.user)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it with a refusal.

        Parameters
        ----------
        scope, receive, send
            As ASGI has them.
        """
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return
        headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
        refusal = self._refuse(scope, headers)
        if refusal is None and self._needs_header(scope["path"]):
            address = (scope.get("client") or ("?",))[0]
            if self._credentials.is_header(headers.get(b"authorization", "")):
                self._failures.forgive(address)
            else:
                if b"authorization" in headers:
                    await self._failures.punish(address)
                refusal = 401, "the token is missing or wrong: send it as Authorization: Bearer TOKEN"
        if refusal is not None:
            await _answer(send, *refusal)
            return
        await self._pass_on(scope, receive, send)

    def _refuse(self, scope: Scope, headers: dict[bytes, str]) -> tuple[int, str] | None:
        names = self._settings.names
        host = _host_of(f"//{headers.get(b'host', '')}")
        if names is not None and host not in names:
            return 403, "this host name is not allowed: allow it with --allow-host"
        if _is_foreign(headers):
            return 403, "requests from pages of other sites are not answered"
        if scope["method"] not in ("GET", "HEAD", "POST"):
            return 405, "only GET, HEAD and POST are answered: this server changes nothing"
        if len(scope.get("query_string", b"")) + len(scope.get("raw_path") or b"") > self._settings.longest_query:
            return 414, f"the address is longer than {self._settings.longest_query:,} bytes"
        length = headers.get(b"content-length", "0")
        if not length.isdecimal() or len(length) > 18 or int(length) > self._settings.longest_body:
            return 413, f"the body is longer than {self._settings.longest_body:,} bytes"
        return None

    def _needs_header(self, path: str) -> bool:
        """Whether the header must have credentials: not for the health check and Subsonic."""
        if not self._credentials.needed:
            return False
        return not any(
            path == f"{prefix}/api/health" or path.startswith(f"{prefix}/rest/") for prefix in self._prefixes
        )

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        seen, begun = 0, False

        async def bounded() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > self._settings.longest_body:
                raise HTTPException(413, f"the body is longer than {self._settings.longest_body:,} bytes")
            return message

        async def marked(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                message = {**message, "headers": [*message.get("headers", ()), *_HEADERS]}
            await send(message)

        try:
            await self._app(scope, bounded, marked)
        except ClientDisconnect:
            return  # the client has disconnected
        except Exception as error:
            from musicemb.server.connections import BROKEN_OFF

            text = " ".join(str(error).split())[:300]
            if begun and isinstance(error, BROKEN_OFF):
                self._on_bug(f"a file could not be sent to its end: {getattr(error, 'strerror', None) or text}")
            else:
                self._on_bug(f"this is a bug: {type(error).__name__}: {text}")
            if begun:
                raise
            await _answer(send, 500, "this is a bug of musicemb; the server keeps running")


def _is_foreign(headers: dict[bytes, str]) -> bool:
    """Whether a page of another site sent the request, by its origin or the browser's other headers."""
    origin = headers.get(b"origin")
    if origin is None:
        site, mode = headers.get(b"sec-fetch-site", ""), headers.get(b"sec-fetch-mode", "")
        return site == "cross-site" and mode != "navigate"
    try:
        here, there = urlsplit(f"//{headers.get(b'host', '')}"), urlsplit(origin)
        plain = {"http": 80, "https": 443}.get(there.scheme)
        same_port = (there.port or plain) in ((here.port,) if here.port else (80, 443))
    except ValueError:
        return True
    return not same_port or (here.hostname or "") != (there.hostname or "")


def _host_of(address: str) -> str:
    """The host of an address, in lower case, without its port; "" if there is none."""
    try:
        return (urlsplit(address).hostname or "").casefold().rstrip(".")
    except ValueError:
        return ""


async def _answer(send: Send, status: int, text: str) -> None:
    body = json.dumps({"error": text}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode()), *_HEADERS]
    if status == 401:
        headers += [(b"www-authenticate", b"Bearer"), (b"www-authenticate", b'Basic realm="musicemb", charset="UTF-8"')]
    if status == 413:
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
