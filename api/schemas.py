"""The forms of requests, checked by these models; `api.response_schemas` has what comes back.

Pydantic stands only in these two, `api.chat_schemas`, `api.event_schemas` and `api.tools`.
"""

from collections.abc import Callable
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    WithJsonSchema,
)

from api import examples
from index.filters import Filters
from index.sources.fields import MAX_ID_CHARACTERS
from rag.standalone import MAX_ANSWER, MAX_QUESTION, MAX_TURNS, Turn

MAX_PAGE = 1_000
MAX_SOURCES = 100
MAX_SOURCE_CHARACTERS = 200


def _whole(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        code, at = ord(text[error.start]), error.start
        raise ValueError(
            f"holds half of a character, U+{code:04X}, at character {at}; remove it"
        ) from None
    return text


def whole_number(number: object) -> object:
    """To JSON, 9.0 is the whole number 9; some clients have no other kind."""
    return int(number) if isinstance(number, float) and number.is_integer() else number


def _at_most(characters: int) -> Callable[[str], str]:
    def check(text: str) -> str:
        if len(text) > characters:
            raise ValueError(f"has {len(text):,} characters; give at most {characters:,}")
        return _whole(text)

    return check


class _Request(BaseModel):
    # A misspelt field must not pass unnoticed: a filter that does nothing changes the answer.
    model_config = ConfigDict(extra="forbid")


SourceIn = Annotated[
    str,
    AfterValidator(_at_most(MAX_SOURCE_CHARACTERS)),
    WithJsonSchema({"type": "string", "pattern": r"\S", "maxLength": MAX_SOURCE_CHARACTERS}),
]


# What OpenAPI says of what the engine itself checks, for the sake of its words.
DAY: dict[str, Any] = {"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}]}
TIME: dict[str, Any] = {
    "anyOf": [
        {"type": "string", "format": "date"},
        {"type": "string", "format": "date-time"},
        {"type": "null"},
    ]
}
TIME_OR_BLANK = {"anyOf": [*TIME["anyOf"], {"type": "string", "pattern": r"^\s*$"}]}
_ID = {"type": "string", "maxLength": MAX_ID_CHARACTERS, "pattern": r"^[^\x00-\x1f\x7f-\x9f]*$"}
ID: dict[str, Any] = {"anyOf": [_ID, {"type": "integer"}, {"type": "null"}]}
URL: dict[str, Any] = {"anyOf": [_ID, {"type": "null"}]}  # it stands in for an id
QUESTION: dict[str, Any] = {"minLength": 1, "maxLength": 2000, "pattern": r"\w"}


class FiltersIn(_Request):
    """Which articles to answer from. Under a date filter, an article without a date falls out."""

    after: Annotated[str | None, WithJsonSchema(DAY)] = Field(
        None, description="Published on this day, YYYY-MM-DD, or later."
    )
    before: Annotated[str | None, WithJsonSchema(DAY)] = Field(
        None, description="Published before this day, YYYY-MM-DD."
    )
    sources: list[SourceIn] | None = Field(
        None, max_length=MAX_SOURCES, description="From one of these; case does not matter."
    )

    def parse(self) -> Filters:
        """Raises InvalidInput."""
        return Filters.parse(self.after, self.before, self.sources or ())


ASKED_AT = (
    "ISO 8601; now by default. Words such as *this week* count from it. If it is given, a question "
    "without a date of its own prefers what was published near it, if anything was; nothing is "
    "filtered out."
)


class TurnIn(_Request):
    """What was asked before, and the `answer` of it, if any was given."""

    question: Annotated[
        str,
        AfterValidator(_at_most(MAX_QUESTION)),
        WithJsonSchema({"type": "string", "maxLength": MAX_QUESTION}),
    ]
    answer: (
        Annotated[
            str,
            AfterValidator(_at_most(MAX_ANSWER)),
            WithJsonSchema({"type": "string", "maxLength": MAX_ANSWER}),
        ]
        | None
    ) = None


class AskIn(_Request):
    model_config = ConfigDict(json_schema_extra={"examples": [examples.ASK]})

    question: str = Field(description="At most 2,000 characters.", json_schema_extra=QUESTION)
    history: list[TurnIn] | None = Field(
        None,
        max_length=MAX_TURNS,
        description="The conversation so far, oldest turn first: nothing is kept here. A question "
        'that leans on it ("and who signed it?") is looked up with the words that it needs of it; '
        "`understood_as` shows them.",
    )
    filters: FiltersIn | None = None
    asked_at: Annotated[str | None, WithJsonSchema(TIME)] = Field(None, description=ASKED_AT)
    stream: StrictBool | None = Field(
        None, description="Whether to answer with server-sent events, as the answer is made."
    )

    def turns(self) -> list[Turn]:
        return [Turn(turn.question, turn.answer or "") for turn in self.history or ()]


class SearchIn(_Request):
    model_config = ConfigDict(json_schema_extra={"examples": [examples.SEARCH]})

    query: str = Field(description="At most 2,000 characters.", json_schema_extra=QUESTION)
    filters: FiltersIn | None = None
    asked_at: Annotated[str | None, WithJsonSchema(TIME)] = Field(None, description=ASKED_AT)
    limit: Annotated[int, BeforeValidator(whole_number)] = Field(
        10, strict=True, json_schema_extra={"minimum": 1, "maximum": 100}
    )


class PageIn(_Request):
    """Which page of the articles."""

    limit: int = Field(100, ge=1, le=MAX_PAGE, examples=[100])
    after: str = Field(
        "", max_length=MAX_ID_CHARACTERS, description="The `next` of the page before."
    )


class ArticleIn(BaseModel):
    """The id is the given one, else the URL, else the content's hash. Other fields are ignored."""

    text: str = Field(
        description="At most 2,000,000 characters; kept verbatim.",
        json_schema_extra={"pattern": r"\S"},
    )
    id: Annotated[str | int | None, WithJsonSchema(ID)] = None
    title: str | None = None
    source: str | None = None
    author: str | None = None
    published_at: Annotated[str | None, WithJsonSchema(TIME_OR_BLANK)] = Field(
        None, description="YYYY-MM-DD or ISO 8601."
    )
    updated_at: Annotated[str | None, WithJsonSchema(TIME_OR_BLANK)] = None
    url: Annotated[str | None, WithJsonSchema(URL)] = None
    language: str | None = None


_ARTICLE = ArticleIn.model_json_schema()
_ARTICLES = {"type": "array", "items": _ARTICLE, "minItems": 1, "maxItems": 1000}
# Not checked by pydantic: one bad article must not turn away the others (see `api.articles`).
ArticlesIn = Annotated[
    Any,
    WithJsonSchema(
        {
            "title": "ArticlesIn",
            "description": "One article, a list of them, or an object that holds the list.",
            "anyOf": [
                _ARTICLE,
                _ARTICLES,
                {
                    "type": "object",
                    "properties": {"articles": _ARTICLES},
                    "required": ["articles"],
                    "additionalProperties": False,
                },
            ],
            "examples": [examples.ARTICLE, {"articles": [examples.ARTICLE]}],
        }
    ),
]
