"""The forms of requests and responses; pydantic stands only here.

Requests are checked by these models. Responses are not: `Answer.as_json` and its like are their
one form, and the models below only tell OpenAPI what it is (a test compares the two).
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema

from api import examples
from index.filters import Filters

MAX_SOURCES = 100
MAX_SOURCE_CHARACTERS = 200
MAX_SHOWN = 100  # characters of a field's name that a client made up


def _whole(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        code, at = ord(text[error.start]), error.start
        raise ValueError(
            f"holds half of a character, U+{code:04X}, at character {at}; remove it"
        ) from None
    return text


def _name_of_a_source(text: str) -> str:
    if len(text) > MAX_SOURCE_CHARACTERS:
        raise ValueError(f"has {len(text):,} characters; give at most {MAX_SOURCE_CHARACTERS}")
    return _whole(text)


class _Request(BaseModel):
    # A misspelt field must not pass unnoticed: a filter that does nothing changes the answer.
    model_config = ConfigDict(extra="forbid")


SourceIn = Annotated[
    str,
    AfterValidator(_name_of_a_source),
    WithJsonSchema({"type": "string", "maxLength": MAX_SOURCE_CHARACTERS}),
]


class FiltersIn(_Request):
    """Which articles to answer from. Under a date filter, an article without a date falls out."""

    after: str | None = Field(None, description="Published on this day, YYYY-MM-DD, or later.")
    before: str | None = Field(None, description="Published before this day, YYYY-MM-DD.")
    sources: list[SourceIn] | None = Field(
        None, max_length=MAX_SOURCES, description="From one of these; case does not matter."
    )

    def parse(self) -> Filters:
        """Raises InvalidInput."""
        return Filters.parse(self.after, self.before, self.sources or ())


class AskIn(_Request):
    model_config = ConfigDict(json_schema_extra={"examples": [examples.ASK]})

    question: str = Field(description="At most 2,000 characters.")
    filters: FiltersIn | None = None
    asked_at: str | None = Field(None, description="ISO 8601; now by default.")


class SearchIn(_Request):
    model_config = ConfigDict(json_schema_extra={"examples": [examples.SEARCH]})

    query: str = Field(description="At most 2,000 characters.")
    filters: FiltersIn | None = None
    limit: int = Field(10, strict=True, json_schema_extra={"minimum": 1, "maximum": 100})


class ArticleIn(BaseModel):
    """The id is the given one, else the URL, else the content's hash. Other fields are ignored."""

    text: str = Field(description="At most 2,000,000 characters; kept verbatim.")
    id: str | int | None = None
    title: str | None = None
    source: str | None = None
    author: str | None = None
    published_at: str | None = Field(None, description="YYYY-MM-DD or ISO 8601.")
    updated_at: str | None = None
    url: str | None = None
    language: str | None = None


_ARTICLE = ArticleIn.model_json_schema()
# Not checked by pydantic: one bad article must not turn away the others (see `api.articles`).
ArticlesIn = Annotated[
    Any,
    WithJsonSchema(
        {
            "title": "ArticlesIn",
            "description": "One article, a list of them, or an object that holds the list.",
            "anyOf": [
                _ARTICLE,
                {"type": "array", "items": _ARTICLE, "maxItems": 1000},
                {
                    "type": "object",
                    "properties": {"articles": {"type": "array", "items": _ARTICLE}},
                    "required": ["articles"],
                },
            ],
            "examples": [examples.ARTICLE, {"articles": [examples.ARTICLE]}],
        }
    ),
]


class CitationOut(BaseModel):
    """`cited_text` stands in the article's text at these offsets, in code points, half-open."""

    type: Literal["char_location"]
    cited_text: str
    start_char_index: int
    end_char_index: int
    answer_start_char_index: int | None
    answer_end_char_index: int | None
    article_id: str
    document_index: int
    document_title: str | None
    source: str | None
    published_at: str | None
    url: str | None


