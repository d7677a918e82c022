"""Ranked candidates -> what is said: an answer of verbatim spans, each with its quote. Pure.

The quote is the sentence that the span stands in; a longer answer is made of whole sentences, and
each is its own quote. Whether to speak at all is the caller's to say.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from index.split import Span
from rag.answer import Citation, Sentence
from rag.candidate import Candidate
from rag.retrieve import Found
from rag.same import Said, is_copy, same_answer

MAX_CITATIONS = 3  # of one sentence
NEAREST = 3


@dataclass(frozen=True, slots=True)
class Composed:
    """What is said: the sentences, joined by spaces, are the text.

    `conflicting` says that the second is another answer to the same question than the first, which
    is the best.
    """

    text: str
    sentences: tuple[Sentence, ...]
    citations: tuple[Citation, ...]
    conflicting: bool = False


def compose(
    candidates: Sequence[Candidate],
    rival: Candidate | None = None,
    longer: Sequence[Span] = (),
) -> Composed:
    """The best candidate's answer, and the rival's if there is one, each with its citations.

    `longer` are sentences of the best candidate's passage, in order, to say instead of its span;
    each is its own quote.
    """
    best = candidates[0]
    if longer and not rival:
        article = best.found.article
        said = [(article.text[s:e], [Citation.of(article, s, e)]) for s, e in longer]
    else:
        said = [_said_by(best, candidates[1:])]
    if rival:
        said.append(_said_by(rival, [c for c in candidates if c is not rival]))
    text = ""
    sentences: list[Sentence] = []
    citations: list[Citation] = []
    for words, quotes in said:
        start = len(text) + 1 if text else 0
        text = f"{text} {words}" if text else words
        indices = tuple(range(len(citations), len(citations) + len(quotes)))
        sentences.append(Sentence(words, start, len(text), indices))
        citations += quotes
    return Composed(text, tuple(sentences), tuple(citations), conflicting=rival is not None)


def supporters(best: Candidate, others: Sequence[Candidate]) -> list[Candidate]:
    """Those whose article gives the same answer in words of its own, and thinks it answerable.

    At most one of each article. A sentence that stands in two articles is one support, however many
    outlets print it: the first that was ranked is cited.
    """
    kept = [best]
    for other in others:
        article = other.found.article
        if other.reading.answerable <= 0 or any(article.id == k.found.article.id for k in kept):
            continue
        ours = Said(best.answer, best.found.article.text)
        if not same_answer(ours, Said(other.answer, article.text)):
            continue
        if not any(is_copy(other.quote, k.quote) for k in kept):
            kept.append(other)
    return kept[1:]


def leads(found: Sequence[Found]) -> list[Citation]:
    """The nearest passages, whole: where to look when there is no answer."""
    return [Citation.of(f.article, f.passage.start, f.passage.end) for f in list(found)[:NEAREST]]


def _said_by(best: Candidate, others: Sequence[Candidate]) -> tuple[str, list[Citation]]:
    cited = [best, *supporters(best, others)]
    return best.answer, [_quote(candidate) for candidate in cited[:MAX_CITATIONS]]


def _quote(candidate: Candidate) -> Citation:
    inside = candidate.answer_span
    quote = candidate.quote_span
    return Citation.of(candidate.found.article, *quote, None if inside == quote else inside)
