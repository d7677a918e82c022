"""Trains the reader on packed groups, several passes, on a GPU or not; and from a teacher's word.

    .venv/bin/python -m training.train_packed --packed FILE ... --start FOLDER --steps 3000
    .venv/bin/python -m training.train_packed ... --taught FILE ... --minutes 5 --device cuda

The files are `training.pack`'s, read together, pass after pass. FOLDER is what training has
written, or with `--new` a Hugging Face model to begin from. What a teacher says of each file is
`training.taught`'s. With `--minutes` the rate falls with the clock too, and the run ends after as
many, however many of its steps are done: for a machine that is there for a while only. With `--dev`
and `--data`, dev figures.
"""

import argparse
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path

import numpy as np
import torch

from index.errors import InvalidInput
from rag.reader import MODELS, SHIPPED
from training.batches import Batch, load_tokenizer
from training.distil import Soft, soft_loss
from training.evaluate import score_dev, score_groups
from training.groups import SINGLE, read_groups
from training.loop import Losses, Schedule, run
from training.losses import Weights, group_loss
from training.model import Reader, in_bf16, load_fp16, set_dropout, warm_start
from training.packed import Packed, batches_of, read_packed
from training.taught import Taught, read_taught


@dataclass(frozen=True, slots=True)
class Plan:
    """`tokens` of a step, padding among them. `share` is the weight of what the teacher says, and
    the rest is that of the labels."""

    tokens: int = 32_768
    pool: int = 4096
    dropout: float = 0.1
    share: float = 0.7
    seed: int = 1


def all_batches(
    files: Sequence[Packed], taught: Sequence[Taught], plan: Plan, device: str, done: int
) -> Iterator[tuple[Batch, Soft | None]]:
    """Without end: a pass over all groups of all files, each batch of one file, and another.

    Each with what the teacher says of it, where there is one. Raises InvalidInput for no group.
    """
    if not any(len(packed) for packed in files):
        raise InvalidInput("--packed: no group in any of the files; pack some with training.pack")
    there = [packed.to(device) for packed in files]
    shapes = [(packed.widths(), np.diff(packed.groups.numpy())) for packed in files]

    def chosen() -> Iterator[tuple[int, list[int], int]]:
        for turn in count():
            dice = random.Random(f"{plan.seed} {turn}")
            batches = [
                (number, groups, width)
                for number, (widths, sizes) in enumerate(shapes)
                for groups, width in batches_of(widths, sizes, plan.tokens, plan.pool, dice)
            ]
            dice.shuffle(batches)
            yield from batches

    for number, groups, width in islice(chosen(), done, None):
        batch = there[number].batch(groups, width)
        yield batch, taught[number].of(batch) if taught else None


def losses_of(reader: Reader, item: tuple[Batch, Soft | None], plan: Plan) -> Losses:
    batch, told = item
    inputs = {k: batch[k] for k in ("input_ids", "token_type_ids", "attention_mask")}
    with in_bf16(reader):
        logits = reader(**inputs)
    hard = group_loss(logits, batch, Weights())
    if told is None:
        return hard
    softly = soft_loss(logits, batch, told)
    loss = plan.share * softly["soft"] + (1 - plan.share) * hard["loss"]
    return {**hard, **softly, "loss": loss}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--packed", type=Path, nargs="+", required=True, help="training.pack's")
    parser.add_argument("--start", type=Path, required=True, help="weights to begin from")
    parser.add_argument("--new", action="store_true", help="they are a Hugging Face encoder's")
    parser.add_argument(
        "--taught", type=Path, nargs="*", default=[], help="training.taught's, of each packed file"
    )
    parser.add_argument("--dev", type=Path, help="groups of the dev split")
    parser.add_argument("--data", type=Path, help="folder of the reading data, for dev figures")
    parser.add_argument("--out", type=Path, default=Path("training/runs/packed"))
    parser.add_argument("--steps", type=int, required=True)
    parser.add_argument("--learning-rate", type=float, default=2e-4)
    parser.add_argument("--tokens", type=int, default=Plan().tokens, help="of a step")
    parser.add_argument("--dropout", type=float, default=Plan().dropout)
    parser.add_argument("--share", type=float, default=Plan().share, help="weight of a teacher")
    parser.add_argument("--minutes", type=float, help="after which it ends")
    parser.add_argument("--ema", type=float, default=0.998)
    parser.add_argument("--evaluate-every", type=int, default=10**9, help="steps")
    parser.add_argument("--seed", type=int, default=Plan().seed)
    parser.add_argument("--device", default="cpu", help="cpu, or cuda")
    given = parser.parse_args()
    torch.manual_seed(given.seed)
    plan = Plan(given.tokens, dropout=given.dropout, share=given.share, seed=given.seed)
    load = warm_start if given.new else load_fp16
    reader = load(given.start, "sdpa").to(given.device)
    set_dropout(reader, plan.dropout)
    if len(given.taught) not in (0, len(given.packed)):
        parser.error("give --taught a file for each of --packed, in their order")
    files = [read_packed(path) for path in given.packed]
    pairs = zip(given.taught, files, strict=False)
    taught = [read_taught(path, packed, given.device) for path, packed in pairs]
    tokenizer = load_tokenizer(str(MODELS / SHIPPED))
    held_out = [g for g in read_groups(given.dev) if g.kind != SINGLE] if given.dev else []

    def evaluate(model: Reader) -> dict[str, float]:
        figures = score_groups(model, tokenizer, held_out) if held_out else {}
        return figures | (score_dev(model, tokenizer, given.data) if given.data else {})

    run(
        reader,
        lambda done: all_batches(files, taught, plan, given.device, done),
        lambda model, item: losses_of(model, item, plan),
        evaluate,
        Schedule(
            given.steps,
            given.learning_rate,
            ema=given.ema,
            evaluate_every=given.evaluate_every,
            minutes=given.minutes,
        ),
        given.out,
    )


if __name__ == "__main__":
    main()
