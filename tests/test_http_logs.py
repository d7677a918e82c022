"""The log: an id, a line for each request, and no word of a question or an article. Invented."""

import json
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.logs import start_logging
from rag.deadline import NEVER, Deadline
from rag.reader import Pair, Reading
from tests.problems import client_of, is_problem
from tests.served import GatedReader, gated_engine, settings_for

CANARY = "Xylocanary"


class QuotingReader(GatedReader):
    """Fails, and says in its message what it was to read, as a library may."""

    def read(self, pairs: Sequence[Pair], deadline: Deadline = NEVER) -> list[Reading]:
        deadline.check()
        pair = pairs[0]
        try:
            raise KeyError(pair.question)
        except KeyError as error:
            raise RuntimeError(f"cannot read {pair.passage}") from error


def _client(folder: Path, reader: GatedReader) -> TestClient:
    reader.gate.set()
    return client_of(create_app(gated_engine(reader, settings_for(folder))))


def _lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    out, err = capsys.readouterr()
    assert out == ""
    return [json.loads(line) for line in err.splitlines()]


@pytest.fixture(autouse=True)
def _put_back() -> Any:
    loggers = [logging.getLogger(name) for name in ("dateline", "uvicorn")]
    before = [(logger.handlers, logger.level) for logger in loggers]
    yield
    for logger, (handlers, level) in zip(loggers, before, strict=True):
        logger.handlers = handlers
        logger.setLevel(level)


