"""The routes over a real engine: questions, searches, articles, health. All articles invented."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pydantic import BaseModel

from api import event_schemas, response_schemas
from api.app import create_app, waiting_app
from rag.answer import REFUSAL
from rag.engine import Engine
from tests.problems import client_of, is_problem

HARBOUR = "The harbour of Port Ansel closed on Monday after a storm. Two ferries waited outside it."
BRIDGE = "The bridge at Vell reopened on Friday. Mayor Ida Holt cut the ribbon."


@pytest.fixture
def client(own: Engine) -> TestClient:
    """The application over an archive that is empty."""
    return client_of(create_app(own))


@pytest.fixture
def news(client: TestClient) -> TestClient:
    """Two articles: of a harbour, dated and with a source, and of a bridge, without either."""
    harbour = {"id": "harbour", "text": HARBOUR, "source": "Ansel Wire", "title": "Storm"}
    sent = [harbour | {"published_at": "2024-01-15"}, {"id": "bridge", "text": BRIDGE}]
    assert client.post("/v1/articles", json=sent).json()["added"] == 2
    return client


def _quotes(answer: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield from answer["citations"]
    yield from answer["nearest"]


def test_a_follow_up_is_understood_by_its_history(news: TestClient) -> None:
    """And only by that of its own request; its quotes are verified like any."""
    history = [
        {"question": "Which harbour closed?"},
        {"question": "Who said so?", "answer": "Ida Holt"},
    ]
    asked = {"question": "and when did it open?", "history": history}
    answer = news.post("/v1/ask", json=asked).json()
    assert answer["question"] == "and when did it open?"
    assert answer["understood_as"] == "When did it open? (harbour closed, Ida Holt)"
    texts = {"harbour": HARBOUR, "bridge": BRIDGE}
    for quote in _quotes(answer):
        text = texts[quote["article_id"]]
        assert text[quote["start_char_index"] : quote["end_char_index"]] == quote["cited_text"]
    nothing: list[dict[str, Any]] = [{}, {"history": None}, {"history": []}]
    for none in nothing:
        alone = news.post("/v1/ask", json={"question": asked["question"], **none}).json()
        assert alone["understood_as"] == "and when did it open?"


def test_an_answer_and_what_attests_it(news: TestClient) -> None:
    asked = {"question": " Which harbour  closed? ", "asked_at": "2024-01-16T10:00:00+01:00"}
    response = news.post("/v1/ask", json=asked)
    answer = response.json()
    assert (response.status_code, response.headers["content-type"]) == (200, "application/json")
    assert answer["question"] == " Which harbour  closed? "
    assert answer["understood_as"] == "Which harbour closed?"
    assert answer["asked_at"] == "2024-01-16T09:00:00Z"
    assert answer["as_of"] == "2024-01-15"
    assert 0 <= answer["confidence"] <= 1
    texts = {"harbour": HARBOUR, "bridge": BRIDGE}
    assert list(_quotes(answer))
    for quote in _quotes(answer):
        text = texts[quote["article_id"]]
        assert text[quote["start_char_index"] : quote["end_char_index"]] == quote["cited_text"]
    for sentence in answer["sentences"]:
        assert answer["answer"][sentence["start"] : sentence["end"]] == sentence["text"]
        assert sentence["citations"]
    if answer["abstained"]:
        assert (answer["answer"], answer["sentences"], answer["citations"]) == (REFUSAL, [], [])
    else:
        assert answer["sentences"]
        assert answer["nearest"] == []


def test_an_empty_archive_abstains(client: TestClient) -> None:
    answer = client.post("/v1/ask", json={"question": "Which harbour closed?"}).json()
    assert (answer["abstained"], answer["answer"], answer["nearest"]) == (True, REFUSAL, [])
    assert (answer["as_of"], answer["undated_left_out"]) == (None, 0)


def test_filters_apply_to_questions(news: TestClient) -> None:
    question = {"question": "Which harbour closed?", "filters": {"after": "2024-01-16"}}
    answer = news.post("/v1/ask", json=question).json()
    assert (answer["abstained"], answer["nearest"], answer["undated_left_out"]) == (True, [], 1)


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        (None, ["bridge", "harbour"]),
        ({"after": None, "before": None, "sources": None}, ["bridge", "harbour"]),
        ({"after": "2024-01-15"}, ["harbour"]),
        ({"after": "2024-01-16"}, []),
        ({"before": "2024-01-15"}, []),
        ({"before": "2024-01-16"}, ["harbour"]),
        ({"sources": ["ansel  WIRE", "Other"]}, ["harbour"]),
        ({"sources": ["Other"]}, []),
    ],
)
def test_filters_apply_to_searches(
    news: TestClient, filters: dict[str, Any] | None, found: list[str]
) -> None:
    response = news.post("/v1/search", json={"query": "the harbour", "filters": filters})
    assert response.status_code == 200
    results = response.json()["results"]
    assert sorted(result["article_id"] for result in results) == found


def test_the_day_of_asking_puts_near_articles_first(client: TestClient) -> None:
    # Invented for this test: two articles that differ in their day alone.
    days = ("2022-05-10", "2024-05-14")
    sent = [{"id": day, "published_at": day, "text": HARBOUR} for day in days]
    assert client.post("/v1/articles", json={"articles": sent}).json()["added"] == 2
    for day in days:
        asked = {"question": "Which harbour closed this week?", "asked_at": f"{day}T12:00:00Z"}
        answer = client.post("/v1/ask", json=asked).json()
        assert next(_quotes(answer))["article_id"] == day
        asked = {"query": "harbour closed", "asked_at": day}
        results = client.post("/v1/search", json=asked).json()["results"]
        assert [found["article_id"] for found in results] == sorted(days, key=lambda d: d != day)


def test_a_search_gives_the_nearest_first_and_no_more_than_asked(news: TestClient) -> None:
    results = news.post("/v1/search", json={"query": "harbour storm", "limit": 1}).json()["results"]
    (found,) = results
    assert found["article_id"] == "harbour"
    assert HARBOUR[found["start_char_index"] : found["end_char_index"]] == found["text"]
    assert (found["source"], found["published_at"]) == ("Ansel Wire", "2024-01-15")


def test_what_openapi_says_of_responses_is_what_is_sent(news: TestClient) -> None:
    def fields(model: Any) -> set[str]:
        return set(model.model_fields)

    answer = news.post("/v1/ask", json={"question": "Which harbour closed?"}).json()
    assert set(answer) == fields(response_schemas.AnswerOut)
    assert all(set(quote) == fields(response_schemas.CitationOut) for quote in _quotes(answer))
    found = news.post("/v1/search", json={"query": "harbour"}).json()
    assert set(found) == fields(response_schemas.SearchOut)
    assert set(found["results"][0]) == fields(response_schemas.FoundOut)
    page = news.get("/v1/articles").json()
    assert set(page) == fields(response_schemas.PageOut)
    assert set(page["articles"][0]) == fields(response_schemas.ListedOut)
    assert set(news.get("/v1/articles/bridge").json()) == fields(response_schemas.ArticleOut)


def test_openapi_has_an_example_of_every_body(client: TestClient) -> None:
    described = client.get("/openapi.json").json()
    operations = [
        (path, verb, operation)
        for path, verbs in described["paths"].items()
        for verb, operation in verbs.items()
    ]
    assert len(operations) == 12
    for path, verb, operation in operations:
        assert operation["description"], path
        for status, response in operation["responses"].items():
            for content in response.get("content", {}).values():
                assert "example" in content or content["schema"]["examples"], (path, verb, status)
        if "requestBody" in operation:
            schema = operation["requestBody"]["content"]["application/json"]["schema"]
            if "$ref" in schema:
                schema = described["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
            assert schema["examples"], path
            for example in schema["examples"]:
                assert client.request(verb, path, json=example).status_code == 200


@pytest.mark.parametrize(
    ("path", "kinds"),
    [
        (
            "/v1/ask",
            [
                event_schemas.UnderstoodOut,
                event_schemas.PassagesOut,
                event_schemas.TextOut,
                event_schemas.CitedOut,
                event_schemas.ResultOut,
            ],
        ),
        ("/v1/chat/completions", [event_schemas.ChunkOut] * 3),
    ],
)
def test_the_examples_of_streams_are_what_is_described(
    client: TestClient, path: str, kinds: list[type[BaseModel]]
) -> None:
    responses = client.get("/openapi.json").json()["paths"][path]["post"]["responses"]
    *events, done, after = responses["200"]["content"]["text/event-stream"]["example"].split("\n\n")
    assert (done, after) == ("data: [DONE]", "")
    for event, kind in zip(events, kinds, strict=True):
        kind.model_validate_json(event.removeprefix("data: "))


def test_health_is_open_and_readiness_waits_for_the_engine(engine: Engine) -> None:
    app = waiting_app(engine.settings)
    client = client_of(app)
    assert client.get("/health").json() == {"status": "alive"}
    for waiting in (client.get("/health/ready"), client.get("/v1/articles")):
        assert waiting.status_code == 503
        assert waiting.headers["content-type"] == "application/problem+json"
        assert waiting.headers["retry-after"] == "1"
    app.state.engine = engine
    for _ in range(2):
        ready = client.get("/health/ready")
        assert (ready.status_code, ready.json()) == (200, {"status": "ready"})


def test_a_server_that_is_being_stopped_takes_no_more_traffic(engine: Engine) -> None:
    app = create_app(engine)
    client = client_of(app)
    assert client.get("/health/ready").status_code == 200
    app.state.stopping.set()
    assert is_problem(client.get("/health/ready"), 503)["detail"] == "the server is being stopped"
    assert client.get("/health").status_code == 200
    assert client.post("/v1/ask", json={"question": "who?"}).status_code == 200
