"""An answer and what attests it. The same values reach every face; `as_json` is their one form.

Two pairs of offsets: a sentence's locate it in the answer's text; a citation's locate the quote in
the article's text, and inside it the answer. All are half-open and count Unicode code points.
"""

from dataclasses import dataclass, field
from typing import Any

from index.records import Article

REFUSAL = "The archive does not hold an answer to this question."


@dataclass(frozen=True, slots=True)
class Citation:
    """`article.text[start:end] == cited_text`, compared with the store before it is sent.

    `answer_start:answer_end` is the answer inside the quote, None when the whole quote is it.
    """

    article_id: str
    start: int
    end: int
    cited_text: str
    answer_start: int | None
    answer_end: int | None
    title: str | None = None
    source: str | None = None
    published_at: str | None = None
    url: str | None = None

    @staticmethod
    def of(
        article: Article, start: int, end: int, answer: tuple[int, int] | None = None
    ) -> "Citation":
        """What the article has from `start` to `end`, with the span of the answer inside it."""
        return Citation(
            article_id=article.id,
            start=start,
            end=end,
            cited_text=article.text[start:end],
            answer_start=answer[0] if answer else None,
            answer_end=answer[1] if answer else None,
            title=article.title,
            source=article.source,
            published_at=article.published_at,
            url=article.url,
        )

    def as_json(self, document_index: int) -> dict[str, Any]:
        return {
            "type": "char_location",
            "cited_text": self.cited_text,
            "start_char_index": self.start,
            "end_char_index": self.end,
            "answer_start_char_index": self.answer_start,
            "answer_end_char_index": self.answer_end,
            "article_id": self.article_id,
            "document_index": document_index,
            "document_title": self.title,
            "source": self.source,
            "published_at": self.published_at,
            "url": self.url,
        }


@dataclass(frozen=True, slots=True)
class Sentence:
    """`answer.text[start:end] == text`; `citations` are indices into the answer's citations."""

    text: str
    start: int
    end: int
    citations: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """`confidence` is the calibrated probability that the best answer found is right.

    On abstention `text` is REFUSAL, `sentences` and `citations` are empty, and `nearest` holds the
    nearest passages as leads, not as an answer. `conflicting` says that articles disagree: then
    the second sentence is no more of the answer but another one, and `confidence` at most 1/2.
    """

    question: str
    understood_as: str
    text: str
    abstained: bool
    confidence: float
    sentences: tuple[Sentence, ...] = ()
    citations: tuple[Citation, ...] = ()
    nearest: tuple[Citation, ...] = ()
    as_of: str | None = None
    asked_at: str = ""
    snapshot: str = ""
    model: str = ""
    dropped_citations: int = 0  # that differed from the store, and so were not sent
    undated_left_out: int = 0  # articles that a date filter leaves out for want of a date
    timings_ms: dict[str, float] = field(default_factory=dict)
    conflicting: bool = False  # the sentences are different answers of different articles

    def as_json(self) -> dict[str, Any]:
        """The form that the command line, HTTP, the notebook and the harness share."""
        cited = [c.article_id for c in self.citations + self.nearest]
        order = {article_id: i for i, article_id in enumerate(dict.fromkeys(cited))}
        return {
            "question": self.question,
            "understood_as": self.understood_as,
            "answer": self.text,
            "abstained": self.abstained,
            "conflicting": self.conflicting,
            "confidence": round(self.confidence, 4),
            "sentences": [
                {"text": s.text, "start": s.start, "end": s.end, "citations": list(s.citations)}
                for s in self.sentences
            ],
            "citations": [c.as_json(order[c.article_id]) for c in self.citations],
            "nearest": [c.as_json(order[c.article_id]) for c in self.nearest],
            "as_of": self.as_of,
            "asked_at": self.asked_at,
            "snapshot": self.snapshot,
            "model": self.model,
            "dropped_citations": self.dropped_citations,
            "undated_left_out": self.undated_left_out,
            "timings_ms": {stage: round(ms, 2) for stage, ms in self.timings_ms.items()},
        }

    def _repr_html_(self) -> str:
        from rag.display import as_html

        return as_html(self)
