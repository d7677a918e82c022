"""What became of many articles, folded from their outcomes."""

from collections.abc import Iterable
from dataclasses import dataclass

from index.archive import Outcome
from index.errors import InvalidRecord


@dataclass(frozen=True, slots=True)
class IngestReport:
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: tuple[InvalidRecord, ...] = ()
    passages: int = 0


def fold(outcomes: Iterable[Outcome]) -> IngestReport:
    """Exhausts the outcomes."""
    counts = {"added": 0, "updated": 0, "unchanged": 0}
    rejected: list[InvalidRecord] = []
    passages = 0
    for outcome in outcomes:
        if outcome.problem:
            rejected.append(outcome.problem)
        else:
            counts[outcome.status] += 1
        passages += outcome.passages
    return IngestReport(**counts, rejected=tuple(rejected), passages=passages)
