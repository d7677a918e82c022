"""Ranked candidates -> what is said: an answer of verbatim spans, each with its quote. Pure.

The quote is the sentence that the span stands in. Whether to speak at all is the caller's to say.
"""

from collections.abc import Sequence

from rag.answer import Citation, Sentence
from rag.candidate import Candidate, normalise_answer
from rag.retrieve import Found

MAX_CITATIONS = 3
NEAREST = 3


def compose(candidates: Sequence[Candidate]) -> tuple[str, list[Sentence], list[Citation]]:
    """The answer's text, its sentences and their citations.

    Other articles whose passage gives the same answer, and thinks it answerable, are cited too.
    """
    best = candidates[0]
    text = best.answer
    same = [
        c
        for c in candidates[1:]
        if c.reading.answerable > 0 and normalise_answer(c.answer) == normalise_answer(text) != ""
    ]
    cited: dict[str, Candidate] = {}
    for candidate in (best, *same):
        cited.setdefault(candidate.found.article.id, candidate)
    citations = [_quote(candidate) for candidate in list(cited.values())[:MAX_CITATIONS]]
    sentence = Sentence(text, 0, len(text), tuple(range(len(citations))))
    return text, [sentence], citations


def leads(found: Sequence[Found]) -> list[Citation]:
    """The nearest passages, whole: where to look when there is no answer."""
    return [Citation.of(f.article, f.passage.start, f.passage.end) for f in list(found)[:NEAREST]]


def _quote(candidate: Candidate) -> Citation:
    inside = candidate.answer_span
    quote = candidate.quote_span
    return Citation.of(candidate.found.article, *quote, None if inside == quote else inside)
