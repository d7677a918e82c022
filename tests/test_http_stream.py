"""`POST /v1/ask` as server-sent events, on a real server. All articles invented."""

import json
import socket
import sqlite3
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from api.app import create_app
from rag.answer import REFUSAL
from rag.deadline import NEVER, Deadline
from rag.engine import Engine
from rag.reader import Pair, Reading
from tests.events import DONE, events_of, kinds_of
from tests.invented import invented
from tests.problems import client_of, is_problem
from tests.served import PATIENCE, GatedReader, gated_engine, served, settings_for, until

ASK = {"question": " Who  closed the harbour?", "asked_at": "2024-01-16", "stream": True}
TEXT = "The harbour of Invented Bay stays closed."


@pytest.fixture
def reader() -> GatedReader:
    return GatedReader()


@pytest.fixture
def app(tmp_path: Path, reader: GatedReader) -> FastAPI:
    return create_app(gated_engine(reader, settings_for(tmp_path)))


@pytest.fixture
def address(app: FastAPI, reader: GatedReader) -> Iterator[str]:
    """The server; whatever still waits when the test ends is let go."""
    with served(app) as address:
        yield address
        reader.gate.set()


def _ask(address: str, **more: Any) -> httpx.Response:
    return httpx.post(f"{address}/v1/ask", json=ASK | more, timeout=PATIENCE)


def _counts(app: FastAPI) -> tuple[int, int]:
    queue = app.state.queues.questions
    return queue.running, queue.waiting


def _outcomes(address: str, outcome: str) -> float:
    name = f'dateline_questions_total{{outcome="{outcome}"}} '
    lines = httpx.get(f"{address}/metrics", timeout=PATIENCE).text.splitlines()
    (found,) = [line for line in lines if line.startswith(name)]
    return float(found.rpartition(" ")[2])


def test_the_events_of_an_answer(address: str, reader: GatedReader) -> None:
    reader.gate.set()
    response = _ask(address)
    assert response.headers["cache-control"] == "no-cache"
    assert len(response.headers["x-request-id"]) == 32
    events = events_of(response)
    assert kinds_of(events) == ["understood", "passages", "text", "citation", "result"]
    understood, passages, text, citation, result = events
    assert understood == {
        "type": "understood",
        "understood_as": "Who closed the harbour?",
        "filters": {"after": None, "before": None, "sources": []},
        "asked_at": "2024-01-16",
    }
    search = {"query": "Who closed the harbour?"}
    found = httpx.post(f"{address}/v1/search", json=search, timeout=PATIENCE).json()
    assert passages["passages"] == found["results"]
    assert text == {"type": "text", "text": "The", "start": 0, "end": 3}
    plain = _ask(address, stream=False).json()
    assert citation == {"type": "citation", "index": 0, "citation": plain["citations"][0]}
    for answer in (plain, result["result"]):
        assert answer.pop("timings_ms")["verify"] > 0
    assert result["result"] == plain
    assert _outcomes(address, "answered") == 2


def test_filters_are_understood_and_a_refusal_is_one_piece(
    address: str, reader: GatedReader
) -> None:
    reader.gate.set()
    filters = {"after": "2024-01-16", "before": "2024-02-01", "sources": ["No Wire"]}
    events = events_of(_ask(address, filters=filters))
    assert kinds_of(events) == ["understood", "passages", "text", "result"]
    assert events[0]["filters"] == filters
    assert events[1]["passages"] == []
    assert events[2] == {"type": "text", "text": REFUSAL, "start": 0, "end": len(REFUSAL)}
    assert events[3]["result"]["abstained"] is True
    assert _outcomes(address, "abstained") == 1