def test_a_line_for_each_request(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    start_logging("info")
    client = _client(tmp_path, GatedReader())
    answer = client.post("/v1/ask", json={"question": "Who closed the harbour?"})
    client.get("/v1/articles/harbour", headers={"X-Request-ID": "page-7"})
    client.get("/nothing")
    client.get("/health")
    client.get("/metrics")
    asked, shown, nothing = _lines(capsys)
    assert asked.pop("milliseconds") > 0
    assert asked.pop("time").startswith("2")
    assert asked == {
        "level": "INFO",
        "message": "request",
        "request_id": answer.headers["x-request-id"],
        "method": "POST",
        "route": "/v1/ask",
        "status": 200,
        "outcome": "answered",
        "snapshot": answer.json()["snapshot"],
    }
    assert (shown["request_id"], shown["route"]) == ("page-7", "/v1/articles/{article_id}")
    assert (nothing["route"], nothing["status"]) == ("other", 404)


def test_what_was_mended_is_told_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    start_logging("warning")
    (tmp_path / "archive").mkdir()
    (tmp_path / "archive" / "dense.faiss").write_bytes(b"damaged")
    reader = GatedReader()
    reader.gate.set()
    engine = gated_engine(reader, settings_for(tmp_path))
    client = client_of(create_app(engine))
    opening = "dense.faiss is damaged, or of another version; made again"
    assert engine.archive.notes == [opening]
    client.get("/health")
    (tmp_path / "archive" / "lexical" / "meta.json").write_text("{")
    for text in ("The ferry is late.", "The ferry is on time."):  # found wrong while it serves
        client.post("/v1/articles", json={"text": text})
    first, *later = _lines(capsys)
    assert (first["level"], first["message"], first["note"]) == ("WARNING", "note", opening)
    assert [line["note"] for line in later] == engine.archive.notes[1:]
    assert ["the lexical index was damaged" in line["note"] for line in later] == [True]


def test_the_level_is_a_setting(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    client = _client(tmp_path, GatedReader())
    start_logging("warning")
    client.get("/v1/articles")
    assert _lines(capsys) == []
    start_logging("debug")
    client.get("/health")
    assert [line["route"] for line in _lines(capsys)] == ["/health"]


@pytest.mark.parametrize("given", ["a", "0c7d3b6f-0e8b-5a1f", "trace/1:2+3=4.5_6", "a" * 64])
def test_a_clients_own_id_is_kept(tmp_path: Path, given: str) -> None:
    said = _client(tmp_path, GatedReader()).get("/health", headers={"X-Request-ID": given})
    assert said.headers["x-request-id"] == given


@pytest.mark.parametrize("given", ["", "a" * 65, "a b", 'a"b', "<script>", "é"])
def test_an_id_that_could_do_harm_is_not_kept(tmp_path: Path, given: str) -> None:
    client = _client(tmp_path, GatedReader())
    for path in ("/health", "/nothing"):
        said = client.get(path, headers={b"X-Request-ID": given.encode()})
        assert len(said.headers["x-request-id"]) == 32
        assert said.headers["x-request-id"].isalnum()


def test_no_word_of_a_question_or_an_article(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """Through every route, with what is right, wrong and made to fail."""
    start_logging("info")
    for reader in (GatedReader(), QuotingReader()):
        client = _client(tmp_path, reader)
        article = {
            "id": f"{CANARY}/1",
            "text": f"{CANARY} came.",
            "title": CANARY,
            "source": CANARY,
        }
        for body in (article, [article, {"text": CANARY, "published_at": CANARY}], CANARY):
            client.post("/v1/articles", json=body)
        for question in (
            {"question": f"Who is {CANARY}?"},
            {"question": CANARY, "filters": {"sources": [CANARY]}},
            {"question": CANARY, CANARY: CANARY},
            {"question": CANARY, "asked_at": CANARY},
            {"question": CANARY * 500},
        ):
            client.post("/v1/ask", json=question)
            client.post("/v1/ask", json={**question, "stream": True})
            client.post("/v1/search", json={**question, "query": question["question"]})
            said = [{"role": "user", "content": question["question"]}]
            for stream in (True, False):
                chat = {**question, "model": "dateline", "messages": said, "stream": stream}
                client.post("/v1/chat/completions", json=chat)
        client.post("/v1/chat/completions", json={"model": CANARY, "messages": [CANARY]})
        client.post("/v1/chat/completions", json={"model": "dateline", "messages": [CANARY]})
        client.get(f"/v1/models/{CANARY}")
        client.post("/v1/ask", content=f"{CANARY}", headers={"Content-Type": "application/json"})
        client.get(f"/v1/articles/{CANARY}/1")
        client.get(f"/{CANARY}?{CANARY}", headers={"X-Request-ID": "a b" + CANARY})
        client.request("PUT", f"/v1/articles/{CANARY}")
        client.get("/v1/articles", params={"after": CANARY, CANARY: "1"})
        client.delete(f"/v1/articles/{CANARY}/1")
        assert CANARY.lower() not in client.get("/metrics").text.lower()
    lines = _lines(capsys)
    assert len([line for line in lines if line["message"] == "failure"]) >= 2
    assert len([line for line in lines if line["message"] == "request"]) >= 30
    assert CANARY.lower() not in json.dumps(lines).lower()
    assert CANARY.lower() not in caplog.text.lower()  # nor for a handler that is not ours


def test_a_failure_says_where_and_under_which_id(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    client = _client(tmp_path, QuotingReader())
    ask = {"question": f"Who is {CANARY}?"}
    start_logging("info")
    said = client.post("/v1/ask", json=ask)
    own_id = said.headers["x-request-id"]
    words = f"the server failed; its log says where, under the request id {own_id}. "
    assert is_problem(said, 500)["detail"] == words + "The request may be sent again"
    failure, request = _lines(capsys)
    assert (failure["level"], failure["request_id"]) == ("ERROR", own_id)
    assert (request["request_id"], request["outcome"]) == (own_id, "failed")
    assert failure["errors"] == ["RuntimeError", "KeyError"]
    assert any(
        "test_http_logs.py" in place and place.endswith(" read") for place in failure["trace"]
    )
    start_logging("debug")
    client.post("/v1/ask", json=ask)
    assert CANARY in json.dumps(_lines(capsys))  # at debug, and there alone, it is whole


def test_the_web_servers_own_errors_hold_no_message(capsys: pytest.CaptureFixture[str]) -> None:
    start_logging("info")
    try:
        raise RuntimeError(CANARY)
    except RuntimeError:
        logging.getLogger("uvicorn.error").exception("words")
    (line,) = _lines(capsys)
    assert (line["level"], line["message"]) == ("ERROR", "words")
    assert line["exc_info"].startswith("RuntimeError at ")
    assert CANARY not in json.dumps(line)
