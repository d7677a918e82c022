"""Every way a request can fail: its status, its form and its words. All articles invented."""

import sqlite3
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from filelock import FileLock

from api.app import create_app, waiting_app
from api.errors import NoSuchModel, Refused, Stopping, add_handlers
from api.queue import Overloaded
from index import errors
from rag.engine import Engine
from rag.errors import TimedOut
from rag.settings import Settings
from tests.problems import client_of, is_problem

HARBOUR = "The harbour of Port Ansel closed on Monday after a storm."


@pytest.fixture
def client(engine: Engine) -> TestClient:
    """The shared engine behind the application; nothing here changes it."""
    return client_of(create_app(engine))


@pytest.fixture
def broken(own: Engine) -> TestClient:
    """An archive with one article, for the test to break."""
    client = client_of(create_app(own))
    assert client.post("/v1/articles", json={"id": "a", "text": HARBOUR}).status_code == 200
    return client


@pytest.mark.parametrize(
    ("error", "status", "title"),
    [
        (errors.InvalidInput("words"), 422, "Unprocessable Content"),
        (errors.TooLarge("words"), 413, "Content Too Large"),
        (errors.NotFound("words"), 404, "Not Found"),
        (errors.ArchiveBusy("words"), 409, "Conflict"),
        (errors.ArchiveUnusable("words"), 503, "Service Unavailable"),
        (errors.EncoderMismatch("words"), 503, "Service Unavailable"),
        (errors.ArchiveDamaged("words"), 503, "Service Unavailable"),
        (errors.ModelUnusable("words"), 503, "Service Unavailable"),
        (errors.DatelineError("words"), 500, "Internal Server Error"),
        (TimedOut("words"), 503, "Service Unavailable"),
        (Stopping("words"), 503, "Service Unavailable"),
        (Overloaded("words", 7), 429, "Too Many Requests"),
        (Refused("words"), 400, "Bad Request"),
        (NoSuchModel("words"), 404, "Not Found"),
    ],
)
def test_each_of_our_errors_keeps_its_words(error: Exception, status: int, title: str) -> None:
    app = FastAPI()
    add_handlers(app)

    @app.get("/")
    def fail() -> None:
        raise error

    response = client_of(app).get("/")
    problem = is_problem(response, status)
    assert (problem["title"], problem["detail"]) == (title, "words")
    retry_after = {errors.ArchiveBusy: "5", TimedOut: "5", Stopping: "5", Overloaded: "7"}
    assert response.headers.get("retry-after") == retry_after.get(type(error))


def test_no_such_route_method_article_or_page(client: TestClient) -> None:
    problem = is_problem(client.get("/v1/nothing"), 404)
    assert problem["detail"].startswith("there is nothing at /v1/nothing; GET /openapi.json")
    assert is_problem(client.post("/v1/ask/", json={"question": "who?"}), 404)
    assert is_problem(client.get("/docs"), 404)
    for method, path, allowed in (
        ("GET", "/v1/ask", {"POST"}),
        ("PUT", "/v1/articles", {"GET", "POST"}),
        ("POST", "/v1/articles/a/b", {"GET", "DELETE"}),
        ("POST", "/health", {"GET", "HEAD"}),
    ):
        response = client.request(method, path)
        words = is_problem(response, 405)["detail"]
        assert words.startswith(f"{method} does nothing at {path}; use ")
        assert set(response.headers["allow"].split(", ")) == allowed
    assert "'no/such'" in is_problem(client.get("/v1/articles/no/such"), 404)["detail"]
    for limit in ("0", "1001", "many"):
        problem = is_problem(client.get("/v1/articles", params={"limit": limit}), 422)
        assert [error["field"] for error in problem["errors"]] == ["limit"]


def test_the_key_is_asked_for_under_v1_alone(engine: Engine) -> None:
    app = waiting_app(Settings(api_key="schlüssel"))
    app.state.engine = engine
    client = client_of(app)
    right = {b"Authorization": "Bearer schlüssel".encode()}
    assert client.get("/v1/articles", headers=right).status_code == 200
    lower = {b"Authorization": "bearer  schlüssel".encode()}
    assert client.get("/v1/articles", headers=lower).status_code == 200
    for given in ("Bearer schlussel", "Bearer ", "Bearer", "schlüssel", "Basic c2NobMO8c3NlbDo="):
        refused = client.get("/v1/articles", headers={b"Authorization": given.encode()})
        assert is_problem(refused, 401)["detail"].startswith("the key is not this server's; send")
        assert refused.headers["www-authenticate"] == 'Bearer error="invalid_token"'
    for path in ("/v1/ask", "/v1/articles/a", "/v1/nothing", "/v1"):
        refused = client.post(path, content=b"not JSON")
        assert "DATELINE_API_KEY" in is_problem(refused, 401)["detail"]
        assert refused.headers["www-authenticate"] == "Bearer"
    assert client.get("/health").status_code == 200
    assert client.get("/health/ready").status_code == 200
    assert client.get("/openapi.json").status_code == 200


def test_another_process_is_writing(broken: TestClient, tmp_path: Path) -> None:
    with FileLock(tmp_path / "archive" / "writer.lock"):
        for response in (
            broken.post("/v1/articles", json={"id": "b", "text": HARBOUR}),
            broken.delete("/v1/articles/a"),
        ):
            assert "is being written by" in is_problem(response, 409)["detail"]
            assert response.headers["retry-after"] == "5"
    assert broken.delete("/v1/articles/a").status_code == 204


def test_an_archive_of_another_encoder(broken: TestClient, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "archive" / "archive.sqlite") as store:
        store.execute("UPDATE encoder SET fingerprint = 'another'")
    response = broken.post("/v1/articles", json={"id": "b", "text": HARBOUR})
    assert "set DATELINE_ENCODER" in is_problem(response, 503)["detail"]


def test_a_damaged_archive(broken: TestClient, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "archive" / "archive.sqlite") as store:
        store.execute("ALTER TABLE articles RENAME TO gone")
    for path in ("/v1/articles", "/v1/articles/a", "/health/ready"):
        assert "archive" in is_problem(broken.get(path), 503)["detail"]
    assert broken.get("/health").status_code == 200


def test_what_is_unexpected_tells_the_client_nothing() -> None:
    app = FastAPI()
    add_handlers(app)

    @app.get("/")
    def fail() -> None:
        raise RuntimeError("a secret")

    response = client_of(app).get("/")
    words = "the server failed; its log says where, under the request id unknown. "
    assert is_problem(response, 500)["detail"] == words + "The request may be sent again"