class SentenceOut(BaseModel):
    """`start` and `end` locate it in the answer; `citations` are indices."""

    text: str
    start: int
    end: int
    citations: list[int]


class AnswerOut(BaseModel):
    """On abstention there is a refusal in `answer`, no citation, and leads in `nearest`."""

    question: str
    understood_as: str
    answer: str
    abstained: bool
    confidence: float = Field(description="Calibrated probability that the answer is right.")
    sentences: list[SentenceOut]
    citations: list[CitationOut]
    nearest: list[CitationOut]
    as_of: str | None
    asked_at: str
    snapshot: str
    model: str
    dropped_citations: int
    undated_left_out: int
    timings_ms: dict[str, float]


class FoundOut(BaseModel):
    article_id: str
    document_title: str | None
    source: str | None
    published_at: str | None
    url: str | None
    start_char_index: int
    end_char_index: int
    text: str
    score: float
    cosine: float
    bm25: float


class SearchOut(BaseModel):
    results: list[FoundOut]


class OutcomeOut(BaseModel):
    """What became of one article; `passages` were written. A rejected one says where and why."""

    status: Literal["added", "updated", "unchanged", "rejected"]
    id: str | None
    passages: int
    place: str | None = None
    field: str | None = None
    problem: str | None = None


class IngestOut(BaseModel):
    """One result per article, in the order of the request."""

    added: int
    updated: int
    unchanged: int
    rejected: int
    results: list[OutcomeOut]


class ListedOut(BaseModel):
    id: str
    title: str | None
    source: str | None
    author: str | None
    published_at: str | None
    updated_at: str | None
    ingested_at: str | None
    url: str | None
    language: str | None
    body_start: int
    sha256: str


class ArticleOut(ListedOut):
    """`text` is what citations' offsets count in; passages are cut from `body_start` on."""

    text: str


class PageOut(BaseModel):
    """Ordered by id. `next` is the `after` of the next page, null on the last."""

    articles: list[ListedOut]
    next: str | None


class HealthOut(BaseModel):
    status: str


class ProblemOut(BaseModel):
    """RFC 9457. `errors` lists fields, or articles by place, where there are several to name."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.PROBLEM]})

    type: str
    title: str
    status: int
    detail: str
    errors: list[dict[str, str]] | None = None


PROBLEM = ProblemOut.model_json_schema()


def field_errors(errors: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """What pydantic found wrong with a body or a query, as `field` and `problem`."""
    return [{"field": _field(error["loc"]), "problem": _problem(error)} for error in errors]


def _field(path: Sequence[str | int]) -> str:
    names = path[1:] if path and path[0] in ("body", "query", "path") else path
    return ".".join(str(name)[:MAX_SHOWN] for name in names) or "body"


def _problem(error: Mapping[str, Any]) -> str:
    context = error.get("ctx", {})
    match error["type"]:
        case "missing":
            return "is missing; give it"
        case "extra_forbidden":
            return "is no field here; remove it or correct its name"
        case "value_error":
            return str(context["error"])
        case "string_unicode":
            return "holds half of a character in a field's name; remove that field"
        case "string_type":
            return f"is {_kind(error)}; give a string"
        case "int_type" | "int_parsing":
            return f"is {_kind(error)}; give a whole number"
        case "list_type":
            return f"is {_kind(error)}; give a list"
        case "model_type" | "model_attributes_type" | "dict_type":
            return f"is {_kind(error)}; give an object"
        case "too_long":
            return f"is a list of {context['actual_length']}; give at most {context['max_length']}"
        case "string_too_long":
            count, most = len(error["input"]), context["max_length"]
            return f"has {count:,} characters; give at most {most:,}"
        case "greater_than_equal":
            return f"is too small; give at least {context['ge']}"
        case "less_than_equal":
            return f"is too large; give at most {context['le']}"
    return str(error["msg"])


def _kind(error: Mapping[str, Any]) -> str:
    match error.get("input"):
        case None:
            return "null"
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "a string"
        case list() | tuple():
            return "a list"
    return "an object"
