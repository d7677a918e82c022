"""What a fitted calibrator does on questions that it was not fitted on."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.stats import binomtest
from sklearn.metrics import roc_auc_score

from training.held_out import Asked


def report(
    asked: Sequence[Asked], p: np.ndarray, y: np.ndarray, threshold: float
) -> dict[str, Any]:
    """Of probabilities `p` (N,) that the answers are right, which `y` (N,) tells."""
    has_answer = np.array([bool(a.gold) for a in asked])
    kinds = np.array([a.kind for a in asked])
    given = p >= threshold
    bins = np.minimum((p * 10).astype(int), 9)
    gaps = [abs(p[bins == b].mean() - y[bins == b].mean()) * (bins == b).sum() for b in set(bins)]
    surest = y[np.argsort(-p, kind="stable")]
    return {
        "questions": len(asked),
        "answerable": int(has_answer.sum()),
        "auroc": round(float(roc_auc_score(y, p)), 4),
        "calibration_error_10_bins": round(float(sum(gaps) / len(p)), 4),
        "first_answer_right": _share(y[has_answer]),
        "right_among_given": _share(y[given]),
        "right_but_refused": _share(~given[y]),
        "refused_by_kind": {str(k): _share(~given[kinds == k]) for k in sorted(set(kinds))},
        "right_among_surest": {
            f"{percent}%": _share(surest[: len(y) * percent // 100])
            for percent in (10, 20, 30, 40, 50)
        },
    }


def refused_at(
    threshold: float, asked: Sequence[Asked], p: np.ndarray, y: np.ndarray
) -> dict[str, float]:
    """What a threshold refuses, as shares: of each kind, and of the right answers."""
    kinds, refused = np.array([a.kind for a in asked]), p < threshold
    groups = {str(k): refused[kinds == k] for k in sorted(set(kinds))} | {"right": refused[y]}
    shares = {name: round(float(part.mean()), 4) for name, part in groups.items()}
    return {"threshold": round(threshold, 4)} | shares


def _share(yes: np.ndarray) -> dict[str, float]:
    """The share of True, with Wilson's interval of 95 %."""
    count, total = int(yes.sum()), len(yes)
    if not total:
        return {}
    interval = binomtest(count, total).proportion_ci(method="wilson")
    bounds = {"share": count / total, "low": interval.low, "high": interval.high}
    return {name: round(float(bound), 4) for name, bound in bounds.items()}
