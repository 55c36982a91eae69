"""The table of our own calls; `test_routes` makes them all."""

from __future__ import annotations

import re

import pytest

from musicemb.documents import schema_names
from musicemb.server.site.table import CALLS, Call


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.path)
def test_a_call_says_what_it_takes_and_gives(call: Call) -> None:
    names = [parameter.name for parameter in call.parameters]
    assert set(re.findall(r"{(\w+)}", call.path)) <= set(names)
    assert len(set(names)) == len(names)
    assert call.document in schema_names()
    assert call.text.endswith(".")
    assert all(parameter.text.endswith((".", '".')) for parameter in call.parameters)


def test_every_document_of_the_server_is_given_by_a_call() -> None:
    assert {name for name in schema_names() if name.startswith("serve-")} == {
        call.document for call in CALLS if call.document.startswith("serve-")
    }
    assert len({call.answer.__name__ for call in CALLS}) == len(CALLS)
