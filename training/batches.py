"""Encoded examples -> padded tensors, and batches of like lengths. Knows no losses."""

import random
from collections.abc import Sequence

import torch
from tokenizers import Tokenizer
from torch import Tensor

from index.split import Span
from rag.inputs import ReaderInput
from training.model import Logits, Reader

Batch = dict[str, Tensor]

BLOCKED = -1e4  # a logit that no softmax sees; bf16 has it


def load_tokenizer(folder: str) -> Tokenizer:
    """The tokenizer of a Hugging Face folder, as `index.onnx` uses it."""
    tokenizer = Tokenizer.from_file(f"{folder}/tokenizer.json")
    tokenizer.no_truncation()
    tokenizer.no_padding()
    tokenizer.encode_special_tokens = True
    return tokenizer


def pad(inputs: Sequence[ReaderInput]) -> Batch:
    """(B, T) each: `input_ids`, `token_type_ids`, `attention_mask`, and `passage`, (B, T) bool."""
    length = max(len(x.ids) for x in inputs)
    ids = torch.zeros(len(inputs), length, dtype=torch.long)
    types, mask = torch.zeros_like(ids), torch.zeros_like(ids)
    passage = torch.zeros(len(inputs), length, dtype=torch.bool)
    for row, x in enumerate(inputs):
        n = len(x.ids)
        ids[row, :n], types[row, :n], mask[row, :n] = map(torch.tensor, (x.ids, x.types, [1] * n))
        passage[row, x.passage_start : n - 1] = True
    return {
        "input_ids": ids,
        "token_type_ids": types,
        "attention_mask": mask,
        "passage": passage,
    }


def token_span(x: ReaderInput, answer: Span) -> Span | None:
    """First and last token of the answer's characters; None if the passage was cut before them."""
    touching = [i for i, (s, e) in enumerate(x.offsets) if s < answer[1] and e > answer[0]]
    if not touching or x.offsets[touching[-1]][1] < answer[1]:
        return None
    return x.passage_start + touching[0], x.passage_start + touching[-1]


def like_lengths(
    lengths: Sequence[int], batch: int, pool: int, dice: random.Random
) -> list[list[int]]:
    """Positions of all items in batches of `batch`, in a seeded order.

    Each run of `pool` batches is sorted by length, cut and shuffled, so that little is padded; the
    last batch may be smaller.
    """
    batches: list[list[int]] = []
    for at in range(0, len(lengths), batch * pool):
        some = sorted(range(at, min(at + batch * pool, len(lengths))), key=lambda i: lengths[i])
        cut = [some[i : i + batch] for i in range(0, len(some), batch)]
        dice.shuffle(cut)
        batches += cut
    return batches


def read_in_parts(reader: Reader, batch: Batch, rows: int) -> Logits:
    """The reader's logits, computed for `rows` sequences at a time, the short ones together.

    Same numbers as one pass but for rounding; what one long sequence would pad is not computed.
    """
    lengths = batch["attention_mask"].sum(1)
    order = lengths.argsort(stable=True)
    width = batch["input_ids"].shape[1]
    parts = []
    for some in order.split(rows):
        most = int(lengths[some].max())
        names = ("input_ids", "token_type_ids", "attention_mask")
        parts.append(reader(**{name: batch[name][some, :most] for name in names}))
    back = order.argsort()
    grown = (
        [torch.nn.functional.pad(t, (0, width - t.shape[1])) if t.dim() == 2 else t for t in p]
        for p in parts
    )
    return Logits(*(torch.cat(pieces)[back] for pieces in zip(*grown, strict=True)))
