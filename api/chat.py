"""The routes of OpenAI's form: chat completions, and the list of the one model.

A base URL of `http://HOST:PORT/v1` is all that a client of that API needs.
"""

from typing import Any

from fastapi import Request, Response
from fastapi.responses import JSONResponse

from api import chat_examples, chat_schemas, event_schemas
from api.chat_answer import MODEL, ChatForm, Completion
from api.chat_request import read_conversation
from api.errors import NoSuchModel, Refused
from api.routes import (
    HEAD,
    READS_BODY,
    OpenEngine,
    Until,
    answers,
    note,
    or_events,
    problems,
    router_of,
)
from api.routing import ChatRoute, ReadRoute
from api.stream import EventStream
from index.errors import TooLarge
from index.filters import Filters
from rag.answer import Answer
from rag.progress import Tell, to_nobody


def _problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return problems(*statuses, schema=chat_schemas.CHAT_PROBLEM)


_ANY = {
    "description": "Any other error, in the same form.",
    "content": {"application/problem+json": {"schema": chat_schemas.CHAT_PROBLEM}},
}
# Without one for all others, FastAPI would list a 422, which is 400 here (`api.problems`).
_ERRORS = {**_problems(401, *HEAD, 429, 500, 503), "default": _ANY}
chats = router_of(ChatRoute, _ERRORS)
models = router_of(ReadRoute, _ERRORS)


@chats.post(
    "/chat/completions",
    responses={
        200: or_events(
            answers(chat_schemas.CompletionOut, chat_examples.COMPLETION),
            event_schemas.CHAT_EVENTS,
            chat_examples.CHUNKS,
        ),
        **_problems(404, *READS_BODY),
    },
)
def complete(
    body: chat_schemas.ChatIn, engine: OpenEngine, deadline: Until, request: Request
) -> Response:
    """Answers the last message of the user's from the archive, in OpenAI's form.

    If it leans on what was said before ("and who signed it?"), the words that it needs of that are
    looked up with it.

    A refusal is a message like any other: it says that the archive does not hold an answer, and
    names the nearest articles. With `stream`, chunks as server-sent events, and `[DONE]`.
    """
    _check_model(body.model)
    conversation = read_conversation(body)
    filters = body.filters.parse() if body.filters else Filters()
    completion = Completion(conversation.texts, str(request.base_url))

    def answer(tell: Tell) -> Answer:
        try:
            answer = engine.ask(
                conversation.question,
                history=conversation.history,
                filters=filters,
                asked_at=body.asked_at,
                deadline=deadline,
                tell=tell,
            )
        except TooLarge as error:
            raise Refused(str(error), "messages", "context_length_exceeded") from error
        note(request, answer)
        return answer

    if body.stream:
        options = body.stream_options
        form = ChatForm(completion, bool(options and options.include_usage))
        return EventStream(answer, form, request)
    return JSONResponse(completion.as_json(answer(to_nobody)))


@models.get("/models", responses={200: answers(chat_schemas.ModelsOut, chat_examples.MODELS)})
def list_models(request: Request) -> Response:
    """The one model that there is."""
    return JSONResponse({"object": "list", "data": [_model(request)]})


@models.get(
    "/models/{model}",
    responses={200: answers(chat_schemas.ModelOut, chat_examples.MODEL), **_problems(404)},
)
def show_model(model: str, request: Request) -> Response:
    """The model, if it is that one."""
    _check_model(model)
    return JSONResponse(_model(request))


def _model(request: Request) -> dict[str, Any]:
    created = request.app.state.created
    return {"id": MODEL, "object": "model", "created": created, "owned_by": "dateline"}


def _check_model(name: str) -> None:
    if name != MODEL:
        raise NoSuchModel(
            f"model: there is no {name[:100]!r}; this server has one, {MODEL!r}",
            "model",
            "model_not_found",
        )
