"""What OpenAPI says of the events of a stream; beside `api.response_schemas`, pydantic stands here.

Each event is described as OpenAPI 3.2 has it: its `data` is a string that holds JSON of a stated
schema, or `[DONE]`. A test holds what is sent against it (`tests/test_http_schema.py`).
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, WithJsonSchema

from api.chat_schemas import CHAT_PROBLEM, AnnotationOut, UsageOut
from api.response_schemas import PROBLEM, AnswerOut, CitationOut, FoundOut


class FiltersOut(BaseModel):
    after: str | None
    before: str | None
    sources: list[str]


class UnderstoodOut(BaseModel):
    type: Literal["understood"]
    understood_as: str
    filters: FiltersOut
    asked_at: str


class PassagesOut(BaseModel):
    type: Literal["passages"]
    passages: list[FoundOut]


class TextOut(BaseModel):
    """`start` and `end` locate it in the answer."""

    type: Literal["text"]
    text: str
    start: int
    end: int


class CitedOut(BaseModel):
    """`index` is the citation's place in the result's."""

    type: Literal["citation"]
    index: int
    citation: CitationOut


class ResultOut(BaseModel):
    type: Literal["result"]
    result: AnswerOut


class ErrorOut(BaseModel):
    type: Literal["error"]
    problem: Annotated[dict[str, Any], WithJsonSchema(PROBLEM)]


class DeltaOut(BaseModel):
    """The role first, then `content` piece by piece, then with the reason to stop all others."""

    role: Literal["assistant"] | None = None
    content: str | None = None
    annotations: list[AnnotationOut] | None = None
    citations: list[CitationOut] | None = None
    nearest: list[CitationOut] | None = None
    abstained: bool | None = None
    conflicting: bool | None = None
    confidence: float | None = None


class ChunkChoiceOut(BaseModel):
    index: int
    delta: DeltaOut
    logprobs: None
    finish_reason: Literal["stop"] | None


class ChunkOut(BaseModel):
    """The last one has no choices and the usage, if that was asked for."""

    id: str
    object: Literal["chat.completion.chunk"]
    created: int
    model: str
    system_fingerprint: str | None = None
    choices: list[ChunkChoiceOut]
    usage: UsageOut | None = None


def _inlined(schema: dict[str, Any]) -> dict[str, Any]:
    """Without references: what stands inside a string's schema has no components to refer to."""
    definitions = schema.pop("$defs", {})

    def inline(node: Any) -> Any:
        if isinstance(node, list):
            return [inline(item) for item in node]
        if not isinstance(node, dict):
            return node
        if "$ref" in node:
            return inline(definitions[node["$ref"].rpartition("/")[2]])
        return {key: inline(value) for key, value in node.items()}

    inlined: dict[str, Any] = inline(schema)
    return inlined


def _events(*payloads: dict[str, Any]) -> dict[str, Any]:
    kinds = {"contentMediaType": "application/json", "contentSchema": {"anyOf": list(payloads)}}
    return {
        "type": "object",
        "required": ["data"],
        "properties": {
            "data": {"anyOf": [{"const": "[DONE]"}, {"type": "string", **kinds}]},
        },
    }


_ANSWERED = (UnderstoodOut, PassagesOut, TextOut, CitedOut, ResultOut, ErrorOut)
ASK_EVENTS = _events(*(_inlined(kind.model_json_schema()) for kind in _ANSWERED))
CHAT_EVENTS = _events(_inlined(ChunkOut.model_json_schema()), CHAT_PROBLEM)
