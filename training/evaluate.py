"""Dev figures while training: F1 on answerable questions, and with refusals at the best threshold.

The full measures are `eval`'s; these only show whether a run is going well.
"""

import random
from pathlib import Path

import torch
from tokenizers import Tokenizer

from eval.measures import f1
from rag.inputs import encode_pair
from training.data import Example, make_example, read_rows
from training.model import Reader

DEV_FILES = ("squad2_part", "squad_joined", "squadshifts_wiki", "qed_nq", "squad2_noanswer_silver")


def score_dev(
    reader: Reader, tokenizer: Tokenizer, data: Path, per_file: int = 120
) -> dict[str, float]:
    """F1 on answerable dev questions, best-threshold F1 over all, in percent."""
    dice = random.Random(7)
    rows: list[tuple[float, float, bool]] = []  # (score, F1 of the span, answerable)
    reader.eval()
    for name in DEV_FILES:
        picked = list(read_rows(data / f"{name}.jsonl.gz", "dev"))
        for row in dice.sample(picked, min(per_file, len(picked))):
            example = make_example(row, dice)
            if example:
                rows.append(_score_one(reader, tokenizer, example))
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


def _score_one(reader: Reader, tokenizer: Tokenizer, example: Example) -> tuple[float, float, bool]:
    x = encode_pair(tokenizer, example.question, example.heading, example.passage, 256)
    ids, types = torch.tensor([x.ids]), torch.tensor([x.types])
    with torch.inference_mode():
        start, end, answerable = reader(ids, types, torch.ones_like(ids))
    first, last = x.passage_start, len(x.ids) - 1
    pairs = start[0, first:last, None] + end[0, None, first:last]  # (P, P)
    pairs = (
        pairs.triu() - 1e4 * torch.ones_like(pairs).triu(30) - 1e4 * torch.ones_like(pairs).tril(-1)
    )
    best = int(pairs.argmax())
    i, j = divmod(best, pairs.shape[1])
    text = example.passage[x.offsets[i][0] : x.offsets[j][1]]
    gold = [example.passage[s:e] for s, e in example.answers]
    score = float(pairs.max() - start[0, 0] - end[0, 0]) / 2 + float(answerable[0])
    return score, max((f1(text, g) for g in gold), default=0.0), bool(gold)
