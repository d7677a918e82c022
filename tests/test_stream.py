"""A stream without a server: who holds the turn, and what each event says. All of it invented."""

import json
from contextlib import AsyncExitStack
from types import SimpleNamespace

import anyio
import pytest
from fastapi import Request
from starlette.types import Message, Scope

from api.stream import AskForm, EventStream, encoded
from index.errors import InvalidInput
from index.filters import NO_FILTERS
from rag.answer import Answer, Citation, Sentence
from rag.deadline import Deadline
from rag.progress import Tell
from rag.question import Question

UNDERSTOOD = Question("Who closed the harbour?", NO_FILTERS, "2024-01-16", None)
FIRST, SECOND = (Citation(id_, 0, 3, "one", None, None) for id_ in ("a", "b"))
ANSWER = Answer(
    question="Who?",
    understood_as="Who?",
    text="(one) two three.",
    abstained=False,
    confidence=0.5,
    sentences=(Sentence("one", 1, 4, (0,)), Sentence("two", 6, 9, (1, 0))),
    citations=(FIRST, SECOND),
)


def _request(heartbeat: float = 60) -> Request:
    state = SimpleNamespace(heartbeat_seconds=heartbeat)
    scope: Scope = {
        "type": "http",
        "path": "/v1/ask",
        "app": SimpleNamespace(state=state),
        "state": {"deadline": Deadline.after(60), "request_id": "page-7"},
    }
    return Request(scope)


async def _stays() -> Message:
    """The client of one who stays on the line."""
    await anyio.sleep_forever()
    raise AssertionError


def _at_once(tell: Tell) -> Answer:
    tell(UNDERSTOOD)
    return ANSWER


def test_a_slow_client_keeps_the_turn_no_longer_than_the_engine() -> None:
    """It has taken the head, and none of the rest, when the turn is given back."""
    given_back = False

    def give_back() -> None:
        nonlocal given_back
        given_back = True

    async def main() -> None:
        request = _request()
        stream = EventStream(_at_once, AskForm(), request)
        held = AsyncExitStack()
        held.callback(give_back)
        stream.hold(held)
        takes = anyio.Event()
        sent: list[Message] = []

        async def send(message: Message) -> None:
            if message["type"] == "http.response.body":
                await takes.wait()
            sent.append(message)

        async with anyio.create_task_group() as group:
            group.start_soon(stream, request.scope, _stays, send)
            with anyio.fail_after(60):
                while not given_back:
                    await anyio.sleep(0.01)
            assert [message["type"] for message in sent] == ["http.response.start"]
            takes.set()
        assert sent[-1] == {"type": "http.response.body", "body": b"", "more_body": False}
        assert sent[-2]["body"] == b"data: [DONE]\n\n"

    anyio.run(main)


def test_what_is_raised_before_anything_is_told_is_raised_and_nothing_sent() -> None:
    def refuse(_: Tell) -> Answer:
        raise InvalidInput("words")

    given_back: list[bool] = []

    async def main() -> None:
        request = _request()
        stream = EventStream(refuse, AskForm(), request)
        held = AsyncExitStack()
        held.callback(given_back.append, True)
        stream.hold(held)

        async def send(_: Message) -> None:
            pytest.fail("something was sent")

        with pytest.raises(InvalidInput, match="words"):
            await stream(request.scope, _stays, send)

    anyio.run(main)
    assert given_back == [True]


def test_the_pieces_of_a_text_and_each_citation_once() -> None:
    """What stands between and after sentences is sent too, so that the pieces joined are all."""
    *events, result = AskForm().answer(ANSWER)
    assert events == [
        {"type": "text", "text": "(one", "start": 0, "end": 4},
        {"type": "citation", "index": 0, "citation": FIRST.as_json(0)},
        {"type": "text", "text": ") two", "start": 4, "end": 9},
        {"type": "citation", "index": 1, "citation": SECOND.as_json(1)},
        {"type": "text", "text": " three.", "start": 9, "end": 16},
    ]
    assert result == {"type": "result", "result": ANSWER.as_json()}


def test_an_event_is_one_line() -> None:
    event = {"text": "one\ntwo\r\nthree\u2028four 🗞"}
    line = encoded(event)
    assert line.startswith(b"data: ")
    assert line.endswith(b"\n\n")
    assert b"\n" not in line[:-2]
    assert b"\r" not in line
    assert json.loads(line[6:]) == event
