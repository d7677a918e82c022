"""Rankings -> `metrics.json`: each stage by each measure, so that what a stage loses shows."""

from collections.abc import Callable, Sequence
from typing import Any

from eval.fold import Measure, as_point, by_slice, figure, fold
from eval.retrieval import NAMES, STAGES, UNITS, Ranked

HEADLINES = {
    "ndcg_10": "nDCG@10",
    "mrr_10": "RR@10",
    "map": "AP",
    "recall_10": "R@10",
    "recall_100": "R@100",
    "first": "Success@1",
}


# What a reader is given is the fused search's passages; a run from elsewhere is all there is.
HEADLINE = (("fused", "passage"), ("run", "document"))
FACES = (*((stage, unit) for stage in STAGES for unit in UNITS), ("run", "document"))


def _value(stage: str, unit: str, name: str) -> Callable[[Ranked], float | None]:
    return lambda row: row.scores[stage][unit][name] if stage in row.scores else None


def _headline(name: str) -> Callable[[Ranked], float | None]:
    values = [_value(stage, unit, name) for stage, unit in HEADLINE]
    return lambda row: next((v for of in values if (v := of(row)) is not None), None)


def _is_compared(stage: str, unit: str, name: str) -> bool:
    return unit == "passage" and name == COMPARED and (stage, unit) not in HEADLINE


def _measure(
    name: str, stage: str, unit: str, measure: str, fixed: bool = False
) -> Measure[Ranked]:
    return Measure(name, _value(stage, unit, measure), measure.startswith("Success"), fixed=fixed)


# Compared are the headlines and one figure of each stage: every further one would cost the others
# by Holm's correction.
COMPARED = "nDCG@10"
MEASURES: tuple[Measure[Ranked], ...] = (
    *(
        Measure(short, _headline(name), name.startswith("Success"))
        for short, name in HEADLINES.items()
    ),
    Measure("failed", lambda row: float(row.failed != ""), rate=True, better=-1),
    *(
        _measure(f"{stage}.{unit}.{name}", stage, unit, name, _is_compared(stage, unit, name))
        for stage, unit in FACES
        for name in NAMES
    ),
)
SLICED = (
    *(_measure(f"{stage} R@10", stage, "passage", "R@10") for stage in ("bm25", "dense", "fused")),
    _measure("read Success@1", "read", "passage", "Success@1"),
)


def summarise(rows: Sequence[Ranked]) -> dict[str, Any]:
    """Figures in percent. Every answerable question counts, also one of which nothing was found."""
    stages: dict[str, Any] = {}
    for stage, units in (rows[0].scores if rows else {}).items():
        stages[stage] = {unit: {} for unit in units}
        for unit in units:
            for name in NAMES:
                of = _measure(name, stage, unit, name)
                stages[stage][unit][name] = as_point(*figure(rows, of)[:2])
    return {
        "questions": len(rows),
        "without_relevant": sum(not row.relevant for row in rows),
        **fold(rows, MEASURES[: len(HEADLINES) + 1]),
        "failed": sum(row.failed != "" for row in rows),
        "stages": stages,
        "slices": by_slice(rows, SLICED),
    }
