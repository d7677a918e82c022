"""(question, passage) -> where the answer stands and whether there is one: one pass per passage.

Knows nothing of retrieval, calibration or articles. Scores of one reader are comparable across
passages; scores of two readers are not.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np

from index.onnx import OnnxModel, Workers
from rag.deadline import NEVER, Deadline
from rag.evidence import Evidence
from rag.inputs import ReaderInput, encode_pair

SHIPPED = "dateline-reader"
MODELS = Path(__file__).parent / "models"
MAX_ANSWER_TOKENS = 30


@dataclass(frozen=True, slots=True)
class Pair:
    """What one pass reads."""

    question: str
    heading: str
    passage: str


@dataclass(frozen=True, slots=True)
class Reading:
    """The best span of one passage, half-open in its text, and what the model thinks of it.

    `span` is the sum of the start and end logits of that span, `null` the same sum for "no answer"
    ([CLS]); `answerable` is the logit that the passage holds the answer at all. `evidence` is None
    of a reader that tells none.
    """

    start: int
    end: int
    span: float
    null: float
    answerable: float
    evidence: Evidence | None = field(default=None, repr=False)

    @property
    def margin(self) -> float:
        """Half of `span` less `null`, each the sum of two logits."""
        return (self.span - self.null) / 2

    @property
    def score(self) -> float:
        """What passages are ranked by: margin and answerability."""
        return self.margin + self.answerable


class Reader(Protocol):
    @property
    def name(self) -> str: ...

    def read(self, pairs: Sequence[Pair], deadline: Deadline = NEVER) -> list[Reading]:
        """One reading per pair; it does not depend on the pairs beside it. Raises TimedOut."""
        ...


class OnnxReader:
    """The shipped reader, in int8."""

    def __init__(self, workers: Workers, folder: Path = MODELS / SHIPPED) -> None:
        self._model = OnnxModel(folder)
        self._workers = workers
        self.name = f"{self._model.manifest['name']}-{self._model.fingerprint}"

    def read(self, pairs: Sequence[Pair], deadline: Deadline = NEVER) -> list[Reading]:
        def read_one(pair: Pair) -> Reading:
            deadline.check()  # here, in the worker: the passages may have waited for one
            return self._read_one(pair)

        return list(self._workers.map(read_one, pairs))

    def _read_one(self, pair: Pair) -> Reading:
        x = encode_pair(self._model.tokenizer, pair.question, pair.heading, pair.passage)
        # (1, T), (1, T), (1,), (1, T)
        start, end, answerable, evidence = self._model.run(x.ids, x.types)
        return best_reading(x, start[0], end[0], float(answerable[0]), evidence[0])


def best_reading(
    x: ReaderInput,
    start: np.ndarray,
    end: np.ndarray,
    answerable: float,
    evidence: np.ndarray | None = None,
) -> Reading:
    """The span of the passage with the highest start + end, of at most MAX_ANSWER_TOKENS.

    `start`, `end` and `evidence` are (T,) logits; position 0 stands for no answer. An empty passage
    gives the empty span at 0.
    """
    null = float(start[0] + end[0])
    count = len(x.offsets)
    first, last = x.passage_start, x.passage_start + count
    told = None
    if evidence is not None:
        told = Evidence(tuple(x.offsets), tuple(evidence[first:last].tolist()))
    if not count:
        return Reading(0, 0, null, null, answerable, told)
    pairs = start[first:last, None] + end[None, first:last]  # (P, P)
    lengths = np.arange(count)[None, :] - np.arange(count)[:, None]
    pairs = np.where((lengths >= 0) & (lengths < MAX_ANSWER_TOKENS), pairs, -np.inf)
    i, j = divmod(int(pairs.argmax()), count)
    return Reading(x.offsets[i][0], x.offsets[j][1], float(pairs[i, j]), null, answerable, told)


def load_reader(name: str, workers: Workers) -> Reader:
    """The shipped reader for its own name, else a Hugging Face model by name."""
    if name == SHIPPED:
        return OnnxReader(workers)
    from rag.huggingface import HuggingFaceReader

    return HuggingFaceReader(name)
