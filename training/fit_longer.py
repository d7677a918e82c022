"""Fits when a question is answered with sentences instead of a span, and says whether it pays.

    .venv/bin/python -m training.fit_longer --data DIR

DIR is the folder that holds `squad_joined.jsonl.gz` and its siblings. Asks the dev questions that
`rag.longer.wants_more` lets through of their own passage, in int8. What is gained is the token F1
of what would be said, against the gold answers, or against the sentences that SelQA marks. Half of
the articles fit weights and threshold, the other half reports; unless the answers that change gain
there by more than chance, and not only SelQA's, the threshold is null: then spans alone are said.
"""

import argparse
import hashlib
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

from eval.measures import best, contains, f1
from eval.stats import bootstrap
from index.onnx import Workers
from index.records import Article, Passage
from rag.candidate import Candidate
from rag.longer import FEATURES, evidence_sentences, features, wants_more
from rag.reader import MODELS, SHIPPED, OnnxReader, Pair, Reading
from rag.retrieve import Found
from training.data import Example, make_example, read_rows
from training.singles import mark_sentences

FILES = (
    "squad_joined",
    "squad2_part",
    "squadshifts_wiki",
    "squadshifts_reddit",
    "squadshifts_amazon",
    "qed_nq",
    "afriqa_en",
    "timeqa_human",
)
MARKED = "selqa_sentences"
SEED = 7
MEASURES = {"f1": f1, "contains": contains}


@dataclass(frozen=True, slots=True)
class Judged:
    """One question: what it is like, and how good each way to answer it would be.

    `span` and `sentences` have a value in [0, 1] for each of MEASURES.
    """

    kind: str
    source: str  # "spans" or "sentences": what its gold answers are
    cluster: str
    values: tuple[float, ...]  # of rag.longer.FEATURES
    span: dict[str, float]
    sentences: dict[str, float]

    @property
    def fits(self) -> bool:
        """Whether it is of the half that fits: by article, so that no text is in both."""
        return hashlib.sha256(self.cluster.encode()).digest()[0] % 2 == 0

    @property
    def gain(self) -> float:
        return self.sentences["f1"] - self.span["f1"]


def read_all(data: Path, reader: OnnxReader) -> list[Judged]:
    dice = random.Random(SEED)
    asked: list[tuple[str, Example]] = []
    for name in (*FILES, MARKED):
        for row in read_rows(data / f"{name}.jsonl.gz", "dev"):
            if not row["answers"] or not wants_more(row["question"]):
                continue
            made = mark_sentences([row], dice) if name == MARKED else [make_example(row, dice)]
            cluster = str(row["title"] or row["context"])
            asked += [(cluster, example) for example in made if example]
    readings = reader.read([Pair(e.question, e.heading, e.passage) for _, e in asked])
    return [judge(c, e, r) for (c, e), r in zip(asked, readings, strict=True)]


def judge(cluster: str, example: Example, reading: Reading) -> Judged:
    text = example.passage
    found = Found(Passage(1, "", 0, 0, len(text)), Article("", text), 0.0, 0.0, 0.0)
    candidate = Candidate(found, reading, reading.score, depth=0)
    # Several marked sentences are one answer; several spans are any of them.
    marked = " ".join(text[start:end] for start, end in example.evidence)
    gold = [text[start:end] for start, end in example.answers] or [marked]
    said = " ".join(text[start:end] for start, end in evidence_sentences(candidate))
    return Judged(
        kind=wants_more(example.question),
        source="spans" if example.answers else "sentences",
        cluster=cluster,
        values=features(example.question, candidate),
        span={name: best(m, candidate.answer, gold) for name, m in MEASURES.items()},
        sentences={name: best(m, said or candidate.answer, gold) for name, m in MEASURES.items()},
    )


def fit(judged: Sequence[Judged]) -> dict[str, Any]:
    fitting, reporting = [j for j in judged if j.fits], [j for j in judged if not j.fits]
    x, gains = np.array([j.values for j in fitting]), np.array([j.gain for j in fitting])
    means, scales = x.mean(0), np.maximum(x.std(0), 1e-3)  # (features,)
    weights, bias = fit_weighed((x - means) / scales, gains)

    def probability(part: Sequence[Judged]) -> np.ndarray:
        values = np.array([j.values for j in part])
        p: np.ndarray = expit((values - means) / scales @ weights + bias)
        return p

    threshold = choose_threshold(probability(fitting), gains)
    changed = probability(reporting) >= (2.0 if threshold is None else threshold)
    rows = zip(FEATURES, weights.tolist(), means.tolist(), scales.tolist(), strict=True)
    return {
        "features": {
            name: {"weight": round(w, 6), "mean": round(m, 6), "scale": round(s, 6)}
            for name, w, m, s in rows
        },
        "bias": round(bias, 6),
        "threshold": threshold if pays(reporting, changed) else None,
        "threshold_tried": threshold,
        "fitted_on": len(fitting),
        "report": make_report(reporting, changed),
    }


