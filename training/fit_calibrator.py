"""Fits the calibrator and its threshold on held-out questions, with real retrieval, in int8.

    .venv/bin/python -m training.fit_calibrator --data DIR

DIR is the folder that holds `squad_joined.jsonl.gz` and its siblings; `training.held_out` says what
is asked. Open-dev's first half fits, the other reports, and its reworded questions by themselves.
Nothing of the seeds or of news is used.
"""

import argparse
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit
from scipy.stats import binomtest
from sklearn.metrics import roc_auc_score

from eval.corpus import open_corpus
from eval.open_dev import HALVES, make_articles
from index.snapshot import Snapshot
from rag.calibrate import Calibrator
from rag.features import FEATURES, features
from rag.logistic import Logistic
from rag.reader import MODELS, SHIPPED
from rag.settings import Settings
from training.held_out import Asked, ask_all, is_right

RISK = 0.38  # the share of given answers that may be wrong, of a mixture made to be hard
RISKS = (0.28, 0.30, 0.32, 0.34, 0.36, 0.38, 0.40)  # what these would set, for the report
RETRIEVAL_WEIGHTS = (0.0, 1.0, 2.0, 4.0, 6.0, 8.0, 10.0)
# Open-dev's questions were asked by people who had the paragraph before them, and share its words;
# others want less of retrieval. So the lowest weight that comes within this share of the best one.
SLACK = 0.01
# What can only speak for an answer, however the sample fell.
NOT_BELOW_0 = (
    "margin", "lead", "mass", "cosine", "retrieved", "coverage", "quote_coverage", "pair_coverage",
)  # fmt: skip
# What speaks against one, by at least so many logits: priors, not fitted. The reader has learned to
# refuse swapped details of its training's kind, so the mixture shows nothing of the flags' worth.
AGAINST = {
    "missing_years": 2.0, "missing_numbers": 1.0, "missing_names": 1.0, "namesake": 1.0,
    "misfit": 1.0,
}  # fmt: skip
NEUTRAL = Calibrator(Logistic.undecided(len(FEATURES)), 0, 0)


def fit(asked: list[Asked], snapshot: Snapshot) -> dict[str, Any]:
    as_they_were = [a for a in asked if not a.is_reworded]
    fitting, reporting = ([a for a in as_they_were if a.half == half] for half in HALVES)
    reworded = [a for a in asked if a.is_reworded and a.half == HALVES[1]]
    weight = _retrieval_weight(fitting)
    ranker = replace(NEUTRAL, retrieval_weight=weight)

    def table(part: list[Asked]) -> tuple[np.ndarray, np.ndarray]:
        ranked = [ranker.rank(a.found, a.readings) for a in part]
        x = [features(a.question, r, snapshot.lexical) for a, r in zip(part, ranked, strict=True)]
        y = [is_right(r[0], a.gold) for a, r in zip(part, ranked, strict=True)]
        return np.array(x), np.array(y)  # (N, features), (N,)

    x, y = table(fitting)
    means, scales = x.mean(0), np.maximum(x.std(0), 1e-3)
    weights, bias = fit_logistic((x - means) / scales, y, scales)

    def probability(x: np.ndarray) -> np.ndarray:
        p: np.ndarray = expit((x - means) / scales @ weights + bias)
        return p

    p = probability(x)
    threshold = threshold_at(p, y, RISK)
    fitted = {
        "features": {
            name: {"weight": round(w, 6), "mean": round(m, 6), "scale": round(s, 6)}
            for name, w, m, s in zip(
                FEATURES, weights.tolist(), means.tolist(), scales.tolist(), strict=True
            )
        },
        "bias": round(bias, 6),
        "retrieval_weight": weight,
        "threshold": round(threshold, 4),
        "risk": RISK,
        "fitted_on": len(y),
    }
    at_risk = {f"{risk:.0%}": threshold_at(p, y, risk) for risk in RISKS}
    for suffix, part in (("", reporting), ("_reworded", reworded)):
        x_part, y_part = table(part)
        p_part = probability(x_part)
        fitted["report" + suffix] = _report(part, p_part, y_part, threshold)
        fitted["at_risk" + suffix] = {
            risk: _at(t, part, p_part, y_part) for risk, t in at_risk.items()
        }
    return fitted


def fit_logistic(x: np.ndarray, y: np.ndarray, scales: np.ndarray) -> tuple[np.ndarray, float]:
    """Weights (features,) and bias of the likeliest logistic model, with a ridge of 1/2 and bounds.

    `x` is (N, features), standardised by `scales`.
    """

    def loss(parameters: np.ndarray) -> tuple[float, np.ndarray]:
        weights, bias = parameters[:-1], parameters[-1]
        logits = x @ weights + bias  # (N,)
        likelihood = (np.logaddexp(0, logits) - y * logits).sum()
        gap = expit(logits) - y  # (N,)
        slope = np.append(x.T @ gap + weights, gap.sum())
        return float(likelihood + weights @ weights / 2), slope

    bounds = [
        (0.0 if name in NOT_BELOW_0 else None, -AGAINST[name] * scale if name in AGAINST else None)
        for name, scale in zip(FEATURES, scales.tolist(), strict=True)
    ]
    found = minimize(
        loss,
        np.array([upper or 0.0 for _, upper in bounds] + [0.0]),
        jac=True,
        method="L-BFGS-B",
        bounds=[*bounds, (None, None)],
    )
    return found.x[:-1], float(found.x[-1])


def _retrieval_weight(asked: list[Asked]) -> float:
    right = {weight: _first_right(asked, weight) for weight in RETRIEVAL_WEIGHTS}
    enough = max(right.values()) - SLACK * sum(1 for a in asked if a.gold)
    return min(weight for weight, count in right.items() if count >= enough)


def _first_right(asked: list[Asked], weight: float) -> int:
    ranker = replace(NEUTRAL, retrieval_weight=weight)
    return sum(is_right(ranker.rank(a.found, a.readings)[0], a.gold) for a in asked if a.gold)


def threshold_at(p: np.ndarray, y: np.ndarray, risk: float) -> float:
    """The lowest confidence above which at most a share of `risk` of the answers are wrong."""
    order = np.argsort(-p, kind="stable")
    wrong = np.cumsum(~y[order]) / np.arange(1, len(y) + 1)
    within = np.flatnonzero(wrong <= risk)
    return float(p[order][within[-1]]) if len(within) else 1.0


def _report(asked: list[Asked], p: np.ndarray, y: np.ndarray, threshold: float) -> dict[str, Any]:
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


def _at(threshold: float, asked: list[Asked], p: np.ndarray, y: np.ndarray) -> dict[str, float]:
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the reading data")
    parser.add_argument("--out", type=Path, default=MODELS / SHIPPED / "calibrator.json")
    given = parser.parse_args()
    engine = open_corpus(make_articles(given.data), Settings.load())
    fitted = fit(ask_all(given.data, engine), engine.archive.snapshot())
    given.out.write_text(json.dumps(fitted, indent=2) + "\n", "utf-8")
    print(given.out.read_text("utf-8"))


if __name__ == "__main__":
    main()
