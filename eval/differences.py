"""One figure over the same questions twice -> what changed, and whether it is more than chance.

Paired: the interval is of a bootstrap of the differences over clusters, p of a randomisation that
exchanges all questions of a cluster together (`eval.stats`). Knows no face.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from eval import stats
from eval.fold import SEED, Measure

SIGNIFICANT = 0.05


@dataclass(frozen=True, slots=True)
class Change:
    """Of one figure, in its own unit. `low` to `high` is the difference's interval of 95 %.

    `p` is Holm's. `verdict` is `better`, `worse` or `""` when chance explains the difference.
    """

    figure: str
    before: float
    after: float
    difference: float
    low: float | None
    high: float | None
    p: float
    questions: int
    verdict: str


def difference(pairs: Sequence[tuple[Any, Any]], measure: Measure[Any]) -> Change | None:
    """Of a figure between two results of each question; None if it is over none of them.

    Its p is not corrected and its verdict open: `judged` does both.
    """
    values = [(measure.of(a), measure.of(b), a.cluster) for a, b in pairs]
    both = [(a, b, cluster) for a, b, cluster in values if a is not None and b is not None]
    if not both:
        return None
    a, b, clusters = ([row[i] for row in both] for i in range(3))

    def shown(value: float) -> float:
        return round(measure.scale * value, 2)

    means = sum(a) / len(a), sum(b) / len(b)
    interval = stats.bootstrap_difference(b, a, clusters, SEED)
    return Change(
        figure=measure.name,
        before=shown(means[0]),
        after=shown(means[1]),
        difference=shown(means[1] - means[0]),
        low=shown(interval[0]) if interval else None,
        high=shown(interval[1]) if interval else None,
        p=stats.paired_randomisation(a, b, clusters, SEED),
        questions=len(both),
        verdict="",
    )


def judged(tested: Sequence[tuple[Measure[Any], Change]]) -> list[Change]:
    """Of one family of tests: p by Holm's correction, and what is better or worse by it."""
    adjusted = stats.holm({str(i): change.p for i, (_, change) in enumerate(tested)})
    return [
        replace(change, p=round(p, 4), verdict=_verdict(measure, change, p))
        for (measure, change), p in zip(tested, adjusted.values(), strict=True)
    ]


def _verdict(measure: Measure[Any], change: Change, p: float) -> str:
    if p >= SIGNIFICANT:
        return ""
    return "better" if change.difference * measure.better > 0 else "worse"
