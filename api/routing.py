"""A request's way to its route's function: a place, the body, a turn, the function."""

from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute

from api.body import JsonRequest
from api.queue import Queue
from api.stream import EventStream
from rag.deadline import Deadline


class QuestionRoute(APIRoute):
    """Each way for a body to fail has its own words, and the time limit begins here.

    FastAPI's own reader knows no bound, parses on the event loop, and says of all but one kind of
    failure that there was an error.
    """

    queue = "questions"
    max_body_bytes = 256_000  # a question of 2,000 characters and 100 sources, all escaped
    max_fields: int | None = 100

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def in_turn(request: Request) -> Response:
            state = request.app.state
            queue: Queue = state.queues.named()[self.queue]
            deadline = Deadline.after(state.settings.time_limit)
            request.state.deadline, request.state.queue = deadline, queue
            request = JsonRequest(
                request.scope, request.receive, self.max_body_bytes, self.max_fields
            )
            async with AsyncExitStack() as held:
                held.enter_context(queue.place())
                if self.body_field is not None:
                    await request.read(deadline)
                await held.enter_async_context(queue.turn(deadline, request.client_left))
                if self.body_field is not None:
                    await request.json()  # the request keeps it for FastAPI
                async with request.watched(deadline):
                    response = await handle(request)
                if isinstance(response, EventStream):
                    response.hold(held.pop_all())  # it has yet to ask the engine
                return response

        return in_turn


class ChatRoute(QuestionRoute):
    max_body_bytes = 1_000_000  # the bounds of `api.chat_request`, escaped
    max_fields = None  # unknown ones are passed over, not listed


class ReadRoute(QuestionRoute):
    queue = "reads"


class ChangeRoute(QuestionRoute):
    queue = "changes"
    max_body_bytes = 8_000_000
    max_fields = None
