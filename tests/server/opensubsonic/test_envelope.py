"""Answers in XML, JSON and JSONP."""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from musicemb.server.opensubsonic.envelope import SubsonicError, failure, wrap
from musicemb.server.requests import Parameters

XML_TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"))


@given(XML_TEXT, st.integers(), st.booleans())
def test_xml_says_what_json_says(text: str, number: int, truth: bool) -> None:
    content: dict[str, Any] = {"one": {"text": text, "number": number, "truth": truth, "none": None}, "list": [{}, {}]}
    root = ElementTree.fromstring(bytes(wrap(content, Parameters({})).body))
    one = root.find("{*}one")
    assert one is not None
    assert one.attrib == {"text": text, "number": str(number), "truth": str(truth).lower()}
    assert len(root.findall("{*}list")) == 2
    answer = json.loads(bytes(wrap(content, Parameters({"f": "json"})).body))["subsonic-response"]
    assert {name: answer[name] for name in content} == content


@given(st.text())
def test_any_text_gives_xml_that_can_be_read(text: str) -> None:
    root = ElementTree.fromstring(bytes(wrap({"a": {"b": text, "c": [text]}}, Parameters({})).body))
    assert root.find("{*}a") is not None
    json.loads(bytes(wrap({"a": text}, Parameters({"f": "json"})).body))


def test_jsonp_takes_a_name_and_nothing_else() -> None:
    called = bytes(wrap({}, Parameters({"f": "jsonp", "callback": "app.take"})).body)
    assert called.startswith(b"/**/app.take({")
    assert called.endswith(b"});")
    refused = wrap({}, Parameters({"f": "jsonp", "callback": "alert(1);x"}))
    assert refused.media_type == "application/json"


def test_a_failure() -> None:
    answer = failure(SubsonicError(70, "not <there>"), Parameters({}))
    assert answer.status_code == 200
    error = ElementTree.fromstring(bytes(answer.body)).find("{*}error")
    assert error is not None
    assert error.attrib == {"code": "70", "message": "not <there>"}
