"""The routes under /v1. Each turns a request into one call of the engine and its result into JSON.

Plain functions: the engine computes, so they run in the thread pool and not on the event loop, once
it is their turn (`api.routing`).
"""

from collections.abc import Iterator
from dataclasses import asdict
from itertools import islice
from typing import Annotated, Any

from fastapi import (
    APIRouter,
    Body,
    Depends,
    HTTPException,
    Path,
    Query,
    Request,
    Response,
    Security,
)
from fastapi.responses import JSONResponse
from fastapi.security import HTTPBearer

from api import event_schemas, examples, response_schemas, schemas
from api.articles import read_articles, report, until_stopped
from api.routing import ChangeRoute, QuestionRoute, ReadRoute
from api.stream import AskForm, EventStream
from index.filters import Filters
from index.sources.fields import MAX_ID_CHARACTERS
from rag.answer import Answer
from rag.deadline import Deadline
from rag.engine import Engine
from rag.progress import Tell, to_nobody

TEXTS_HELD = 20

_WORDS = {
    400: "The body is not JSON in UTF-8.",
    401: "The server asks for an API key.",
    404: "There is no such article.",
    408: "The body was not there within the time limit.",
    409: "Another process is writing to the archive; `Retry-After` says when to try again.",
    413: "Past a stated bound.",
    414: "Path and query are longer than a stated bound.",
    415: "The body's type is not JSON.",
    421: "There is no API key, and the Host header does not name this machine.",
    422: "Something in the request is wrong; `detail` and `errors` say what.",
    429: "As many requests wait as may; `Retry-After` says when to try again.",
    431: "The headers are longer than a stated bound.",
    500: "The server failed; its log says where, under the response's `X-Request-ID`.",
    503: "The archive or a model cannot be used or is still being opened, the server is being "
    "stopped, or the time limit has passed, if `Retry-After` says when to try again.",
}
HEAD = (414, 421, 431)
READS_BODY = (400, 408, 413, 415)


def problems(
    *statuses: int, schema: dict[str, Any] = response_schemas.PROBLEM
) -> dict[int | str, dict[str, Any]]:
    """What OpenAPI says of the errors that a route may answer."""
    content = {"application/problem+json": {"schema": schema}}
    return {status: {"description": _WORDS[status], "content": content} for status in statuses}


def answers(model: Any, example: Any) -> dict[str, Any]:
    """What OpenAPI says of the body of a success."""
    return {"model": model, "content": {"application/json": {"example": example}}}


def or_events(answered: dict[str, Any], events: dict[str, Any], example: str) -> dict[str, Any]:
    """The same, where it may also come as a stream of these events."""
    stream = {"itemSchema": events, "example": example}  # OpenAPI 3.2's word, as FastAPI uses it
    return {**answered, "content": {**answered["content"], "text/event-stream": stream}}


async def open_engine(request: Request) -> Engine:
    """The engine; a problem while it is still being opened."""
    engine: Engine | None = request.app.state.engine
    if engine is None:
        words = "the archive is still being opened; try again in a moment"
        raise HTTPException(503, words, {"Retry-After": "1"})
    return engine


async def deadline_of(request: Request) -> Deadline:
    deadline: Deadline = request.state.deadline
    return deadline


async def article_id(
    request: Request,
    article_id: Annotated[
        str,
        Path(
            description="The id, percent-encoded, slashes too: `quote(id, safe='')` in Python, "
            "`encodeURIComponent(id)` in JavaScript. Slashes may also stand as they are, where "
            "the client does not shorten `//`, `/./` or `/../`.",
            examples=["wire/2024/7"],
            max_length=MAX_ID_CHARACTERS,
        ),
    ],
) -> str:
    # The router's pattern leaves out a line feed at the end, which would name another article.
    return article_id + ("\n" if request.scope["path"].endswith("\n") else "")


OpenEngine = Annotated[Engine, Depends(open_engine)]
Until = Annotated[Deadline, Depends(deadline_of)]
ArticleId = Annotated[str, Depends(article_id)]

# For OpenAPI alone; `api.auth` does the work, before a body is read.
KEY = Security(HTTPBearer(auto_error=False, description="The server's API key."))


def router_of(
    route_class: type[QuestionRoute], errors: dict[int | str, dict[str, Any]]
) -> APIRouter:
    """Routes of one way to their functions; `errors` may be answered by any of them."""
    return APIRouter(prefix="/v1", route_class=route_class, responses=errors, dependencies=[KEY])


