"""What a page in a browser may do: its origin, the host that it names, its probes."""

from collections.abc import Iterator

import httpx
import pytest
from fastapi.testclient import TestClient

from api.app import create_app, waiting_app
from rag.engine import Engine
from rag.settings import Settings
from tests.problems import client_of, is_problem
from tests.served import served

NEWS = "https://news.example"


@pytest.fixture
def open_to_news(engine: Engine) -> TestClient:
    """A server with a key that the pages of one origin may use."""
    app = waiting_app(Settings(api_key="k", cors_origins=(NEWS,)))
    app.state.engine = engine
    return client_of(app)


@pytest.mark.parametrize("path", ["/v1/ask", "/v1/articles/a", "/metrics"])
def test_a_preflight_needs_no_key(open_to_news: TestClient, path: str) -> None:
    asks = {
        "Origin": NEWS,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization, content-type, x-request-id",
    }
    said = open_to_news.options(path, headers=asks)
    assert said.status_code == 200
    assert said.headers["access-control-allow-origin"] == NEWS
    assert "POST" in said.headers["access-control-allow-methods"]
    assert "x-request-id" in said.headers
    other = open_to_news.options(path, headers=asks | {"Origin": "https://other.example"})
    assert other.status_code == 400
    assert "access-control-allow-origin" not in other.headers


def test_errors_can_be_read_by_the_page_too(open_to_news: TestClient) -> None:
    key = {"Authorization": "Bearer k"}
    for response, status in (
        (open_to_news.get("/v1/articles", headers={"Origin": NEWS}), 401),
        (open_to_news.get("/v1/nothing", headers={"Origin": NEWS, **key}), 404),
        (open_to_news.get(f"/v1/{'a' * 16_000}", headers={"Origin": NEWS}), 414),
    ):
        is_problem(response, status)
        assert response.headers["access-control-allow-origin"] == NEWS
        exposed = response.headers["access-control-expose-headers"].split(", ")
        assert set(exposed) == {"Retry-After", "X-Request-ID"}


def test_a_failure_can_be_read_by_the_page_too() -> None:
    app = waiting_app(Settings(cors_origins=("*",)))

    @app.get("/fails")
    def fail() -> None:
        raise RuntimeError

    response = client_of(app).get("/fails", headers={"Origin": NEWS})
    is_problem(response, 500)
    assert response.headers["access-control-allow-origin"] == "*"
    assert response.headers["x-request-id"] in response.json()["detail"]


def test_no_page_may_use_a_server_that_is_not_told_of_it(engine: Engine) -> None:
    said = client_of(create_app(engine)).get("/v1/articles", headers={"Origin": NEWS})
    assert not [name for name in said.headers if name.startswith("access-control")]


@pytest.mark.parametrize(
    "host",
    ["localhost", "LOCALHOST:8000", "127.0.0.1", "127.0.0.1:80", "127.9.9.9", "[::1]:8000", "::1"],
)
def test_hosts_that_are_this_machine(engine: Engine, host: str) -> None:
    client = client_of(create_app(engine))
    status = client.get("/health", headers={"Host": host}).status_code
    assert status == (421 if host == "::1" else 200)  # an address with colons stands in brackets


@pytest.mark.parametrize(
    "host",
    [
        "rebound.example",
        "rebound.example:8000",
        "127.0.0.1.rebound.example",
        "[",
        "10.0.0.1",
        "a@b",
    ],
)
def test_another_host_is_refused_without_a_key(engine: Engine, host: str) -> None:
    app = create_app(engine)
    client = client_of(app)
    for path in ("/v1/articles", "/health", "/openapi.json", "/metrics"):
        words = is_problem(client.get(path, headers={"Host": host}), 421)["detail"]
        assert words.endswith("use http://127.0.0.1, or set DATELINE_API_KEY")
        assert repr(host) in words
    with_key = client_of(waiting_app(Settings(api_key="k")))
    assert with_key.get("/health", headers={"Host": host}).status_code == 200


def test_the_host_that_is_set_may_be_named() -> None:
    client = client_of(waiting_app(Settings(host="news.internal")))
    assert client.get("/health", headers={"Host": "news.internal:8000"}).status_code == 200


@pytest.fixture
def address(engine: Engine) -> Iterator[str]:
    with served(create_app(engine)) as address:
        yield address


@pytest.mark.parametrize("path", ["/health", "/health/ready"])
def test_probes_may_ask_for_the_head_alone(address: str, path: str) -> None:
    said = httpx.head(f"{address}{path}", timeout=60)
    assert (said.status_code, said.content) == (200, b"")
    assert said.headers["content-length"] != "0"
