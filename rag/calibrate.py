"""Reader and retrieval scores -> the probability that the answer is right, and when to refuse.

A logistic model over few features, fitted by `training.fit_calibrator` on held-out questions with
real retrieval and the quantised reader. Its numbers lie beside the reader's weights.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from index.errors import ModelUnusable
from index.lexical import LexicalSnapshot
from rag.details import content_words, missing_names, missing_numbers
from rag.reader import Reading
from rag.retrieve import Found

FEATURES = (
    "margin",  # of the best span over no answer, in logits
    "answerable",  # logit
    "lead",  # of the best passage's score over the best with another answer; at most 10
    "cosine",  # of question and passage
    "coverage",  # IDF share of the question's terms that passage and heading hold
    "missing_years",
    "missing_numbers",
    "missing_names",  # share
)
MAX_LEAD = 10.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage that was read; `score` ranks passages of one question."""

    found: Found
    reading: Reading
    score: float

    @property
    def answer(self) -> str:
        return self.found.text[self.reading.start : self.reading.end]


@dataclass(frozen=True, slots=True)
class Calibrator:
    """`weights`, `means` and `scales` follow FEATURES; a feature is standardised, then weighed.

    `retrieval_weight` times the fused retrieval score is added to the reader's when passages are
    ranked. Under `threshold` the answer is a refusal.
    """

    weights: tuple[float, ...]
    means: tuple[float, ...]
    scales: tuple[float, ...]
    bias: float
    retrieval_weight: float
    threshold: float

    @staticmethod
    def load(path: Path) -> "Calibrator":
        """Raises ModelUnusable when the file is missing or does not fit this version."""
        try:
            fitted = json.loads(path.read_text("utf-8"))
            rows = fitted["features"]
            if tuple(rows) != FEATURES:
                raise ValueError(f"its features are {', '.join(rows)}")
            return Calibrator(
                weights=tuple(float(row["weight"]) for row in rows.values()),
                means=tuple(float(row["mean"]) for row in rows.values()),
                scales=tuple(float(row["scale"]) for row in rows.values()),
                bias=float(fitted["bias"]),
                retrieval_weight=float(fitted["retrieval_weight"]),
                threshold=float(fitted["threshold"]),
            )
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelUnusable(
                f"{path}: the calibrator cannot be used ({error}); reinstall dateline, or fit it "
                f"again with training.fit_calibrator"
            ) from error

    def rank(self, found: Sequence[Found], readings: Sequence[Reading]) -> list[Candidate]:
        """Passages that were read, best first; equal ones in the order of retrieval."""
        candidates = [
            Candidate(f, r, r.score + self.retrieval_weight * f.score)
            for f, r in zip(found, readings, strict=True)
        ]
        return sorted(candidates, key=lambda c: -c.score)

    def probability(self, values: Sequence[float]) -> float:
        """That the first candidate's answer is right, given `features` of the candidates."""
        rows = zip(values, self.weights, self.means, self.scales, strict=True)
        logit = self.bias + sum(w * (v - mean) / scale for v, w, mean, scale in rows)
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, logit))))


def features(
    question: str, candidates: Sequence[Candidate], lexical: LexicalSnapshot
) -> tuple[float, ...]:
    """The values of FEATURES for the first of the ranked candidates; there must be one."""
    best = candidates[0]
    read = f"{best.found.heading}\n{best.found.text}"
    years, numbers = missing_numbers(question, read)
    return (
        (best.reading.span - best.reading.null) / 2,
        best.reading.answerable,
        _lead(candidates),
        best.found.cosine,
        _coverage(question, read, lexical),
        float(years),
        float(numbers),
        missing_names(question, read),
    )


def normalise_answer(text: str) -> str:
    """The form in which two answers count as the same: words and digits alone, without articles."""
    words = "".join(c if c.isalnum() else " " for c in text.casefold()).split()
    return " ".join(word for word in words if word not in ("a", "an", "the"))


def _lead(candidates: Sequence[Candidate]) -> float:
    best = candidates[0]
    ours = normalise_answer(best.answer)
    others = (c.score for c in candidates[1:] if normalise_answer(c.answer) != ours)
    return min(MAX_LEAD, best.score - max(others, default=-math.inf))


def _coverage(question: str, text: str, lexical: LexicalSnapshot) -> float:
    terms = lexical.terms(" ".join(content_words(question)))
    held = set(lexical.terms(text))
    # An archive of three passages knows little of how rare a word is: no term weighs nothing.
    weights = {term: 0.5 - math.log(lexical.document_share(term) + 1e-4) for term in terms}
    total = sum(weights.values())
    return sum(w for term, w in weights.items() if term in held) / total if total else 1.0
