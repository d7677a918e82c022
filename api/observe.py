"""Around every request: its id, its line in the log, its place in the metrics."""

import logging
import time
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.logs import LOGGER, UNSENT, Notes, outcome_of, request_id
from api.metrics import Metrics

METHODS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")
OTHER = "other"  # a client can make up any number of paths and methods
_QUESTIONS = ("/v1/ask", "/v1/chat/completions")


class Observe:
    """Outermost, so that nothing that is answered goes without an id, a line and a count."""

    def __init__(self, app: ASGIApp, metrics: Metrics, notes: Notes) -> None:
        self._app = app
        self._metrics = metrics
        self._notes = notes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        began = time.perf_counter()
        own_id = request_id(Headers(scope=scope).get("x-request-id"))
        state: dict[str, Any] = scope.setdefault("state", {})
        state["request_id"] = own_id
        status = UNSENT

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-ID"] = own_id
            await send(message)

        try:
            await self._app(scope, receive, send_with_id)
        finally:
            self._tell(scope, status, time.perf_counter() - began)
            if engine := scope["app"].state.engine:
                self._notes.tell(engine.archive.notes)  # any request may find and mend damage

    def _tell(self, scope: Scope, status: int, seconds: float) -> None:
        state = scope["state"]
        route = getattr(scope.get("route"), "path_format", OTHER)
        method = scope["method"] if scope["method"] in METHODS else OTHER
        self._metrics.count_request(method, route, status, seconds)
        fields = {
            "request_id": state["request_id"],
            "method": method,
            "route": route,
            "status": status,
            "milliseconds": round(seconds * 1000, 1),
        }
        if route in _QUESTIONS and method == "POST":
            fields["outcome"] = outcome = state.get("outcome") or outcome_of(status)
            self._metrics.count_question(outcome)
            if "snapshot" in state:
                fields["snapshot"] = state["snapshot"]
        is_poll = route.startswith("/health") or route == "/metrics"
        LOGGER.log(
            logging.DEBUG if is_poll and status < 400 else logging.INFO, "request", extra=fields
        )
