"""The application: the engine's routes, the page, health, metrics, and what is around them all.

No page that describes the API is served, since FastAPI's fetch their scripts from elsewhere; the
description itself is at /openapi.json.
"""

import threading
import time
from typing import Any

from fastapi import FastAPI, Request
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import JSONResponse, Response
from starlette.datastructures import State

from api import examples, response_schemas
from api.auth import RequireKey
from api.chat import chats, models
from api.errors import add_handlers
from api.head import CheckHead
from api.logs import LOGGER, Notes
from api.metrics import CONTENT_TYPE, Metrics
from api.observe import Observe
from api.page import page
from api.problems import Problem
from api.queues import Queues
from api.routes import HEAD, KEY, OpenEngine, answers, changes, problems, questions, reads
from api.stream import HEARTBEAT_SECONDS
from index.errors import DatelineError
from rag.deadline import Deadline
from rag.engine import Engine
from rag.settings import Settings

PROBE = "Who may ask?"  # a real question: it loads the reader and takes the whole path

_SUMMARY = "Cited answers from a news archive: each sentence with a quote that can be opened."
_TEXT: dict[str, Any] = {"text/plain": {"schema": {"type": "string"}, "example": examples.METRICS}}


def create_app(engine: Engine) -> FastAPI:
    """The application over an open engine."""
    app = waiting_app(engine.settings)
    app.state.engine = engine
    return app


def waiting_app(settings: Settings) -> FastAPI:
    """The application before its engine is open: alive, not ready. Set `state.engine` later.

    Once `state.stopping` is set, it takes no more traffic and ends what is long.
    """
    app = FastAPI(
        title="Dateline",
        summary=_SUMMARY,
        version="1",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,  # an id may end in a slash
    )
    state = app.state
    state.settings = settings
    state.engine = None
    state.created = int(time.time())
    state.heartbeat_seconds = HEARTBEAT_SECONDS
    state.has_answered = False
    state.probing = threading.Lock()
    state.stopping = threading.Event()
    state.queues = Queues.of(settings)
    state.metrics = Metrics(state.queues.named(), lambda: state.engine)
    state.notes = Notes()
    for router in (questions, chats, models, reads, changes, page()):
        app.include_router(router)
    _add_open_routes(app)
    _wrap(app, settings)
    return app


async def alive() -> Response:
    """Whether the process answers at all."""
    return JSONResponse({"status": "alive"})


def ready(request: Request, engine: OpenEngine) -> Response:
    """Whether it may take traffic: the archive can be read, and a question has been answered.

    The first call asks one, which loads the reader; the later ones only read the archive.
    """
    state = request.app.state
    if state.stopping.is_set():
        return Problem(503, "the server is being stopped", {"Retry-After": "5"})
    try:
        if not state.has_answered and not _probe(state, engine):
            words = "the reader is still being loaded; try again in a moment"
            return Problem(503, words, {"Retry-After": "1"})
        engine.archive.snapshot().as_of()
    except DatelineError as error:
        words, own_id = str(error), request.state.request_id
        if state.settings.api_key.strip():  # who polls has shown no key, and words may hold paths
            words = f"the server is not ready; its log says why, under the request id {own_id}"
        LOGGER.warning("not ready", extra={"request_id": own_id, "problem": str(error)})
        return Problem(503, words, {"Retry-After": "5"})
    return JSONResponse({"status": "ready"})


def _probe(state: State, engine: Engine) -> bool:
    """Asks the first question; False while another poll does. Raises what `Engine.ask` raises.

    Polls that waited for it would take the threads that all routes share.
    """
    if not state.probing.acquire(blocking=False):
        return False
    try:
        engine.ask(PROBE, deadline=Deadline.after(state.settings.time_limit))
        state.has_answered = True
    finally:
        state.probing.release()
    return True


def metrics(request: Request) -> Response:
    """Counts and durations in Prometheus's text format."""
    return Response(request.app.state.metrics.exposition(), headers={"Content-Type": CONTENT_TYPE})


def _add_open_routes(app: FastAPI) -> None:
    """What stands outside /v1 and has no queue: it must answer while all else waits."""
    for path, route, status, errors in (
        ("/health", alive, "alive", HEAD),
        ("/health/ready", ready, "ready", (*HEAD, 500, 503)),
    ):
        said: dict[int | str, dict[str, Any]] = {
            200: answers(response_schemas.HealthOut, {"status": status})
        }
        app.add_api_route(path, route, responses=said | problems(*errors))
        app.add_api_route(path, route, methods=["HEAD"], include_in_schema=False)
    app.add_api_route(
        "/metrics",
        metrics,
        response_class=Response,
        responses={200: {"content": _TEXT}, **problems(401, *HEAD, 500)},
        dependencies=[KEY],
    )


def _wrap(app: FastAPI, settings: Settings) -> None:
    """What every request passes, from the innermost to the outermost."""
    add_handlers(app)
    key = settings.api_key.strip()  # a key from a file ends in a line feed
    if key:
        app.add_middleware(RequireKey, key=key)
    app.add_middleware(CheckHead, own_host=None if key else settings.host)
    if settings.cors_origins:
        # Around the key: a browser asks what it may send before it sends a key.
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=["DELETE", "GET", "POST"],
            allow_headers=["Authorization", "Content-Type", "X-Request-ID"],
            expose_headers=["Retry-After", "X-Request-ID"],
        )
    app.add_middleware(Observe, metrics=app.state.metrics, notes=app.state.notes)
