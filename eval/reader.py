"""The reader alone, on the paragraph that each question was written for: no archive, no search.

It always gives its best span; the score of it, as a probability, says whether to. That is the
logistic function of the reader's own score and not fitted: over one half, the span beats "no
answer".
"""

from collections.abc import Sequence
from dataclasses import dataclass

from eval.adapters.squad import Paragraph
from eval.answers import Result, score
from eval.cases import Case
from eval.given import Given, Quote, failure
from rag.logistic import sigmoid
from rag.reader import Reader
from rag.windows import Read, read_texts

THRESHOLD = 0.5
AT_ONCE = 32  # questions handed to the pool together


@dataclass(frozen=True, slots=True)
class Asked:
    case: Case
    title: str
    context: str


def questions(paragraphs: Sequence[Paragraph]) -> list[Asked]:
    return [Asked(case, p.title, p.context) for p in paragraphs for case in p.cases]


def read(reader: Reader, asked: Sequence[Asked], always_answer: bool) -> list[Result]:
    """A result per question. `always_answer`, as in SQuAD 1.1, refuses none."""
    try:
        found = read_texts(reader, [(a.case.question, a.title, a.context) for a in asked])
    except Exception as error:
        if len(asked) > 1:  # find out whose it is
            return [r for a in asked for r in read(reader, [a], always_answer)]
        return [score(asked[0].case, failure(f"{type(error).__name__}: {error}"))]
    return [
        score(a.case, _given(a, span, always_answer)) for a, span in zip(asked, found, strict=True)
    ]


def _given(asked: Asked, span: Read, always_answer: bool) -> Given:
    confidence = sigmoid(span.score)
    quote = Quote(asked.context, (span.start, span.end), title=asked.title or None)
    refused = not always_answer and confidence < THRESHOLD
    return Given(asked.context[span.start : span.end], refused, confidence, (quote,))
