"""A logistic model over named features, as the fits of `training` leave it beside the weights."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Logistic:
    """`weights`, `means` and `scales` follow the features: each is standardised, then weighed."""

    weights: tuple[float, ...]
    means: tuple[float, ...]
    scales: tuple[float, ...]
    bias: float

    @staticmethod
    def undecided(count: int) -> "Logistic":
        """Of as many features, none of which counts: one half whatever they are."""
        return Logistic((0.0,) * count, (0.0,) * count, (1.0,) * count, 0.0)

    @staticmethod
    def of(fitted: Mapping[str, Any], features: Sequence[str]) -> "Logistic":
        """Raises ValueError, KeyError, TypeError or AttributeError where it is another model's."""
        rows = fitted["features"]
        if list(rows) != list(features):
            raise ValueError(f"its features are {', '.join(rows)}")
        return Logistic(
            weights=tuple(float(row["weight"]) for row in rows.values()),
            means=tuple(float(row["mean"]) for row in rows.values()),
            scales=tuple(float(row["scale"]) for row in rows.values()),
            bias=float(fitted["bias"]),
        )

    def probability(self, values: Sequence[float], evidence: float = 0.0) -> float:
        """`evidence`, in logits, is what speaks for it or against it and was not fitted."""
        rows = zip(values, self.weights, self.means, self.scales, strict=True)
        return sigmoid(self.bias + sum(w * (v - m) / s for v, w, m, s in rows) + evidence)


def sigmoid(logit: float) -> float:
    """The logistic function; at no logit an overflow."""
    small = math.exp(-abs(logit))
    return 1 / (1 + small) if logit >= 0 else small / (1 + small)
