"""A passage that was read: the answer it gives, and the sentence that the answer stands in."""

from dataclasses import dataclass
from functools import cached_property

from index.split import split_sentences
from rag.reader import Reading
from rag.retrieve import Found

Span = tuple[int, int]  # half-open, code points of the article's text


@dataclass(frozen=True)
class Candidate:
    """`score` ranks the passages of one question; it means nothing between questions."""

    found: Found
    reading: Reading
    score: float

    @property
    def answer(self) -> str:
        start, end = self.answer_span
        return self.found.article.text[start:end]

    @property
    def answer_span(self) -> Span:
        start = self.found.passage.start
        return start + self.reading.start, start + self.reading.end

    @cached_property
    def quote_span(self) -> Span:
        """The whole sentence, or sentences, that the answer touches."""
        passage, article = self.found.passage, self.found.article
        start, end = self.answer_span
        touched = [
            (first, last)
            for first, last in split_sentences(
                article.text, passage.start, passage.end, article.language
            )
            if first < end and last > start
        ]
        return min([start, *(f for f, _ in touched)]), max([end, *(t for _, t in touched)])

    @property
    def quote(self) -> str:
        start, end = self.quote_span
        return self.found.article.text[start:end]


def normalise_answer(text: str) -> str:
    """The form in which two answers count as the same: words and digits alone, without articles."""
    words = "".join(c if c.isalnum() else " " for c in text.casefold()).split()
    return " ".join(word for word in words if word not in ("a", "an", "the"))