def fit_weighed(x: np.ndarray, gains: np.ndarray) -> tuple[np.ndarray, float]:
    """Weights (features,) and bias of a logistic model of the sign of (N,) `gains`.

    Each question weighs as much as there is to gain or lose by it (cost-sensitive learning after
    Zadrozny, Langford and Abe 2003); ridge of 1/2. `x` is (N, features), standardised.
    """
    better, weight = gains > 0, np.abs(gains)

    def loss(parameters: np.ndarray) -> tuple[float, np.ndarray]:
        own, bias = parameters[:-1], parameters[-1]
        logits = x @ own + bias  # (N,)
        likelihood = (weight * (np.logaddexp(0, logits) - better * logits)).sum()
        gap = weight * (expit(logits) - better)  # (N,)
        return float(likelihood + own @ own / 2), np.append(x.T @ gap + own, gap.sum())

    found = minimize(loss, np.zeros(x.shape[1] + 1), jac=True, method="L-BFGS-B")
    return found.x[:-1], float(found.x[-1])


def choose_threshold(p: np.ndarray, gains: np.ndarray) -> float | None:
    """The probability from which on the sum of `gains` is highest; None if it never is over 0."""
    order = np.argsort(-p, kind="stable")
    sums = np.cumsum(gains[order])
    last = np.append(p[order][1:] < p[order][:-1], True)  # equal ones change together
    at = int(np.where(last, sums, -np.inf).argmax())
    return round(float(p[order][at]) - 5e-7, 6) if sums[at] > 0 else None


def pays(judged: Sequence[Judged], changed: np.ndarray) -> bool:
    """Whether the changed answers gain by more than chance, and those with gold spans lose none."""
    kept = [j for j, c in zip(judged, changed.tolist(), strict=True) if c]
    interval = bootstrap([j.gain for j in kept], [j.cluster for j in kept], SEED) if kept else None
    spans = [j.gain for j in kept if j.source == "spans"]
    return interval is not None and interval[0] > 0 and sum(spans) >= 0


def make_report(judged: Sequence[Judged], changed: np.ndarray) -> dict[str, Any]:
    """By what the gold answers are, and by kind: each way to answer, with intervals by article."""
    report: dict[str, Any] = {}
    for source in ("spans", "sentences"):
        own = [(j, c) for j, c in zip(judged, changed.tolist(), strict=True) if j.source == source]
        for kind in ("all", *sorted({j.kind for j, _ in own})):
            part = [(j, c) for j, c in own if kind in ("all", j.kind)]
            report[f"{source}, {kind}"] = _figures(part)
    return report


def _figures(part: Sequence[tuple[Judged, bool]]) -> dict[str, Any]:
    clusters = [j.cluster for j, _ in part]
    figures: dict[str, Any] = {"questions": len(part), "changed": sum(c for _, c in part)}
    for measure in MEASURES:
        ways = {
            "always_span": [j.span[measure] for j, _ in part],
            "always_sentence": [j.sentences[measure] for j, _ in part],
            "learned": [(j.sentences if c else j.span)[measure] for j, c in part],
            "gain_where_changed": [j.sentences[measure] - j.span[measure] for j, c in part if c],
        }
        own = {"gain_where_changed": [j.cluster for j, c in part if c]}
        figures[measure] = {
            way: _mean(values, own.get(way, clusters)) for way, values in ways.items() if values
        }
    return figures


def _mean(values: Sequence[float], clusters: Sequence[str]) -> list[float]:
    """The mean with its interval of 95 %; alone where there are too few articles for one."""
    interval = bootstrap(values, clusters, SEED) or ()
    return [round(float(v), 4) for v in (np.mean(values), *interval)]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="folder of the reading data")
    parser.add_argument("--out", type=Path, default=MODELS / SHIPPED / "longer.json")
    given = parser.parse_args()
    fitted = fit(read_all(given.data, OnnxReader(Workers())))
    report = fitted["report"]
    fitted["report"] = {part: row for part, row in report.items() if part.endswith(", all")}
    given.out.write_text(json.dumps(fitted, indent=2) + "\n", "utf-8")
    print(f"threshold {fitted['threshold']}, tried {fitted['threshold_tried']}")
    for part, row in report.items():
        print(f"{part}: {row.pop('questions')} questions, {row.pop('changed')} changed")
        for measure, ways in row.items():
            print(f"    {measure}", *(f"{way} {figures}" for way, figures in ways.items()))


if __name__ == "__main__":
    main()
