"""Cases -> how each was answered. Per-question results first; aggregates are folded from them."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from eval.cases import Case
from eval.measures import contains, exact_match, f1
from index.errors import DatelineError
from index.snapshot import Snapshot
from rag.answer import Answer
from rag.engine import Engine
from rag.verify import is_verbatim

RIGHT, WRONG, REFUSED = "right", "wrong", "refused"


@dataclass(frozen=True, slots=True)
class Result:
    """One question's: `right` is containment in either direction, or a refusal where one is due.

    `verdict` is right, wrong or refused (wrongly). A question that raised an error is wrong.
    """

    id: str
    question: str
    gold: tuple[str, ...]
    answer: str
    verdict: str
    exact_match: bool
    f1: float
    evidence_cited: bool
    quotes: int
    quotes_verified: int
    confidence: float
    trouble: str  # in words, what went wrong; "" if nothing did


@dataclass(frozen=True, slots=True)
class Summary:
    """Counts over all results; `f1` and `em`: means over the answerable questions, in percent."""

    questions: int
    answerable: int
    right_answers: int
    right_with_evidence: int
    wrong_answers: int
    wrongly_refused: int
    unanswerable: int
    rightly_refused: int
    quotes: int
    quotes_verified: int
    f1: float
    em: float

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def run(engine: Engine, cases: Iterable[Case]) -> Iterator[Result]:
    """Asks every case of the engine. Nothing may write to its archive meanwhile."""
    for case in cases:
        try:
            answer = engine.ask(case.question)
        except DatelineError as error:
            yield _failed(case, str(error))
        else:
            yield score(case, answer, engine.archive.snapshot())


def score(case: Case, answer: Answer, snapshot: Snapshot) -> Result:
    """Compares one answer with its case, and every quote with the stored article."""
    verified = sum(is_verbatim(c, snapshot) for c in answer.citations)
    cited = [c.cited_text for c in answer.citations]
    has_evidence = any(e in quote for e in case.evidence for quote in cited)
    matches = not answer.abstained and any(contains(answer.text, g) for g in case.answers)
    if answer.abstained:
        verdict = REFUSED if case.answerable else RIGHT
    else:
        verdict = RIGHT if matches else WRONG
    given = "" if answer.abstained else answer.text
    return Result(
        id=case.id,
        question=case.question,
        gold=case.answers,
        answer=given,
        verdict=verdict,
        exact_match=any(exact_match(given, g) for g in case.answers),
        f1=max((f1(given, g) for g in case.answers), default=float(answer.abstained)),
        evidence_cited=has_evidence,
        quotes=len(cited),
        quotes_verified=verified,
        confidence=answer.confidence,
        trouble=_trouble(case, given, verdict, has_evidence, len(cited) - verified),
    )


def summarise(results: Iterable[Result]) -> Summary:
    rows = list(results)
    answerable = [r for r in rows if r.gold]
    unanswerable = [r for r in rows if not r.gold]
    verdicts = Counter(r.verdict for r in answerable)
    count = max(1, len(answerable))
    return Summary(
        questions=len(rows),
        answerable=len(answerable),
        right_answers=verdicts[RIGHT],
        right_with_evidence=sum(r.verdict == RIGHT and r.evidence_cited for r in answerable),
        wrong_answers=sum(r.verdict == WRONG for r in rows),
        wrongly_refused=verdicts[REFUSED],
        unanswerable=len(unanswerable),
        rightly_refused=sum(r.verdict == RIGHT for r in unanswerable),
        quotes=sum(r.quotes for r in rows),
        quotes_verified=sum(r.quotes_verified for r in rows),
        f1=round(100 * sum(r.f1 for r in answerable) / count, 2),
        em=round(100 * sum(r.exact_match for r in answerable) / count, 2),
    )


def _trouble(case: Case, given: str, verdict: str, has_evidence: bool, unverified: int) -> str:
    troubles = []
    if verdict == REFUSED:
        troubles.append(f"refused; right would be {case.answers[0]!r}")
    elif verdict == WRONG and case.answerable:
        troubles.append(f"answered {given!r}; right would be {case.answers[0]!r}")
    elif verdict == WRONG:
        troubles.append(f"answered {given!r}; the archive does not hold an answer")
    if verdict == RIGHT and case.evidence and not has_evidence:
        troubles.append(f"does not cite {case.evidence[0]!r}")
    if unverified:
        troubles.append(f"{unverified} quotes do not stand in their article")
    return "; ".join(troubles)


def _failed(case: Case, words: str) -> Result:
    trouble = f"raised an error: {words}"
    return Result(
        case.id, case.question, case.answers, "", WRONG, False, 0.0, False, 0, 0, 0.0, trouble
    )