def test_a_real_answer_in_pieces(engine: Engine) -> None:
    """Through the shipped models: the pieces joined are the answer, and each quote holds."""
    client = client_of(create_app(engine))
    ask = {"question": "what was the 2018 agreement?", "stream": True}
    events = events_of(client.post("/v1/ask", json=ask))  # type: ignore[arg-type]
    result = events[-1]["result"]
    assert not result["abstained"]
    assert "".join(e["text"] for e in events if e["type"] == "text") == result["answer"]
    cited = [e for e in events if e["type"] == "citation"]
    assert [e["index"] for e in cited] == list(range(len(result["citations"])))
    for event in cited:
        quote = event["citation"]
        text = engine.article(quote["article_id"]).text
        assert text[quote["start_char_index"] : quote["end_char_index"]] == quote["cited_text"]


def test_nothing_of_the_answer_leaves_before_it_is_read_and_verified(
    address: str, reader: GatedReader
) -> None:
    """What was understood and found is there while the reader waits; then the rest comes."""
    with httpx.stream("POST", f"{address}/v1/ask", json=ASK, timeout=PATIENCE) as response:
        lines = (line for line in response.iter_lines() if line.startswith("data:"))
        assert '"type":"understood"' in next(lines)
        assert '"type":"passages"' in next(lines)
        assert not reader.gate.is_set()
        reader.gate.set()
        rest = list(lines)
    assert '"type":"text"' in rest[0]
    assert rest[-1] == DONE


class DamagingReader(GatedReader):
    """Changes a letter of the stored article while it reads, behind the archive's back."""

    def __init__(self, store: Path) -> None:
        super().__init__()
        self.gate.set()
        self.store = store

    def read(self, pairs: Sequence[Pair], deadline: Deadline = NEVER) -> list[Reading]:
        with sqlite3.connect(self.store) as store:
            store.execute("UPDATE articles SET text = replace(text, 'closed', 'cloned')")
        return super().read(pairs, deadline)


def test_a_quote_that_does_not_hold_is_never_sent(tmp_path: Path) -> None:
    reader = DamagingReader(tmp_path / "archive" / "archive.sqlite")
    client = client_of(create_app(gated_engine(reader, settings_for(tmp_path))))
    response = client.post("/v1/ask", json=ASK)
    events = events_of(response)  # type: ignore[arg-type]
    assert kinds_of(events) == ["understood", "passages", "error"]
    problem = events[-1]["problem"]
    assert (problem["status"], problem["title"]) == (503, "Service Unavailable")
    assert "harbour" in problem["detail"]
    assert 'dateline_questions_total{outcome="failed"} 1.0' in client.get("/metrics").text


def test_a_heartbeat_on_silence_alone(app: FastAPI, address: str, reader: GatedReader) -> None:
    app.state.heartbeat_seconds = 0.05
    with httpx.stream("POST", f"{address}/v1/ask", json=ASK, timeout=PATIENCE) as response:
        lines = response.iter_lines()
        seen: list[str] = []
        while seen.count(": keep-alive") < 3:
            seen += [line for line in [next(lines)] if line]
        assert [line[:20] for line in seen[:2]] == ['data: {"type":"under', 'data: {"type":"passa']
        assert seen[2:] == [": keep-alive"] * 3
        app.state.heartbeat_seconds = 60
        reader.gate.set()
        rest = [line for line in lines if line]
    assert rest[-1] == DONE
    assert rest.count(": keep-alive") <= 1  # the one that was due when the gate was opened


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("path", ["ask", "chat/completions"])
def test_a_client_that_leaves_stops_the_work(
    app: FastAPI, address: str, reader: GatedReader, path: str, stream: bool
) -> None:
    body = dict(ASK, stream=stream)
    if path != "ask":
        said = [{"role": "user", "content": ASK["question"]}]
        body = {"model": "dateline", "messages": said, "stream": stream}
    sent = json.dumps(body).encode()
    head = f"POST /v1/{path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    with socket.create_connection(("127.0.0.1", httpx.URL(address).port or 0)) as connection:
        connection.sendall(f"{head}Content-Length: {len(sent)}\r\n\r\n".encode() + sent)
        until(lambda: reader.asked == 1)
        assert _counts(app) == (1, 0)
    until(lambda: reader.stopped == 1)
    until(lambda: _counts(app) == (0, 0))
    until(lambda: _outcomes(address, "abandoned") == 1)
    assert _outcomes(address, "answered") == 0


