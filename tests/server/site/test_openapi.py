"""The description of our own API; `test_routes` checks answers against it."""

from __future__ import annotations

import json
import re

from musicemb.server.site.openapi import openapi_document
from musicemb.server.site.table import CALLS


def test_every_reference_leads_somewhere() -> None:
    document = openapi_document(CALLS, locked=True)
    known = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    used = set(re.findall(r'"\$ref": "([^"]+)"', json.dumps(document)))
    assert used <= known
    assert "#/components/schemas/track" in used


def test_parameters_of_the_path_must_be_given() -> None:
    similar = openapi_document(CALLS, locked=False)["paths"]["/v1/tracks/{id}/similar"]["get"]
    first, second, *_ = similar["parameters"]
    assert (first["in"], first["required"]) == ("path", True)
    assert (second["in"], second["required"], second["schema"]) == ("query", False, {"type": "integer", "default": 10})
