"""A passage that was read: the answer it gives, and the sentence that the answer stands in."""

import re
from dataclasses import dataclass
from functools import cached_property

from index.split import Span, split_sentences
from rag.evidence import shares
from rag.reader import Reading
from rag.retrieve import Found

_CLOSING = {'"': '"', "\u201c": "\u201d", "(": ")"}
_OPENING = {closing: opening for opening, closing in _CLOSING.items()}
_EDGES = " .,;:!?()[]\"'\u2018\u2019\u201c\u201d"


@dataclass(frozen=True)
class Candidate:
    """`score` ranks the passages of one question; it means nothing between questions.

    `depth` is how many of the passages retrieval put before it. Spans are of the article's text.
    """

    found: Found
    reading: Reading
    score: float
    depth: int

    @property
    def answer(self) -> str:
        start, end = self.answer_span
        return self.found.article.text[start:end]

    @property
    def answer_span(self) -> Span:
        start = self.found.passage.start
        given = start + self.reading.start, start + self.reading.end
        text = self.found.article.text
        return _whole_number(text, *_without_lone_mark(text, *given))

    @cached_property
    def sentences(self) -> list[Span]:
        """Those of the passage, in order."""
        passage, article = self.found.passage, self.found.article
        return list(split_sentences(article.text, passage.start, passage.end, article.language))

    @cached_property
    def evidence(self) -> list[float]:
        """How much of the passage's evidence each of its sentences is: shares of 1.

        A reader that tells none is taken to mean the sentences that the answer stands in.
        """
        told, start = self.reading.evidence, self.found.passage.start
        if told is not None:
            inside = [(first - start, last - start) for first, last in self.sentences]
            return shares(told.of_sentences(inside))
        touched = self._touched()
        return [1 / len(touched) if span in touched else 0.0 for span in self.sentences]

    @cached_property
    def quote_span(self) -> Span:
        """The whole sentence, or sentences, that the answer touches."""
        start, end = self.answer_span
        touched = self._touched()
        return min([start, *(f for f, _ in touched)]), max([end, *(t for _, t in touched)])

    @property
    def quote(self) -> str:
        start, end = self.quote_span
        return self.found.article.text[start:end]

    def _touched(self) -> list[Span]:
        start, end = self.answer_span
        return [(first, last) for first, last in self.sentences if first < end and last > start]


def normalise_answer(text: str) -> str:
    """The form in which two answers count as the same; "" is the same as nothing.

    Case, white space, an article in front and marks of punctuation at either end do not count; a
    sign, a currency or a percent sign does.
    """
    words = " ".join(text.casefold().split()).strip(_EDGES)
    return re.sub(r"^(?:an?|the)\s+", "", words)


def _without_lone_mark(text: str, start: int, end: int) -> Span:
    """The span less a quotation mark or parenthesis at either end whose partner it lacks.

    Never less than one character.
    """
    partner = _CLOSING.get(text[start:end][:1])
    if partner and end - start > 1 and partner not in text[start + 1 : end]:
        start += 1
    partner = _OPENING.get(text[start:end][-1:])
    if partner and end - start > 1 and partner not in text[start : end - 1]:
        end -= 1
    return start, end


def _whole_number(text: str, start: int, end: int) -> Span:
    """The span with the sign, currency or percent sign that belongs to a number at its ends.

    A model's tokens part them, and "2.5 percent" is no quote from "-2.5 percent".
    """
    if text[start:end][:1].isdigit():
        before = text[:start]
        sign = re.search(r"(?<![^\W_])[-+\u2212]?[$\u00a3\u20ac\u00a5]?$", before[-3:])
        start -= len(sign[0]) if sign else 0
    if text[start:end][-1:].isdigit() and text[end : end + 1] == "%":
        end += 1
    return start, end
