"""What tests of HTTP share: a client, and what every error has in common."""

import json
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient


def client_of(app: FastAPI) -> TestClient:
    """A client on this machine; it gets what a client gets, also of what the server did not expect.

    A server without a key does not answer to the name that the client would use by itself.
    """
    return TestClient(app, base_url="http://localhost", raise_server_exceptions=False)


def is_problem(response: Any, status: int) -> dict[str, Any]:
    """The problem document, once its form is as RFC 9457 has it."""
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = json.loads(response.content.decode("utf-8"))
    assert set(problem) - {"errors"} == {"type", "title", "status", "detail"}
    assert (problem["type"], problem["status"]) == ("about:blank", status)
    return problem