_ERRORS = problems(401, *HEAD, 422, 429, 500, 503)
questions = router_of(QuestionRoute, _ERRORS)
reads = router_of(ReadRoute, _ERRORS)
changes = router_of(ChangeRoute, _ERRORS)


@questions.post(
    "/ask",
    responses={
        200: or_events(
            answers(response_schemas.AnswerOut, examples.ANSWER),
            event_schemas.ASK_EVENTS,
            examples.EVENTS,
        ),
        **problems(*READS_BODY),
    },
)
def ask(body: schemas.AskIn, engine: OpenEngine, deadline: Until, request: Request) -> Response:
    """Answers a question from the archive, every sentence with a quote, or refuses to.

    With `stream`, as server-sent events, each `data: {"type": ...}`, in this order: `understood`
    (`understood_as`, `filters`, `asked_at`), `passages` (as `POST /v1/search` has them), `text` (a
    piece of the answer; the pieces joined are all of it), after it each `citation` (`index`,
    `citation`) that attests it, once `result` (what is answered without `stream`), and `[DONE]`. An
    error after the first event is the last one before `[DONE]`: `error` (`problem`).
    """
    filters = _filters(body)

    def answer(tell: Tell) -> Answer:
        answer = engine.ask(
            body.question,
            history=body.turns(),
            filters=filters,
            asked_at=body.asked_at,
            deadline=deadline,
            tell=tell,
        )
        note(request, answer)
        return answer

    if body.stream:
        return EventStream(answer, AskForm(), request)
    return JSONResponse(answer(to_nobody).as_json())


def note(request: Request, answer: Answer) -> None:
    """For the log and the metrics."""
    request.app.state.metrics.count_answer(answer)
    request.state.outcome = "abstained" if answer.abstained else "answered"
    request.state.snapshot = answer.snapshot


@questions.post(
    "/search",
    responses={200: answers(response_schemas.SearchOut, examples.FOUND), **problems(*READS_BODY)},
)
def search(body: schemas.SearchIn, engine: OpenEngine, deadline: Until) -> Response:
    """The passages nearest to a query, best first."""
    found = engine.search(
        body.query,
        filters=_filters(body),
        asked_at=body.asked_at,
        limit=body.limit,
        deadline=deadline,
    )
    return JSONResponse({"results": [one.as_json() for one in found]})


@changes.post(
    "/articles",
    responses={
        200: answers(response_schemas.IngestOut, examples.INGESTED),
        **problems(409, *READS_BODY),
    },
)
def ingest(
    body: Annotated[schemas.ArticlesIn, Body()], engine: OpenEngine, request: Request
) -> Response:
    """Stores articles. Answers 200 if any could be taken, and 422 if all were rejected.

    Once it answers, what was taken is stored safely and questions find it.
    """
    records = until_stopped(read_articles(body), request.app.state.stopping)
    outcomes = list(engine.archive.ingest(records))
    return JSONResponse(report(outcomes))


@reads.get("/articles", responses={200: answers(response_schemas.PageOut, examples.PAGE)})
def articles(engine: OpenEngine, page: Annotated[schemas.PageIn, Query()]) -> Response:
    """The archive's articles without their texts, ordered by id, page by page."""
    listed = list(islice(_listed(engine, page.after), page.limit + 1))
    more, listed = len(listed) > page.limit, listed[: page.limit]
    return JSONResponse({"articles": listed, "next": listed[-1]["id"] if more else None})


@reads.get(
    "/articles/{article_id:path}",
    responses={200: answers(response_schemas.ArticleOut, examples.STORED), **problems(404)},
)
def show(id_: ArticleId, engine: OpenEngine) -> Response:
    """One article, all of it."""
    return JSONResponse(asdict(engine.article(id_)))


@changes.delete("/articles/{article_id:path}", status_code=204, responses=problems(404, 409))
def remove(id_: ArticleId, engine: OpenEngine) -> Response:
    """Removes one article: later questions do not find it."""
    engine.article(id_)  # says so if it is not there
    engine.archive.remove([id_])
    return Response(status_code=204)


def _filters(body: schemas.AskIn | schemas.SearchIn) -> Filters:
    return body.filters.parse() if body.filters else Filters()


def _listed(engine: Engine, after: str) -> Iterator[dict[str, Any]]:
    """All that come after that id, read a few at a time: their texts are read with them."""
    while page := engine.articles(after_id=after, limit=TEXTS_HELD):
        for article in page:
            listed = asdict(article)
            del listed["text"]
            yield listed
        after = page[-1].id
