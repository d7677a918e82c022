"""A question answered as server-sent events, while it is worked on.

The engine works in a thread and holds its turn (`api.routing`) until the answer is there; what it
tells is sent meanwhile. A client that leaves gives the deadline up, and the engine stops at its
next look at it. Up to the first event an error is an ordinary response with a status of its own;
after it, the last event.
"""

import asyncio
import json
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from typing import Any, Protocol

from anyio import create_task_group, move_on_after
from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api.errors import problem_of, unexpected
from api.logs import outcome_of
from index.errors import DatelineError
from rag.answer import Answer
from rag.errors import Abandoned, TimedOut
from rag.progress import Step, Tell
from rag.question import Question

HEARTBEAT_SECONDS = 5.0  # of silence; proxies close what is silent for some tens of seconds
DONE = b"data: [DONE]\n\n"

_HEARTBEAT = b": keep-alive\n\n"  # a comment, which clients pass over
_HEADERS = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}  # nginx would hold events back


class Form(Protocol):
    """How what happens is said: each thing that happens as no event, one or several."""

    def step(self, step: Step) -> Sequence[dict[str, Any]]: ...

    def answer(self, answer: Answer) -> Sequence[dict[str, Any]]:
        """Of a verified answer: its text, what attests it, and the end."""
        ...

    def problem(self, document: dict[str, Any]) -> dict[str, Any]:
        """Of an error that came after the first event."""
        ...


class EventStream(Response):
    media_type = "text/event-stream"

    def __init__(self, ask: Callable[[Tell], Answer], form: Form, request: Request) -> None:
        """`ask` is called in a thread. It may raise what `Engine.ask` raises."""
        super().__init__()
        self._ask, self._form, self._request = ask, form, request
        self._held = AsyncExitStack()
        self._events: asyncio.Queue[bytes | None] = asyncio.Queue()  # None: the last was sent
        self._failure: Exception | None = None  # before the first event

    def hold(self, held: AsyncExitStack) -> None:
        """What is given back when the engine is done, however slowly the client reads."""
        self._held = held

    async def __call__(self, _: Scope, receive: Receive, send: Send) -> None:
        """Raises what `ask` raises before it tells anything: nothing is sent then."""

        async def watch() -> None:
            while (await receive())["type"] != "http.disconnect":
                pass
            self._request.state.deadline.give_up()

        async with create_task_group() as group:
            group.start_soon(watch)
            group.start_soon(self._work)
            await self._send(send)
            group.cancel_scope.cancel()
        if self._failure is not None:
            raise self._failure

    async def _work(self) -> None:
        loop = asyncio.get_running_loop()
        has_begun = False

        def put(event: dict[str, Any]) -> None:
            loop.call_soon_threadsafe(self._events.put_nowait, encoded(event))

        def tell(step: Step) -> None:
            nonlocal has_begun
            has_begun = True
            for event in self._form.step(step):
                put(event)

        def work() -> None:  # the form too: to count the tokens of a long history takes a while
            for event in self._form.answer(self._ask(tell)):
                put(event)

        try:
            async with self._held:
                await run_in_threadpool(work)
            self._events.put_nowait(DONE)
        except Exception as error:
            if has_begun:
                self._tell_failure(error)
            else:
                self._failure = error
        finally:
            self._events.put_nowait(None)

    def _tell_failure(self, error: Exception) -> None:
        state = self._request.state
        if isinstance(error, Abandoned):
            state.outcome = "abandoned"
            return
        if isinstance(error, DatelineError):
            problem = problem_of(self._request, error)
        else:
            problem = unexpected(error, state.request_id)
        if not isinstance(error, TimedOut):  # which `problem_of` has noted
            state.outcome = outcome_of(problem.status_code)
        document = problem.document(self._request.scope["path"])
        self._events.put_nowait(encoded(self._form.problem(document)))
        self._events.put_nowait(DONE)

    async def _send(self, send: Send) -> None:
        """Everything up to the end; nothing at all if there is no event."""
        piece = await self._events.get()
        if piece is None:
            return
        self.init_headers({**_HEADERS, "content-type": f"{self.media_type}; charset=utf-8"})
        del self.headers["content-length"]  # it is not known
        head = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        await send(head)
        while piece is not None:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            piece = _HEARTBEAT
            with move_on_after(self._request.app.state.heartbeat_seconds):
                piece = await self._events.get()
        await send({"type": "http.response.body", "body": b"", "more_body": False})


class AskForm:
    """The events of `POST /v1/ask`: what was understood, the passages, the answer, the result."""

    def step(self, step: Step) -> Sequence[dict[str, Any]]:
        if isinstance(step, Question):
            return [_understood(step)]
        return [{"type": "passages", "passages": [found.as_json() for found in step.found]}]

    def answer(self, answer: Answer) -> Sequence[dict[str, Any]]:
        """The text in pieces, each up to the end of a sentence and followed by its citations.

        The pieces joined are the answer. A refusal is one piece, without any.
        """
        result = answer.as_json()
        events: list[dict[str, Any]] = []
        cited: set[int] = set()
        at = 0
        for sentence in answer.sentences:
            events.append(_text(answer.text[at : sentence.end], at))
            at = sentence.end
            for index in (i for i in sentence.citations if i not in cited):
                cited.add(index)
                citation = result["citations"][index]
                events.append({"type": "citation", "index": index, "citation": citation})
        if answer.text[at:]:
            events.append(_text(answer.text[at:], at))
        return [*events, {"type": "result", "result": result}]

    def problem(self, document: dict[str, Any]) -> dict[str, Any]:
        return {"type": "error", "problem": document}


def encoded(event: dict[str, Any]) -> bytes:
    """One event; JSON has no bare line feed, at which an event would end."""
    return f"data: {json.dumps(event, ensure_ascii=False, separators=(',', ':'))}\n\n".encode()


def _understood(question: Question) -> dict[str, Any]:
    filters = question.filters
    return {
        "type": "understood",
        "understood_as": question.text,
        "filters": {
            "after": filters.after,
            "before": filters.before,
            "sources": list(filters.sources),
        },
        "asked_at": question.asked_at,
    }


def _text(text: str, start: int) -> dict[str, Any]:
    return {"type": "text", "text": text, "start": start, "end": start + len(text)}
