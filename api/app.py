"""The application: the engine's routes, the two of health, the API key and the errors' form.

No page that describes it is served, since FastAPI's fetch their scripts from elsewhere; the
description itself is at /openapi.json.
"""

from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response

from api import schemas
from api.auth import RequireKey
from api.errors import add_handlers, problem
from api.routes import OpenEngine, answers, problems, v1
from index.errors import DatelineError
from rag.engine import Engine
from rag.settings import Settings

PROBE = "Who may ask?"  # a real question: it loads the reader and takes the whole path

_SUMMARY = "Cited answers from a news archive: each sentence with a quote that can be opened."


def create_app(engine: Engine) -> FastAPI:
    """The application over an open engine."""
    app = waiting_app(engine.settings)
    app.state.engine = engine
    return app


def waiting_app(settings: Settings) -> FastAPI:
    """The application before its engine is open: alive, not ready. Set `state.engine` later."""
    app = FastAPI(
        title="Dateline",
        summary=_SUMMARY,
        version="1",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,  # an id may end in a slash
    )
    app.state.engine = None
    app.state.has_answered = False
    app.include_router(v1)
    app.add_api_route("/health", alive, responses=_health("alive"))
    app.add_api_route("/health/ready", ready, responses=_health("ready") | problems(500, 503))
    add_handlers(app)
    if key := settings.api_key.strip():  # a key from a file ends in a line feed
        app.add_middleware(RequireKey, key=key)
    return app


async def alive() -> Response:
    """Whether the process answers at all."""
    return JSONResponse({"status": "alive"})


def ready(request: Request, engine: OpenEngine) -> Response:
    """Whether it may take traffic: the archive can be read, and a question has been answered.

    The first call asks one, which loads the reader; the later ones only read the archive.
    """
    try:
        if not request.app.state.has_answered:
            engine.ask(PROBE)
            request.app.state.has_answered = True
        engine.status()
    except DatelineError as error:
        return problem(503, str(error), {"Retry-After": "5"})
    return JSONResponse({"status": "ready"})


def _health(status: str) -> dict[int | str, dict[str, Any]]:
    return {200: answers(schemas.HealthOut, {"status": status})}
