"""The forms of OpenAI's API that this server speaks: beside `api.schemas`, pydantic stands here.

What is said of requests is wide: `api.chat_request` checks them by hand, for the sake of its words.
Fields that are not named here are passed over, as that API's users expect of another server.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, WithJsonSchema

from api import chat_examples
from api.response_schemas import CitationOut
from api.schemas import TIME, FiltersIn

_PART = {
    "type": "object",
    "properties": {"type": {"const": "text"}, "text": {"type": "string"}},
    "required": ["type", "text"],
}
_MESSAGE: dict[str, Any] = {
    "type": "object",
    "properties": {
        "role": {"enum": ["system", "developer", "user", "assistant", "tool"]},
        "content": {"anyOf": [{"type": "string"}, {"type": "array", "items": _PART}]},
    },
    "required": ["role", "content"],
}
_ASKED = {"type": "string", "minLength": 1, "maxLength": 2000, "pattern": r"\w"}
_QUESTION = {
    "properties": {
        "role": {"const": "user"},
        "content": {
            "anyOf": [
                _ASKED,
                {"type": "array", "items": _PART, "contains": {"properties": {"text": _ASKED}}},
            ]
        },
    }
}
_MESSAGES = {
    "type": "array",
    "minItems": 1,
    "maxItems": 1000,
    # JSON Schema cannot say "the last": each of the user's is described as a question.
    "items": {
        **_MESSAGE,
        "anyOf": [_QUESTION, {"properties": {"role": {"not": {"const": "user"}}}}],
    },
    "contains": {"properties": {"role": {"const": "user"}}, "required": ["role"]},
}


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}]}


_NO_CALL = _or_null({"type": "string", "enum": ["auto", "none"]})
_TEXT = {"type": "object", "properties": {"type": {"const": "text"}}, "required": ["type"]}


class StreamOptionsIn(BaseModel):
    include_usage: StrictBool | None = Field(
        None, description="Whether a last chunk counts the tokens."
    )


class ChatIn(BaseModel):
    """Of OpenAI's many fields those that mean something here; the others are ignored."""

    model_config = ConfigDict(json_schema_extra={"examples": [chat_examples.CHAT]})

    model: str = Field(description="As `GET /v1/models` has it.", examples=["dateline"])
    messages: Annotated[list[Any], WithJsonSchema(_MESSAGES)] = Field(
        description="The last one of the user's is the question, of at most 2,000 characters; "
        "those before it are its history. At most 1,000 messages of 200,000 characters in all."
    )
    stream: StrictBool | None = None
    stream_options: StreamOptionsIn | None = None
    filters: FiltersIn | None = Field(None, description="As of `POST /v1/ask`; OpenAI has none.")
    asked_at: Annotated[str | None, WithJsonSchema(TIME)] = Field(
        None, description="As of `POST /v1/ask`; OpenAI has none."
    )
    n: Annotated[Any, WithJsonSchema(_or_null({"type": "integer", "minimum": 1, "maximum": 1}))] = (
        None
    )
    logprobs: Annotated[Any, WithJsonSchema(_or_null({"type": "boolean", "enum": [False]}))] = None
    top_logprobs: Annotated[
        Any, WithJsonSchema(_or_null({"type": "integer", "minimum": 0, "maximum": 0}))
    ] = None
    response_format: Annotated[Any, WithJsonSchema(_or_null(_TEXT))] = None
    tool_choice: Annotated[Any, WithJsonSchema(_NO_CALL)] = None
    function_call: Annotated[Any, WithJsonSchema(_NO_CALL)] = None
    modalities: Annotated[
        Any,
        WithJsonSchema(_or_null({"type": "array", "items": {"const": "text"}, "maxItems": 1})),
    ] = None
    audio: Annotated[Any, WithJsonSchema({"type": "null"})] = None


class UrlCitationOut(BaseModel):
    """`content[start_index:end_index]` is what the article attests."""

    start_index: int
    end_index: int
    title: str
    url: str


class AnnotationOut(BaseModel):
    type: Literal["url_citation"]
    url_citation: UrlCitationOut


class MessageOut(BaseModel):
    """From `citations` on, all fields are this server's own."""

    role: Literal["assistant"]
    content: str = Field(description="Marker `[1]` is the first of `citations`.")
    refusal: None
    annotations: list[AnnotationOut]
    citations: list[CitationOut]
    nearest: list[CitationOut]
    abstained: bool
    conflicting: bool
    confidence: float


class ChoiceOut(BaseModel):
    index: int
    message: MessageOut
    logprobs: None
    finish_reason: Literal["stop"]


class UsageOut(BaseModel):
    """By the shipped reader's tokenizer; the prompt is the text of all messages."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class CompletionOut(BaseModel):
    id: str
    object: Literal["chat.completion"]
    created: int
    model: str
    system_fingerprint: str = Field(description="The reader and the archive's snapshot.")
    choices: list[ChoiceOut]
    usage: UsageOut


class ModelOut(BaseModel):
    """`created` is when this server was started, in seconds since 1970."""

    id: str
    object: Literal["model"]
    created: int
    owned_by: str


class ModelsOut(BaseModel):
    object: Literal["list"]
    data: list[ModelOut]


class ChatProblemOut(BaseModel):
    """RFC 9457, with an `error` as OpenAI's API has it; both say the same."""

    model_config = ConfigDict(json_schema_extra={"examples": [chat_examples.PROBLEM]})

    type: str
    title: str
    status: int
    detail: str
    errors: list[dict[str, str]] | None = None
    error: dict[str, str | None]


CHAT_PROBLEM = ChatProblemOut.model_json_schema()
