"""Trains the checker, with checkpoints; run again, it goes on where it stopped.

    export OMP_WAIT_POLICY=passive MALLOC_MMAP_MAX_=0 MALLOC_TRIM_THRESHOLD_=17179869184
    .venv/bin/python -m training.train_checker --claims FILE --dev FILE --out OUT

The files of claims are `training.make_claims`'. Starts from the encoder of a trained reader, or
with `--new` from a Hugging Face encoder. Why the three settings: docs/experiments.md.
"""

import argparse
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import torch
from tokenizers import Tokenizer

from index.errors import InvalidInput
from rag.reader import MODELS, SHIPPED
from training.batches import Batch, like_lengths, load_tokenizer, pad
from training.checker import Checker, warm_checker
from training.claims import READ_RIGHT, READ_WRONG, Labelled, read_claims
from training.evaluate_checker import encode, figures, logits_of
from training.loop import Losses, Schedule, run
from training.model import device_of, in_bf16, set_dropout


@dataclass(frozen=True, slots=True)
class Plan:
    """`dev` is how many of the held-out claims are judged each time.

    `read` is the share, in percent, of what a reader answered; with None, as the file has it.
    """

    steps: int = 2000
    batch: int = 32
    passes: int = 1
    max_tokens: int = 256
    read: int | None = None
    dev: int = 1500
    seed: int = 1


def order_claims(claims: Sequence[Labelled], plan: Plan) -> list[list[Labelled]]:
    """For each step its claims, of like lengths; in a pass none is read twice.

    Raises InvalidInput when there are too few for the steps.
    """
    steps, rest = divmod(plan.steps, plan.passes)
    wanted = (steps + bool(rest)) * plan.batch
    if plan.read is not None:
        claims = _with_share(claims, wanted, plan.read)
    if len(claims) < wanted:
        raise InvalidInput(
            f"{plan.steps} steps of {plan.batch} in {plan.passes} passes take {wanted} claims, and "
            f"there are {len(claims)}; make more with `python -m training.make_claims`, or train "
            f"fewer steps"
        )
    # Characters tell tokens well enough.
    lengths = [len(one.claim.text) + len(one.claim.evidence) for one in claims[:wanted]]
    dice = random.Random(plan.seed)
    passes = (like_lengths(lengths, plan.batch, 16, dice) for _ in range(plan.passes))
    return [[claims[i] for i in batch] for batches in passes for batch in batches][: plan.steps]


def _with_share(claims: Sequence[Labelled], wanted: int, read: int) -> list[Labelled]:
    """The first of each that make up so many, `read` percent of them a reader's answers."""
    of_reader = [one.kind in (READ_RIGHT, READ_WRONG) for one in claims]
    room = {True: wanted * read // 100, False: wanted - wanted * read // 100}
    chosen = []
    for one, is_read in zip(claims, of_reader, strict=True):
        if room[is_read]:
            room[is_read] -= 1
            chosen.append(one)
    return chosen


def batches_from(
    steps: list[list[Labelled]], tokenizer: Tokenizer, plan: Plan, done: int
) -> Iterator[Batch]:
    for claims in islice(steps, done, None):
        yield collate(tokenizer, claims, plan.max_tokens)


def collate(tokenizer: Tokenizer, claims: Sequence[Labelled], max_tokens: int) -> Batch:
    """(B, T): ids, types, mask; `supported`, (B,), 1 or 0."""
    batch = pad([encode(tokenizer, one, max_tokens) for one in claims])
    del batch["passage"]
    return batch | {"supported": torch.tensor([float(one.supported) for one in claims])}


def losses_of(checker: Checker, batch: Batch) -> Losses:
    inputs = {k: batch[k] for k in ("input_ids", "token_type_ids", "attention_mask")}
    with in_bf16(checker):
        logits = checker(**inputs)
    loss = torch.nn.functional.binary_cross_entropy_with_logits(logits.float(), batch["supported"])
    right = (logits > 0).eq(batch["supported"] > 0).float().mean()
    return {"loss": loss, "right": right}


def train(
    checker: Checker, claims: Path, dev: Path, out: Path, plan: Plan, schedule: Schedule
) -> bool:
    """Whether all steps are done; see `training.loop.run` for what is in `out`."""
    tokenizer = load_tokenizer(str(MODELS / SHIPPED))
    device = device_of(checker)
    steps = order_claims(list(read_claims(claims)), plan)
    held_out = list(islice(read_claims(dev), plan.dev))

    def evaluate(model: Checker) -> dict[str, float]:
        return figures(held_out, logits_of(model, tokenizer, held_out, plan.max_tokens))

    return run(
        checker,
        lambda done: (
            {name: tensor.to(device) for name, tensor in batch.items()}
            for batch in batches_from(steps, tokenizer, plan, done)
        ),
        losses_of,
        evaluate,
        schedule,
        out,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--claims", type=Path, required=True, help="claims to train on")
    parser.add_argument("--dev", type=Path, required=True, help="claims of the dev split")
    parser.add_argument("--start", type=Path, default=Path("training/checkpoints/groups"))
    parser.add_argument("--new", action="store_true", help="it is a Hugging Face encoder")
    parser.add_argument("--out", type=Path, default=Path("training/runs/checker"))
    parser.add_argument("--steps", type=int, default=Plan().steps)
    parser.add_argument("--limit-minutes", type=float, help="stop then, to go on later")
    parser.add_argument("--evaluate-every", type=int, default=500, help="steps")
    parser.add_argument("--learning-rate", type=float, default=1e-4)
    parser.add_argument("--dev-claims", type=int, default=Plan().dev, help="judged each time")
    parser.add_argument("--batch", type=int, default=Plan().batch, help="claims of a step")
    parser.add_argument("--passes", type=int, default=Plan().passes, help="over the claims")
    parser.add_argument("--read", type=int, help="percent that a reader answered")
    parser.add_argument("--dropout", type=float, default=0.0)
    parser.add_argument("--seed", type=int, default=Plan().seed)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--device", default="cpu", help="cpu, or cuda")
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    torch.manual_seed(given.seed)
    plan = Plan(
        given.steps,
        given.batch,
        given.passes,
        read=given.read,
        dev=given.dev_claims,
        seed=given.seed,
    )
    attention = "eager" if given.device == "cpu" else "sdpa"
    checker = warm_checker(given.start, not given.new, attention).to(given.device)
    set_dropout(checker, given.dropout)
    schedule = Schedule(
        given.steps,
        given.learning_rate,
        ema=0.998,
        evaluate_every=given.evaluate_every,
        limit_minutes=given.limit_minutes,
    )
    finished = train(checker, given.claims, given.dev, given.out, plan, schedule)
    print(f"{given.out}: {'done' if finished else 'not done; run the same command to go on'}")


if __name__ == "__main__":
    main()
