"""What may not be too long, too many or too slow: the bound, in words. All articles invented."""

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.body import MAX_VALUES
from rag.engine import Engine
from tests.problems import client_of, is_problem


@pytest.fixture
def client(engine: Engine) -> TestClient:
    """The shared engine behind the application; nothing here changes it."""
    return client_of(create_app(engine))


def _post(client: TestClient, path: str, body: bytes) -> Any:
    return client.post(f"/v1/{path}", content=body, headers={"Content-Type": "application/json"})


@pytest.mark.parametrize(
    ("path", "most"), [("ask", 256_000), ("search", 256_000), ("articles", 8_000_000)]
)
def test_a_body(client: TestClient, path: str, most: int) -> None:
    words = f"the request's body is longer than {most:,} bytes; send less at a time"
    assert is_problem(_post(client, path, b" " * (most + 1)), 413)["detail"] == words
    assert is_problem(_post(client, path, b" " * most), 400)  # blank, so not JSON


def test_the_fields_of_a_question(client: TestClient) -> None:
    body = {"question": "who?"} | {f"f{i}": i for i in range(99)}
    assert len(is_problem(_post(client, "ask", json.dumps(body).encode()), 422)["errors"]) == 20
    for more in (body | {"one": 1}, {"question": "who?", "filters": body | {"one": 1}}):
        words = "the body: an object in it has 101 fields; give at most 100"
        assert is_problem(_post(client, "ask", json.dumps(more).encode()), 422)["detail"] == words


@pytest.mark.parametrize("value", [b"[]", b"1", b'{"a":1}', b'"a"', b"[[1]]"])
def test_the_values_of_a_body(client: TestClient, value: bytes) -> None:
    """An article's other fields are ignored, but they are read."""
    each = {b'{"a":1}': 2, b"[[1]]": 3}.get(value, 1)
    count = MAX_VALUES // each
    words = f"the request's body holds more than {MAX_VALUES:,} values; send less at a time"
    body = b"[" + b",".join([value] * (count + 1)) + b"]"
    assert is_problem(_post(client, "articles", body), 413)["detail"] == words
    within = b"[" + b",".join([value] * count) + b"]"
    assert (
        "send at most 1,000 at a time"
        in is_problem(_post(client, "articles", within), 413)["detail"]
    )


def test_the_name_of_a_source(client: TestClient) -> None:
    def ask(source: str) -> Any:
        return client.post("/v1/search", json={"query": "who?", "filters": {"sources": [source]}})

    assert ask("ü" * 200).status_code == 200
    (error,) = is_problem(ask("ü" * 201), 422)["errors"]
    assert error == {
        "field": "filters.sources.0",
        "problem": "has 201 characters; give at most 200",
    }


def test_an_id(client: TestClient) -> None:
    assert (
        "there is no article"
        in is_problem(client.get(f"/v1/articles/{'é' * 1_000}"), 404)["detail"]
    )
    for response in (
        client.get(f"/v1/articles/{'é' * 1_001}"),
        client.delete(f"/v1/articles/{'é' * 1_001}"),
        client.get("/v1/articles", params={"after": "é" * 1_001}),
    ):
        (error,) = is_problem(response, 422)["errors"]
        assert error["problem"] == "has 1,001 characters; give at most 1,000"


def test_a_parameter_that_is_none(client: TestClient) -> None:
    (error,) = is_problem(client.get("/v1/articles", params={"afer": "a"}), 422)["errors"]
    assert error == {"field": "afer", "problem": "is no field here; remove it or correct its name"}


def test_the_path_and_the_query(client: TestClient) -> None:
    assert is_problem(client.get(f"/v1/{'a' * 15_990}"), 404)
    words = "path and query have 16,004 bytes; send at most 16,000"
    assert is_problem(client.get(f"/v1/{'a' * 16_000}"), 414)["detail"] == words
    words = "path and query have 16,007 bytes; send at most 16,000"
    assert is_problem(client.get(f"/health?{'a' * 16_000}"), 414)["detail"] == words


def test_the_headers(client: TestClient) -> None:
    assert client.get("/health", headers={"X-Padding": "a" * 31_000}).status_code == 200
    problem = is_problem(client.get("/health", headers={"X-Padding": "a" * 32_000}), 431)
    assert problem["detail"].endswith("bytes; send at most 32,000")


def test_a_count_that_is_written_with_a_point(client: TestClient) -> None:
    found = client.post("/v1/search", json={"query": "agreement", "limit": 2.0})
    assert len(found.json()["results"]) == 2
    (error,) = is_problem(client.post("/v1/search", json={"query": "x", "limit": 2.5}), 422)[
        "errors"
    ]
    assert error == {"field": "limit", "problem": "is a number; give a whole number"}


def test_a_page_of_many_articles(own: Engine) -> None:
    """More than are read at a time."""
    client = client_of(create_app(own))
    given = [{"id": f"{i:03}", "text": f"Ferry {i} was late."} for i in range(45)]
    assert client.post("/v1/articles", json=given).json()["added"] == 45
    page = client.get("/v1/articles", params={"limit": 44}).json()
    assert [listed["id"] for listed in page["articles"]] == [f"{i:03}" for i in range(44)]
    assert page["next"] == "043"
    last = client.get("/v1/articles", params={"after": "043"}).json()
    assert ([listed["id"] for listed in last["articles"]], last["next"]) == (["044"], None)
