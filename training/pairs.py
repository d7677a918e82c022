"""Questions, each with the passage that answers it: what the archive's encoder is trained on.

A question that no passage of its group answers is left out: nothing is to be near it.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import torch
from tokenizers import Tokenizer
from torch import Tensor

from index.errors import InvalidInput
from index.heading import below_heading
from training.batches import like_lengths
from training.groups import Group

MAX_TOKENS = 256  # as the encoder reads them


@dataclass(frozen=True, slots=True)
class Pair:
    """A question, the passage that answers it, and one that does not, where its group has one.

    Passages with their headings, as the archive encodes them.
    """

    question: str
    gold: str
    other: str | None


@dataclass(frozen=True, slots=True)
class Texts:
    """N texts in tokens, padded."""

    input_ids: Tensor  # (N, T)
    attention_mask: Tensor  # (N, T)


@dataclass(frozen=True, slots=True)
class Batch:
    """N questions and P passages, no passage twice; `gold` says which passage is whose, (N,)."""

    questions: Texts
    passages: Texts
    gold: Tensor


def pairs_of(groups: Sequence[Group], dice: random.Random) -> list[Pair]:
    """One for each answerable group; of its passages that do not answer, one by chance."""
    pairs = []
    for group in groups:
        gold = next((e for e in group.examples if e.is_gold), None)
        if gold is not None:
            others = [below_heading(e.heading, e.passage) for e in group.examples if not e.is_gold]
            own = below_heading(gold.heading, gold.passage)
            pairs.append(Pair(group.question, own, dice.choice(others) if others else None))
    return pairs


def batches_of(
    pairs: Sequence[Pair], tokenizer: Tokenizer, size: int, seed: int, steps: int, done: int = 0
) -> Iterator[Batch]:
    """`steps` batches of `size` pairs, like lengths together, less the first `done`.

    All pairs in a seeded order, then all in another. A pass leaves out the few that fill no batch.
    Raises InvalidInput when there are too few for any.
    """
    if steps and len(pairs) < size:
        raise InvalidInput(
            f"{len(pairs)} pairs fill no batch of {size}; give more groups, or smaller batches"
        )
    dice = random.Random(seed)
    order: list[list[int]] = []
    while len(order) < steps:
        mixed = dice.sample(range(len(pairs)), len(pairs))
        lengths = [len(pairs[i].gold) + len(pairs[i].other or "") for i in mixed]
        full = (b for b in like_lengths(lengths, size, 8, dice) if len(b) == size)
        order += [[mixed[i] for i in batch] for batch in full]
    for batch in islice(order, done, steps):
        yield collate(tokenizer, [pairs[i] for i in batch])


def collate(tokenizer: Tokenizer, pairs: Sequence[Pair]) -> Batch:
    """Equal passages are one: what is gold for two questions is pushed from neither."""
    texts = [p.gold for p in pairs] + [p.other for p in pairs if p.other]
    passages = list(dict.fromkeys(texts))
    gold = torch.tensor([passages.index(p.gold) for p in pairs])
    questions = pad(tokenizer, [p.question for p in pairs])
    return Batch(questions, pad(tokenizer, passages), gold)


def pad(tokenizer: Tokenizer, texts: Sequence[str]) -> Texts:
    """The first MAX_TOKENS of each, with the token that ends a text last."""
    rows = [e.ids for e in tokenizer.encode_batch(list(texts))]
    rows = [ids if len(ids) <= MAX_TOKENS else [*ids[: MAX_TOKENS - 1], ids[-1]] for ids in rows]
    width = max(map(len, rows))
    ids = torch.tensor([[*row, *[0] * (width - len(row))] for row in rows])
    lengths = torch.tensor(list(map(len, rows)))
    return Texts(ids, (torch.arange(width) < lengths[:, None]).long())
