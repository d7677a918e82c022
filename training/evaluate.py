"""Dev figures while training: of single passages, and of groups as a question meets them.

The full measures are `eval`'s; these only show whether a run is going well. In bf16, like training:
the first reader's F1 is 74.9 and 70.9 here, and 74.9 and 70.8 in fp32.
"""

import random
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from sklearn.metrics import roc_auc_score
from tokenizers import Tokenizer

from eval.measures import f1
from rag.inputs import encode_pair
from rag.reader import Reading, best_reading
from training.batches import pad
from training.data import Example, make_example, read_rows
from training.groups import Group
from training.model import Reader, device_of, in_bf16

DEV_FILES = ("squad2_part", "squad_joined", "squadshifts_wiki", "qed_nq", "squad2_noanswer_silver")
_ROWS = {"cpu": 16, "cuda": 128}  # sequences at once


def read_examples(
    reader: Reader, tokenizer: Tokenizer, examples: Sequence[Example], max_tokens: int = 256
) -> list[Reading]:
    """What the reader says of each, by the rule that serving finds the best span with."""
    reader.eval()
    inputs = [
        encode_pair(tokenizer, e.question, e.heading, e.passage, max_tokens) for e in examples
    ]
    order = sorted(range(len(inputs)), key=lambda i: len(inputs[i].ids))
    readings: dict[int, Reading] = {}
    device = device_of(reader)
    rows = _ROWS[device.type]
    for at in range(0, len(order), rows):
        part = order[at : at + rows]
        batch = pad([inputs[i] for i in part])
        del batch["passage"]
        with torch.inference_mode(), in_bf16(reader):
            logits = reader(**{name: tensor.to(device) for name, tensor in batch.items()})
        start, end, answerable = (t.float().cpu().numpy() for t in logits[:3])
        for row, i in enumerate(part):
            readings[i] = best_reading(inputs[i], start[row], end[row], float(answerable[row]))
    return [readings[i] for i in range(len(inputs))]


def score_dev(
    reader: Reader, tokenizer: Tokenizer, data: Path, per_file: int = 120
) -> dict[str, float]:
    """F1 on answerable dev questions, best-threshold F1 over all, in percent."""
    dice = random.Random(7)
    examples: list[Example] = []
    for name in DEV_FILES:
        picked = list(read_rows(data / f"{name}.jsonl.gz", "dev"))
        made = (make_example(row, dice) for row in dice.sample(picked, min(per_file, len(picked))))
        examples += filter(None, made)
    readings = read_examples(reader, tokenizer, examples)
    rows = [  # (score, F1 of the span, answerable)
        (r.score, _best_f1(r, e, [e.passage[s:t] for s, t in e.answers]), bool(e.answers))
        for r, e in zip(readings, examples, strict=True)
    ]
    rows.sort(reverse=True)
    answerable = [right for _, right, yes in rows if yes]
    best = total = float(sum(not yes for *_, yes in rows))
    for _, right, yes in rows:  # lower the threshold past one question after another
        total += right if yes else -1
        best = max(best, total)
    return {
        "dev_f1_answerable": round(100 * sum(answerable) / len(answerable), 2),
        "dev_f1_best_threshold": round(100 * best / len(rows), 2),
        "dev_rows": len(rows),
    }


SCORES: dict[str, Callable[[Reading], float]] = {
    "served": lambda r: r.score,
    "margin": lambda r: r.margin,
    "span": lambda r: r.span / 2,
    "answerable": lambda r: r.answerable,
}


def score_groups(reader: Reader, tokenizer: Tokenizer, groups: Sequence[Group]) -> dict[str, float]:
    """In percent, for each way in SCORES to rank the passages of a group.

    `gold`: groups with a gold passage that rank it first; `f1`: of the first passage's span in
    these; `auroc`: of the first passage's score, for groups with a gold passage against those
    without.
    """
    examples = [example for group in groups for example in group.examples]
    readings = iter(read_examples(reader, tokenizer, examples))
    of_group = [[next(readings) for _ in group.examples] for group in groups]
    answerable = [group.is_answerable for group in groups]
    figures: dict[str, float] = {}
    for name, score in SCORES.items():
        firsts = [int(np.argmax([score(r) for r in rs])) for rs in of_group]
        asked = [
            (g.examples[i].is_gold, _best_f1(rs[i], g.examples[i], g.answers))
            for g, rs, i in zip(groups, of_group, firsts, strict=True)
            if g.is_answerable
        ]
        best = [score(rs[i]) for rs, i in zip(of_group, firsts, strict=True)]
        figures[f"{name}_gold"] = _percent([gold for gold, _ in asked])
        figures[f"{name}_f1"] = _percent([right for _, right in asked])
        figures[f"{name}_auroc"] = round(100 * float(roc_auc_score(answerable, best)), 2)
    return figures


def _best_f1(reading: Reading, example: Example, gold: Sequence[str]) -> float:
    text = example.passage[reading.start : reading.end]
    return max((f1(text, g) for g in gold), default=0.0)


def _percent(values: Sequence[float]) -> float:
    return round(100 * sum(values) / len(values), 2)
