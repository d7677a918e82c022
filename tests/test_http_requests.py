"""Questions and searches that do not fit, and bodies that are not JSON: what is said of each."""

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.app import create_app
from rag.engine import Engine
from tests.problems import client_of, is_problem


@pytest.fixture
def client(engine: Engine) -> TestClient:
    """The shared engine behind the application; nothing here changes it."""
    return client_of(create_app(engine))


@pytest.mark.parametrize(
    ("path", "body", "status", "words"),
    [
        ("ask", {"question": " \n"}, 422, "the question holds no word"),
        ("search", {"query": "?!"}, 422, "the question holds no word"),
        ("ask", {"question": "a" * 2_001}, 413, "the question has 2,001 characters"),
        ("ask", {"question": "\ud800"}, 422, "the question holds half of a character"),
        ("search", {"query": "who \udfff"}, 422, "the question holds half of a character"),
        ("ask", {"question": "who?", "asked_at": "soon"}, 422, "asked_at: 'soon' is not a date"),
        ("ask", {"question": "who?", "asked_at": "\ud800"}, 422, "asked_at: '\\ud800' is not"),
        ("search", {"query": "who?", "asked_at": "soon"}, 422, "asked_at: 'soon' is not a date"),
        ("search", {"query": "who?", "limit": 0}, 422, "limit is 0; give a number from 1 to 100"),
        ("search", {"query": "who?", "limit": 101}, 422, "limit is 101"),
        (
            "ask",
            {"question": "who?", "filters": {"after": "May"}},
            422,
            "after: 'May' is not a day",
        ),
        ("ask", {"question": "who?", "filters": {"before": "\udfff"}}, 422, "before: '\\udfff' is"),
    ],
)
def test_the_engines_own_words(
    client: TestClient, path: str, body: dict[str, Any], status: int, words: str
) -> None:
    # json.dumps writes half of a character as an escape, as a client may.
    response = client.post(
        f"/v1/{path}", content=json.dumps(body), headers={"Content-Type": "application/json"}
    )
    assert is_problem(response, status)["detail"].startswith(words)


@pytest.mark.parametrize(
    ("path", "body", "errors"),
    [
        ("ask", {}, {"question": "is missing; give it"}),
        ("ask", None, {"body": "is null; give an object"}),
        ("ask", [], {"body": "is a list; give an object"}),
        ("ask", "who?", {"body": "is a string; give an object"}),
        ("ask", {"question": None}, {"question": "is null; give a string"}),
        (
            "ask",
            {"question": 3, "qestion": "x"},
            {
                "question": "is a number; give a string",
                "qestion": "is no field here; remove it or correct its name",
            },
        ),
        (
            "search",
            {"query": "x", "filters": {"source": ["y"], "after": 2024}},
            {
                "filters.after": "is a number; give a string",
                "filters.source": "is no field here; remove it or correct its name",
            },
        ),
        (
            "ask",
            {"question": "Who else?", "history": [{"question": "Who?", "answers": "Ada."}, "x"]},
            {
                "history.0.answers": "is no field here; remove it or correct its name",
                "history.1": "is a string; give an object",
            },
        ),
        (
            "ask",
            {
                "question": "Who else?",
                "history": [
                    {"question": "a" * 2_001, "answer": "a" * 20_001},
                    {"question": "\ud800", "answer": 7},
                ],
            },
            {
                "history.0.question": "has 2,001 characters; give at most 2,000",
                "history.0.answer": "has 20,001 characters; give at most 20,000",
                "history.1.question": "holds half of a character, U+D800, at character 0; "
                "remove it",
                "history.1.answer": "is a number; give a string",
            },
        ),
        (
            "ask",
            {"question": "Who else?", "history": [{"question": "Who?"}] * 21},
            {"history": "is a list of 21; give at most 20"},
        ),
        ("ask", {"question": "x", "filters": []}, {"filters": "is a list; give an object"}),
        (
            "ask",
            {"question": "x", "filters": {"sources": "y"}},
            {"filters.sources": "is a string; give a list"},
        ),
        (
            "ask",
            {"question": "x", "filters": {"sources": ["y", "a\ud800"]}},
            {
                "filters.sources.1": "holds half of a character, U+D800, at character 1; remove it",
            },
        ),
        (
            "ask",
            {"question": "x", "filters": {"sources": ["y"] * 101}},
            {"filters.sources": "is a list of 101; give at most 100"},
        ),
        ("search", {"query": "x", "limit": "3"}, {"limit": "is a string; give a whole number"}),
        ("search", {"query": "x", "limit": 1.5}, {"limit": "is a number; give a whole number"}),
        (
            "search",
            {"query": "x", "limit": True},
            {"limit": "is true or false; give a whole number"},
        ),
        (
            "ask",
            {"question": "x", "\ud800": 1},
            {"body": "holds half of a character in a field's name; remove that field"},
        ),
    ],
)
def test_fields_that_do_not_fit(
    client: TestClient, path: str, body: Any, errors: dict[str, str]
) -> None:
    response = client.post(
        f"/v1/{path}", content=json.dumps(body), headers={"Content-Type": "application/json"}
    )
    problem = is_problem(response, 422)
    assert {e["field"]: e["problem"] for e in problem["errors"]} == errors
    first, *others = [f"{field}: {words}" for field, words in errors.items()]
    assert problem["detail"] == first + (f" (and {len(others)} more)" if others else "")


