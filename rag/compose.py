"""Ranked candidates -> what is said: an answer of verbatim spans, each with its quote. Pure.

The quote is the sentence that the span stands in. Whether to speak at all is the caller's to say.
"""

from collections.abc import Sequence

from index.split import split_sentences
from rag.answer import Citation, Sentence
from rag.calibrate import Candidate, normalise_answer
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
        if c.reading.answerable > 0 and normalise_answer(c.answer) == normalise_answer(text)
    ]
    cited: dict[str, Candidate] = {}
    for candidate in (best, *same):
        cited.setdefault(candidate.found.article.id, candidate)
    citations = [_quote(candidate) for candidate in list(cited.values())[:MAX_CITATIONS]]
    sentence = Sentence(text, 0, len(text), tuple(range(len(citations))))
    return text, [sentence], citations


def leads(found: Sequence[Found]) -> list[Citation]:
    """The nearest passages, whole: where to look when there is no answer."""
    return [_cite(f, f.passage.start, f.passage.end, None, None) for f in list(found)[:NEAREST]]


def _quote(candidate: Candidate) -> Citation:
    found = candidate.found
    start = found.passage.start + candidate.reading.start
    end = found.passage.start + candidate.reading.end
    passage, article = found.passage, found.article
    touched = [
        sentence
        for sentence in split_sentences(article.text, passage.start, passage.end, article.language)
        if sentence[0] < end and sentence[1] > start
    ]
    quote_start = min([start, *(s for s, _ in touched)])
    quote_end = max([end, *(e for _, e in touched)])
    if (quote_start, quote_end) == (start, end):
        return _cite(found, start, end, None, None)
    return _cite(found, quote_start, quote_end, start, end)


def _cite(
    found: Found, start: int, end: int, answer_start: int | None, answer_end: int | None
) -> Citation:
    article = found.article
    return Citation(
        article_id=article.id,
        start=start,
        end=end,
        cited_text=article.text[start:end],
        answer_start=answer_start,
        answer_end=answer_end,
        title=article.title,
        source=article.source,
        published_at=article.published_at,
        url=article.url,
    )
