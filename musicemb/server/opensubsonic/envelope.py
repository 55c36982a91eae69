"""The envelope of responses: ``subsonic-response`` in XML, JSON or JSONP; failures have status 200."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import quoteattr

from starlette.responses import Response

from musicemb import __version__
from musicemb.server.requests import Parameters

PROTOCOL = "1.16.1"
_NAMESPACE = "http://subsonic.org/restapi"
_CALLBACK = re.compile(r"[A-Za-z_$][\w$.]{0,63}", re.ASCII)
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class SubsonicError(Exception):
    """A failure that is reported to the client.

    Parameters
    ----------
    code : int
        0 generic, 10 parameter missing, 20 and 30 protocol version, 40 wrong user or password, 42 mechanism not
        supported, 43 conflicting mechanisms, 44 wrong key, 70 not found.
    message : str
    status : int
        Of HTTP.
    """

    def __init__(self, code: int, message: str, *, status: int = 200) -> None:
        super().__init__(message)
        self.code, self.message, self.status = code, message, status


def wrap(content: Mapping[str, Any], parameters: Parameters, *, status: int = 200) -> Response:
    """A response in the requested format.

    Parameters
    ----------
    content : mapping
        What stands in the envelope: texts and numbers are attributes in XML, mappings and lists elements.
    parameters : Parameters
        "f": xml, json or jsonp, with "callback".
    status : int
        Of HTTP.

    Returns
    -------
    Response
    """
    outcome = "failed" if "error" in content else "ok"
    answer = {
        "status": outcome,
        "version": PROTOCOL,
        "type": "musicemb",
        "serverVersion": __version__,
        "openSubsonic": True,
        **content,
    }
    form, callback = parameters.get("f").casefold(), parameters.get("callback")
    if form == "jsonp" and _CALLBACK.fullmatch(callback):
        text = f"/**/{callback}({_json(answer)});"
        return Response(text, status, media_type="application/javascript")
    if form in ("json", "jsonp"):
        return Response(_json(answer), status, media_type="application/json")
    body = _element("subsonic-response", {"xmlns": _NAMESPACE, **answer})
    return Response(f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n', status, media_type="text/xml")


def failure(error: SubsonicError, parameters: Parameters) -> Response:
    """A failure in its envelope.

    Parameters
    ----------
    error : SubsonicError
    parameters : Parameters

    Returns
    -------
    Response
    """
    return wrap({"error": {"code": error.code, "message": error.message}}, parameters, status=error.status)


def _json(answer: Mapping[str, Any]) -> str:
    return json.dumps({"subsonic-response": answer}, ensure_ascii=True, separators=(",", ":"))


def _element(name: str, content: Any) -> str:
    """An XML element; a plain number or text becomes its content."""
    if not isinstance(content, Mapping):
        text = _clean(content).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        return f"<{name}>{text}</{name}>"
    attributes, children = [], []
    for key, value in content.items():
        if value is None:
            continue
        if isinstance(value, Mapping):
            children.append(_element(key, value))
        elif isinstance(value, list | tuple):
            children += [_element(key, one) for one in value]
        else:
            attributes.append(f" {key}={quoteattr(_clean(value))}")
    return f"<{name}{''.join(attributes)}>{''.join(children)}</{name}>"


def _clean(value: Any) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return _NOT_IN_XML.sub("\ufffd", text)
