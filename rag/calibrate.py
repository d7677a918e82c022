"""What reader and retrieval say -> the probability that the answer is right, and when to refuse.

A logistic model over few features, fitted by `training.fit_calibrator` on held-out questions with
real retrieval and the quantised reader. Its numbers lie beside the reader's weights.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from index.errors import ModelUnusable
from rag.candidate import Candidate
from rag.features import FEATURES
from rag.logistic import Logistic
from rag.reader import Reading
from rag.retrieve import Found
from rag.timing import Window, preference


@dataclass(frozen=True, slots=True)
class Calibrator:
    """`model` is over FEATURES. Under `threshold` the answer is a refusal.

    `depth_weight` times log(1 + depth), in logits, is taken from the reader's score when passages
    are ranked. Of N passages the last is put back by `depth_weight` log(N): words that somebody
    wrote into an article do no more to the order.
    """

    model: Logistic
    depth_weight: float
    threshold: float

    @staticmethod
    def load(path: Path) -> "Calibrator":
        """Raises ModelUnusable when the file is missing or does not fit this version."""
        try:
            fitted = json.loads(path.read_text("utf-8"))
            return Calibrator(
                model=Logistic.of(fitted, FEATURES),
                depth_weight=float(fitted["depth_weight"]),
                threshold=float(fitted["threshold"]),
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise ModelUnusable(
                f"{path}: the calibrator cannot be used ({error}); reinstall dateline, or fit it "
                f"again with training.fit_calibrator"
            ) from error

    def rank(
        self, found: Sequence[Found], readings: Sequence[Reading], window: Window | None = None
    ) -> list[Candidate]:
        """Passages that were read, best first; equal ones in the order of retrieval, as `found` is.

        Of a `window`, near ones are put forward.
        """

        def score(f: Found, r: Reading, depth: int) -> float:
            behind = self.depth_weight * math.log1p(depth)
            return r.score - behind + preference(window, f.article)

        read = enumerate(zip(found, readings, strict=True))
        candidates = [Candidate(f, r, score(f, r, depth), depth) for depth, (f, r) in read]
        return sorted(candidates, key=lambda c: -c.score)

    def probability(self, values: Sequence[float], evidence: float = 0.0) -> float:
        """That the first candidate's answer is right, given `features` of the candidates.

        `evidence`, in logits, is what speaks for it or against it and was not fitted.
        """
        return self.model.probability(values, evidence)
