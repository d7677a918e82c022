"""Per-question results -> figures with intervals. Knows no face: a `Measure` says what is counted.

A rate has Wilson's interval; a mean that of a bootstrap over clusters of questions on one article.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from eval import stats

SEED = 7
MAX_SLICES = 30  # values of one name; more are no slices but labels


class Row(Protocol):
    """A question's result, of any face."""

    @property
    def id(self) -> str: ...
    @property
    def cluster(self) -> str: ...
    @property
    def slices(self) -> Mapping[str, str]: ...


R = TypeVar("R", bound=Row)


@dataclass(frozen=True, slots=True)
class Measure(Generic[R]):
    """`of` gives a question's value, None if it is not one of those that the figure is over.

    `rate`: every value is 0 or 1. `fixed`: which questions count does not depend on the system, so
    that two runs can be compared question by question. `better` is 1 if higher is, -1 if lower is,
    0 if neither. A figure is the mean times `scale`.
    """

    name: str
    of: Callable[[R], float | None]
    rate: bool = False
    better: int = 1
    fixed: bool = True
    scale: float = 100.0


def fold(rows: Sequence[R], measures: Sequence[Measure[R]]) -> dict[str, Any]:
    """`{name: figure, ..., "intervals": {name: [low, high]}, "populations": {name: questions}}`.

    A figure over no question is None.
    """
    figures: dict[str, Any] = {}
    intervals: dict[str, list[float]] = {}
    populations: dict[str, int] = {}
    for measure in measures:
        value, interval, count = figure(rows, measure)
        figures[measure.name] = value
        populations[measure.name] = count
        if interval:
            intervals[measure.name] = interval
    return {**figures, "intervals": intervals, "populations": populations}


def figure(rows: Sequence[R], measure: Measure[R]) -> tuple[float | None, list[float] | None, int]:
    """The figure, its interval of 95 % and over how many questions it is.

    There is no figure of no question, and no interval of a mean over fewer than two clusters.
    """
    counted = [(v, row.cluster) for row in rows if (v := measure.of(row)) is not None]
    if not counted:
        return None, None, 0
    values = [value for value, _ in counted]
    interval: tuple[float, float] | None
    if measure.rate:
        interval = stats.wilson(round(sum(values)), len(values))
    else:
        interval = stats.bootstrap(values, [cluster for _, cluster in counted], SEED)
    mean = round(measure.scale * sum(values) / len(values), 2)
    return mean, [round(measure.scale * x, 2) for x in interval] if interval else None, len(values)


def by_slice(rows: Sequence[R], measures: Sequence[Measure[R]]) -> dict[str, Any]:
    """`{name: {value: {"questions": n, "figures": {measure: {"value", "low", "high"} or None}}}}`.

    Slices are in the order of their names, their values too.
    """
    groups: dict[str, dict[str, list[R]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        for name, value in row.slices.items():
            if name != "cluster":
                groups[name][value].append(row)
    return {
        name: {
            value: {"questions": len(part), "figures": _figures(part, measures)}
            for value, part in sorted(values.items())
        }
        for name, values in sorted(groups.items())
        if len(values) <= MAX_SLICES
    }


def _figures(rows: Sequence[R], measures: Sequence[Measure[R]]) -> dict[str, Any]:
    return {measure.name: as_point(*figure(rows, measure)[:2]) for measure in measures}


def as_point(value: float | None, interval: list[float] | None) -> dict[str, Any] | None:
    """A figure with its interval, as a chart takes it."""
    if value is None:
        return None
    low, high = interval or (None, None)
    return {"value": value, "low": low, "high": high}
