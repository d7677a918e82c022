"""What tests of streams share: a stream of server-sent events, taken apart."""

import json
from typing import Any

import httpx

DONE = "data: [DONE]"


def events_of(response: httpx.Response) -> list[dict[str, Any]]:
    """The events of a whole stream, once its form is right: one line each, and `[DONE]` last."""
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
    *pieces, after = response.content.decode("utf-8").split("\n\n")
    assert after == ""
    said = [piece for piece in pieces if piece != ": keep-alive"]
    assert all("\n" not in piece and piece.startswith("data: ") for piece in said)
    assert [i for i, piece in enumerate(said) if piece == DONE] == [len(said) - 1]
    return [json.loads(piece.removeprefix("data: ")) for piece in said[:-1]]


def kinds_of(events: list[dict[str, Any]]) -> list[str]:
    return [event["type"] for event in events]
