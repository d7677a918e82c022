"""Groups as arrays of token ids, encoded once and kept where the model is trained.

To encode the passages of a step takes a processor longer than a GPU takes to learn from them.
A file is a few arrays of NumPy, compressed with so large a window that a passage which many
questions share is written once.
"""

import io
import lzma
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor

from training.batches import Batch
from training.encoded import encode_example
from training.groups import Group

START, END, SUPPORT = 1, 2, 4  # bits of a token's marks: gold places, and of a gold sentence
WINDOW = 1 << 28  # bytes of the compressor
ROUND = 8  # a batch's width is a multiple of it, which a GPU multiplies fastest


@dataclass(frozen=True, slots=True)
class Packed:
    """N sequences of G groups, one behind the other, all of them T tokens together."""

    bounds: Tensor  # (N + 1,) int64: where in the arrays of tokens a sequence begins
    groups: Tensor  # (G + 1,) int64: where in the sequences a group begins
    second: Tensor  # (N,) the first token of type 1
    passage: Tensor  # (N,) the first of the passage
    tokens: Tensor  # (T,) ids
    sentences: Tensor  # (T,) the number of the sentence, -1 for none
    marks: Tensor  # (T,) bits, see above

    def __len__(self) -> int:
        return len(self.groups) - 1

    def to(self, device: str) -> "Packed":
        """The same there, but for `groups`, of which batches are chosen without waiting for it."""
        moved = {f.name: getattr(self, f.name).to(device) for f in fields(self)}
        return Packed(**(moved | {"groups": self.groups}))

    def batch(self, numbers: Sequence[int] | Tensor, width: int) -> Batch:
        """What `training.losses.group_loss` reads, of these groups, where the arrays are.

        `width` is at least the length of the longest sequence; nothing here waits for a GPU. And
        where it is from: `rows` (B,) of the sequences, `at` (B, W) of the tokens.
        """
        device = self.tokens.device
        chosen = torch.as_tensor(numbers)
        first, sizes = self.groups[chosen], (self.groups[chosen + 1] - self.groups[chosen])
        group = torch.repeat_interleave(sizes)  # (B,)
        before = torch.cumsum(sizes, 0) - sizes
        rows = torch.arange(len(group)) - before[group] + first[group]  # (B,)
        group, rows = (t.to(device, non_blocking=True) for t in (group, rows))
        column = torch.arange(width, device=device)
        begin, lengths = self.bounds[rows], self.bounds[rows + 1] - self.bounds[rows]
        known = column < lengths[:, None]  # (B, W)
        at = torch.where(known, begin[:, None] + column, 0)
        ids, sentence, marks = (t[at] for t in (self.tokens, self.sentences, self.marks))
        marks = torch.where(known, marks, 0).int()
        starts, ends, gold_sentences = ((marks & bit) > 0 for bit in (START, END, SUPPORT))
        spans, supported = starts.any(1), gold_sentences.any(1)
        inside = (column >= self.passage[rows, None]) & (column < lengths[:, None] - 1)
        return {
            "input_ids": torch.where(known, ids, 0).long(),
            "token_type_ids": (known & (column >= self.second[rows, None])).long(),
            "attention_mask": known.long(),
            "passage": inside,
            "group": group,
            "starts": starts,
            "ends": ends,
            "sentence": torch.where(known, sentence, -1).long(),
            "gold_sentences": gold_sentences,
            "is_gold": spans | supported,
            "marked": supported & ~spans,
            "rows": rows,
            "at": at,
        }

    def widths(self) -> np.ndarray:
        """(G,): the tokens of each group's longest sequence."""
        lengths = np.diff(self.bounds.numpy())
        return np.maximum.reduceat(lengths, self.groups.numpy()[:-1])


def pack(tokenizer: Tokenizer, groups: Sequence[Group], max_tokens: int) -> Packed:
    encoded = [encode_example(tokenizer, e, max_tokens) for g in groups for e in g.examples]
    lengths = [len(e.x.ids) for e in encoded]
    tokens = np.fromiter((i for e in encoded for i in e.x.ids), np.int32, sum(lengths))
    sentences = np.full(len(tokens), -1, np.int8)
    marks = np.zeros(len(tokens), np.uint8)
    bounds = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    for e, begin in zip(encoded, bounds, strict=False):
        first = begin + e.x.passage_start
        here = slice(first, first + len(e.sentences))
        sentences[here] = np.minimum(e.sentences, 127)
        marks[here] = SUPPORT * np.isin(e.sentences, list(e.gold_sentences))
        for start, end in e.spans:
            marks[begin + start] |= START
            marks[begin + end] |= END
    sizes = [len(g.examples) for g in groups]
    arrays = (
        bounds,
        np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        np.array([e.x.types.index(1) for e in encoded], np.int32),
        np.array([e.x.passage_start for e in encoded], np.int32),
        tokens,
        sentences,
        marks,
    )
    return Packed(*map(torch.from_numpy, arrays))


def write_packed(path: Path, packed: Packed) -> None:
    """Compressed; vocabularies of more than 65,536 tokens do not fit."""
    arrays = {f.name: getattr(packed, f.name).numpy() for f in fields(packed)}
    arrays["tokens"] = arrays["tokens"].astype(np.uint16)
    memory = io.BytesIO()
    np.savez(memory, **arrays)
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 4, "dict_size": WINDOW}]
    path.write_bytes(lzma.compress(memory.getvalue(), filters=filters))


def read_packed(path: Path) -> Packed:
    arrays = np.load(io.BytesIO(lzma.decompress(path.read_bytes())))
    known = {name: arrays[name] for name in arrays.files}
    known["tokens"] = known["tokens"].astype(np.int32)
    return Packed(**{name: torch.from_numpy(array) for name, array in known.items()})


def batches_of(
    widths: np.ndarray, sizes: np.ndarray, tokens: int, pool: int, dice: random.Random
) -> Iterator[tuple[list[int], int]]:
    """Once each group's number, in batches of like widths and at most `tokens` with what is padded.

    `widths` and `sizes`, (G,), are a group's longest sequence and its sequences. Each `pool`
    groups of a seeded order are cut by width. Yields a batch's groups and its width.
    """
    order = list(range(len(widths)))
    dice.shuffle(order)
    for at in range(0, len(order), pool):
        yield from in_turn(order[at : at + pool], widths, sizes, tokens)


def in_turn(
    some: Sequence[int], widths: np.ndarray, sizes: np.ndarray, tokens: int
) -> Iterator[tuple[list[int], int]]:
    """The same of `some` groups, the narrow ones first."""
    batch: list[int] = []
    rows = 0
    for i in sorted(some, key=lambda i: widths[i]):
        rows += int(sizes[i])
        if batch and rows * _rounded(widths[i]) > tokens:
            yield batch, _rounded(widths[batch[-1]])
            batch, rows = [], int(sizes[i])
        batch.append(i)
    if batch:
        yield batch, _rounded(widths[batch[-1]])


def _rounded(width: int) -> int:
    return int(-(-int(width) // ROUND) * ROUND)
