"""Any Hugging Face extractive question-answering model as the reader, by name. Needs torch."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np
import torch
from transformers import AutoModelForQuestionAnswering, AutoTokenizer

from index.errors import ModelUnusable
from rag.deadline import NEVER, Deadline
from rag.inputs import MAX_TOKENS, ReaderInput
from rag.reader import Pair, Reading, best_reading


class HuggingFaceReader:
    """A model trained in SQuAD 2.0's way: the score of [CLS] stands for no answer.

    It has no head of its own for answerability; half the span's margin over [CLS] takes its place.
    """

    def __init__(self, name: str) -> None:
        """Raises ModelUnusable when it cannot be loaded or its tokenizer gives no offsets."""
        self._tokenizer, self._model = load_local("reader", name, AutoModelForQuestionAnswering)
        if not self._tokenizer.is_fast:
            raise ModelUnusable(f"reader {name!r}: its tokenizer gives no offsets; choose another")
        self.name = name

    @cached_property
    def fingerprint(self) -> str:
        return fingerprint_of(self._model)

    def read(self, pairs: Sequence[Pair], deadline: Deadline = NEVER) -> list[Reading]:
        readings = []
        for pair in pairs:
            deadline.check()
            readings.append(self._read_one(pair))
        return readings

    def _read_one(self, pair: Pair) -> Reading:
        before = f"{pair.heading} | " if pair.heading else ""
        encoded = self._tokenizer(
            pair.question,
            before + pair.passage,
            truncation="only_second",
            split_special_tokens=True,  # "[SEP]" in a passage is letters and brackets
            max_length=min(MAX_TOKENS, self._tokenizer.model_max_length),
            return_offsets_mapping=True,
            return_tensors="pt",
        )
        sequence = encoded.sequence_ids(0)
        offsets = encoded.pop("offset_mapping")[0].tolist()
        with torch.inference_mode():
            output = self._model(**encoded)
        # Sequence 1 is the heading and the passage; what begins in the heading is not the passage.
        inside = [
            i for i, part in enumerate(sequence) if part == 1 and offsets[i][0] >= len(before)
        ]
        first = inside[0] if inside else 0
        spans = [(offsets[i][0] - len(before), offsets[i][1] - len(before)) for i in inside]
        x = ReaderInput([], [], first, spans)
        start: np.ndarray = output.start_logits[0].float().numpy()
        end: np.ndarray = output.end_logits[0].float().numpy()
        reading = best_reading(x, start, end, 0.0)
        return replace(reading, answerable=reading.margin)


def load_local(role: str, name: str, model_class: Any) -> tuple[Any, Any]:
    """Tokenizer and model, from a folder or the local cache: nothing is fetched at run time.

    `role` is what the error calls it. Raises ModelUnusable.
    """
    try:
        tokenizer = AutoTokenizer.from_pretrained(name, local_files_only=True)
        model = model_class.from_pretrained(name, local_files_only=True)
    except Exception as error:  # the library raises many kinds, from many layers
        raise ModelUnusable(
            f"{role} {name!r} cannot be loaded: {error}; give a folder, or put it into the "
            f"local cache first with `hf download {name}`"
        ) from error
    return tokenizer, model.eval()


def fingerprint_of(model: Any) -> str:
    """A hash (hex) of the weights: a folder may hold others tomorrow under the same name."""
    digest = hashlib.sha256()
    for name, weight in sorted(model.state_dict().items()):
        digest.update(f"{name} {tuple(weight.shape)}\n".encode())
        digest.update(weight.detach().float().contiguous().numpy().tobytes())
    return digest.hexdigest()[:12]
