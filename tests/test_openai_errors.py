"""The real `openai` package against a running server: what it cannot use, and what is stopped."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import pytest

from api.app import create_app
from rag.engine import Engine
from tests.openai_service import ASKED, KEY, Service, client_at, complete, serving
from tests.problems import client_of
from tests.served import GatedReader, gated_engine, served, settings_for, until

IMAGE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    with serving(tmp_path) as service:
        yield service


@pytest.fixture
def client(service: Service) -> openai.OpenAI:
    return service.client


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize(
    ("messages", "more", "param", "code", "words"),
    [
        ([], {}, "messages", None, "messages: is empty; give at least one"),
        ([{"role": "user", "content": ""}], {}, None, None, "the question holds no word"),
        (
            [{"role": "user", "content": "a" * 2_001}],
            {},
            *("messages", "context_length_exceeded", "the question has 2,001 characters; give"),
        ),
        (
            [{"role": "user", "content": "a" * 200_000}, ASKED],
            {},
            *("messages", "context_length_exceeded", "messages: have 200,023 characters"),
        ),
        ([ASKED] * 1_001, {}, "messages", "array_above_max_length", "messages: is a list of 1,001"),
        (
            [{"role": "user", "content": [{"type": "text", "text": "What is this?"}, IMAGE]}],
            {},
            *("messages[0].content[1]", None, "messages[0].content[1]: is a part of type"),
        ),
        ([ASKED], {"n": 2}, "n", None, "n: is not 1; there is one answer: leave it out"),
        ([ASKED], {"logprobs": True}, "logprobs", None, "logprobs: asks for tokens'"),
        (
            [ASKED],
            {"response_format": {"type": "json_object"}},
            *("response_format", None, "response_format: asks for another form than text"),
        ),
        ([ASKED], {"tool_choice": "required"}, "tool_choice", None, "tool_choice: asks for a call"),
        ([ASKED], {"extra_body": {"messages": "Who?"}}, "messages", None, "messages: is a string"),
        (
            [ASKED],
            {"extra_body": {"filters": {"sources": ["a", 3]}}},
            *("filters.sources[1]", None, "filters.sources.1: is a number; give a string"),
        ),
    ],
)
def test_what_does_not_fit_is_a_bad_request(
    client: openai.OpenAI,
    messages: list[Any],
    more: dict[str, Any],
    param: str | None,
    code: str | None,
    words: str,
    stream: bool,
) -> None:
    with pytest.raises(openai.BadRequestError) as raised:
        complete(client, messages, stream=stream, **more)
    error = raised.value
    assert (error.param, error.code, error.type) == (param, code, "invalid_request_error")
    assert isinstance(error.body, dict)
    assert error.body["message"].startswith(words)
    problem = error.response.json()
    assert error.response.headers["content-type"] == "application/problem+json"
    assert (problem["type"], problem["title"], problem["status"]) == (
        *("about:blank", "Bad Request"),
        400,
    )
    assert problem["detail"] == error.body["message"]
    assert error.request_id == error.response.headers["x-request-id"]


def test_another_model_and_another_key(client: openai.OpenAI, service: Service) -> None:
    for ask in (
        lambda: complete(client, model="gpt-4o"),
        lambda: client.models.retrieve("gpt-4o"),
    ):
        with pytest.raises(openai.NotFoundError) as missing:
            ask()
        assert (missing.value.code, missing.value.param) == ("model_not_found", "model")
        assert "there is no 'gpt-4o'; this server has one, 'dateline'" in str(missing.value)
    with client_at(service.address, api_key="another") as stranger:
        with pytest.raises(openai.AuthenticationError) as refused:
            complete(stranger)
        assert refused.value.code == "invalid_api_key"
        assert "the key is not this server's" in str(refused.value)


def test_too_many_and_too_late(tmp_path: Path) -> None:
    """Two streams run past the time limit; a third finds no place."""
    reader = GatedReader()  # its gate stays shut
    engine = gated_engine(reader, settings_for(tmp_path, api_key=KEY, time_limit=3, queue=0))
    with served(create_app(engine)) as address, client_at(address) as client:
        streams = [complete(client, stream=True) for _ in range(2)]
        with pytest.raises(openai.RateLimitError) as raised:
            complete(client)
        assert (raised.value.code, raised.value.type) == ("rate_limit_exceeded", "rate_limit_error")
        assert int(raised.value.response.headers["retry-after"]) >= 1
        words = "no answer within the limit of 3 seconds"
        for stream in streams:
            assert next(stream).choices[0].delta.role == "assistant"
            with pytest.raises(openai.APIError, match=words) as late:
                list(stream)
            assert (late.value.type, late.value.code) == ("server_error", None)
        with pytest.raises(openai.InternalServerError, match=words) as whole:
            complete(client)
        assert whole.value.status_code == 503


def test_a_stream_that_is_closed_stops_the_work(client: openai.OpenAI, service: Service) -> None:
    service.reader.gate.clear()
    stream = complete(client, stream=True)
    next(stream)
    until(lambda: service.reader.asked == 1)
    stream.close()
    until(lambda: service.reader.stopped == 1)


def test_a_huge_body_is_too_large(client: openai.OpenAI) -> None:
    with pytest.raises(openai.APIStatusError) as raised:
        complete(client, [{"role": "user", "content": "a" * 1_000_001}])
    assert raised.value.status_code == 413
    assert "longer than 1,000,000 bytes" in str(raised.value)


def test_elsewhere_a_problem_has_no_error_of_openais(engine: Engine) -> None:
    client = client_of(create_app(engine))
    assert "error" not in client.post("/v1/ask", json={}).json()
    for path in ("/v1/models/none", "/v1/chat/none"):
        body = json.loads(client.get(path).content)
        assert body["error"]["message"] == body["detail"]
