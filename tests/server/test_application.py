"""The dialects together."""

from __future__ import annotations

from served import Served


def test_what_is_not_there(open_server: Served) -> None:
    answer = open_server.ask("/nothing/here")
    assert (answer.status, answer.json) == (404, {"error": "there is nothing at this address"})
    assert open_server.ask("/api/health", method="HEAD").status == 200
    assert open_server.ask("/api/health", form={}).status == 405
