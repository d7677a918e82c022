"""Fits the calibrator and its threshold on held-out questions, with real retrieval, in int8.

    .venv/bin/python -m training.fit_calibrator --data DIR

DIR is the folder that holds `squad_joined.jsonl.gz` and its siblings. Their dev paragraphs, and
some training ones as a crowd, become an archive; dev questions are asked of it. A quarter is made
unanswerable by taking out every passage that holds the answer, a tenth by swapping a number or a
name; adversarial ones come on top. One half of the paragraphs fits, the other half reports. Nothing
of the seeds is used.
"""

import argparse
import hashlib
import json
import random
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit
from sklearn.metrics import roc_auc_score

from eval.measures import f1
from index.archive import Archive
from index.encode import OnnxEncoder
from index.filters import Filters
from index.onnx import Workers
from index.records import Article, content_hash
from index.snapshot import Snapshot
from rag.calibrate import Calibrator
from rag.candidate import Candidate, normalise_answer
from rag.engine import PASSAGES_READ
from rag.features import FEATURES, features
from rag.reader import MODELS, SHIPPED, OnnxReader, Pair, Reading
from rag.retrieve import Found, retrieve
from training.data import (
    Example,
    Row,
    collect_names,
    invent_day,
    invent_source,
    read_rows,
    swap_detail,
)

