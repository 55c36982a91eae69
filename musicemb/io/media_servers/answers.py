"""Requests JSON from a media server over HTTP; credentials are sent only to the server that was named."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from musicemb.errors import MusicembError

_TIMEOUT = 30.0
_LARGEST = 64 << 20


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """Follows no redirection: it would take the credentials along."""

    def redirect_request(self, *_: Any) -> None:
        return None


def check_address(address: str) -> str:
    """A valid address of a server, without a slash at its end.

    Parameters
    ----------
    address : str

    Returns
    -------
    str

    Raises
    ------
    MusicembError
    """
    try:
        parts = urlsplit(address)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and not (parts.query or parts.fragment)
        _ = parts.port
    except ValueError:
        sound = False
    if not sound:
        raise MusicembError(f"{address!r} is not a server's address: give one such as http://localhost:4533")
    if parts.username or parts.password:
        raise MusicembError("do not put credentials into a server's address: use the environment or credentials.toml")
    return address.rstrip("/")


def ask_json(
    address: str,
    parameters: Mapping[str, str] | None = None,
    *,
    headers: Mapping[str, str] | None = None,
    body: Any = None,
) -> Any:
    """The response of a server, as JSON.

    Parameters
    ----------
    address : str
        With the path.
    parameters : mapping, optional
        Of a GET.
    headers : mapping, optional
    body : object, optional
        Sent as JSON by POST.

    Returns
    -------
    object

    Raises
    ------
    MusicembError
        Where it cannot be reached, refuses, or answers something else.
    """
    target = f"{address}?{urlencode(parameters)}" if parameters else address
    data = None if body is None else json.dumps(body).encode()
    kind = {"Content-Type": "application/json"} if data else {}
    request = urllib.request.Request(target, data, {**(headers or {}), **kind, "Accept": "application/json"})
    try:
        with urllib.request.build_opener(_NoRedirects).open(request, timeout=_TIMEOUT) as answer:
            content = answer.read(_LARGEST + 1)
        if len(content) > _LARGEST:
            raise MusicembError(f"{address} answers with more than {_LARGEST >> 20} MB")
        return json.loads(content)
    except urllib.error.HTTPError as error:
        error.close()
        raise MusicembError(f"{address} {_meaning(error)}") from None
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", None) or error
        raise MusicembError(f"{address} cannot be reached ({getattr(reason, 'strerror', None) or reason})") from None
    except ValueError:
        raise MusicembError(f"{address} does not answer with JSON: is it the address of that server?") from None


def _meaning(error: urllib.error.HTTPError) -> str:
    if error.code in (401, 403):
        return f"refuses the credentials (status {error.code})"
    if 300 <= error.code < 400:
        return f"redirects to {error.headers.get('Location', 'elsewhere')}: give that address"
    return f"answers with status {error.code}: is it the address of that server?"


def text_of(value: Any) -> str:
    """A value of an answer as text; of a list its first.

    Parameters
    ----------
    value : object

    Returns
    -------
    str
        "" for anything that is no text or number.
    """
    if isinstance(value, list):
        value = next(iter(value), "")
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def number_of(value: Any) -> float:
    """A value of an answer as a number.

    Parameters
    ----------
    value : object

    Returns
    -------
    float
        0 for anything that is none.
    """
    try:
        found = float(value)
    except (TypeError, ValueError):
        return 0.0
    return found if 0 <= found < 1e9 else 0.0


def mapping_of(value: Any, address: str) -> dict[str, Any]:
    """A value of an answer as a mapping.

    Parameters
    ----------
    value : object
    address : str
        Who answered.

    Returns
    -------
    dict

    Raises
    ------
    MusicembError
        For anything else.
    """
    if not isinstance(value, dict):
        raise _strange(address)
    return value


def rows_of(value: Any, address: str) -> list[dict[str, Any]]:
    """The rows of a list; a list without any may be left out.

    Parameters
    ----------
    value : object
    address : str
        Who answered.

    Returns
    -------
    list of dict

    Raises
    ------
    MusicembError
        For anything else.
    """
    if not isinstance(value or [], list):
        raise _strange(address)
    return [mapping_of(row, address) for row in value or []]


def _strange(address: str) -> MusicembError:
    return MusicembError(f"{address} does not answer like a server of this kind: are address and kind right?")
