"""More requests than can run, on a real server: who waits, who is refused. Articles invented."""

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from api.app import create_app
from api.queues import CHANGES_WAITING
from tests.problems import is_problem
from tests.served import (
    PATIENCE,
    GatedEncoder,
    GatedReader,
    gated_engine,
    served,
    settings_for,
    until,
)

QUESTION = {"question": "Who closed the harbour?"}


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(16) as pool:
        yield pool


def _post(address: str, path: str, body: Any) -> httpx.Response:
    return httpx.post(f"{address}/v1/{path}", json=body, timeout=PATIENCE)


def _counts(app: FastAPI) -> tuple[int, int]:
    queue = app.state.queues.questions
    return queue.running, queue.waiting


def _metric(address: str, line: str) -> float:
    lines = httpx.get(f"{address}/metrics", timeout=PATIENCE).text.splitlines()
    (found,) = [one for one in lines if one.startswith(line + " ")]
    return float(found.rpartition(" ")[2])


def test_past_the_queue_it_says_429_and_when(tmp_path: Path, threads: ThreadPoolExecutor) -> None:
    reader = GatedReader()
    app = create_app(gated_engine(reader, settings_for(tmp_path, queue=3)))
    with served(app) as address:
        asked = [threads.submit(_post, address, "ask", QUESTION) for _ in range(5)]
        try:
            until(lambda: _counts(app) == (2, 3))
            refused = _post(address, "ask", QUESTION)
            words = is_problem(refused, 429)["detail"]
            assert words.startswith("5 questions and searches are running or waiting, as many as")
            assert int(refused.headers["retry-after"]) >= 1
            assert is_problem(_post(address, "search", {"query": "harbour"}), 429)
            assert httpx.get(f"{address}/health", timeout=PATIENCE).status_code == 200
            assert httpx.get(f"{address}/v1/articles/harbour", timeout=PATIENCE).status_code == 200
            assert _post(address, "articles", {"text": "A storm came."}).status_code == 200
            assert _metric(address, 'dateline_queue_running{queue="questions"}') == 2
            assert _metric(address, 'dateline_queue_waiting{queue="questions"}') == 3
            assert _metric(address, 'dateline_questions_total{outcome="overloaded"}') == 1
        finally:
            reader.gate.set()
        assert [one.result().status_code for one in asked] == [200] * 5
        assert _post(address, "ask", QUESTION).status_code == 200
        assert _metric(address, 'dateline_questions_total{outcome="answered"}') == 6


def test_past_the_time_limit_it_says_503_and_stops(
    tmp_path: Path, threads: ThreadPoolExecutor
) -> None:
    """Two questions reach the reader while one waits; none is answered in time."""
    reader = GatedReader()
    app = create_app(gated_engine(reader, settings_for(tmp_path, time_limit=2)))
    with served(app) as address:
        for asked in [threads.submit(_post, address, "ask", QUESTION) for _ in range(3)]:
            late = asked.result()
            words = is_problem(late, 503)["detail"]
            assert words.startswith("there was no answer within the limit of 2 seconds; ask")
            assert int(late.headers["retry-after"]) >= 1
        assert reader.stopped >= 2
        assert _counts(app) == (0, 0)
        assert _metric(address, 'dateline_questions_total{outcome="timed_out"}') == 3


def test_a_client_that_leaves_while_it_waits(tmp_path: Path, threads: ThreadPoolExecutor) -> None:
    reader = GatedReader()
    app = create_app(gated_engine(reader, settings_for(tmp_path)))
    with served(app) as address:
        asked = [threads.submit(_post, address, "ask", QUESTION) for _ in range(2)]
        try:
            until(lambda: _counts(app) == (2, 0))
            with _raw(address) as connection:
                body = b'{"question": "Who closed the harbour?"}'
                connection.sendall(_head("ask", len(body)) + body)
                until(lambda: _counts(app) == (2, 1))
            until(lambda: _counts(app) == (2, 0))
        finally:
            reader.gate.set()
        assert [one.result().status_code for one in asked] == [200] * 2
        until(lambda: _metric(address, 'dateline_questions_total{outcome="abandoned"}') == 1)


def test_a_slow_body_keeps_nobody_from_running_and_is_given_up(tmp_path: Path) -> None:
    reader = GatedReader()
    reader.gate.set()
    app = create_app(gated_engine(reader, settings_for(tmp_path, queue=1, time_limit=2)))
    with served(app) as address, _raw(address) as first, _raw(address) as second:
        for connection in (first, second):
            connection.sendall(_head("ask", 100) + b'{"question": "Who')
        until(lambda: _counts(app) == (0, 2))
        assert _post(address, "ask", QUESTION).status_code == 200
        connection.settimeout(PATIENCE)
        assert connection.recv(1_000).startswith(b"HTTP/1.1 408 ")
        until(lambda: _counts(app) == (0, 0))


def test_changes_wait_for_each_other_and_keep_no_question_waiting(
    tmp_path: Path, threads: ThreadPoolExecutor
) -> None:
    reader = GatedReader()
    reader.gate.set()
    encoder = GatedEncoder("Slowville")
    app = create_app(gated_engine(reader, settings_for(tmp_path), encoder))
    with served(app) as address:
        slow = threads.submit(_post, address, "articles", {"text": "A storm came to Slowville."})
        try:
            assert encoder.waits.wait(PATIENCE)
            others = [
                threads.submit(_post, address, "articles", {"text": f"Ferry {i} is late."})
                for i in range(CHANGES_WAITING)
            ]
            until(lambda: app.state.queues.changes.waiting == CHANGES_WAITING)
            words = is_problem(_post(address, "articles", {"text": "Late."}), 429)["detail"]
            assert words.startswith("5 changes of the archive are running or waiting")
            with _raw(address) as connection:  # sends all of it before it reads the answer
                connection.settimeout(PATIENCE)
                connection.sendall(_head("articles", 7_000_000) + b" " * 7_000_000)
                assert connection.recv(1_000).startswith(b"HTTP/1.1 429 ")
            assert _post(address, "ask", QUESTION).status_code == 200
        finally:
            encoder.gate.set()
        assert [one.result().json()["added"] for one in [slow, *others]] == [1] * 5


def _raw(address: str) -> socket.socket:
    return socket.create_connection(("127.0.0.1", httpx.URL(address).port or 0))


def _head(path: str, length: int) -> bytes:
    lines = [
        f"POST /v1/{path} HTTP/1.1",
        "Host: 127.0.0.1",
        "Content-Type: application/json",
        f"Content-Length: {length}",
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()
