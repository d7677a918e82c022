"""Judged answers of invented questions, and a checker that knows what entails what by a table."""

from collections.abc import Sequence
from dataclasses import replace

from eval.citations import Judged
from eval.given import Quote
from eval.grounding import Baseline, Grounded
from rag.deadline import NEVER, Deadline
from rag.entailment import Claim
from tests.scored import result


class TableChecker:
    """Evidence is lines, each a name; a claim is entailed by exactly the sets that are given."""

    name = "table"
    threshold = 0.5

    def __init__(self, entailing: Sequence[frozenset[str]]) -> None:
        self._entailing = set(entailing)
        self.asked: list[str] = []

    def check(self, claims: Sequence[Claim], deadline: Deadline = NEVER) -> list[float]:
        deadline.check()
        self.asked += [claim.evidence for claim in claims]
        known = (frozenset(claim.evidence.splitlines()) in self._entailing for claim in claims)
        return [0.9 if entailed else 0.1 for entailed in known]


def sentence(supported: bool = True, counts: Sequence[bool] = (True,)) -> Judged:
    """One that cites the first quotes, as many as `counts` has."""
    cites = tuple(range(len(counts)))
    return Judged("It is x.", "It is x.", cites, tuple(counts), supported, float(supported))


def grounded(
    id_: str,
    *sentences: Judged,
    refused: bool = False,
    right: bool = True,
    gold: str = "x",
    verified: bool = True,
    failed: str = "",
    kind: str = "who",
    baseline: bool | None = True,
) -> Grounded:
    """`baseline`: whether the top passage supports each sentence; None for no baseline.

    The answer's quotes are "It is x.", of 8 characters, the passage has 40.
    """
    row = result(id_, refused=refused, right=right, gold=gold, failed=failed, kind=kind, path=None)
    quotes = tuple(replace(row.quotes[0], start=9 * i, verified=verified) for i in range(3))
    said = () if refused or failed else sentences or (sentence(),)
    passage = Quote(f"It is x. {31 * 'y'}", article_id="a", start=0, verified=True)
    top = tuple(sentence(bool(baseline), [bool(baseline)]) for _ in said)
    return Grounded(
        replace(row, quotes=quotes), said, None if baseline is None else Baseline(passage, top)
    )
