"""(evidence, claim) -> the probability that the evidence supports the claim: one pass per claim.

A claim is supported or it is not; in part is not. Knows nothing of retrieval, answers or articles.
A sentence is its own claim; a short answer's is `rag.inputs.claim_of` it and its question.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from index.errors import ModelUnusable
from index.heading import join_heading
from index.onnx import OnnxModel, Workers
from rag.deadline import NEVER, Deadline
from rag.inputs import encode_claim
from rag.logistic import sigmoid

SHIPPED = "dateline-checker"
WORDS = "words"
MODELS = Path(__file__).parent / "models"


@dataclass(frozen=True, slots=True)
class Claim:
    """What one pass reads. `heading` is what is known of the evidence's article, "" if nothing."""

    text: str
    evidence: str
    heading: str = ""

    @staticmethod
    def of_quote(
        text: str, quote: str, title: str | None, source: str | None, published_at: str | None
    ) -> "Claim":
        """The claim beside a quote, headed by what is known of the article, as readers see it."""
        return Claim(text, quote, join_heading(title, source, published_at))


class Checker(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def threshold(self) -> float:
        """The probability from which on a claim counts as supported."""
        ...

    def check(self, claims: Sequence[Claim], deadline: Deadline = NEVER) -> list[float]:
        """For each claim the probability, in [0, 1], that its evidence supports it.

        It does not depend on the claims beside it. Raises TimedOut.
        """
        ...


@dataclass(frozen=True, slots=True)
class Calibration:
    """logit -> probability: the logistic function of `scale` times the logit plus `bias`.

    After Platt (1999), without his smoothing of the targets.
    """

    scale: float
    bias: float
    threshold: float

    @staticmethod
    def of(manifest: dict[str, Any]) -> "Calibration":
        """Raises ModelUnusable when the manifest has none."""
        try:
            found = manifest["calibration"]
            return Calibration(*(float(found[n]) for n in ("scale", "bias", "threshold")))
        except (KeyError, TypeError, ValueError) as error:
            raise ModelUnusable(
                f"the manifest of {manifest.get('name', 'the checker')!r} has no calibration with "
                f"scale, bias and threshold ({error}); make it with `training.calibrate_checker`"
            ) from error

    def probability(self, logit: float) -> float:
        return sigmoid(self.scale * logit + self.bias)


class OnnxChecker:
    """The shipped checker, in int8."""

    def __init__(self, workers: Workers, folder: Path = MODELS / SHIPPED) -> None:
        """Raises ModelUnusable."""
        self._model = OnnxModel(folder)
        self._workers = workers
        self._calibration = Calibration.of(self._model.manifest)
        self.name = f"{self._model.manifest['name']}-{self._model.fingerprint}"

    @property
    def threshold(self) -> float:
        return self._calibration.threshold

    def check(self, claims: Sequence[Claim], deadline: Deadline = NEVER) -> list[float]:
        def check_one(claim: Claim) -> float:
            deadline.check()  # here, in the worker: the claims may have waited for one
            return self._calibration.probability(logit_of(self._model, claim))

        return list(self._workers.map(check_one, claims))


def logit_of(model: OnnxModel, claim: Claim) -> float:
    """What a checker's weights say of one claim, before calibration."""
    x = encode_claim(model.tokenizer, claim.text, claim.heading, claim.evidence)
    return float(model.run(x.ids, x.types)[0][0])


def load_checker(name: str, workers: Workers | None = None) -> Checker:
    """The shipped checker for its own name, `words` for the one without a model, else a Hugging
    Face model by name.

    `workers` may be shared with other models; its own by default. Raises ModelUnusable.
    """
    if name == SHIPPED:
        return OnnxChecker(workers or Workers())
    if name == WORDS:
        from rag.word_checker import WordChecker

        return WordChecker()
    from rag.huggingface_checker import HuggingFaceChecker

    return HuggingFaceChecker(name)
