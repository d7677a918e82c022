"""Results -> what follows from how sure each answer was: risk, coverage, calibration.

Nothing where a system gives no confidence. A question without a result is taken for the surest of
wrong answers: it cannot hide at the end of the order.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from eval import abstention, calibration
from eval.answers import Result
from eval.fold import SEED

RESAMPLES = 500  # of each figure's interval
POINTS = 200  # of a curve, at most


@dataclass(frozen=True, slots=True)
class Arrays:
    """N questions: how sure the first answer is, whether it is right, and what a refusal is worth.

    `f1` and `em` are of the first answer; `refused` is 1 where there is nothing to know.
    """

    confidence: np.ndarray  # (N,) float
    right: np.ndarray  # (N,) bool
    f1: np.ndarray  # (N,) float
    em: np.ndarray  # (N,) float
    refused: np.ndarray  # (N,) float

    def take(self, rows: np.ndarray) -> "Arrays":
        return Arrays(
            *(
                values[rows]
                for values in (self.confidence, self.right, self.f1, self.em, self.refused)
            )
        )


def arrays(rows: Sequence[Result]) -> Arrays | None:
    """None if there is a question with an answer and without a confidence, or none with one."""
    known = [r.confidence for r in rows if r.confidence is not None and not r.failed]
    if not known or len(known) < sum(not r.failed for r in rows):
        return None
    surest = max(1.0, *known)
    return Arrays(
        np.array([r.confidence if r.confidence is not None else surest for r in rows]),
        np.array([r.right and not r.failed for r in rows]),
        np.array([r.f1 if r.answerable else _of_nothing(r) for r in rows]),
        np.array([float(r.em) if r.answerable else _of_nothing(r) for r in rows]),
        np.array([float(not r.answerable and not r.failed) for r in rows]),
    )


def _of_nothing(r: Result) -> float:
    """An empty answer is a refusal, whatever the threshold: SQuAD's script has it so."""
    return float(not r.answer.strip() and not r.failed)


def _calibration_error(a: Arrays) -> float | None:
    """None where a confidence is no probability: it has an order, and no more."""
    if a.confidence.min() < 0 or a.confidence.max() > 1:
        return None
    return calibration.calibration_error(a.confidence, a.right)


def _best(values: str) -> Callable[[Arrays], float | None]:
    def best(a: Arrays) -> float:
        return abstention.best_threshold(a.confidence, getattr(a, values), a.refused)[0]

    return best


# What each figure is, by what it is shown: percent, or a fraction.
FIGURES: Mapping[str, tuple[Callable[[Arrays], float | None], float]] = {
    "best_f1": (_best("f1"), 100),
    "best_em": (_best("em"), 100),
    "aurc": (lambda a: abstention.aurc(a.confidence, a.right), 1),
    "auroc": (lambda a: abstention.auroc(a.confidence, a.right), 1),
    "coverage_at_80": (lambda a: abstention.coverage_at(0.8, a.confidence, a.right), 100),
    "coverage_at_90": (lambda a: abstention.coverage_at(0.9, a.confidence, a.right), 100),
    "calibration_error": (_calibration_error, 1),
}


def figures(rows: Sequence[Result]) -> dict[str, float | None]:
    """Each of FIGURES, and the thresholds that are best."""
    of = arrays(rows)
    if of is None:
        return {}
    found = {name: _shown(figure(of), scale) for name, (figure, scale) in FIGURES.items()}
    for name, values in (("best_f1_threshold", of.f1), ("best_em_threshold", of.em)):
        _, at = abstention.best_threshold(of.confidence, values, of.refused)
        found[name] = at
    return found


def intervals(rows: Sequence[Result]) -> dict[str, list[float]]:
    """Of 95 %, by a bootstrap over clusters (`eval.stats` says which); none for one cluster.

    A best threshold is chosen anew in each resample. The error of calibration is biased upwards in
    a resample as it is in a sample.
    """
    of = arrays(rows)
    if of is None:
        return {}
    resamples = [of.take(drawn) for drawn in _resamples([r.cluster for r in rows])]
    found = {}
    for name, (figure, scale) in FIGURES.items():
        values = [value for part in resamples if (value := figure(part)) is not None]
        if values:
            low, high = np.quantile(values, [0.025, 0.975]).tolist()
            found[name] = [_shown(low, scale) or 0.0, _shown(high, scale) or 0.0]
    return found


def curves(rows: Sequence[Result]) -> dict[str, Any]:
    of = arrays(rows)
    if of is None:
        return {}
    coverage, risk = abstention.risk_coverage(of.confidence, of.right)
    return {
        "risk_coverage": _thinned(coverage, risk),
        "reliability": [asdict(b) for b in calibration.calibration(of.confidence, of.right)]
        if _calibration_error(of) is not None
        else None,
    }


def _resamples(clusters: Sequence[str]) -> Iterator[np.ndarray]:
    """Indices of the rows of as many whole clusters as there are, drawn with replacement."""
    members: dict[str, list[int]] = defaultdict(list)
    for at, cluster in enumerate(clusters):
        members[cluster].append(at)
    held = [np.array(members[cluster]) for cluster in sorted(members)]
    if len(held) < 2:
        return
    generator = np.random.default_rng(SEED)
    for _ in range(RESAMPLES):
        yield np.concatenate([held[i] for i in generator.integers(len(held), size=len(held))])


def _shown(value: float | None, scale: float) -> float | None:
    return None if value is None else round(scale * value, 2 if scale == 100 else 4)


def _thinned(coverage: np.ndarray, risk: np.ndarray) -> list[list[float]]:
    """At most POINTS points of a curve, its ends among them."""
    count = min(POINTS, len(coverage))
    at = np.unique(np.linspace(0, len(coverage) - 1, count).round().astype(int))
    return [[round(float(coverage[i]), 4), round(float(risk[i]), 4)] for i in at]
