"""A checker beside claims labelled by hand: is what it calls supported what a person calls so?

    .venv/bin/python -m eval.claims [--checker NAME] [--claims FILE]

FILE is `eval/data/claims.jsonl` or one like it; how that was made stands in `eval/data/README.md`.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from eval.adapters.nodes import Node, read_rows
from eval.agreement import balanced_accuracy, best_threshold, kappa
from eval.stats import wilson
from index.errors import DatelineError
from rag.entailment import SHIPPED, Checker, Claim, load_checker

CLAIMS = Path(__file__).parent / "data" / "claims.jsonl"


@dataclass(frozen=True, slots=True)
class Judged:
    """`first` and `second` are what two readings said, `label` what was settled on."""

    claim: Claim
    label: bool
    first: bool
    second: bool


def read_judged(path: Path) -> list[Judged]:
    """Raises InvalidInput or InvalidRecord, naming file and line."""
    return [_judged(row) for row in read_rows(path, "claims")]


def _judged(row: Node) -> Judged:
    evidence, heading = row.need("evidence").words(), row.need("heading").text()
    claim = Claim(row.need("claim").words(), evidence, heading)
    return Judged(claim, *(row.need(name).truth() for name in ("label", "first", "second")))


def compare(checker: Checker, judged: Sequence[Judged]) -> dict[str, Any]:
    scores = checker.check([one.claim for one in judged])
    return {"checker": checker.name, **compare_scores(judged, scores, checker.threshold)}


def compare_scores(
    judged: Sequence[Judged], probabilities: Sequence[float], threshold: float
) -> dict[str, Any]:
    """Fractions in [0, 1]; of the shares right also Wilson's interval of 95 %."""
    truth = np.array([one.label for one in judged])
    scores = np.array(probabilities)
    said = scores >= threshold
    first, second = (np.array([getattr(one, n) for one in judged]) for n in ("first", "second"))
    best, best_accuracy = best_threshold(truth, scores)
    return {
        "claims": len(judged),
        "supported": int(truth.sum()),
        "threshold": threshold,
        "balanced_accuracy": round(balanced_accuracy(truth, said), 4),
        "kappa": round(kappa(truth, said), 4),
        "right_of_supported": _share(said[truth]),
        "right_of_unsupported": _share(~said[~truth]),
        "balanced_accuracy_at_one_half": round(balanced_accuracy(truth, scores >= 0.5), 4),
        "best_threshold": round(best, 4),
        "balanced_accuracy_there": round(best_accuracy, 4),
        "kappa_of_the_two_readings": round(kappa(first, second), 4),
    }


def _share(right: np.ndarray) -> dict[str, float]:
    low, high = wilson(int(right.sum()), len(right))
    return {"share": round(float(right.mean()), 4), "low": round(low, 4), "high": round(high, 4)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--checker", default=SHIPPED, help="the shipped one, or any NLI model")
    parser.add_argument("--claims", type=Path, default=CLAIMS, help="labelled claims")
    given = parser.parse_args()
    judged = read_judged(given.claims)
    print(json.dumps(compare(load_checker(given.checker), judged), indent=2))


if __name__ == "__main__":
    try:
        main()
    except DatelineError as error:
        sys.exit(f"claims: {error}")
