"""Fits the calibrator and its threshold on held-out questions, with real retrieval, in int8.

    .venv/bin/python -m training.fit_calibrator --data DIR

DIR is the folder that holds `squad_joined.jsonl.gz` and its siblings; `training.held_out` says what
is asked. A third of what fits are the questions of open-dev's first half, a third the same half's
reworded ones, and a third those of `training.held_out_news`; the other half reports, its reworded
questions by themselves. Nothing of the seeds, the newsroom, the newswire or a quiz is fitted on,
but RISK was chosen with refusals of all but the seeds in sight (docs/decisions.md).
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

from eval.corpus import open_corpus
from eval.open_dev import HALVES, make_articles
from index.errors import InvalidInput
from index.lexical import LexicalSnapshot
from rag.calibrate import Calibrator
from rag.features import FEATURES, features
from rag.logistic import Logistic
from rag.reader import MODELS, SHIPPED
from rag.settings import Settings
from training.calibrator_report import refused_at, report
from training.held_out import Asked, ask_all, is_right
from training.held_out_news import ask_news, make_archive

RISK = 0.36  # the share of given answers that may be wrong, of a mixture made to be hard
RISKS = (0.28, 0.30, 0.32, 0.34, 0.36, 0.37, 0.38, 0.40)  # what these would set, for the report
DEPTH_WEIGHTS = (0.0, 0.5, 1.0, 1.5, 2.0, 2.5)
# An archive that anybody adds to wants the reader to weigh more than the words in common, which
# anybody can write. So the lowest weight that comes within this share of the best one.
SLACK = 0.005
# What can only speak for an answer, however the sample fell.
NOT_BELOW_0 = (
    "margin", "lead", "mass", "cosine", "coverage", "quote_coverage", "pair_coverage",
)  # fmt: skip
# What speaks against one, by at least so many logits: priors, not fitted. The reader has learned to
# refuse swapped details of its training's kind, so the mixture shows nothing of the flags' worth.
# Depth is fitted; it only may not speak for an answer.
AGAINST = {
    "missing_years": 2.0, "missing_numbers": 1.0, "missing_names": 1.0, "namesake": 1.0,
    "misfit": 1.0, "depth": 0.0,
}  # fmt: skip
PARTS = ("as they were", "reworded", "news")  # of what fits, a third each
NEUTRAL = Calibrator(Logistic.undecided(len(FEATURES)), 0, 0)


@dataclass(frozen=True, slots=True)
class Sample:
    """Questions asked of one archive, and how rare each word is there."""

    asked: Sequence[Asked]
    lexical: LexicalSnapshot

    def only(self, half: str, reworded: bool) -> "Sample":
        kept = [a for a in self.asked if (a.half, a.is_reworded) == (half, reworded)]
        return replace(self, asked=kept)

    def table(self, ranker: Calibrator) -> tuple[np.ndarray, np.ndarray]:
        """What the features of each first answer are, (N, features), and if it is right, (N,)."""
        ranked = [ranker.rank(a.found, a.readings) for a in self.asked]
        pairs = list(zip(self.asked, ranked, strict=True))
        x = [features(a.question, r, self.lexical) for a, r in pairs]
        return np.array(x), np.array([is_right(r[0], a.gold) for a, r in pairs])


def fit(open_dev: Sample, news: Sample) -> dict[str, Any]:
    halves = [(half, reworded) for half in HALVES for reworded in (False, True)]
    *fitting, reporting, reporting_reworded = (open_dev.only(*which) for which in halves)
    parts = dict(zip(PARTS, [*fitting, news], strict=True))
    for name, part in parts.items():
        if not any(a.gold for a in part.asked):
            raise InvalidInput(f"{name}: no question with an answer to fit on; use all of the data")
    weight = choose_depth_weight(list(parts.values()))
    ranker = replace(NEUTRAL, depth_weight=weight)
    tables = [part.table(ranker) for part in parts.values()]
    x, y = (np.concatenate(columns) for columns in zip(*tables, strict=True))
    worth = np.concatenate([np.full(len(t[1]), len(y) / len(parts) / len(t[1])) for t in tables])
    means = np.average(x, axis=0, weights=worth)
    scales = np.maximum(np.sqrt(np.average((x - means) ** 2, axis=0, weights=worth)), 1e-3)
    weights, bias = fit_logistic((x - means) / scales, y, scales, worth)

    def probability(x: np.ndarray) -> np.ndarray:
        p: np.ndarray = expit((x - means) / scales @ weights + bias)
        return p

    p = probability(x)
    threshold = threshold_at(p, y, RISK, worth)
    fitted = {
        "features": {
            name: {"weight": round(w, 6), "mean": round(m, 6), "scale": round(s, 6)}
            for name, w, m, s in zip(
                FEATURES, weights.tolist(), means.tolist(), scales.tolist(), strict=True
            )
        },
        "bias": round(bias, 6),
        "depth_weight": weight,
        "threshold": round(threshold, 4),
        "risk": RISK,
        "fitted_on": {name: len(part.asked) for name, part in parts.items()},
    }
    at_risk = {f"{risk:.0%}": threshold_at(p, y, risk, worth) for risk in RISKS}
    for suffix, part in (("", reporting), ("_reworded", reporting_reworded)):
        x_part, y_part = part.table(ranker)
        p_part = probability(x_part)
        fitted["report" + suffix] = report(part.asked, p_part, y_part, threshold)
        fitted["at_risk" + suffix] = {
            risk: refused_at(t, part.asked, p_part, y_part) for risk, t in at_risk.items()
        }
    return fitted


def fit_logistic(
    x: np.ndarray, y: np.ndarray, scales: np.ndarray, worth: np.ndarray
) -> tuple[np.ndarray, float]:
    """Weights (features,) and bias of the likeliest logistic model, with a ridge of 1/2 and bounds.

    `x` is (N, features), standardised by `scales`; `worth` (N,) is how often each row counts.
    """

    def loss(parameters: np.ndarray) -> tuple[float, np.ndarray]:
        weights, bias = parameters[:-1], parameters[-1]
        logits = x @ weights + bias  # (N,)
        likelihood = worth @ (np.logaddexp(0, logits) - y * logits)
        gap = worth * (expit(logits) - y)  # (N,)
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


def choose_depth_weight(parts: Sequence[Sample]) -> float:
    """The lowest with which nearly as many first answers are right as with the best one."""
    right = {weight: _first_right(parts, weight) for weight in DEPTH_WEIGHTS}
    return min(weight for weight, share in right.items() if share >= max(right.values()) - SLACK)


def _first_right(parts: Sequence[Sample], weight: float) -> float:
    """The share of right first answers of what can be answered, each part counting alike."""
    ranker = replace(NEUTRAL, depth_weight=weight)
    shares = [
        [is_right(ranker.rank(a.found, a.readings)[0], a.gold) for a in part.asked if a.gold]
        for part in parts
    ]
    return float(np.mean([np.mean(share) for share in shares]))


def threshold_at(p: np.ndarray, y: np.ndarray, risk: float, worth: np.ndarray) -> float:
    """The lowest confidence above which at most a share of `risk` of the answers are wrong.

    `worth` (N,) is how often each answer counts.
    """
    order = np.argsort(-p, kind="stable")
    wrong = np.cumsum((worth * ~y)[order]) / np.cumsum(worth[order])
    within = np.flatnonzero(wrong <= risk)
    return float(p[order][within[-1]]) if len(within) else 1.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the reading data")
    parser.add_argument("--out", type=Path, default=MODELS / SHIPPED / "calibrator.json")
    given = parser.parse_args()
    engine = open_corpus(make_articles(given.data), Settings.load())
    open_dev = Sample(ask_all(given.data, engine), engine.archive.snapshot().lexical)
    engine = open_corpus(make_archive(), Settings.load())
    fitted = fit(open_dev, Sample(ask_news(engine), engine.archive.snapshot().lexical))
    given.out.write_text(json.dumps(fitted, indent=2) + "\n", "utf-8")
    print(given.out.read_text("utf-8"))


if __name__ == "__main__":
    main()
