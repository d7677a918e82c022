"""A case and the answer given to it -> how good it was. Per-question results first.

Knows no engine: the same scoring reads any system's answers (`eval.given`). Aggregates are folded
from the results by `eval.summary`.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from eval.cases import Case, Place
from eval.given import Answers, Given, Quote, failure
from eval.measures import best, contains, exact_match, f1

RIGHT, WRONG, REFUSED, FAILED = "right", "wrong", "refused", "failed"


@dataclass(frozen=True, slots=True)
class Path:
    """How far an answerable question came in the engine; each step presupposes the one before.

    `found`: an answer stands in a passage of either search; `top20`: in the best twenty, fused;
    `read`: in one that was read; `first`: in the one that was put first. `gold_f1` is the F1 of
    what the reader takes from the gold passage, whether it was found or not; None if no case says
    which it is.
    """

    found: bool
    top20: bool
    read: bool
    first: bool
    gold_f1: float | None = None


def failed_path(has_gold: bool) -> Path:
    """Of a question that failed: it came nowhere."""
    return Path(False, False, False, False, 0.0 if has_gold else None)


@dataclass(frozen=True, slots=True)
class Result:
    """One question's scores: a line of `per_question.jsonl`.

    `right` is containment in either direction; it, `em` and `f1` (in [0, 1], the best over `gold`)
    are of the best answer found, also when it was then refused. Without gold they are false and 0.
    `beside` are the answers that were shown with it where articles disagree; they are not scored.
    `evidence_cited` is None when the case names no evidence.
    """

    id: str
    question: str
    gold: tuple[str, ...]
    answerable: bool
    cluster: str
    answer: str
    refused: bool
    confidence: float | None
    right: bool
    em: bool
    f1: float
    evidence_cited: bool | None
    quotes: tuple[Quote, ...]
    path: Path | None = None
    failed: str = ""
    dropped: int = 0
    slices: Mapping[str, str] = field(default_factory=dict)
    beside: tuple[str, ...] = ()

    @property
    def verdict(self) -> str:
        """What a user would say: a refusal is right where there is nothing to know."""
        if self.failed:
            return FAILED
        if self.refused:
            return REFUSED if self.answerable else RIGHT
        return RIGHT if self.right else WRONG

    @property
    def trouble(self) -> str:
        """In words, what went wrong; "" if nothing did."""
        unverified = self.dropped + sum(q.verified is False for q in self.quotes)
        troubles = []
        if self.verdict == FAILED:
            troubles.append(f"no answer: {self.failed}")
        elif self.verdict == REFUSED:
            troubles.append(f"refused; right would be {self.gold[0]!r}")
        elif self.verdict == WRONG and self.answerable:
            troubles.append(f"answered {self.answer!r}; right would be {self.gold[0]!r}")
        elif self.verdict == WRONG:
            troubles.append(f"answered {self.answer!r}; the archive does not hold an answer")
        elif self.answerable and self.evidence_cited is False:
            troubles.append("right, but the quote is not the evidence")
        if unverified:
            troubles.append(f"{unverified} quotes do not stand in their article")
        return "; ".join(troubles)

    def without_result(self) -> "Result":
        """The same question, had it failed."""
        path = failed_path(self.path is not None and self.path.gold_f1 is not None)
        return replace(
            self, answer="", refused=False, confidence=None, right=False, em=False, f1=0.0,
            quotes=(), path=path if self.path else None, failed="no result", beside=(),
        )  # fmt: skip

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @staticmethod
    def from_json(row: Mapping[str, Any]) -> "Result":
        """The inverse of `as_json`, of JSON's own types."""
        quotes = (
            Quote(**{**q, "answer": tuple(q["answer"]) if q["answer"] else None})
            for q in row["quotes"]
        )
        path = Path(**row["path"]) if row["path"] else None
        given = {**row, "gold": tuple(row["gold"]), "quotes": tuple(quotes), "path": path}
        return Result(**given | {"beside": tuple(row.get("beside", ()))})


def score(case: Case, given: Given, path: Path | None = None) -> Result:
    """Of answers that disagree the first is scored, with its own quotes."""
    beside = tuple(said.text for said in given.sentences[1:]) if given.conflicting else ()
    given = given.first_answer()
    return Result(
        id=case.id,
        question=case.question,
        gold=case.answers,
        answerable=case.answerable,
        cluster=case.cluster,
        answer=given.text,
        refused=given.refused,
        confidence=given.confidence,
        right=not given.failed and any(contains(given.text, gold) for gold in case.answers),
        em=not given.failed and best(exact_match, given.text, case.answers) == 1,
        f1=0.0 if given.failed else best(f1, given.text, case.answers),
        evidence_cited=_cites(given.quotes, case.evidence) if case.evidence else None,
        quotes=given.quotes,
        path=path,
        failed=given.failed,
        dropped=given.dropped,
        slices=dict(case.slices),
        beside=beside,
    )


def score_all(cases: Iterable[Case], answers: Answers) -> Iterator[Result]:
    """Any system's answers; a case that it has none for is scored as failed, never left out."""
    for case in cases:
        given = answers.get(case.id, failure("the file has no answer to this question"))
        yield score(case, given)


def _cites(quotes: Iterable[Quote], evidence: Iterable[str | Place]) -> bool:
    return any(_touches(quote, piece) for quote in quotes for piece in evidence)


def _touches(quote: Quote, piece: str | Place) -> bool:
    if quote.verified is False:
        return False
    if isinstance(piece, str):
        return piece in quote.text
    if quote.article_id != piece.article_id or quote.start is None:
        return False
    return quote.start < piece.end and quote.start + len(quote.text) > piece.start
