"""What every error over HTTP has in common."""

import json
from typing import Any


def is_problem(response: Any, status: int) -> dict[str, Any]:
    """The problem document, once its form is as RFC 9457 has it."""
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = json.loads(response.content.decode("utf-8"))
    assert set(problem) - {"errors"} == {"type", "title", "status", "detail"}
    assert (problem["type"], problem["status"]) == ("about:blank", status)
    return problem
