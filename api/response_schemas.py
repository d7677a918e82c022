"""The forms of responses, for OpenAPI alone: nothing sent is checked by them.

`Answer.as_json` and its like are the one form of what is sent; a test compares the two.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from api import examples


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
    understood_as: str = Field(
        description="The question as it was looked up: with words of the history that it leans on, "
        "and misspelt lower-case words put right where the archive or English has what was meant."
    )
    answer: str
    abstained: bool
    conflicting: bool = Field(
        description="Whether articles disagree: each sentence is then an answer of its own, the "
        "better supported first; `confidence` is the first one's, and at most 0.5."
    )
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
