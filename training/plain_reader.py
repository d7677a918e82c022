"""The reader as a plain PyTorch pass in fp32: what the shipped int8 model is measured against."""

from collections.abc import Sequence
from pathlib import Path

import torch
from tokenizers import Tokenizer

from rag.deadline import NEVER, Deadline
from rag.inputs import ReaderInput, encode_pair
from rag.reader import Pair, Reading, best_reading
from training.batches import pad
from training.model import load_fp16

CHECKPOINT = Path(__file__).parent / "checkpoints" / "groups"


class PlainReader:
    """The same weights before they were quantised. `rows` sequences a pass, padded to the longest.

    PyTorch's own fused attention unless `attention` says "eager"; as many threads as PyTorch has.
    """

    name = "plain"

    def __init__(
        self,
        tokenizer: Tokenizer,
        checkpoint: Path = CHECKPOINT,
        rows: int = 1,
        attention: str = "sdpa",
    ) -> None:
        self._tokenizer, self._rows = tokenizer, rows
        self._model = load_fp16(checkpoint, attention).eval()

    def read(self, pairs: Sequence[Pair], deadline: Deadline = NEVER) -> list[Reading]:
        readings: list[Reading] = []
        for at in range(0, len(pairs), self._rows):
            deadline.check()
            some = [
                encode_pair(self._tokenizer, pair.question, pair.heading, pair.passage)
                for pair in pairs[at : at + self._rows]
            ]
            readings += self._read_batch(some)
        return readings

    def _read_batch(self, inputs: list[ReaderInput]) -> list[Reading]:
        batch = pad(inputs)
        del batch["passage"]
        with torch.inference_mode():
            start, end, answerable, _ = self._model(**batch)
        return [
            best_reading(x, start[row].numpy(), end[row].numpy(), float(answerable[row]))
            for row, x in enumerate(inputs)
        ]