FILES = ("squad2_part", "squad_joined", "squadshifts_wiki", "qed_nq", "afriqa_en", "timeqa_human")
ADVERSARIAL = "squad2_noanswer_silver"
RISK = 0.35  # the share of given answers that may be wrong, of a mixture made to be hard
RETRIEVAL_WEIGHTS = (0.0, 1.0, 2.0, 4.0, 6.0, 8.0, 10.0)
# What can only speak for an answer, and only against one, however the sample fell.
NOT_BELOW_0 = ("margin", "lead", "cosine", "coverage", "quote_coverage", "pair_coverage")
NOT_ABOVE_0 = ("missing_years", "missing_numbers", "missing_names", "misfit")
NEUTRAL = Calibrator(
    (0.0,) * len(FEATURES), (0.0,) * len(FEATURES), (1.0,) * len(FEATURES), 0, 0, 0
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, its right answers (none if it has none) and what was read for it."""

    question: str
    gold: tuple[str, ...]
    half: int
    kind: str
    found: list[Found]
    readings: list[Reading]


def make_article(context: str, title: str, dice: random.Random) -> Article:
    article = Article(
        id=hashlib.sha256(context.encode()).hexdigest()[:16],
        text=context,
        title=title or None,
        source=invent_source(dice),
        published_at=invent_day(dice),
    )
    return replace(article, sha256=content_hash(article))


def ask_all(data: Path, folder: Path, per_file: int, crowd: int, seed: int = 5) -> list[Asked]:
    dice = random.Random(seed)
    dev = {name: list(read_rows(data / f"{name}.jsonl.gz", "dev")) for name in FILES}
    adversarial = list(read_rows(data / f"{ADVERSARIAL}.jsonl.gz", "dev"))
    train = [
        r
        for n in FILES
        for r in dice.sample(list(read_rows(data / f"{n}.jsonl.gz", "train")), crowd)
    ]
    contexts = {
        r["context"]: r["title"] for r in (*train, *adversarial, *chain.from_iterable(dev.values()))
    }
    workers = Workers()
    archive = Archive(folder, OnnxEncoder(workers))
    articles = [make_article(c, t, dice) for c, t in contexts.items() if c.strip()]
    print(sum(o.passages for o in archive.ingest(articles)), "passages", flush=True)
    snapshot, reader = archive.snapshot(), OnnxReader(workers)
    names = collect_names(train)
    rows = [r for part in dev.values() for r in dice.sample(part, min(per_file, len(part)))]
    rows += dice.sample(adversarial, min(per_file, len(adversarial)))
    asked = []
    for number, row in enumerate(rows):
        one = _ask(row, snapshot, archive, reader, names, dice)
        if one:
            asked.append(one)
        if number % 200 == 0:
            print(number, "of", len(rows), flush=True)
    return asked


def _ask(
    row: Row,
    snapshot: Snapshot,
    archive: Archive,
    reader: OnnxReader,
    names: list[str],
    dice: random.Random,
) -> Asked | None:
    gold = tuple(dict.fromkeys(a["text"] for a in row["answers"]))
    half = int(hashlib.sha256(row["context"].encode()).hexdigest(), 16) % 2
    question, kind = row["question"], "answerable" if gold else "adversarial"
    fate = dice.random()
    if gold and fate < 0.1:
        swapped = swap_detail(Example(question, "", row["context"], ()), names, dice)
        if swapped:
            question, gold, kind = swapped.question, (), "swapped"
    found = retrieve(snapshot, archive.encoder, question, Filters(), 30)
    if kind == "answerable":
        answers = {normalise_answer(g) for g in gold}
        holds = [any(a in normalise_answer(f.text) for a in answers) for f in found]
        if not any(holds[:20]):
            return None  # the question means nothing without its paragraph
        if fate > 0.75:
            found = [f for f, held in zip(found, holds, strict=True) if not held]
            gold, kind = (), "taken out"
    found = found[:PASSAGES_READ]
    readings = reader.read([Pair(question, f.heading, f.text) for f in found])
    return Asked(question, gold, half, kind, found, readings) if found else None


def is_right(candidate: Candidate, gold: Sequence[str]) -> bool:
    return any(f1(candidate.answer, g) >= 0.5 for g in gold)


def fit(asked: list[Asked], snapshot: Snapshot) -> dict[str, Any]:
    fitting, reporting = ([a for a in asked if a.half == half] for half in (0, 1))
    weight = max(RETRIEVAL_WEIGHTS, key=lambda w: _first_right(fitting, w))
    ranker = replace(NEUTRAL, retrieval_weight=weight)

    def table(part: list[Asked]) -> tuple[np.ndarray, np.ndarray]:
        ranked = [ranker.rank(a.found, a.readings) for a in part]
        x = [features(a.question, r, snapshot.lexical) for a, r in zip(part, ranked, strict=True)]
        y = [is_right(r[0], a.gold) for a, r in zip(part, ranked, strict=True)]
        return np.array(x), np.array(y)  # (N, features), (N,)

    x, y = table(fitting)
    means, scales = x.mean(0), np.maximum(x.std(0), 1e-3)
    weights, bias = _fit_logistic((x - means) / scales, y)
    threshold = _threshold(expit((x - means) / scales @ weights + bias), y)
    x_report, y_report = table(reporting)
    p_report = expit((x_report - means) / scales @ weights + bias)
    return {
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
        "report": _report(reporting, p_report, y_report, threshold),
    }


def _fit_logistic(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, float]:
    """Weights (features,) and bias of the likeliest logistic model, with a ridge of 1/2 and bounds.

    `x` is (N, features), standardised.
    """

    def loss(parameters: np.ndarray) -> tuple[float, np.ndarray]:
        weights, bias = parameters[:-1], parameters[-1]
        logits = x @ weights + bias  # (N,)
        likelihood = (np.logaddexp(0, logits) - y * logits).sum()
        gap = expit(logits) - y  # (N,)
        slope = np.append(x.T @ gap + weights, gap.sum())
        return float(likelihood + weights @ weights / 2), slope

    bounds = [
        (0.0 if name in NOT_BELOW_0 else None, 0.0 if name in NOT_ABOVE_0 else None)
        for name in FEATURES
    ]
    found = minimize(
        loss,
        np.zeros(len(FEATURES) + 1),
        jac=True,
        method="L-BFGS-B",
        bounds=[*bounds, (None, None)],
    )
    return found.x[:-1], float(found.x[-1])


def _first_right(asked: list[Asked], weight: float) -> int:
    ranker = replace(NEUTRAL, retrieval_weight=weight)
    return sum(is_right(ranker.rank(a.found, a.readings)[0], a.gold) for a in asked if a.gold)


def _threshold(p: np.ndarray, y: np.ndarray) -> float:
    """The lowest confidence above which at most RISK of the answers are wrong."""
    order = np.argsort(-p, kind="stable")
    wrong = np.cumsum(~y[order]) / np.arange(1, len(y) + 1)
    within = np.flatnonzero(wrong <= RISK)
    return float(p[order][within[-1]]) if len(within) else 1.0


def _report(asked: list[Asked], p: np.ndarray, y: np.ndarray, threshold: float) -> dict[str, Any]:
    has_answer = np.array([bool(a.gold) for a in asked])
    given = p >= threshold
    bins = np.minimum((p * 10).astype(int), 9)
    gaps = [abs(p[bins == b].mean() - y[bins == b].mean()) * (bins == b).sum() for b in set(bins)]
    surest = y[np.argsort(-p, kind="stable")]
    refused = {
        kind: round(float((~given)[[a.kind == kind for a in asked]].mean()), 4)
        for kind in sorted({a.kind for a in asked})
    }
    return {
        "questions": len(asked),
        "answerable": int(has_answer.sum()),
        "first_answer_right": round(float(y[has_answer].mean()), 4),
        "auroc": round(float(roc_auc_score(y, p)), 4),
        "right_among_given": round(float(y[given].mean()), 4) if given.any() else None,
        "answerable_given_and_right": round(float((y & given)[has_answer].mean()), 4),
        "right_among_surest": {
            f"{share}%": round(float(surest[: len(y) * share // 100].mean()), 4)
            for share in (10, 20, 30, 40, 50)
        },
        "right_but_refused": round(float((~given)[y].mean()), 4),
        "refused_by_kind": refused,
        "calibration_error_10_bins": round(float(sum(gaps) / len(p)), 4),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the reading data")
    parser.add_argument("--per-file", type=int, default=400, help="questions of each file")
    parser.add_argument("--crowd", type=int, default=500, help="training paragraphs of each file")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        asked = ask_all(given.data, Path(folder), given.per_file, given.crowd)
        snapshot = Archive(Path(folder), OnnxEncoder(Workers())).snapshot()
        fitted = fit(asked, snapshot)
    path = MODELS / SHIPPED / "calibrator.json"
    path.write_text(json.dumps(fitted, indent=2) + "\n", "utf-8")
    print(path.read_text("utf-8"))


if __name__ == "__main__":
    main()
