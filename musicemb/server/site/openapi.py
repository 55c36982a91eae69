"""The OpenAPI 3.1 description of our own API, made from its table of endpoints and their schemas."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from musicemb import __version__
from musicemb.documents import read_schema
from musicemb.server.site.table import Call, Parameter

_ERROR = {"type": "object", "properties": {"error": {"type": "string"}}, "required": ["error"]}


def openapi_document(calls: Sequence[Call], *, locked: bool) -> dict[str, Any]:
    """The description of the API.

    Parameters
    ----------
    calls : sequence of Call
    locked : bool
        Whether a token is needed.

    Returns
    -------
    dict
    """
    schemas: dict[str, Any] = {"error": _ERROR}
    for name in dict.fromkeys(call.document for call in calls):
        schema = read_schema(name)
        parts = schema.pop("$defs", {})
        schema.pop("$schema", None)
        for part, content in {**parts, name: schema}.items():
            schemas[part] = json.loads(json.dumps(content).replace('"#/$defs/', '"#/components/schemas/'))
    paths = {call.path: {"get": _operation(call)} for call in calls}
    paths["/v1/tracks/{id}/audio"] = {"get": _audio()}
    document: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {
            "title": "musicemb",
            "version": __version__,
            "description": "Similar tracks in a music library. Read-only.",
        },
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "paths": paths,
        "components": {"schemas": schemas},
    }
    if locked:
        ways = {"bearer": {"type": "http", "scheme": "bearer"}, "basic": {"type": "http", "scheme": "basic"}}
        document["components"]["securitySchemes"] = ways
        document["security"] = [{"bearer": []}, {"basic": []}]
    return document


def _operation(call: Call) -> dict[str, Any]:
    failures = {"400": "A parameter is missing or wrong."}
    if any(parameter.name in ("id", "from", "to", "words", "kind") for parameter in call.parameters):
        failures |= {"404": "It does not exist, or it is gone.", "422": "The request cannot be answered."}
    return {
        "operationId": call.answer.__name__,
        "summary": call.text,
        "parameters": [_parameter(call, parameter) for parameter in call.parameters],
        "responses": {"200": _response("The requested data.", call.document)}
        | {status: _response(text, "error") for status, text in failures.items()},
    }


def _audio() -> dict[str, Any]:
    file = {"description": "The file, or the part that Range asks for.", "content": {"audio/*": {}}}
    return {
        "operationId": "audio",
        "summary": "The file of a track, as it is.",
        "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
        "responses": {"200": file, "206": file, "404": _response("There is no such track, or it is gone.", "error")},
    }


def _parameter(call: Call, parameter: Parameter) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": parameter.kind}
    if parameter.default is not None:
        schema["default"] = parameter.default
    inside = f"{{{parameter.name}}}" in call.path
    return {
        "name": parameter.name,
        "in": "path" if inside else "query",
        "description": parameter.text,
        "required": inside or parameter.default is None,
        "schema": schema,
    }


def _response(text: str, schema: str) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    return {"description": text, "content": content}
