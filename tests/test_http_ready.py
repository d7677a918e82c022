"""Readiness while the reader is loaded, and when it cannot be. The article is invented."""

import json
import logging
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from api.app import create_app
from tests.problems import client_of, is_problem
from tests.served import PATIENCE, GatedReader, gated_engine, settings_for, until


def test_one_poll_loads_the_reader_and_the_others_are_sent_away(tmp_path: Path) -> None:
    reader = GatedReader()
    app = create_app(gated_engine(reader, settings_for(tmp_path, time_limit=PATIENCE)))
    client = client_of(app)
    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(client.get, "/health/ready")
        until(app.state.probing.locked)
        try:
            for _ in range(2):
                sent_away = client.get("/health/ready")
                words = is_problem(sent_away, 503)["detail"]
                assert words == "the reader is still being loaded; try again in a moment"
                assert sent_away.headers["retry-after"] == "1"
        finally:
            reader.gate.set()
        assert first.result().status_code == 200
    assert client.get("/health/ready").status_code == 200


def test_the_time_limit_holds_for_the_first_question_too(tmp_path: Path) -> None:
    reader = GatedReader()
    client = client_of(create_app(gated_engine(reader, settings_for(tmp_path, time_limit=0.05))))
    with ThreadPoolExecutor(1) as threads:
        poll = threads.submit(client.get, "/health/ready")
        try:
            until(poll.done)
        finally:
            reader.gate.set()
    refused = poll.result()
    assert "within the limit of 0.05 seconds" in is_problem(refused, 503)["detail"]
    assert refused.headers["retry-after"] == "5"
    assert reader.stopped == 1
    until(lambda: client.get("/health/ready").status_code == 200)  # it is asked again


@pytest.mark.parametrize("key", ["", "k"])
def test_with_a_key_the_log_alone_says_why(
    tmp_path: Path, key: str, caplog: pytest.LogCaptureFixture
) -> None:
    reader = GatedReader()
    reader.gate.set()
    client = client_of(create_app(gated_engine(reader, settings_for(tmp_path, api_key=key))))
    with sqlite3.connect(tmp_path / "archive" / "archive.sqlite") as store:
        store.execute("ALTER TABLE articles RENAME TO gone")
    with caplog.at_level(logging.WARNING, "dateline"):
        refused = client.get("/health/ready", headers={"X-Request-ID": "poll-7"})
    words = is_problem(refused, 503)["detail"]
    (logged,) = caplog.records
    assert (logged.message, vars(logged)["request_id"]) == ("not ready", "poll-7")
    told = vars(logged)["problem"]
    assert str(tmp_path) in told
    hidden = "the server is not ready; its log says why, under the request id poll-7"
    assert words == (hidden if key else told)
    assert (str(tmp_path) in json.dumps(refused.json())) == (not key)
