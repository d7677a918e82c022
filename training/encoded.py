"""Groups -> the tensors that the losses of stage B read."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from tokenizers import Tokenizer

from index.split import Span, split_sentences
from rag.inputs import ReaderInput, encode_pair
from training.batches import Batch, pad, token_span
from training.data import Example, overlap
from training.groups import Group


@dataclass(frozen=True, slots=True)
class Encoded:
    """One sequence. `spans` are first and last tokens of the gold places.

    `sentences` are the numbers of the sentences of the passage's tokens, -1 for none, and
    `gold_sentences` those that support the answer.
    """

    x: ReaderInput
    spans: list[Span]
    sentences: list[int]
    gold_sentences: frozenset[int]

    @property
    def is_gold(self) -> bool:
        return bool(self.spans or self.gold_sentences)


def encode_example(tokenizer: Tokenizer, example: Example, max_tokens: int) -> Encoded:
    """An example whose every answer was cut off has none."""
    x = encode_pair(tokenizer, example.question, example.heading, example.passage, max_tokens)
    spans = [span for span in (token_span(x, answer) for answer in example.answers) if span]
    bounds = list(split_sentences(example.passage))
    sentences, at = [], 0
    for start, end in x.offsets:
        while at < len(bounds) and bounds[at][1] <= start:
            at += 1
        sentences.append(at if at < len(bounds) and overlap(bounds[at], (start, end)) else -1)
    gold = {i for i, b in enumerate(bounds) if any(overlap(b, e) for e in example.evidence)}
    lost = bool(example.answers) and not spans
    return Encoded(x, spans, sentences, frozenset(() if lost else gold & set(sentences)))


def collate_groups(tokenizer: Tokenizer, groups: Sequence[Group], max_tokens: int) -> Batch:
    """What `training.losses.group_loss` reads, for all passages of the groups, in their order."""
    rows = [
        (number, encode_example(tokenizer, example, max_tokens))
        for number, group in enumerate(groups)
        for example in group.examples
    ]
    batch = pad([e.x for _, e in rows])
    starts = torch.zeros_like(batch["passage"])
    ends, gold_sentences = torch.zeros_like(starts), torch.zeros_like(starts)
    sentence = torch.full_like(batch["input_ids"], -1)
    for row, (_, e) in enumerate(rows):
        for first, last in e.spans:
            starts[row, first] = ends[row, last] = True
        begin, end = e.x.passage_start, e.x.passage_start + len(e.sentences)
        sentence[row, begin:end] = torch.tensor(e.sentences, dtype=torch.long)
        gold_sentences[row, begin:end] = torch.tensor(
            [s in e.gold_sentences for s in e.sentences], dtype=torch.bool
        )
    return batch | {
        "group": torch.tensor([number for number, _ in rows]),
        "starts": starts,
        "ends": ends,
        "sentence": sentence,
        "gold_sentences": gold_sentences,
        "is_gold": torch.tensor([e.is_gold for _, e in rows]),
        "marked": torch.tensor([e.is_gold and not e.spans for _, e in rows]),
    }
