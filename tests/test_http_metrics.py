"""What Prometheus reads: outcomes, stages, the archive, bounded labels. All articles invented."""

from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from api.app import create_app, waiting_app
from index.archive import Archive
from rag.engine import Engine
from rag.settings import Settings
from tests.invented import CountingEncoder, invented
from tests.problems import client_of, is_problem
from tests.served import GatedReader, gated_engine, settings_for


def _samples(client: TestClient) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """(name, labels) -> value, as Prometheus's own parser reads them."""
    said = client.get("/metrics")
    assert said.status_code == 200
    assert said.headers["content-type"].startswith("text/plain; version=")
    families = text_string_to_metric_families(said.text)
    return {(s.name, frozenset(s.labels.items())): s.value for f in families for s in f.samples}


def _value(client: TestClient, name: str, **labels: str) -> float | None:
    return _samples(client).get((name, frozenset(labels.items())))


@pytest.fixture
def client(tmp_path: Path) -> TestClient:
    """One article; what is asked is answered with its first three characters."""
    reader = GatedReader()
    reader.gate.set()
    return client_of(create_app(gated_engine(reader, settings_for(tmp_path))))


def test_questions_by_outcome(client: TestClient) -> None:
    for outcome in ("answered", "abstained", "rejected", "overloaded", "timed_out", "failed"):
        assert _value(client, "dateline_questions_total", outcome=outcome) == 0
    ask = {"question": "Who closed the harbour?"}
    for body in (ask, ask, ask | {"filters": {"sources": ["none"]}}, {}, ask | {"asked_at": "x"}):
        client.post("/v1/ask", json=body)
    client.get("/v1/ask")  # no question
    client.post("/v1/search", json={"query": "harbour"})
    seen = {
        outcome: _value(client, "dateline_questions_total", outcome=outcome)
        for outcome in ("answered", "abstained", "rejected", "failed")
    }
    assert seen == {"answered": 2, "abstained": 1, "rejected": 2, "failed": 0}
    answer = client.post("/v1/ask", json=ask).json()
    for stage in answer["timings_ms"]:
        # Four questions came as far as that, and for one nothing was found to load.
        count = 3 if stage == "load" else 4
        assert _value(client, "dateline_stage_seconds_count", stage=stage) == count
    assert _value(client, "dateline_dropped_citations_total") == 0


def test_a_question_that_fails(tmp_path: Path) -> None:
    class Broken(GatedReader):
        def read(self, *_: object) -> list[object]:  # type: ignore[override]
            raise RuntimeError

    client = client_of(create_app(gated_engine(Broken(), settings_for(tmp_path))))
    is_problem(client.post("/v1/ask", json={"question": "Who?"}), 500)
    assert _value(client, "dateline_questions_total", outcome="failed") == 1


def test_the_archive_and_its_lag(client: TestClient, tmp_path: Path) -> None:
    assert _value(client, "dateline_articles") == 1
    assert _value(client, "dateline_passages") == 1
    assert _value(client, "dateline_index_lag_changes") == 0
    other = Archive(tmp_path / "archive", CountingEncoder())  # as another process would
    list(other.ingest([invented("ferry"), invented("bridge")]))
    assert _value(client, "dateline_articles") == 1
    assert _value(client, "dateline_index_lag_changes") == 1
    client.post("/v1/search", json={"query": "harbour"})  # makes up for it
    assert _value(client, "dateline_articles") == 3
    assert _value(client, "dateline_index_lag_changes") == 0


def test_no_label_is_a_clients(client: TestClient) -> None:
    for i in range(3):
        client.get(f"/made-up-{i}")
        client.get(f"/v1/articles/made-up-{i}")
        client.request(f"MADEUP{i}", "/health")
        client.get(f"/health?made-up-{i}")
        client.request("PUT", f"/v1/articles/made-up-{i}")
    samples = _samples(client)
    assert "made-up" not in str(samples).lower()
    assert "MADEUP" not in str(samples)
    name = "dateline_request_seconds_count"
    routes = {
        (labels["method"], labels["route"], labels["status"]): value
        for (n, pairs), value in samples.items()
        if n == name and (labels := dict(pairs))
    }
    assert routes.pop(("GET", "/metrics", "200"), 0) == 0  # its own is counted once it is done
    assert routes == {
        ("GET", "other", "404"): 3,
        ("GET", "/v1/articles/{article_id}", "404"): 3,
        ("other", "/health", "405"): 3,
        ("GET", "/health", "200"): 3,
        ("PUT", "/v1/articles/{article_id}", "405"): 3,
    }


def test_they_ask_for_the_key_if_there_is_one(engine: Engine) -> None:
    app = waiting_app(Settings(api_key="k"))
    client = client_of(app)
    is_problem(client.get("/metrics"), 401)
    said = client.get("/metrics", headers={"Authorization": "Bearer k"})
    assert "dateline_articles" not in said.text  # nothing is open yet
    app.state.engine = engine
    said = client.get("/metrics", headers={"Authorization": "Bearer k"})
    assert "\ndateline_articles " in said.text


def test_two_applications_count_apart(engine: Engine, client: TestClient) -> None:
    client.post("/v1/ask", json={})
    other = client_of(create_app(engine))
    assert _value(other, "dateline_questions_total", outcome="rejected") == 0