@pytest.mark.parametrize(
    ("more", "status", "words"),
    [
        ({"question": " "}, 422, "the question holds no word"),
        ({"question": "a" * 2_001}, 413, "the question has 2,001 characters"),
        ({"asked_at": "soon"}, 422, "asked_at: 'soon' is not a date"),
        ({"filters": {"after": "May"}}, 422, "after: 'May' is not a day"),
        ({"stream": "yes"}, 422, "stream: is a string; give true or false"),
        ({"stream": 1}, 422, "stream: is a number; give true or false"),
    ],
)
def test_before_the_first_event_an_error_has_its_status(
    address: str, more: dict[str, Any], status: int, words: str
) -> None:
    assert is_problem(_ask(address, **more), status)["detail"].startswith(words)


def test_the_time_limit_ends_a_stream_with_an_event(tmp_path: Path, reader: GatedReader) -> None:
    app = create_app(gated_engine(reader, settings_for(tmp_path, time_limit=0.5)))
    with served(app) as address:
        events = events_of(_ask(address))
        assert kinds_of(events) == ["understood", "passages", "error"]
        problem = events[-1]["problem"]
        assert (problem["type"], problem["status"]) == ("about:blank", 503)
        assert problem["detail"].startswith("there was no answer within the limit of 0.5 seconds")
        assert _outcomes(address, "timed_out") == 1
        assert _counts(app) == (0, 0)


class FailingReader(GatedReader):
    def read(self, pairs: Sequence[Pair], deadline: Deadline = NEVER) -> list[Reading]:
        deadline.check()
        raise RuntimeError(f"a secret about {pairs[0].passage}")


def test_what_is_unexpected_tells_a_stream_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    client = client_of(create_app(gated_engine(FailingReader(), settings_for(tmp_path))))
    response = client.post("/v1/ask", json=ASK, headers={"X-Request-ID": "page-7"})
    events = events_of(response)  # type: ignore[arg-type]
    assert kinds_of(events) == ["understood", "passages", "error"]
    words = "the server failed; its log says where, under the request id page-7. "
    assert events[-1]["problem"]["detail"] == words + "The request may be sent again"
    assert "secret" not in response.text
    failure, *_ = caplog.records
    assert (failure.message, vars(failure)["request_id"]) == ("failure", "page-7")
    counted = client.get("/metrics").text
    assert 'dateline_questions_total{outcome="failed"} 1.0' in counted


def test_a_stream_holds_its_turn_and_waits_for_it(
    app: FastAPI, address: str, reader: GatedReader
) -> None:
    """Two run and one waits, unheard; past the queue there is an ordinary 429."""
    with ThreadPoolExecutor(4) as threads:
        asked = [threads.submit(_ask, address) for _ in range(3)]
        try:
            until(lambda: _counts(app) == (2, 1))
            app.state.queues.questions.may_wait = 1
            refused = _ask(address)
            words = is_problem(refused, 429)["detail"]
            assert words.startswith("3 questions and searches are running or waiting")
            assert int(refused.headers["retry-after"]) >= 1
        finally:
            reader.gate.set()
        for one in asked:
            assert kinds_of(events_of(one.result()))[-1] == "result"
    assert _counts(app) == (0, 0)


def test_letters_that_end_a_line_elsewhere(tmp_path: Path, reader: GatedReader) -> None:
    """Line separators, and what is not ASCII, in an article's text end no event."""
    reader.gate.set()
    engine = gated_engine(reader, settings_for(tmp_path))
    text = "é\u2028 \u0085harbour\r\nwas\x0bclosed\x0c🗞."
    engine.ingest(invented("odd", text))
    client = client_of(create_app(engine))
    events = events_of(client.post("/v1/ask", json=ASK))  # type: ignore[arg-type]
    found = {p["article_id"]: p["text"] for p in events[1]["passages"]}
    assert found["odd"] == text
