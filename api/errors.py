"""Every error as a problem document (RFC 9457), and the one table from exceptions to statuses.

    DatelineError
    ├── AddressUnusable     the host or the port cannot be served at
    ├── Refused             what OpenAI's API has, and this server would do wrongly
    │   └── NoSuchModel     see `api.chat`
    ├── Stopping            the server is being stopped
    └── Overloaded          see `api.queue`

The words are the exception's own, the same as on the command line. What is unexpected is told to
the log, not to the client.
"""

from collections.abc import Sequence

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.fields import field_errors
from api.logs import UNSENT, tell_failure
from api.problems import Problem
from api.queue import Overloaded, Queue
from index.errors import (
    ArchiveBusy,
    ArchiveUnusable,
    DatelineError,
    InvalidInput,
    InvalidRecord,
    ModelUnusable,
    NotFound,
    TooLarge,
)
from rag.errors import Abandoned, TimedOut

RETRY_AFTER_SECONDS = 5  # another process writes, or another server starts: when to try again


class AddressUnusable(DatelineError):
    """The host is none of this machine's, or the port is taken or not allowed."""


class Stopping(DatelineError):
    """The server is being stopped, and what was asked is not, or not wholly, done."""


class Refused(DatelineError):
    """Something in a request of OpenAI's form; `param` is the field, `code` that API's own name."""

    def __init__(self, words: str, param: str | None = None, code: str | None = None) -> None:
        super().__init__(words)
        self.param, self.code = param, code


class NoSuchModel(Refused):
    """Of another name than the one that `/v1/models` lists."""


class Rejected(InvalidInput):
    """Of the articles in a request not one could be taken; all of `problems` say why."""

    def __init__(self, problems: Sequence[InvalidRecord]) -> None:
        super().__init__(_first_of([str(problem) for problem in problems]))
        self.problems = problems


STATUS: dict[type[DatelineError], int] = {
    InvalidInput: 422,
    TooLarge: 413,
    NotFound: 404,
    ArchiveBusy: 409,
    ArchiveUnusable: 503,
    ModelUnusable: 503,
    NoSuchModel: 404,
    Overloaded: 429,
    Refused: 400,
    Stopping: 503,
    TimedOut: 503,
}


def status_of(error: DatelineError) -> int:
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 500)


def add_handlers(app: FastAPI) -> None:
    """Makes a problem of whatever a request may raise."""
    app.add_exception_handler(DatelineError, _ours)
    app.add_exception_handler(Abandoned, _left)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(ClientDisconnect, _left)
    app.add_middleware(CatchUnexpected)


class CatchUnexpected:
    """Answers 500 and tells the log; the framework's own would let the error's message through."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        has_begun = False

        async def watched(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception as error:
            own_id = scope.get("state", {}).get("request_id", "unknown")
            problem = unexpected(error, own_id)
            if has_begun:
                return  # half an answer cannot be mended; the connection is closed on it
            await problem(scope, receive, send)


def unexpected(error: Exception, own_id: str) -> Problem:
    """Tells the log what has failed, and the client under which id it stands there."""
    return Problem(500, tell_failure(error, own_id))


def problem_of(request: Request, error: DatelineError) -> Problem:
    """What is said of an error of ours, and when to come again."""
    headers = {}
    if isinstance(error, TimedOut):
        request.state.outcome = "timed_out"
        queue: Queue | None = getattr(request.state, "queue", None)
        headers["Retry-After"] = str(queue.retry_after() if queue else RETRY_AFTER_SECONDS)
    elif isinstance(error, Overloaded):
        headers["Retry-After"] = str(error.retry_after)
    elif isinstance(error, ArchiveBusy | Stopping):
        headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    problems: Sequence[InvalidRecord] = ()
    if isinstance(error, Rejected):
        problems = error.problems
    elif isinstance(error, InvalidRecord):
        problems = [error]
    errors = [record_error(p) for p in problems]
    param, code = (error.param, error.code) if isinstance(error, Refused) else (None, None)
    return Problem(status_of(error), str(error), headers, errors, param, code)


def _ours(request: Request, error: Exception) -> Problem:
    assert isinstance(error, DatelineError)
    return problem_of(request, error)


def record_error(error: InvalidRecord) -> dict[str, str]:
    """What is wrong with one article, as it stands in every response."""
    return {"place": error.place, "field": error.field, "problem": error.problem}


def _invalid(_: Request, error: Exception) -> Problem:
    assert isinstance(error, RequestValidationError)
    errors = field_errors(error.errors())
    return Problem(422, _first_of([f"{e['field']}: {e['problem']}" for e in errors]), errors=errors)


def _http(request: Request, error: Exception) -> Problem:
    assert isinstance(error, HTTPException)
    detail, path = error.detail, request.scope["path"]
    headers = error.headers
    if error.status_code == 405:
        # The framework names the methods of one route, and two may share a path.
        headers = {"Allow": _methods(request)}
        detail = f"{request.method} does nothing at {path}; use {headers['Allow']}"
    elif error.status_code == 404:
        detail = f"there is nothing at {path}; GET /openapi.json lists what there is"
    return Problem(error.status_code, detail, headers)


def _methods(request: Request) -> str:
    def does(method: str) -> bool:
        scope = {**request.scope, "method": method}
        return any(route.matches(scope)[0] is Match.FULL for route in request.app.routes)

    return ", ".join(filter(does, ("DELETE", "GET", "HEAD", "PATCH", "POST", "PUT")))


def _left(_: Request, __: Exception) -> Response:
    return Response(status_code=UNSENT)  # nobody reads it; log and metrics know it by this


def _first_of(problems: Sequence[str]) -> str:
    more = len(problems) - 1
    return problems[0] + (f" (and {more:,} more)" if more else "")