def test_a_long_list_of_errors_is_cut(client: TestClient) -> None:
    body = {"question": "x"} | {f"{i}" * 500: i for i in range(100, 199)}
    problem = is_problem(client.post("/v1/ask", json=body), 422)
    assert problem["detail"].endswith("(and 98 more)")
    assert len(problem["errors"]) == 20
    assert all(len(error["field"]) == 100 for error in problem["errors"])


@pytest.mark.parametrize("path", ["ask", "search", "articles"])
@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "is not JSON: Expecting value at character 0; send a JSON object"),
        (b'{"question": ', "is not JSON: Expecting value at character 13; send a JSON object"),
        (b'{"question": "\xff"}', "byte 14 (0xff) is not UTF-8; send UTF-8"),
        (b"[" * 200_000, "is nested too deeply; send a flat JSON object"),
        (
            b"1" * 5_000,
            "holds a number of more than 4,300 digits; remove it or give it as a string",
        ),
    ],
)
def test_bodies_that_are_not_json(client: TestClient, path: str, body: bytes, words: str) -> None:
    headers = {"Content-Type": "application/json; charset=utf-8"}
    response = client.post(f"/v1/{path}", content=body, headers=headers)
    assert is_problem(response, 400)["detail"] == f"the body: {words}"


@pytest.mark.parametrize("kind", [None, "text/plain", "application/x-www-form-urlencoded"])
def test_a_body_of_another_type(client: TestClient, kind: str | None) -> None:
    headers = {"Content-Type": kind} if kind else {}
    response = client.post("/v1/ask", content=b'{"question": "who?"}', headers=headers)
    assert "send `Content-Type: application/json`" in is_problem(response, 415)["detail"]


_TEXT = st.text(st.characters(), max_size=5)  # any character, and halves of them
_ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | _TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT, inner, max_size=3),
    max_leaves=5,
)
_FIELDS = ("question", "query", "filters", "after", "sources", "limit", "asked_at", "id", "title")


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    path=st.sampled_from(["ask", "search", "articles"]),
    body=_ANY | st.dictionaries(st.sampled_from(_FIELDS), _ANY),
)
def test_any_json_is_answered_or_a_problem(client: TestClient, path: str, body: Any) -> None:
    headers = {"Content-Type": "application/json"}
    response = client.post(f"/v1/{path}", content=json.dumps(body), headers=headers)
    answered = json.loads(response.content.decode("utf-8"))
    json.dumps(answered, ensure_ascii=False).encode()  # no half of a character comes back
    if response.status_code != 200:
        assert is_problem(response, 422)["detail"]
